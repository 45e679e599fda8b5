"""How long each field is kept. `portal.core.retention` says what the classes mean; a field without one fails a test."""

from portal.core.retention import Retention

TABLES = {
    "events": {
        "TrainingEvent": {
            Retention.NOBODY: (
                "id created_at updated_at municipality visibility public_id title summary summary_en description "
                "course collaboration format place address directions meeting_url capacity kept_seats kept_until "
                "max_per_unit approval pending_holds_seat seats_taken held_seats seats_kept kept_released_at "
                "form_holds waiting_count sign_up_opens_at sign_up_closes_at offer_hours offers_stop_hours "
                "min_participants decide_by decided_at remind_days takes_guests asks_food asks_access series "
                "once_per_series dates_to_choose state cancel_reason first_starts_at last_ends_at "
                "calendar_sequence thanks evaluation_url shared_with shared_with_collaborations hidden_in"
            ),
            Retention.CONTACT: "contact_name contact_email",
        },
        "EventOccasion": {
            Retention.NOBODY: "id uid event starts_at ends_at capacity code",
        },
        "Team": {
            Retention.PARTICIPATION: (
                "id created_at updated_at uid event municipality leader people held_until signed_up_at"
            ),
        },
        "InvitationLink": {
            Retention.NOBODY: "id created_at updated_at event key label max_sign_ups ends_at for_guests ended_at",
            Retention.WORK: "made_by",
        },
        "SignUp": {
            Retention.PARTICIPATION: (
                "id created_at updated_at uid event person municipality unit state queued_at takes_seat_at_once "
                "answer_by escalated_at team invitation form_token thanked_at code series times_chosen"
            ),
            Retention.DETAILS: "organisation refusal",
        },
        "GuestRequest": {
            Retention.SHORT: (
                "id created_at updated_at event invitation first_name last_name email organisation "
                "takes_seat_at_once token_hash expires_at form_token"
            ),
        },
        "SignUpChange": {
            Retention.PARTICIPATION: (
                "id sign_up event at from_state to_state seats_delta seats_taken_after capacity actor reason"
            ),
            Retention.DETAILS: "note",
        },
        "DateChoice": {
            Retention.PARTICIPATION: "id sign_up occasion",
        },
        "Needs": {
            Retention.NEEDS: "sign_up food other_food access",
        },
        "EventQuestion": {
            Retention.NOBODY: "id event text position",
        },
        "EventAnswer": {
            Retention.DETAILS: "id sign_up question text",
        },
        "Interest": {
            Retention.ACCOUNT: "id created_at updated_at course person municipality",
        },
        "CalendarFeed": {
            Retention.ACCOUNT: "id person key",
        },
        "SeatCheck": {
            Retention.NOBODY: "id at events problems",
        },
        "CoOrganiser": {
            Retention.NOBODY: "id created_at updated_at municipality until revoked_at event",
            Retention.WORK: "invited_by",
        },
        "Attendance": {
            Retention.PARTICIPATION: "id sign_up occasion recorded_at minutes",
            Retention.WORK: "recorded_by",
        },
        "Certificate": {
            Retention.ACCOUNT: "id sign_up code issued_at name event_title arranger dates minutes is_esf_funded",
        },
        "KeptName": {
            Retention.EVIDENCE: "person name kept_at",
        },
        "EventMaterial": {
            Retention.NOBODY: "id event title url position",
        },
        "AttendanceUndone": {
            Retention.PARTICIPATION: "id sign_up occasion undone_at",
            Retention.WORK: "undone_by",
        },
    },
}
