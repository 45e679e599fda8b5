from celery import shared_task

from portal.accounts.services import privacy_run


@shared_task
def keep_promises_of_retention() -> None:
    privacy_run.run()
