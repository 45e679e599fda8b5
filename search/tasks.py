import logging

from celery import shared_task

from search.engines import current_server
from search.engines.base import EngineAway
from search.services import document_texts, indexing, outbox, saved_searches

logger = logging.getLogger(__name__)


@shared_task
def send_updates() -> None:
    """Tell the search server what changed, or all if it has nothing; what it does not take is told again by the next
    sweep."""
    server = current_server()
    if server is None:
        return
    try:
        outbox.refill(server)
        outbox.send()
    except EngineAway as error:
        logger.warning("the search server takes no changes: %s", error)


@shared_task
def compare_search() -> None:
    """Every night: what searching holds against what there is; what differs is written anew."""
    indexing.repair()
    server = current_server()
    if server is None:
        return
    try:
        outbox.send()
        wrong = outbox.compare(server)
        server.drop(server.unused())
    except EngineAway as error:
        logger.error("the search server could not be compared: %s", error)
        return
    if wrong:
        logger.warning("the search server had %s entries wrong; they were put right", wrong)


@shared_task
def mail_saved_searches() -> None:
    saved_searches.mail_news()


@shared_task
def read_document(document_id: int) -> None:
    document_texts.read(document_id)


@shared_task
def read_documents() -> None:
    """Documents that no task was told of, or whose task was lost."""
    document_texts.read_waiting()
