"""After a back-up was restored: nobody is signed in; whoever was erased or protected since is so again."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from portal.accounts.services import personal_data, protected_identity
from portal.notifications.services import outbox

# One that had begun when the back-up was made bears a moment from before it. Who is erased already is left alone.
_BEGUN_BEFORE = timedelta(days=1)


def end_sessions(made_at: datetime) -> str:
    """All of them: the back-up knows nothing of who signed out, or was shut out, since."""
    return f"{Session.objects.all().delete()[0]} sessions ended"


def erase_again(made_at: datetime) -> str:
    with outbox.holding():
        return f"{personal_data.erase_again(made_at - _BEGUN_BEFORE)} people erased again"


def protect_again(made_at: datetime) -> str:
    return f"{protected_identity.protect_again(made_at - _BEGUN_BEFORE)} identities protected again"
