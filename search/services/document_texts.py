"""Reading documents' texts: in a process of its own, with limits, and never while somebody waits."""

import subprocess
import sys

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from cms.models import PortalDocument
from portal.core.storage import MediaAway
from search import extraction
from search.models import DocumentText
from search.services import indexing

MAX_BYTES = 20_000_000
SECONDS = 60  # from the beginning to the end; of computing, extraction allows half
READ, UNREADABLE, TOO_LARGE, TOO_SLOW = "read", "unreadable", "too large", "too slow"
_OUTCOMES = {0: READ, extraction.UNREADABLE: UNREADABLE, extraction.TOO_LARGE: TOO_LARGE}
AT_ONCE = 50


def read(document_id: int) -> str:
    """Read a document that waits for it and make it found by its text; return the outcome, "" where none waits.

    Never raises for any file: what cannot be read is found by its title.
    """
    document = waiting().filter(pk=document_id).first()
    if document is None:
        return ""
    file_name = document.file.name
    try:
        text, outcome = _extracted(document)
    except MediaAway:  # it goes on waiting
        return ""
    with transaction.atomic():
        # It may be gone, or have another file by now, which then waits itself.
        current = PortalDocument.objects.select_for_update().filter(pk=document_id).first()
        if current is None:
            return ""
        DocumentText.objects.update_or_create(
            document=current, defaults={"file_name": file_name, "text": text, "outcome": outcome}
        )
        indexing.update(current)
    return outcome


def waiting():
    """The documents whose file has not been read yet, as a queryset: new ones, and those with another file."""
    known = DocumentText.objects.filter(file_name=F("document__file")).values("document")
    kinds = Q(*(Q(file__endswith=f".{kind}") for kind in extraction.READERS), _connector=Q.OR)
    return PortalDocument.objects.filter(kinds).exclude(pk__in=known).order_by("pk")


def read_waiting() -> int:
    """Read what waits, of which a task may have been lost; return how many."""
    ids = list(waiting().values_list("pk", flat=True)[:AT_ONCE])
    for document_id in ids:
        read(document_id)
    return len(ids)


def _extracted(document: PortalDocument) -> tuple[str, str]:
    """The text and the outcome."""
    try:
        with document.file.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except MediaAway:
        raise
    except OSError:
        return "", UNREADABLE
    if len(content) > MAX_BYTES:
        return "", TOO_LARGE
    try:
        done = subprocess.run(
            [sys.executable, "-m", "search.extraction", document.file_extension],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            cwd=settings.BASE_DIR,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", TOO_SLOW
    # Ended by a signal: it used up its processor time.
    outcome = TOO_SLOW if done.returncode < 0 else _OUTCOMES.get(done.returncode, UNREADABLE)
    text = done.stdout.decode("utf-8", "replace") if outcome == READ else ""
    return text.replace("\x00", " "), outcome
