"""How long each field is kept. `portal.core.retention` says what the classes mean; a field without one fails a test."""

from portal.core.retention import Retention

TABLES = {
    "search": {
        "SearchEntry": {
            Retention.NOBODY: (
                "id kind object_id language title url body title_terms words parts lemmas length fingerprint "
                "municipality facets dated_at ends_at joinable_until updated_at"
            ),
        },
        "SearchAudience": {
            Retention.NOBODY: "id entry token",
        },
        "SearchStart": {
            Retention.NOBODY: "id entry term position",
        },
        "SearchUpdate": {
            Retention.NOBODY: "id entry_id created_at",
        },
        "SearchTerm": {
            Retention.NOBODY: "term entries",
        },
        "SearchWord": {
            Retention.NOBODY: "word entries",
        },
        "Synonym": {
            Retention.NOBODY: "id created_at updated_at words also is_both_ways",
        },
        "AskedSearch": {
            Retention.SEARCH: "uid day text hits engine milliseconds clicked_rank",
        },
        "MissingContent": {
            Retention.NOBODY: "id created_at updated_at text wish municipality handled_at",
            Retention.WORK: "handled_by",
        },
        "SavedSearch": {
            Retention.ACCOUNT: (
                "id created_at updated_at public_id person address is_mailed mailed_at looked_at seen news"
            ),
        },
        "DocumentText": {
            Retention.NOBODY: "id document file_name text outcome read_at",
        },
        "DocumentOnPage": {
            Retention.NOBODY: "id document page_id",
        },
    },
}
