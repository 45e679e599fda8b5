"""Who may see and do what: every rule about municipalities and what they share, written once.

A rule has three forms that must agree (a test proves it): `may_read(user, item)` for one object,
`visible_to(user, queryset)` for lists, `audience_of(item)` against `tokens_of(user)` for search.

This is also the access module: records with rules or people in them are fetched through `visible` and
`get_for` and in no other way by any view.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.db.models import ManyToManyField, Model, Q, QuerySet
from django.http import Http404

from portal.accounts.services import second_factor
from portal.municipalities.enums import SEES_PEOPLE, Right, Role, Visibility
from portal.municipalities.models import (
    AuditEntry,
    Collaboration,
    Deputy,
    Invitation,
    Membership,
    Municipality,
    Unit,
)

PUBLIC_TOKEN = "public"  # noqa: S105 - an audience, not a secret
MEMBERS_TOKEN = "members"  # noqa: S105


@dataclass(frozen=True)
class Viewer:
    """What the rules need to know of a person, read in one query."""

    is_portal_administrator: bool = False
    rights: frozenset[tuple[str, int]] = frozenset()
    collaboration_ids: frozenset[int] = frozenset()
    municipality_ids: frozenset[int] = field(default=frozenset())
    # Sees other people's data, and none of it (nor writes, nor decides) before a second factor is used.
    waits_for_second_factor: bool = False

    @property
    def is_member(self) -> bool:
        return bool(self.municipality_ids)

    def municipalities_with(self, right: Right) -> frozenset[int]:
        return frozenset(pk for codename, pk in self.rights if codename == right)

    def as_key(self) -> tuple:
        """The same for two who may see the same, in every process: what is kept for one is right for the other."""
        return (
            self.is_portal_administrator,
            *(tuple(sorted(ids)) for ids in (self.rights, self.collaboration_ids, self.municipality_ids)),
        )


NOBODY = Viewer()


def viewer_for(user) -> Viewer:
    """The viewer of a request's user, remembered on that user object as Django does with its own permissions.

    A request loads its user anew, so a revoked right counts from the next request.
    """
    if not user.is_active:  # nor is Django's AnonymousUser
        return NOBODY
    if not hasattr(user, "_viewer"):
        user._viewer = _read_viewer(user)
    return user._viewer


def forget_viewer(user) -> None:
    """Drop what is remembered on `user`; for code that changes rights and goes on with the same object."""
    user.__dict__.pop("_viewer", None)


# In SQL since each request of somebody signed in asks it, and both at once: what the ORM takes to write two again each
# time is three times what the database takes to answer.
_RIGHTS_AND_COLLABORATIONS = f"""
    WITH owned AS (
        SELECT permission.codename, owned.content_object_id AS municipality_id
        FROM municipalities_municipalitygroupright AS owned
        JOIN accounts_user_groups AS member ON member.group_id = owned.group_id AND member.user_id = %s
        JOIN auth_permission AS permission ON permission.id = owned.permission_id
    ), home AS (SELECT municipality_id FROM owned WHERE codename = '{Right.READ_INTERNAL.value}')
    SELECT codename, municipality_id FROM owned
    UNION ALL
    SELECT NULL, id FROM municipalities_collaboration WHERE lead_id IN (SELECT municipality_id FROM home)
    UNION ALL
    SELECT NULL, collaboration_id FROM municipalities_collaboration_partners
    WHERE municipality_id IN (SELECT municipality_id FROM home)
