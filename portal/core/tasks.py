from typing import Any

from celery import shared_task
from django.core.files.storage import default_storage

from portal.core.storage import MediaAway


@shared_task
def remove_left_files() -> None:
    store: Any = default_storage
    try:
        store.remove_left_files()
    except MediaAway:
        return  # the log says why; the next run tries again
