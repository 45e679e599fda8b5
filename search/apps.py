from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Warning, register


class SearchConfig(AppConfig):
    name = "search"
    label = "search"

    def ready(self) -> None:
        from portal.core import kept
        from portal.core.retention import declare
        from search import permissions, receivers, retention  # noqa: F401

        declare(retention.TABLES)
        # What a search server has yet to be told (`searchupdate`) is content: once told, it is found.
        kept.declare(kept.QUIET, *(f"search_{name}" for name in ("asked", "missing", "saved")))

        register(warn_without_lexicon)


def warn_without_lexicon(**_kwargs) -> list[Warning]:
    """Searching works without a lexicon, but finds neither the parts of compounds nor irregular forms."""
    from search.analysis import lexicon

    folder = settings.SWEDISH_LEXICON
    if folder is None or lexicon.opened(folder):
        return []
    return [Warning("No Swedish lexicon.", hint="manage.py build_swedish_lexicon compiles it.", id="search.W001")]
