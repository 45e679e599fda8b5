"""What pages and the editor know of people: told to them, and erased."""

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from wagtail.admin.models import EditingSession, FormState
from wagtail.models import APIToken, Comment, CommentReply, ModelLogEntry, PageSubscription, Revision
from wagtail.users.models import UserProfile

from cms.models import PortalDocument, PortalImage, SharedPage
from portal.accounts.services.personal_data import Holder, Known, Section, text_of


def export(person) -> Iterable[Section]:
    written = [int(pk) for pk in Revision.page_revisions.filter(user=person).values_list("object_id", flat=True)]
    yield Section(
        "pages",
        _("Pages you have written on"),
        [
            {_("Page"): page.title, _("Municipality"): page.municipality.name if page.municipality else ""}
            for page in SharedPage.objects.filter(pk__in=written).select_related("municipality")
        ],
    )
    yield Section(
        "contact_pages",
        _("Pages where you are the one to ask"),
        [
            {_("Page"): page.title, _("Name"): page.contact_name, _("E-mail"): page.contact_email}
            for page in SharedPage.objects.filter(contact_email__iexact=person.email or "-")
        ],
    )
    files = [
        *PortalImage.objects.filter(uploaded_by_user=person),
        *PortalDocument.objects.filter(uploaded_by_user=person),
    ]
    yield Section(
        "files",
        _("Pictures and documents you have uploaded"),
        [{_("Title"): row.title, _("When"): text_of(row.created_at)} for row in files],
    )
    yield Section(
        "comments",
        _("Your comments on drafts"),
        [
            {_("Page"): row.page.title, _("When"): text_of(row.created_at), _("Text"): row.text}
            for row in Comment.objects.filter(user=person).select_related("page")
        ]
        + [
            {_("Page"): row.comment.page.title, _("When"): text_of(row.created_at), _("Text"): row.text}
            for row in CommentReply.objects.filter(user=person).select_related("comment__page")
        ],
    )


def forget(known: Known) -> None:
    person = known.person
    for model in (CommentReply, Comment, EditingSession, FormState, APIToken, PageSubscription):
        model.objects.filter(user=person).delete()
    hide(known)
    UserProfile.objects.filter(user=person).delete()


def hide(known: Known) -> None:
    """The face, and what the editor's log calls them."""
    person = known.person
    for profile in UserProfile.objects.filter(user=person):
        if profile.avatar:
            profile.avatar.delete()
    people = ContentType.objects.get_for_model(type(person))
    ModelLogEntry.objects.filter(content_type=people, object_id=str(person.pk)).update(label="", data={})


def forget_name(known: Known) -> None:
    """As the one to ask, in pages, drafts and every earlier version. What is written of somebody in a page's own text
    is its editors' to change: a program cannot tell a namesake.
    """
    SharedPage.objects.filter(known.as_contact()).update(contact_name="", contact_email="")
    versions = Revision.objects.annotate(as_text=Cast("content", TextField())).filter(known.in_fields("as_text"))
    for revision in versions.iterator(chunk_size=50):
        content = revision.content
        email, name = (str(content.get(field) or "").lower() for field in ("contact_email", "contact_name"))
        if (email == known.email.lower() and email) or (not email and name == known.name.lower() and name):
            content |= {"contact_name": "", "contact_email": ""}
            Revision.objects.filter(pk=revision.pk).update(content=content)


HOLDER = Holder(export=export, forget=forget, forget_name=forget_name, hide=hide)
