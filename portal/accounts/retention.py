"""How long each field is kept. `portal.core.retention` says what the classes mean; a field without one fails a test."""

from portal.core.retention import Retention

TABLES = {
    "accounts": {
        "User": {
            Retention.NOBODY: "id is_superuser is_staff erased_at user_permissions",
            Retention.ACCOUNT: (
                "password last_login is_active date_joined email first_name last_name is_guest is_protected "
                "erasure_asked_at groups"
            ),
        },
        "ProtectedIdentity": {
            Retention.ACCOUNT: "person first_name last_name since set_by",
        },
        "LegalHold": {
            Retention.NOBODY: "id",
            Retention.LOG: "person reason set_by set_at until lifted_at",
        },
        "SignIn": {
            Retention.SHORT: "id person session_key browser system since",
        },
        "PrivacyRun": {
            Retention.NOBODY: "id started_at ended_at lines problem",
        },
    },
    "guardian": {
        "UserObjectPermission": {
            Retention.ACCOUNT: "id permission content_type object_pk user",
        },
        "GroupObjectPermission": {
            Retention.NOBODY: "id permission content_type object_pk group",
        },
    },
    "account": {
        "EmailAddress": {
            Retention.ACCOUNT: "id user email verified primary",
        },
        "EmailConfirmation": {
            Retention.SHORT: "id email_address created sent key",
        },
    },
    "mfa": {
        "Authenticator": {
            Retention.ACCOUNT: "id user type data created_at last_used_at",
        },
    },
    "auth": {
        "Permission": {
            Retention.NOBODY: "id name content_type codename",
        },
        "Group": {
            Retention.NOBODY: "id name permissions",
        },
    },
    "contenttypes": {
        "ContentType": {
            Retention.NOBODY: "id app_label model",
        },
    },
    "sessions": {
        "Session": {
            Retention.SHORT: "session_key session_data expire_date",
        },
    },
}
