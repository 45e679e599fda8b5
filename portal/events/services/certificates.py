"""Certificates of attendance: issued to whoever came, read by whoever holds the code."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused
from portal.events.models import Attendance, Certificate, SignUp

# Crockford's Base32 (https://www.crockford.com/base32.html): no I, L, O or U, so that a code that is read aloud or
# copied from paper cannot be mistaken. Twelve of its 32 symbols are 60 bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12
GROUP = 4
_READ_AS = str.maketrans("OIL", "011")


def came_by(now: datetime) -> Exists:
    """For sign-ups: the person came to at least one date that has ended."""
    return Exists(Attendance.objects.filter(sign_up=OuterRef("pk"), occasion__ends_at__lte=now))


def has_come(sign_up_id: int, *, now: datetime | None = None) -> bool:
    return SignUp.objects.filter(came_by(now or timezone.now()), pk=sign_up_id).exists()


@transaction.atomic
def issue(*, sign_up_id: int, now: datetime | None = None) -> Certificate:
    """The certificate of a person who came, made when there is none and made anew when the attendance is another.

    Raises ActionRefused when the person came to no date that has ended.
    """
    now = now or timezone.now()
    entry = _locked(SignUp.objects.filter(pk=sign_up_id)).get()
    if not (dates := _dates_of(entry, now)):
        raise ActionRefused(_("A certificate is for those who came."), code="did_not_come")
    return _issued(entry, dates, now)


@transaction.atomic
def issue_all(*, event_id: int, now: datetime | None = None) -> list[Certificate]:
    """The certificates of everybody who came to an event, by name; none when nobody did."""
    now = now or timezone.now()
    entries = list(_locked(SignUp.objects.filter(came_by(now), event=event_id)).order_by("pk"))
    issued = [_issued(entry, _dates_of(entry, now), now) for entry in entries]
    return sorted(issued, key=lambda certificate: (certificate.name.casefold(), certificate.pk))


def find(code: str, *, now: datetime | None = None) -> Certificate | None:
    """The certificate with that code, however it was typed, as it holds now; writes nothing.

    None for an unknown code, and when the attendance was taken back: then there is nothing to certify.
    """
    certificate = (
        Certificate.objects.select_related("sign_up")
        .prefetch_related("sign_up__attendances__occasion")
        .filter(code=normalised(code))
        .first()
    )
    if certificate is None or not (dates := _dates_of(certificate.sign_up, now or timezone.now())):
        return None
    if not _tells_of(certificate, dates):
        certificate.dates, certificate.minutes = dates, _total(dates)
    return certificate


def normalised(code: str) -> str:
    """The code as it is stored, in groups; "" for what cannot be one. Case, spaces and dashes do not matter."""
    symbols = "".join(letter for letter in code.upper() if letter.isalnum()).translate(_READ_AS)
    if len(symbols) != CODE_LENGTH or not set(symbols) <= set(ALPHABET):
        return ""
    return "-".join(symbols[start : start + GROUP] for start in range(0, CODE_LENGTH, GROUP))


def _locked(entries: QuerySet[SignUp]) -> QuerySet[SignUp]:
    return (
        entries.select_for_update(of=("self",))
        .select_related("person", "event__municipality", "event__collaboration", "certificate")
        .prefetch_related("attendances__occasion")
    )


def _issued(entry: SignUp, dates: list[dict], now: datetime) -> Certificate:
    certificate = getattr(entry, "certificate", None)
    if certificate is not None and _tells_of(certificate, dates):
        return certificate
    event = entry.event
    says = {
        "issued_at": now,
        "name": str(entry.person),
        "event_title": event.title,
        "arranger": event.municipality.name,
        "dates": dates,
        "minutes": _total(dates),
        "is_esf_funded": event.collaboration is not None and event.collaboration.is_esf_project,
    }
    if certificate is None:
        return _with_new_code(Certificate(sign_up=entry, **says))
    for name, value in says.items():
        setattr(certificate, name, value)
    certificate.save()
    return certificate


def _with_new_code(certificate: Certificate) -> Certificate:
    """Save with a code that nobody has; two the same in 60 bits is a matter of principle."""
    while True:
        certificate.code = normalised("".join(secrets.choice(ALPHABET) for _symbol in range(CODE_LENGTH)))
        try:
            with transaction.atomic():
                certificate.save(force_insert=True)
        except IntegrityError:
            if not Certificate.objects.filter(code=certificate.code).exists():
                raise
        else:
            return certificate


def _dates_of(entry: SignUp, now: datetime) -> list[dict]:
    """What a certificate keeps of each date that has ended and that the person came to, earliest first."""
    attended = [attendance for attendance in entry.attendances.all() if attendance.occasion.ends_at <= now]
    return [
        {
            "occasion": attendance.occasion_id,
            "part": _part_of(attendance),
            "starts_at": attendance.occasion.starts_at.isoformat(),
            "ends_at": attendance.occasion.ends_at.isoformat(),
            "minutes": _minutes_of(attendance),
        }
        for attendance in sorted(attended, key=lambda attendance: (attendance.occasion.starts_at, attendance.pk))
    ]


def _part_of(attendance: Attendance) -> int | None:
    """The minutes that the person was there, or None for the whole date."""
    return None


def _minutes_of(attendance: Attendance) -> int:
    part = _part_of(attendance)
    occasion = attendance.occasion
    return part if part is not None else int((occasion.ends_at - occasion.starts_at).total_seconds() // 60)


def _total(dates: Iterable[dict]) -> int:
    return sum(row["minutes"] for row in dates)


def _tells_of(certificate: Certificate, dates: list[dict]) -> bool:
    """It was issued for this attendance; that a date was moved afterwards is none of its business."""

    def attended(rows: list[dict]) -> list[tuple]:
        return sorted((row["occasion"], -1 if row["part"] is None else row["part"]) for row in rows)

    return attended(certificate.dates) == attended(dates)
