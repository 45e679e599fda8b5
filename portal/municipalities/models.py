import re
import secrets
import uuid

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase

from portal.core.models import EncryptedField, LineField, Timestamped
from portal.municipalities.enums import AuditAct, MunicipalityKind, Right, Role, Visibility
from portal.municipalities.querysets import (
    AuditEntryQuerySet,
    DeputyQuerySet,
    InvitationQuerySet,
    MembershipQuerySet,
    SharedWorkQuerySet,
)

_DOMAIN = re.compile(r"^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$")


def _validate_domains(value: list) -> None:
    wrong = [entry for entry in value if not isinstance(entry, str) or not _DOMAIN.match(entry)]
    if wrong:
        raise ValidationError(
            _("“%(value)s” is not an e-mail domain. Write it as trelleborg.se."), params={"value": wrong[0]}
        )


class Municipality(Timestamped):
    """A tenant: a municipality, a partner organisation or a foreign city. It owns content.

    Created by `services.municipalities.create`, which also makes its role groups, rights and page section.
    """

    kind = models.CharField(
        _("kind"), max_length=16, choices=MunicipalityKind.choices, default=MunicipalityKind.MUNICIPALITY
    )
    name = LineField(_("name"), max_length=120, unique=True)
    short_name = LineField(_("short name"), max_length=40)
    slug = models.SlugField(_("short address"), max_length=40, unique=True)
    municipality_code = models.CharField(
        _("municipality code"),
        max_length=4,
        blank=True,
        validators=[RegexValidator(r"^\d{4}$", _("A municipality code is four digits."))],
        help_text=_("Only Swedish municipalities have one."),
    )
    organisation_number = models.CharField(
        _("organisation number"),
        max_length=11,
        blank=True,
        validators=[RegexValidator(r"^\d{6}-\d{4}$", _("Write the organisation number as 212000-1199."))],
    )
    email_domains = models.JSONField(
        _("e-mail domains"),
        default=list,
        blank=True,
        validators=[_validate_domains],
        help_text=_("People with a confirmed address here may open an account and become staff by themselves."),
    )
    accent_colour = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#1f5f5b",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write the colour as #1f5f5b."))],
    )
    logo = models.ImageField(_("logo"), upload_to="logos/", blank=True)
    needs_approval = models.BooleanField(
        _("pages are approved by a second person before they are published"), default=False, editable=False
    )

    class Meta:
        ordering = ["short_name"]
        permissions = [(right.value, right.name) for right in Right]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality_code"],
                condition=~models.Q(municipality_code=""),
                name="one_tenant_per_code",
            )
        ]

    def __str__(self) -> str:
        return self.name


class MunicipalityGroupRight(GroupObjectPermissionBase):
    """guardian's table for rights of role groups on municipalities, with a real foreign key: no orphans."""

    content_object = models.ForeignKey(Municipality, on_delete=models.CASCADE)


class RoleGroup(models.Model):
    """Ties a Django group to a role in one municipality. Being in the group is having the role."""

    municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="role_groups")
    role = models.CharField(max_length=16, choices=Role.choices)
    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="role_group")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "role"], name="one_group_per_role")]

    def __str__(self) -> str:
        return f"{self.municipality.short_name}: {self.get_role_display()}"


class Unit(models.Model):
    """A kitchen, a school, a depot: where people work, and whose manager leads them."""

    municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="units")
    name = LineField(_("name"), max_length=120)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["municipality", "name"], name="unit_name_once")]

    def __str__(self) -> str:
        return self.name


