"""How long each field is kept. `portal.core.retention` says what the classes mean; a field without one fails a test."""

from portal.core.retention import Retention

TABLES = {
    "municipalities": {
        "Municipality": {
            Retention.NOBODY: (
                "id created_at updated_at kind name short_name slug municipality_code organisation_number "
                "email_domains accent_colour logo needs_approval"
            ),
        },
        "MunicipalityGroupRight": {
            Retention.NOBODY: "id permission group content_object",
        },
        "RoleGroup": {
            Retention.NOBODY: "id municipality role group",
        },
        "Unit": {
            Retention.NOBODY: "id municipality name",
        },
        "OccupationalGroup": {
            Retention.NOBODY: "id name slug",
        },
        "Membership": {
            Retention.ACCOUNT: "id created_at updated_at person municipality unit occupational_group",
        },
        "Deputy": {
            Retention.ACCOUNT: "id created_at updated_at unit person starts_on ends_on chosen_by",
        },
        "IdentityProvider": {
            Retention.NOBODY: (
                "id created_at updated_at key municipality issuer client_id client_secret is_active is_draft "
                "is_demanded role_claim role_of_value trusts_second_factor second_factor_acr"
            ),
        },
        "ExternalIdentity": {
            Retention.ACCOUNT: "id created_at updated_at provider subject person",
        },
        "Invitation": {
            Retention.SHORT: (
                "id created_at updated_at municipality email roles unit token_hash invited_by expires_at "
                "accepted_at withdrawn_at"
            ),
        },
        "Collaboration": {
            Retention.NOBODY: (
                "id created_at updated_at title slug diary_number fund period_start period_end programme_area "
                "specific_objective cofinancing_rate last_payment_year planned_participants owner_name region "
                "lead further_facts partners"
            ),
        },
        "AuditEntry": {
            Retention.LOG: "id municipality at actor act subject detail",
        },
    },
}