"""  # noqa: S608 - a constant of ours


def _read_viewer(user) -> Viewer:
    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS_AND_COLLABORATIONS, [user.pk])
        found = cursor.fetchall()
    rights = frozenset((codename, pk) for codename, pk in found if codename is not None)
    waits = second_factor.is_missing(user) and _sees_people(user, rights)
    if waits:
        rights = frozenset((codename, pk) for codename, pk in rights if codename == Right.READ_INTERNAL)
    municipality_ids = frozenset(pk for codename, pk in rights if codename == Right.READ_INTERNAL)
    return Viewer(
        is_portal_administrator=user.is_portal_administrator and not waits,
        rights=rights,
        municipality_ids=municipality_ids,
        collaboration_ids=frozenset(pk for codename, pk in found if codename is None),
        waits_for_second_factor=waits,
    )


def _sees_people(user, rights: frozenset[tuple[str, int]]) -> bool:
    """Whether others' data is open to somebody with these rights: by a role, or as a manager's deputy today."""
    return (
        user.is_portal_administrator
        or user.is_held_back
        or any(codename in SEES_PEOPLE for codename, _pk in rights)
        or Deputy.objects.active().filter(person=user.pk).exists()
    )


def _collaborations_of(municipality_ids: frozenset[int]) -> frozenset[int]:
    taking_part = Q(lead__in=municipality_ids) | Q(partners__in=municipality_ids)
    return frozenset(Collaboration.objects.filter(taking_part).values_list("pk", flat=True))


def viewer_of_member(municipality: Municipality) -> Viewer:
    """Somebody who belongs to `municipality` and nothing else, with no role there: for "what do they see?"."""
    ids = frozenset({municipality.pk})
    return Viewer(
        rights=frozenset({(Right.READ_INTERNAL.value, municipality.pk)}),
        municipality_ids=ids,
        collaboration_ids=_collaborations_of(ids),
    )


def imagined_member(municipality: Municipality | None):
    """A user object for "view as": staff of `municipality`, or for None somebody without an account.

    Never saved and without any right but reading; a municipality with pk 0 stands for one that nothing is shared with.
    """
    if municipality is None:
        return AnonymousUser()
    user: Any = get_user_model()(is_active=True)
    user._viewer = viewer_of_member(municipality)
    return user


def has_right(user, right: Right, municipality_id: int | None) -> bool:
    """A role group of the municipality gives `user` this right; portal administrators have every right."""
    viewer = viewer_for(user)
    return viewer.is_portal_administrator or (right.value, municipality_id) in viewer.rights


def has_right_somewhere(user, right: Right) -> bool:
    viewer = viewer_for(user)
    return viewer.is_portal_administrator or bool(viewer.municipalities_with(right))


def municipalities_with(user, right: Right) -> QuerySet[Municipality]:
    """The municipalities where `user` has `right`, as a queryset."""
    viewer = viewer_for(user)
    if viewer.is_portal_administrator:
        return Municipality.objects.all()
    return Municipality.objects.filter(pk__in=viewer.municipalities_with(right))


# --- Reading what is shared ----------------------------------------------------------------------------------


def may_read(user, item) -> bool:
    """Public for anyone; otherwise for members of the owner and of those it is shared with."""
    return viewer_may_read(viewer_for(user), item)


def viewer_may_read(viewer: Viewer, item) -> bool:
    """`may_read` for what is known of a person, also one who is only imagined (`viewer_of_member`)."""
    if viewer.is_portal_administrator or item.visibility == Visibility.PUBLIC:
        return True
    if not viewer.is_member:
        return False
    if item.municipality_id in viewer.municipality_ids or item.visibility == Visibility.MEMBERS:
        return True
    if item.visibility != Visibility.SELECTED:
        return False
    return any(m.pk in viewer.municipality_ids for m in item.shared_with.all()) or any(
        c.pk in viewer.collaboration_ids for c in item.shared_with_collaborations.all()
    )


def visible_to(user, rows: QuerySet) -> QuerySet:
    """Those of `rows` (pages or events) that `user` may read: the list form of `may_read`, in one WHERE clause.

    Only the audience is looked at; whether something is published is the caller's filter.
    """
    return _readable_by(viewer_for(user), rows)


def _readable_by(viewer: Viewer, rows: QuerySet) -> QuerySet:
    return rows if viewer.is_portal_administrator else rows.filter(is_readable_by(viewer, rows.model))


def is_readable_by(viewer: Viewer, model: type[Model]) -> Q:
    """The WHERE clause of `visible_to`, to be put together with others: a subquery for it takes longer to build than to
    ask. For a viewer who is no portal administrator; those read everything, which no clause says."""
    readable = Q(visibility=Visibility.PUBLIC)
    if viewer.is_member:
        linked = _linked(model, "shared_with", viewer.municipality_ids)
        if viewer.collaboration_ids:
            linked |= _linked(model, "shared_with_collaborations", viewer.collaboration_ids)
        readable |= Q(visibility=Visibility.MEMBERS)
        readable |= Q(municipality__in=viewer.municipality_ids)
        readable |= Q(visibility=Visibility.SELECTED) & linked
    return readable


def shared_with_members_of(municipality: Municipality, rows: QuerySet) -> QuerySet:
    """Those of `rows` that others own and anybody who belongs to `municipality` may read."""
    return _readable_by(viewer_of_member(municipality), rows).exclude(municipality=municipality)


def listed_for(user, rows: QuerySet) -> QuerySet:
    """Without those of `rows` that every municipality of `user` has hidden from its lists.

    Only for lists: what is hidden may still be read, found by searching and linked to. What one's own
    municipality owns is never hidden.
    """
    viewer = viewer_for(user)
    if not viewer.is_member:
        return rows
    hidden = Q()
    for municipality_id in viewer.municipality_ids:
        hidden &= _linked(rows.model, "hidden_in", frozenset({municipality_id}))
    return rows.exclude(hidden & ~Q(municipality__in=viewer.municipality_ids))


def _linked(model: type[Model], field_name: str, ids: frozenset[int]) -> Q:
    """A subquery on the link table: a join would give the same row once per matching link."""
    field = cast(ManyToManyField, model._meta.get_field(field_name))
    through = cast(type[Model], field.remote_field.through)
    links = through._default_manager.filter(**{f"{field.m2m_reverse_field_name()}__in": ids})
    return Q(pk__in=links.values(f"{field.m2m_field_name()}_id"))


def audience_of(item) -> set[str]:
    """The tokens stored with a search entry: who it may be shown to. Empty means nobody."""
    tokens: set[str] = set()
    if item.visibility == Visibility.PUBLIC:
        tokens.add(PUBLIC_TOKEN)
    if item.visibility == Visibility.MEMBERS:
        tokens.add(MEMBERS_TOKEN)
    if item.municipality_id:
        tokens.add(f"m:{item.municipality_id}")
    if item.visibility == Visibility.SELECTED:
        tokens.update(f"m:{m.pk}" for m in item.shared_with.all())
        tokens.update(f"c:{c.pk}" for c in item.shared_with_collaborations.all())
    return tokens


def tokens_of(user) -> set[str] | None:
    """The tokens of which one must be in an entry's audience; None for a portal administrator, who sees all."""
    viewer = viewer_for(user)
    if viewer.is_portal_administrator:
        return None
    tokens = {PUBLIC_TOKEN}
    if viewer.is_member:
        tokens.add(MEMBERS_TOKEN)
        tokens.update(f"m:{pk}" for pk in viewer.municipality_ids)
        tokens.update(f"c:{pk}" for pk in viewer.collaboration_ids)
    return tokens


