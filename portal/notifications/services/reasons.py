"""Why a mail is sent, asked again at the moment of sending."""

from collections.abc import Callable

_reasons: dict[str, Callable[[int], bool]] = {}


def register_reason(name: str, still_holds: Callable[[int], bool]) -> None:
    """Let an area say under `name` whether a queued mail's reason still holds for the object with the given id."""
    _reasons[name] = still_holds


def reason_holds(name: str, object_id: int | None) -> bool:
    """True when there is nothing to ask, or the area that queued the mail says it should still go out.

    Raises KeyError for a name nobody registered: a mail whose reason cannot be checked is not sent.
    """
    if not name or object_id is None:
        return True
    return _reasons[name](object_id)