class OccupationalGroup(models.Model):
    """What somebody works as (lokalvårdare, kock, elevassistent …); also whom a course is for."""

    name = LineField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(Timestamped):
    """A person's place in one municipality. Which roles come with it is told by the role groups.

    Changed by `services.memberships` only, which keeps groups and rows in step.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="memberships")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.SET_NULL, related_name="memberships")
    occupational_group = models.ForeignKey(
        OccupationalGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["person__last_name", "person__first_name", "pk"]
        constraints = [models.UniqueConstraint(fields=["person", "municipality"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.person} ({self.municipality.short_name})"

    @property
    def roles(self) -> list[Role]:
        """The roles held here, weakest first; free of queries after `with_roles()`."""
        held = {
            group.role_group.role
            for group in self.person.groups.all()
            if hasattr(group, "role_group") and group.role_group.municipality_id == self.municipality_id
        }
        return [role for role in Role if role.value in held]


class Deputy(Timestamped):
    """Somebody who answers for the manager of a unit from one day to another; the last day counts.

    Changed by `services.units` only.
    """

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="deputies")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = DeputyQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="deputy_ends_after_start",
                violation_error_message=_("The last day cannot be before the first."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.unit} {self.starts_on}–{self.ends_on}"


class Invitation(Timestamped):
    """An invitation by mail to join a municipality. Only the hash of its token is kept."""

    municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"))
    roles = models.JSONField(default=list)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.email} → {self.municipality.short_name}"


class Collaboration(Timestamped):
    """Several municipalities working together, often one ESF project with a lead owner."""

    title = LineField(_("name"), max_length=160)
    slug = models.SlugField(max_length=80, unique=True)
    diary_number = LineField(
        _("diary number"), max_length=40, unique=True, null=True, blank=True, help_text=_("As in 23-071-S01.")
    )
    fund = LineField(_("fund"), max_length=40, blank=True)
    period_start = models.DateField(_("start date"), null=True, blank=True)
    period_end = models.DateField(_("end date"), null=True, blank=True)
    programme_area = LineField(_("programme area"), max_length=40, blank=True)
    specific_objective = LineField(_("specific objective"), max_length=40, blank=True)
    cofinancing_rate = models.PositiveSmallIntegerField(
        _("EU co-financing, per cent"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    # Names of participants are evidence until five years after it (`events.services.evidence`).
    last_payment_year = models.PositiveSmallIntegerField(
        _("year of the last payment"),
        null=True,
        blank=True,
        validators=[MinValueValidator(2014), MaxValueValidator(2100)],
        help_text=_("Of the fund’s money to the project. Five years after it the names of participants are erased."),
    )
    planned_participants = models.PositiveIntegerField(
        _("planned participants"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
    )
    owner_name = LineField(_("project owner"), max_length=200, blank=True)
    region = LineField(_("region"), max_length=80, blank=True)
    lead = models.ForeignKey(
        Municipality,
        verbose_name=_("lead owner"),
        on_delete=models.PROTECT,
        related_name="led_collaborations",
    )
    partners = models.ManyToManyField(
        Municipality, verbose_name=_("partners"), blank=True, related_name="partner_collaborations"
    )
    # What a project record said beside the known facts: kept and shown, never dropped.
    further_facts = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(period_end__isnull=True)
                | models.Q(period_start__isnull=True)
                | models.Q(period_end__gte=models.F("period_start")),
                name="period_ends_after_start",
                violation_error_message=_("The project cannot end before it starts."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args, **kwargs):
        # Two projects without a number must not collide on the empty string.
        self.diary_number = self.diary_number or None
        super().save(*args, **kwargs)

    @property
    def is_esf_project(self) -> bool:
        """EU money must be shown wherever this is True (Regulation (EU) 2021/1060, article 50)."""
        return self.fund.upper().startswith("ESF")


class SharedRecord(Timestamped):
    """Abstract: a record that belongs to one municipality and is shown to a chosen audience."""

    municipality = models.ForeignKey(
        Municipality, verbose_name=_("arranged by"), on_delete=models.PROTECT, related_name="%(class)ss"
    )
    visibility = models.CharField(_("for whom"), max_length=10, choices=Visibility.choices, default=Visibility.INTERNAL)
    shared_with = models.ManyToManyField(
        Municipality, verbose_name=_("selected municipalities"), blank=True, related_name="shared_%(class)ss"
    )
    shared_with_collaborations = models.ManyToManyField(
        Collaboration, verbose_name=_("selected collaborations"), blank=True, related_name="shared_%(class)ss"
    )
    # Who may read it but does not want it in its lists; changed by the receiving side.
    hidden_in = models.ManyToManyField(Municipality, blank=True, editable=False, related_name="+")

    class Meta:
        abstract = True


class SharedWork(Timestamped):
    """Abstract: the coordinators of another municipality work on one thing together with its owner, until a day.

    Concrete classes add a key to the thing. The last day counts; the right ends by itself, without any task.
    """

    municipality = models.ForeignKey(
        Municipality, verbose_name=_("municipality"), on_delete=models.CASCADE, related_name="%(class)ss"
    )
    until = models.DateField(_("last day"))
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SharedWorkQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["until", "pk"]

    def __str__(self) -> str:
        return f"{self.municipality.short_name} → {self.until}"


class AuditEntry(models.Model):
    """Append-only: who did, shared, saw in bulk or exported what in a municipality.

    Written by `services.audit.record`. The database itself refuses to change or delete a row (migration 0003);
    only the person may be forgotten.
    """

    # None: the portal's own, which its administrators alone read.
    municipality = models.ForeignKey(
        Municipality, null=True, blank=True, on_delete=models.PROTECT, related_name="audit_entries"
    )
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    act = models.CharField(max_length=24, choices=AuditAct.choices)
    subject = LineField(max_length=255, blank=True)
    detail = LineField(max_length=500, blank=True)

    # How somebody stands in the texts: a letter and a number between two signs that no keyboard has.
    FENCE = "\ue000"
    MARK = re.compile(rf"{FENCE}([pi])(\d+){FENCE}")

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["municipality", "-at"], name="audit_of_municipality")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.act}: {self.subject}"

    @classmethod
    def mark(cls, kind: str, pk: int) -> str:
        """What stands for a person ("p") or an invitation ("i"); `services.audit.named` writes names in its place."""
        return f"{cls.FENCE}{kind}{pk}{cls.FENCE}"


def new_public_id() -> str:
    """A short random id for addresses: says nothing about how many there are."""
    return uuid.uuid4().hex[:12]


def _new_key() -> str:
    return secrets.token_hex(16)


class IdentityProvider(Timestamped):
    """Where a municipality's people sign in with the account of their work (OpenID Connect).

    Changed by `services.identity_providers` only. Its key, in the addresses that the provider knows, is random and its
    row never deleted, so that nobody else's identities ever come under it; another issuer is another provider.
    """

    key = models.CharField(max_length=32, unique=True, default=_new_key, editable=False)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="identity_providers")
    issuer = models.URLField(max_length=255, editable=False)
    client_id = LineField(max_length=255)
    client_secret = EncryptedField()
    # Whether it can be used, or is being written and tried, and whether its municipality's people may use nothing else.
    is_active = models.BooleanField(default=True)
    is_draft = models.BooleanField(default=False, db_default=False)
    is_demanded = models.BooleanField(default=False)
    # The name of the claim that holds what `role_of_value` knows; empty: roles are given here.
    role_claim = LineField(max_length=100, blank=True)
    # {"value of the claim": ["role", …]}; no value gives more than a municipality's role.
    role_of_value = models.JSONField(default=dict, blank=True)
    # Whether a second factor that was asked for there counts here; what its `acr` says then, with spaces between.
    trusts_second_factor = models.BooleanField(default=False, db_default=False)
    second_factor_acr = LineField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        ordering = ["municipality", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality"], condition=models.Q(is_active=True), name="one_provider_in_use_each"
            ),
            models.UniqueConstraint(
                fields=["municipality"], condition=models.Q(is_draft=True), name="one_provider_being_written_each"
            ),
            models.CheckConstraint(
                condition=~models.Q(is_active=True, is_draft=True), name="no_provider_in_use_is_being_written"
            ),
        ]

    def __str__(self) -> str:
        return str(self.municipality)


class ExternalIdentity(Timestamped):
    """Whom a provider means by a subject. The address it tells is no key: others give addresses out again."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.PROTECT, related_name="identities")
    subject = models.CharField(max_length=255)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="external_identities")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="one_person_per_subject"),
            models.UniqueConstraint(fields=["provider", "person"], name="one_subject_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}"