# --- The access module ---------------------------------------------------------------------------------------

Scope = Callable[[Any], QuerySet]
_scopes: dict[tuple[type[Model], str], Scope] = {}


def register_scope(model: type[Model], action: str, scope: Scope) -> None:
    """Say which rows of `model` a user may take `action` on: `scope(user)` gives a queryset."""
    _scopes[model, action] = scope


# Any, since each model brings its own queryset class.
def allowed(user, action: str, model: type[Model]) -> Any:
    """A queryset: the rows of `model` on which `user` may take `action`. Raises KeyError without a rule for it."""
    return _scopes[model, action](user)


def visible(user, model: type[Model]) -> Any:
    """A queryset: the rows of `model` that `user` may see. Raises KeyError for a model without a rule."""
    return allowed(user, "see", model)


def get_for(user, action: str, model: type[Model], **lookup):
    """The one row that `user` may take `action` on.

    Raises Http404 where there is none or it is not theirs (its very existence is private), KeyError where no
    rule was registered for the action, and Http404 for a malformed id too.
    """
    try:
        return allowed(user, action, model).get(**lookup)
    except (ObjectDoesNotExist, ValueError, TypeError, OverflowError) as error:
        raise Http404 from error


def _with_right_on_municipality(model: type[Model], right: Right, path: str = "municipality") -> Scope:
    def scope(user) -> QuerySet:
        viewer = viewer_for(user)
        rows = model._default_manager.all()
        if viewer.is_portal_administrator:
            return rows
        return rows.filter(**{f"{path}__in": viewer.municipalities_with(right)})

    return scope


def _memberships_whose_second_factor_one_may_reset(user) -> QuerySet[Membership]:
    """Of people who belong to the administrator's own municipalities alone: it opens whatever they may do anywhere.

    For all others, and for portal administrators, it is a portal administrator's; nobody's own.
    """
    viewer = viewer_for(user)
    others = Membership.objects.exclude(person=user.pk)
    if viewer.is_portal_administrator:
        return others
    own = viewer.municipalities_with(Right.MANAGE_MEMBERS)
    elsewhere = Membership.objects.exclude(municipality__in=own)
    return others.filter(municipality__in=own, person__is_superuser=False).exclude(
        person__in=elsewhere.values("person")
    )


