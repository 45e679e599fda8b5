"""What a password may not be. Length alone is asked for beside it: no kinds of characters, and pasting is welcome."""

import re
import unicodedata
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# What is left when the words that anybody would try are taken out must be as long as this.
LEAST_OF_ONES_OWN = 6
_GUESSED = (
    "samlarande samlärande portalen portal lösenord losenord password qwerty asdf kommunen kommuns kommun sommar "
    "vinter höst host vår sverige skåne skane välkommen valkommen hemligt hemlig"
)


class CommonCoreValidator(CommonPasswordValidator):
    """Django's list of breached passwords, asked about what a password is without what people put around one."""

    def validate(self, password: str, user=None) -> None:
        super().validate(password, user)
        super().validate(re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password), user)


class GuessedWordsValidator:
    """Refuses what is made of the portal's words and the person's own: names, address, the municipality in it."""

    def validate(self, password: str, user=None) -> None:
        left = _plain(password)
        for word in sorted(_words(user), key=len, reverse=True):
            left = left.replace(word, "")
        # A year is no secret, and a character many times over is one.
        left = re.sub(r"(19|20)\d\d", "", left)
        if len(re.sub(r"(.)\1+", r"\1", left)) < LEAST_OF_ONES_OWN:
            raise ValidationError(
                _("The password is made of words that others would try first, such as names, places and years."),
                code="guessed_words",
            )

    def get_help_text(self) -> str:
        return _("Three or four words that have nothing to do with each other are easy to remember and hard to guess.")


def _words(user) -> set[str]:
    own: list[str] = []
    if user is not None:
        for text in (user.first_name, user.last_name, user.email or ""):
            own += re.split(r"[\W_]+", _plain(text, keep_gaps=True))
    host = re.split(r"\W+", urlsplit(settings.BASE_URL).hostname or "")
    return {word for word in {*map(_plain, _GUESSED.split()), *own, *host} if len(word) > 2}


def _plain(text: str, *, keep_gaps: bool = False) -> str:
    """In small letters without marks: Å is a, as people write where a keyboard has none."""
    small = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char for char in small if not unicodedata.combining(char))
    return letters if keep_gaps else re.sub(r"[\W_]+", "", letters)
