"""What a mail says, asked at the moment of sending: for mails that are queued where nothing may take long."""

from collections.abc import Callable
from dataclasses import dataclass, field

_composers: dict[str, Callable[[int], "Content"]] = {}


@dataclass(frozen=True)
class Content:
    """What the templates of a mail are filled with, and its attachments (`name`, MIME `type`, `text`)."""

    context: dict
    attachments: list[dict] = field(default_factory=list)


def register_composer(reason: str, compose: Callable[[int], Content]) -> None:
    """Let an area write the mails whose reason is `reason`: `compose(reason_object_id)` is asked when one is sent."""
    _composers[reason] = compose


def content_of(reason: str, object_id: int | None) -> Content:
    """Raises KeyError for a reason that nobody writes mails for."""
    return _composers[reason](object_id or 0)
