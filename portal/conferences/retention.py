"""How long each field is kept. `portal.core.retention` says what the classes mean; a field without one fails a test."""

from portal.core.retention import Retention

TABLES = {
    "conferences": {
        "Conference": {
            Retention.NOBODY: (
                "id created_at updated_at public_id page municipality collaboration title first_day last_day "
                "registration report reported_at"
            ),
        },
        "Room": {
            Retention.NOBODY: "id conference public_id name kind seats directions position",
        },
        "Track": {
            Retention.NOBODY: "id conference public_id name colour position",
        },
        "Speaker": {
            Retention.NOBODY: "id created_at updated_at conference public_id",
            Retention.SPEAKER: "name occupation organisation about picture email consent_at",
        },
        "Session": {
            Retention.NOBODY: (
                "id created_at updated_at conference public_id title kind description starts_at ends_at room "
                "track transcript places places_taken pages"
            ),
        },
        "SessionPlace": {
            Retention.PARTICIPATION: "id created_at updated_at session sign_up state queued_at",
        },
        "SessionVisit": {
            Retention.PARTICIPATION: "id session sign_up is_here decided_at",
            Retention.WORK: "decided_by",
        },
        "FollowUp": {
            Retention.PARTICIPATION: "id sign_up queued_at",
        },
        "SessionMaterial": {
            Retention.NOBODY: "id session kind title url document captions waits position",
        },
        "Part": {
            Retention.SPEAKER: "id session speaker role position",
        },
        "Release": {
            Retention.NOBODY: "id conference number name comment programme changes at",
            Retention.WORK: "by",
        },
        "SessionStar": {
            Retention.ACCOUNT: "id person session",
        },
    },
}
