"""A municipality's place in the page tree: its section, its collection, and its coordinators' rights there."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission

from cms.models import HomePage, MunicipalityPage
from portal.municipalities.enums import Role, Visibility
from portal.municipalities.models import Municipality
from portal.municipalities.services.role_groups import group_of

_PAGE_RIGHTS = ("add_page", "change_page", "publish_page")
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
    _grant(group_of(municipality, Role.COORDINATOR), section)
    return section


def _grant(group: Group, section: MunicipalityPage) -> None:
    for codename in _PAGE_RIGHTS:
        permission = Permission.objects.get(content_type__app_label="wagtailcore", codename=codename)
        GroupPagePermission.objects.get_or_create(group=group, page_id=section.pk, permission=permission)
    for app_label, codenames in _FILE_RIGHTS.items():
        for codename in codenames:
            permission = Permission.objects.get(content_type__app_label=app_label, codename=codename)
            GroupCollectionPermission.objects.get_or_create(
                group=group, collection=section.collection, permission=permission
            )
