from django.conf import settings
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from guardian.mixins import GuardianUserMixin

from portal.core.models import EncryptedField, LineField


class UserManager(BaseUserManager):
    """People are known by their e-mail address, compared without regard to case."""

    use_in_migrations = True

    def _create(self, email: str | None, password: str | None, **fields):
        user = self.model(email=self.normalize_email(email) or None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str | None, password: str | None = None, **fields):
        """Create a person without any rights; rights come with a membership.

        Somebody without an address (None) cannot sign in and gets no mail: others sign them up.
        """
        return self._create(email, password, **{"is_superuser": False, "is_staff": False, **fields})

    def create_superuser(self, email: str, password: str | None = None, **fields):
        """Create a portal administrator."""
        return self._create(email, password, **{**fields, "is_superuser": True, "is_staff": True})

    def get_by_natural_key(self, email: str):
        return self.get(email__iexact=email)

    def with_address(self, email: str):
        """Those who have this address: to sign in with, or as another that they have shown to be theirs."""
        email = email.strip()
        if not email:
            return self.none()
        another = models.Q(emailaddress__email__iexact=email, emailaddress__verified=True)
        return self.filter(models.Q(email__iexact=email) | another).distinct()


class User(GuardianUserMixin, AbstractUser):
    """A person who can sign in. What they may do follows from their memberships alone.

    `is_superuser` marks a portal administrator and is given on the command line only.
    """

    username = None
    # Null for somebody who has none: the empty string could stand here only once.
    email = models.EmailField(_("e-mail address"), unique=True, null=True, blank=True)
    first_name = LineField(_("first name"), max_length=80, blank=True)
    last_name = LineField(_("last name"), max_length=80, blank=True)
    # Signed up to something without an account: no password, no membership, and in by the links that were mailed only.
    # Whoever gets a password later is no guest any more.
    is_guest = models.BooleanField(default=False, editable=False)

    # The name in `first_name` is an alias; the real one stands in `ProtectedIdentity` (`services.protected_identity`).
    is_protected = models.BooleanField(default=False, editable=False)

    # Wanted to be erased while something forbade it; the nightly run does it when nothing does any more.
    erasure_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The row stays, so that seats and counts stay right; nothing in it is anybody's any more.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_per_address")]
        ordering = ["last_name", "first_name", "pk"]
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.get_full_name() or self.email or ""

    def get_full_name(self) -> str:
        return gettext("Erased person") if self.erased_at else super().get_full_name()

    @property
    def shown_email(self) -> str:
        """The address as others may read it: empty where there is none, and for a protected identity."""
        return "" if self.is_protected else self.email or ""

    def get_username(self) -> str:
        # What the editor shows where there is no name.
        return str(self) if self.is_protected else super().get_username()

    def natural_key(self) -> tuple[str | None]:
        return (self.email,)

    def save(self, *args, **kwargs):
        self.email = (self.email or "").strip().lower() or None
        if self.is_held_back and kwargs.get("update_fields") is None:
            # What is held back for a request is not taken away.
            held = {"is_superuser", "is_staff"}
            fields = [f.name for f in self._meta.concrete_fields if not f.primary_key and f.name not in held]
            kwargs["update_fields"] = fields
        super().save(*args, **kwargs)

    # Which second factors were used in this session; None outside a request. Set by `services.second_factor` only.
    second_factors_used: frozenset[int] | None = None
    is_held_back = False

    def hold_back(self) -> None:
        """Let this object, and nothing in the database, be no portal administrator, whoever asks and how."""
        self.is_superuser = self.is_staff = False
        self.is_held_back = True

    @property
    def is_portal_administrator(self) -> bool:
        return self.is_active and self.is_superuser


class ProtectedIdentity(models.Model):
    """The name of somebody who is shown to others by an alias. Changed by `services.protected_identity` only.

    Encrypted, so that no list, filter or sorting can be written that reads it by mistake.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="protected_identity", primary_key=True
    )
    first_name = EncryptedField(blank=True)
    last_name = EncryptedField(blank=True)
    since = models.DateTimeField(default=timezone.now)
    # Who did it on the person's request; the person, where they did it themselves.
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"{self.person_id}"  # never who: names stand in logs


class LegalHold(models.Model):
    """That nothing of a person is erased, for a reason, until it is lifted. Changed by `services.legal_holds` only."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="legal_holds")
    reason = LineField(_("reason"), max_length=200)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)
    # The last day; the night after it the hold is lifted. None: until somebody lifts it.
    until = models.DateField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(lifted_at__isnull=True), name="one_legal_hold_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id}"  # never who or why: names stand in logs


class PrivacyRun(models.Model):
    """What one nightly run erased: how many of what, and nobody's name. Written by `services.privacy_run` only."""

    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # [{"what": a sentence's key, "count": how many}], as far as the run came.
    lines = models.JSONField(default=list)
    problem = models.CharField(max_length=200, blank=True)  # the kind of fault that ended it, without its words

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class SignIn(models.Model):
    """Somebody is signed in in a browser, until its session is gone. Written and ended by `services.sign_ins` only.

    Which browser on which system and since when, so that its owner knows it again: neither its address on the net nor
    what it was used for.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    browser = models.CharField(max_length=30, blank=True)
    system = models.CharField(max_length=30, blank=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-since", "-pk"]

    def __str__(self) -> str:
        return f"{self.person_id}"
