"""After a back-up was restored: what searching holds is written anew from the content."""

from datetime import datetime

from search.engines import current_server
from search.models import SearchUpdate
from search.services import indexing, outbox


def rebuild(made_at: datetime) -> str:
    """The entries, and the search server's index where there is one. Raises EngineAway."""
    told = f"{indexing.rebuild()} entries"
    SearchUpdate.objects.all().delete()
    if server := current_server():
        told += f", {outbox.rebuild(server)} on the search server"
    return told
