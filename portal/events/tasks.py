from celery import shared_task

from portal.events.services import guests, needs, reminders, requests, seat_checks, sign_ups


@shared_task
def lapse_offers() -> None:
    for event_id in sign_ups.events_with_expired_offers():
        sign_ups.lapse_offers(event_id=event_id)


@shared_task
def release_kept_seats() -> None:
    for event_id in sign_ups.events_with_seats_to_release():
        sign_ups.release_kept_seats(event_id=event_id)


@shared_task
def check_seats() -> None:
    seat_checks.run()


@shared_task
def remind_participants() -> None:
    reminders.remind_participants()


@shared_task
def remind_managers() -> None:
    requests.remind_managers()


@shared_task
def erase_needs() -> None:
    needs.erase_old()


@shared_task
def forget_guest_requests() -> None:
    guests.forget_requests()
