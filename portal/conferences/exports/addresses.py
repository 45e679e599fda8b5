"""Where a conference and what is in its programme are found, as whole addresses: a file is read far from the portal."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from portal.conferences.models import Conference


@dataclass(frozen=True)
class Addresses:
    """The addresses of one conference, those of its pages in Swedish."""

    public_id: str
    page: str = ""

    @classmethod
    def of(cls, conference: Conference, *, page: str = "") -> "Addresses":
        """`page` is the whole address of the conference's page, which only the caller knows."""
        return cls(conference.public_id, page)

    @property
    def programme(self) -> str:
        return self._whole("programme")

    def session(self, session_id: str) -> str:
        return self._whole("programme_session", session_id=session_id)

    def speaker(self, speaker_id: str) -> str:
        return self._whole("programme_speaker", speaker_id=speaker_id)

    def file(self, name: str) -> str:
        """Of one of the files about the whole programme, by the name of its address."""
        return self._whole(name)

    def _whole(self, name: str, **arguments: str) -> str:
        return whole(name, public_id=self.public_id, **arguments)


def whole(name: str, **arguments: str) -> str:
    """The whole Swedish address with this name."""
    with override(settings.LANGUAGE_CODE):
        return settings.BASE_URL + reverse(name, kwargs=arguments)
