from celery import shared_task

from cms.services import adoptions, co_editing, reviews


@shared_task
def remind_owners() -> None:
    reviews.remind_owners()


@shared_task
def ask_adopters() -> None:
    adoptions.ask_adopters()


@shared_task
def clear_ended_co_editing() -> None:
    co_editing.clear_ended()
