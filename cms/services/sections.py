"""A municipality's place in the page tree: its section, its collection, and its coordinators' rights there."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission

from cms.models import HomePage, MunicipalityPage
from portal.municipalities.enums import Role, Visibility
from portal.municipalities.models import Municipality
from portal.municipalities.services.role_groups import group_of

_WRITING = ("add_page", "change_page")
_PUBLISHING = ("publish_page",)
_FILE_RIGHTS = {
    "wagtailimages": ("add_image", "change_image", "choose_image"),
    "wagtaildocs": ("add_document", "change_document", "choose_document"),
}


@transaction.atomic
def ensure_section(municipality: Municipality) -> MunicipalityPage:
    """Make the municipality's section with collection and rights, or complete what is missing.

    Coordinators get Wagtail's rights on this subtree and this collection and nowhere else: that is what keeps
    one municipality's drafts from another's editors.
    """
    section = MunicipalityPage.objects.filter(municipality=municipality).first()
    if section is None:
        section = MunicipalityPage(
            title=municipality.name,
            slug=municipality.slug,
            summary=municipality.name,
            municipality=municipality,
            visibility=Visibility.PUBLIC,
        )
        HomePage.objects.get().add_child(instance=section)
    if section.collection_id is None:
        section.collection = Collection.get_first_root_node().add_child(name=municipality.name)
        # Published as an editor would, so that everybody who listens (search) hears of it.
        section.save_revision().publish()
    grant_page_rights(municipality, section)
    for role in (Role.COORDINATOR, Role.COURSE_EDITOR):
        _grant_file_rights(group_of(municipality, role), section)
    return section


def grant_page_rights(municipality: Municipality, section: MunicipalityPage) -> None:
    """Give coordinators and course editors Wagtail's rights on the section, and take away what they should not have.

    Where a second person approves, nobody in the municipality publishes past the approval.
    """
    publishing = () if municipality.needs_approval else _PUBLISHING
    for role, codenames in ((Role.COORDINATOR, (*_WRITING, *publishing)), (Role.COURSE_EDITOR, _WRITING)):
        group = group_of(municipality, role)
        rights = GroupPagePermission.objects.filter(group=group, page_id=section.pk)
        rights.exclude(permission__codename__in=codenames).delete()
        for codename in codenames:
            permission = Permission.objects.get(content_type__app_label="wagtailcore", codename=codename)
            GroupPagePermission.objects.get_or_create(group=group, page_id=section.pk, permission=permission)


def _grant_file_rights(group: Group, section: MunicipalityPage) -> None:
    for app_label, codenames in _FILE_RIGHTS.items():
        for codename in codenames:
            permission = Permission.objects.get(content_type__app_label=app_label, codename=codename)
            GroupCollectionPermission.objects.get_or_create(
                group=group, collection=section.collection, permission=permission
            )
