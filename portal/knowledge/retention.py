"""How long each field is kept. `portal.core.retention` says what the classes mean; a field without one fails a test."""

from portal.core.retention import Retention

TABLES = {
    "knowledge": {
        "Topic": {
            Retention.NOBODY: "id name slug",
        },
        "Adoption": {
            Retention.NOBODY: (
                "id created_at updated_at public_id way municipality source source_municipality source_title slug "
                "copy base base_version_at what_changed why adopted_at ended_at ended_reason asked_at answered_at "
                "still_in_use outcome"
            ),
            Retention.WORK: "adopted_by",
        },
        "CoEditing": {
            Retention.NOBODY: "id created_at updated_at municipality until revoked_at page owner",
            Retention.WORK: "invited_by",
        },
        "Handover": {
            Retention.NOBODY: (
                "id created_at updated_at public_id from_municipality to_municipality collaboration note state "
                "answered_at"
            ),
            Retention.WORK: "offered_by answered_by",
        },
        "HandoverItem": {
            Retention.NOBODY: "id handover page event title",
        },
        "FormerAddress": {
            Retention.NOBODY: "id municipality slug page",
        },
    },
}
