"""How long each field is kept. `portal.core.retention` says what the classes mean; a field without one fails a test."""

from portal.core.retention import Retention

TABLES = {
    "notifications": {
        "OutboxMessage": {
            Retention.MAIL: (
                "id created_at updated_at uid message recipient to_email subject text html attachments "
                "is_composed reason reason_object_id deduplication_key request_id is_secret state attempts put_off "
                "next_attempt_at claimed_at sent_at last_error"
            ),
        },
    },
}
