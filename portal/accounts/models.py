from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from guardian.mixins import GuardianUserMixin

from portal.core.models import LineField


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

    def save(self, *args, **kwargs):
        self.email = (self.email or "").strip().lower() or None
        super().save(*args, **kwargs)

    @property
    def is_portal_administrator(self) -> bool:
        return self.is_active and self.is_superuser