def _led_collaborations(user) -> QuerySet[Collaboration]:
    """A project's facts are kept by the coordinators of its lead owner."""
    viewer = viewer_for(user)
    if viewer.is_portal_administrator:
        return Collaboration.objects.all()
    return Collaboration.objects.filter(lead__in=viewer.municipalities_with(Right.MANAGE_COLLABORATIONS))


def _written_for(user) -> QuerySet[Municipality]:
    return municipalities_with(user, Right.EDIT_CONTENT)


def _administered_municipalities(user) -> QuerySet[Municipality]:
    return municipalities_with(user, Right.MANAGE_MEMBERS)


def _all_if_portal_administrator(user) -> QuerySet[Municipality]:
    return Municipality.objects.all() if viewer_for(user).is_portal_administrator else Municipality.objects.none()


def _own_memberships(user) -> QuerySet[Membership]:
    return Membership.objects.filter(person=user) if user.is_authenticated else Membership.objects.none()


def _managed_units(user) -> QuerySet[Unit]:
    """The units where the user works as a manager. A portal administrator leads nobody."""
    led = Membership.objects.filter(
        person=user.pk, municipality__in=viewer_for(user).municipalities_with(Right.LEAD_TEAM)
    )
    return Unit.objects.filter(pk__in=led.values("unit"))


def _led_units(user) -> QuerySet[Unit]:
    """The units the user answers for today: as their manager, or as the manager's deputy while a member there."""
    if viewer_for(user).waits_for_second_factor:
        return Unit.objects.none()
    stood_in_for = Deputy.objects.active().filter(
        person=user.pk, unit__municipality__in=viewer_for(user).municipality_ids
    )
    return Unit.objects.filter(Q(pk__in=_managed_units(user).values("pk")) | Q(pk__in=stood_in_for.values("unit")))


def deputies_for(units: QuerySet[Unit]) -> QuerySet:
    """Whom a manager of these units may choose to stand in: their people, and managers and coordinators beside them."""
    municipalities = units.values("municipality")
    leading = Q(groups__role_group__role__in=[Role.MANAGER, Role.COORDINATOR]) & Q(
        groups__role_group__municipality__in=municipalities
    )
    users = get_user_model().objects.filter(
        leading | Q(memberships__unit__in=units.values("pk")),
        is_active=True,
        memberships__municipality__in=municipalities,
    )
    managers = Membership.objects.filter(
        unit__in=units.values("pk"),
        person__groups__role_group__role=Role.MANAGER,
        person__groups__role_group__municipality__in=municipalities,
    )
    return users.exclude(pk__in=managers.values("person")).distinct()


def _deputies_of_managed_units(user) -> QuerySet[Deputy]:
    return Deputy.objects.filter(unit__in=_managed_units(user))


def _colleagues_in_led_units(user) -> QuerySet[Membership]:
    return Membership.objects.filter(unit__in=_led_units(user))


register_scope(Unit, "lead", _led_units)
register_scope(Unit, "choose deputies for", _managed_units)
register_scope(Deputy, "manage", _deputies_of_managed_units)
register_scope(Membership, "lead", _colleagues_in_led_units)
register_scope(Membership, "see own", _own_memberships)
register_scope(Membership, "see", _with_right_on_municipality(Membership, Right.MANAGE_MEMBERS))
register_scope(Membership, "manage", _with_right_on_municipality(Membership, Right.MANAGE_MEMBERS))
register_scope(Membership, "reset second factor", _memberships_whose_second_factor_one_may_reset)
register_scope(Invitation, "see", _with_right_on_municipality(Invitation, Right.MANAGE_MEMBERS))
register_scope(Invitation, "manage", _with_right_on_municipality(Invitation, Right.MANAGE_MEMBERS))
register_scope(Collaboration, "see", _led_collaborations)
register_scope(Collaboration, "manage", _led_collaborations)
register_scope(AuditEntry, "see", _with_right_on_municipality(AuditEntry, Right.MANAGE_MEMBERS))
register_scope(Municipality, "write for", _written_for)
register_scope(Municipality, "administer", _administered_municipalities)
register_scope(Municipality, "manage", _all_if_portal_administrator)
register_scope(Municipality, "see", _all_if_portal_administrator)
