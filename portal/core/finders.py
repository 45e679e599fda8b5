"""The portal's own static file that is made rather than written: all its stylesheets as one.

Fifty small files are good to work in and slow to fetch: each would be a request, found only after main.css.
"""

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

STYLESHEET = "css/site.css"
SOURCE = settings.BASE_DIR / "portal" / "static" / "css"
MADE = settings.DATA_DIR / "made"

_IMPORT = re.compile(r'^@import url\("(?P<path>[\w/.-]+)"\) layer\((?P<layer>\w+)\);$', re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


def whole_stylesheet(source: Path = SOURCE) -> str:
    """``main.css`` of the folder with each import replaced by its file, in the layer that the import names.

    Addresses inside the files (fonts) are relative to ``css/``, where the whole is served from. Raises
    FileNotFoundError for an import of a file that is not there.
    """

    def written_out(match: re.Match) -> str:
        text = (source / match["path"]).read_text(encoding="utf-8")
        return f"@layer {match['layer']} {{\n{text}}}\n"

    return _COMMENT.sub("", _IMPORT.sub(written_out, (source / "main.css").read_text(encoding="utf-8")))


class StylesheetFinder(BaseFinder):
    """Finds ``css/site.css``, made anew when one of its parts is newer."""

    storage = FileSystemStorage(location=MADE)

    def find(self, path, find_all=False, **kwargs):
        if path != STYLESHEET:
            return []
        made = self._made()
        return [made] if find_all or kwargs.get("all") else made

    def list(self, ignore_patterns):
        self._made()
        yield STYLESHEET, self.storage

    def _made(self) -> str:
        made = MADE / STYLESHEET
        newest = max(part.stat().st_mtime for part in (SOURCE, *SOURCE.rglob("*.css")))
        if not made.exists() or made.stat().st_mtime < newest:
            made.parent.mkdir(parents=True, exist_ok=True)
            # Two server processes may do this at once: each replaces the file in one step.
            fresh = made.with_suffix(f".{id(self)}")
            fresh.write_text(whole_stylesheet(), encoding="utf-8")
            fresh.replace(made)
        return str(made)
