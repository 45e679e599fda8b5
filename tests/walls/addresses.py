"""Every address of the portal, its arguments filled from the world, and what is sent to it.

A pattern whose arguments cannot be filled fails the build. For a new URL parameter, say in `ARGUMENTS` which of the
things in `canaries.Things.ids` it stands for, or give its values; where a parameter of that name means something else
for some patterns, put their names before it ("wagtailsites:*.pk"), the more telling entry further up.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from html.parser import HTMLParser
from itertools import product
from uuid import uuid4

from django.urls import get_resolver, resolve
from django.urls.resolvers import URLPattern
from django.utils.regex_helper import normalize

from tests.walls.canaries import PLACES, Canaries, Things, World, picture

# name or "pattern.name" → the name of a thing in the world, or a list of values that belong to nobody.
ARGUMENTS: dict[str, str | list] = {
    # Wagtail's editor
    "wagtailadmin_pages:convert_alias.page_id": "alias",
    "page_id": "any_page",
    "page_pk": "section",
    "page_to_move_id": "page",
    "destination_id": "section",
    "parent_page_id": "parent",
    "revision_id": "revision",
    "revision_id_a": "revision",
    "revision_id_b": "revision",
    "task_state_id": "task_state",
    "workflow_state_id": "workflow_state",
    "workflow_pk": "workflow",
    "task_id": "task",
    "collection_id": "collection",
    "image_id": "image",
    "document_id": "document",
    "doc_id": "document",
    "uploaded_file_id": "upload",
    # A conference's session; any other is one of the editor's.
    "session_*.session_id": "session",
    "programme*.session_id": "session",
    "session_id": "editing_session",
    "object_id": "page",
    "content_type_app_name": ["cms"],
    "content_type_model_name": ["coursepage"],
    "wagtailadmin_pages:choose_parent.app_label": ["cms"],
    "wagtailadmin_pages:choose_parent.model_name": ["coursepage"],
    "wagtailadmin_editing_sessions:*.app_label": ["wagtailcore"],
    "wagtailadmin_editing_sessions:*.model_name": ["page"],
    "wagtailadmin_workflows:add_task.app_label": ["wagtailcore"],
    "wagtailadmin_workflows:add_task.model_name": ["groupapprovaltask"],
    "wagtailadmin_tag_model_autocomplete.app_name": ["taggit"],
    "wagtailadmin_tag_model_autocomplete.model_name": ["tag"],
    "wagtailsettings:*.app_name": ["cms"],
    "wagtailsettings:*.model_name": ["portalsettings"],
    "wagtailsettings:*.pk": "site",
    "wagtailsites:*.pk": "site",
    "wagtailusers_users:*.pk": "person",
    "privacy_*.pk": "shown_person",
    "wagtailusers_groups:*.pk": "group",
    "wagtailadmin_collections:*.pk": "collection",
    "wagtailadmin_workflows:*task.pk": "task",
    "wagtailadmin_workflows:*.pk": "workflow",
    "wagtailadmin_pages:revisions_compare.pk": "page",
    "wagtailadmin_api:pages:*.pk": "page",
    "wagtailadmin_api:documents:*.pk": "document",
    "wagtailadmin_api:images:*.pk": "image",
    "wagtaildocs_chooser:*.pk": "document",
    "wagtailimages_chooser:*.pk": "image",
    "wagtailadmin_api:*.action_name": ["copy", "delete", "move", "publish", "unpublish", "create_alias"],
    "action_name": ["approve", "reject"],
    "filter_spec": ["width-100"],
    "wagtail_serve._0": "path",
    # Ours
    "document.folder": "document_folder",
    "adoption_*.public_id": "adoption",
    "handover_detail.public_id": "handover",
    "attendance_*.uid": "occasion",
    "check_in.uid": "sign_up",
    "synonym_*.pk": [1],
    "page_together.pk": "page",
    "page_review.pk": "course",
    "page_translate.pk": "course",
    "adopt.pk": "course",
    "course_interest.pk": "course",
    "share_*.kind": ["sida"],
    "share_*.pk": "page",
    "share_image.key": "course",
    "project_close.slug": "project",
    "member_edit.pk": "membership",
    "invitation_withdraw.pk": "invitation",
    "project_edit.slug": "project",
    "slug": "municipality",
    "programme*.public_id": "conference",
    "api_conference.public_id": "conference",
    "my_programme.public_id": "conference",
    "session_*.public_id": "conference",
    "speaker_*.public_id": "conference",
    "conference_*.public_id": "conference",
    "speaker_*.speaker_id": "speaker",
    "programme*.speaker_id": "speaker",
    "number": [1],
    "public_id": "event",
    "my_sign_up.uid": "sign_up",
    "my_details.uid": "sign_up",
    "sign_up_calendar.uid": "sign_up",
    "request_answer.uid": "sign_up",
    "my_needs.uid": "sign_up",
    "my_dates.uid": "sign_up",
    "guest_entry.uid": "sign_up",
    "guest_*.pk": "person",
    "guest_*.until": ["32503676400"],
    "my_team_sign_up.uid": ["00000000-0000-4000-8000-000000000000"],
    "my_team_slips.uid": ["00000000-0000-4000-8000-000000000000"],
    "my_certificate.uid": "sign_up",
    "sent_mail.uid": ["00000000-0000-4000-8000-000000000000"],
    "file_format": ["csv", "xlsx"],
    "picture.path": "image_file",
    "invitation.token": ["ingen-sadan-inbjudan"],
    "certificate_check.code": ["0000-0000-0000"],
    "mfa_*.pk": [1],
    # allauth and Wagtail's password reset
    "key": ["ingen-sadan-nyckel"],
    "uidb36": ["1"],
    "uidb64": ["MQ"],
    "token": ["ingen-sadan-nyckel"],
}

# Patterns whose arguments belong together and go with a query.
COMBINATIONS: dict[str, list[tuple[dict[str, str], str]]] = {
    "wagtail_bulk_action": [
        ({"app_label": app, "model_name": model, "action": action}, query)
        for app, model, thing, actions in [
            ("wagtailcore", "page", "page", ["delete", "move", "publish", "unpublish"]),
            ("cms", "portalimage", "image", ["delete", "add_tags", "add_to_collection"]),
            ("cms", "portaldocument", "document", ["delete", "add_tags", "add_to_collection"]),
            ("accounts", "user", "person", ["delete", "assign_role", "set_active_state"]),
        ]
        for action in actions
        for query in ([f"id={{{thing}}}", "id=all&childOf={section}"] if model == "page" else [f"id={{{thing}}}"])
    ],
}

# Queries beside the usual one; {…} is filled from the municipality that the actor does not belong to.
QUERIES: dict[str, list[str]] = {
    "wagtailadmin_api:pages:listing": [
        "child_of={section}",
        "descendant_of={section}",
        "ancestor_of={page}",
        "search=Kanariefågel",
        "order=-title&limit=20",
        "fields=*",
        "for_explorer=1&child_of={section}",
        "translation_of={page}",
    ],
    "wagtailadmin_api:pages:find": ["id={page}", "html_path={path}"],
    "wagtailadmin_api:images:listing": ["search=Bild", "fields=*", "order=title", "tags=etikett"],
    "wagtailadmin_api:images:find": ["id={image}"],
    "wagtailadmin_api:documents:listing": ["search=Dokument", "fields=*", "order=title"],
    "wagtailadmin_api:documents:find": ["id={document}"],
    "wagtailadmin_tag_autocomplete": ["term=etikett", "term=zq"],
    "wagtailadmin_tag_model_autocomplete": ["term=etikett"],
    "wagtailadmin_choose_page*": [
        "page_type=cms.coursepage&q=Kanariefågel",
        "user_perms=copy_to&target_pages[]={page}",
        "user_perms=move_to&target_pages[]={page}",
        "id={page}",
        "allow_external_link=1&parent_page_id={page}&link_text=x",
    ],
    "wagtail_bulk_action": [
        "id=all",
        "id=all&q=Kanariefågel",
        "id=all&childOf={section}",
        "id=all&childOf={collection}",
    ],
    "wagtailadmin_pages:search*": ["q=Kanariefågel&ordering=-title", "q=Kanariefågel&content_type=cms.coursepage"],
    "wagtailadmin_pages:copy": ["new_parent_page={section}"],
    "wagtailadmin_pages:move": ["destination={section}"],
    "wagtailimages*": [
        "q=Bild",
        "collection_id={collection}",
        "tag=etikett",
        "layout=list&ordering=title",
        "id={image}",
    ],
    "wagtaildocs*": ["q=Dokument", "collection_id={collection}", "ordering=title", "id={document}"],
    "wagtailusers_users:index*": ["q=example.org", "ordering=name", "group={group}"],
    "search": ["q=Kanariefågel&kommun={municipality}", "q=zq&kind=course"],
    "event_create": ["course={page}"],
    "audience_sentences": ["owner={municipality_pk}", "owner={municipality_pk}&shared_with={municipality_pk}"],
    "programme_chosen_calendar": ["p={session}"],
    "sharing": ["vy=fran-andra&kommun={municipality}"],
    "handover_create": ["owner={municipality}&project={project}"],
    "*_list": ["municipality={municipality}", "when=past&municipality={municipality}"],
}
USUAL_QUERY = "q=Kanariefågel&id={page}&next=/mina-sidor/&order=title&ordering=-title&p=1&page=1&parent={section}"


@dataclass(frozen=True)
class Pattern:
    """One entry of the URL map: its full name and its address with gaps for the arguments."""

    name: str
    template: str
    parameters: tuple[str, ...]
    callback: object

    def __str__(self) -> str:
        return f"{self.name} {self.template}"


@dataclass(frozen=True)
class Address:
    """A pattern filled in. `owners`: whose things stand in it, nobody's, or those of both."""

    path: str
    owners: frozenset[str]
    arguments: dict = field(compare=False, hash=False, default_factory=dict)


def every_pattern() -> list[Pattern]:
    return list(_walk(get_resolver(), "", (), ()))


def _walk(resolver, prefix: str, parameters: tuple, namespaces: tuple) -> Iterator[Pattern]:
    for entry in resolver.url_patterns:
        # A regular expression may have several readings, the first being the fullest.
        template, found = normalize(entry.pattern.regex.pattern)[0]
        template, found = prefix + template, parameters + tuple(found)
        if isinstance(entry, URLPattern):
            name = ":".join((*namespaces, entry.name or f"/{template}"))
            yield Pattern(name, "/" + template, found, entry.callback)
        else:
            yield from _walk(entry, template, found, (*namespaces, entry.namespace) if entry.namespace else namespaces)


def addresses_of(pattern: Pattern, world: World) -> list[Address]:
    """The pattern filled with things of either municipality, and of both where it takes two things."""
    if pattern.name in COMBINATIONS:
        return [
            Address(
                pattern.template % arguments + "?" + fill_query(query, things), frozenset({things.place}), arguments
            )
            for things in world.places.values()
            for arguments, query in COMBINATIONS[pattern.name]
        ]
    if not pattern.parameters:
        return [Address(pattern.template.replace("%%", "%"), frozenset())]
    sources = {name: _source(pattern, name) for name in pattern.parameters}
    owned = [name for name, source in sources.items() if isinstance(source, str)]
    filled: dict[str, Address] = {}
    for places in product(PLACES, repeat=len(owned)):
        things = {name: world.places[place] for name, place in zip(owned, places, strict=True)}
        choices = {
            name: [str(value) for value in (things[name].ids[source] if isinstance(source, str) else source)]
            for name, source in sources.items()
        }
        # Things of one municipality go side by side; of two, the first of each is enough.
        longest = max(map(len, choices.values())) if len(set(places)) <= 1 else 1
        for number in range(longest):
            arguments = {name: values[number % len(values)] for name, values in choices.items()}
            path = pattern.template % arguments
            filled.setdefault(path, Address(path, frozenset(places), arguments))
    return list(filled.values())


def _source(pattern: Pattern, name: str) -> str | list:
    for key, source in ARGUMENTS.items():
        if key == name or ("." in key and fnmatch(f"{pattern.name}.{name}", key)):
            return source
    raise LookupError(f"{pattern}: say in tests/walls/addresses.py what {name!r} stands for")


def leads_to(address: Address, pattern: Pattern) -> bool:
    return resolve(address.path.partition("?")[0]).func == pattern.callback


def fill_query(query: str, things: Things) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: str(things.first(match[1])), query)


def queries_for(pattern: Pattern, foreign: Things) -> list[str]:
    further = [query for key, queries in QUERIES.items() if fnmatch(pattern.name, key) for query in queries]
    return [fill_query(query, foreign) for query in [USUAL_QUERY, *further]]


# --- What is posted ------------------------------------------------------------------------------------------

_STREAMS = {f"{name}-count": "0" for name in ("body", "modules", "steps", "programme", "speakers")}


def usual_payload(own: Things, foreign: Things) -> dict:
    """Whatever some view might act on: new words, the own section as the place to go, foreign things to take."""
    return {
        **_STREAMS,
        **{
            f"{prefix}-{count}": "0"
            for prefix in ("comments", "dates", "pages", "workflow_tasks", "materials")
            for count in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS")
        },
        "title": "Kapad",
        "new_title": "Kapad",
        "name": "Kapad",
        "slug": "kapad",
        "new_slug": "kapad",
        "summary": "Kapad",
        "visibility": "public",
        "new_parent_page": own.first("section"),
        "parent_page": own.first("section"),
        "parent": own.first("section"),
        "chooser": own.first("section"),
        "destination_page_id": own.first("section"),
        "position": "0",
        "publish_copies": "on",
        "copy_subpages": "on",
        "image": foreign.first("image"),
        "collaboration": foreign.first("project_pk"),
        "course": foreign.first("page"),
        "collection": foreign.first("collection"),
        "id": foreign.first("page"),
        "person": foreign.first("person"),
        "municipality": foreign.first("municipality_pk"),
        "unit": foreign.first("unit"),
        "email": "kapad@example.org",
        "roles": "administrator",
        "tags": "kapad",
        "comment": "Kapad",
        "reason": "Kapad",
        "act": "cancel",
        "url": f"/{foreign.ids['path'][2]}",
        "external-link-chooser-url": f"http://localhost/{foreign.ids['path'][2]}",
        "external-link-chooser-link_text": "Kapad",
        "revision_id": foreign.first("revision"),
        "restriction_type": "login",
        "next": "/mina-sidor/",
        "action-publish": "1",
    }


def further_payloads(pattern: Pattern, own: Things, foreign: Things) -> list[dict]:
    """Forms filled in as somebody would who wants to see or take what is foreign into a page of the own section."""
    if pattern.name in UPLOAD_FORMS:
        return [_upload(foreign)]
    if pattern.name == "sign_up":
        return [{"form_token": uuid4(), "municipality": own.first("municipality_pk")}]
    if pattern.name not in PAGE_FORMS:
        return []
    page = {
        **usual_payload(own, foreign),
        "title": "Egen sida",
        "slug": "egen-sida",
        "audience": "Alla",
        "goals": "",
        "format": "blended",
        "lesson": "Egen lärdom",
        "body-count": "2",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "paragraph",
        "body-0-id": "",
        "body-0-value": _rich_text(foreign),
        "body-1-deleted": "",
        "body-1-order": "1",
        "body-1-type": "picture",
        "body-1-id": "",
        "body-1-value-image": foreign.ids["image"][1],
        "body-1-value-alt_text": "x",
        "image": "",
        "collaboration": "",
        "action-publish": "",
    }
    return [
        page,
        {**page, "action-publish": "1"},
        {**page, "body-count": "0", "image": foreign.ids["image"][1], "action-publish": "1"},
        {**page, "body-count": "0", "collaboration": foreign.first("project_pk"), "action-publish": "1"},
        {**page, "body-count": "0", "action-submit": "1"},
        {**page, "action-workflow-action": "approve", "workflow-action-extra-data": "{}"},
    ]


PAGE_FORMS = {
    "wagtailadmin_pages:add",
    "wagtailadmin_pages:edit",
    "wagtailadmin_pages:preview_on_add",
    "wagtailadmin_pages:preview_on_edit",
}


UPLOAD_FORMS = {
    "wagtailimages:add",
    "wagtailimages:add_multiple",
    "wagtailimages_chooser:create",
    "wagtaildocs:add",
    "wagtaildocs:add_multiple",
    "wagtaildocs_chooser:create",
}


def _upload(foreign: Things) -> dict:
    """A file put into the other municipality's collection; each of Wagtail's forms has its own names."""
    fields: dict = {}
    for prefix in ("", "image-chooser-upload-", "document-chooser-upload-"):
        fields |= {f"{prefix}title": "Kapad", f"{prefix}collection": foreign.first("collection")}
        fields[f"{prefix}file"] = picture("kapad")
    return {**fields, "files[]": picture("kapad")}


def _rich_text(foreign: Things) -> str:
    """What Draftail would send: a link to a foreign page, by its id."""
    return json.dumps(
        {
            "blocks": [
                {
                    "key": "aaaaa",
                    "text": "länk",
                    "type": "unstyled",
                    "depth": 0,
                    "inlineStyleRanges": [],
                    "entityRanges": [{"offset": 0, "length": 4, "key": 0}],
                }
            ],
            "entityMap": {"0": {"type": "LINK", "mutability": "MUTABLE", "data": {"id": foreign.ids["page"][2]}}},
        }
    )


class _Forms(HTMLParser):
    """The fields of a page's posted forms as a browser would send them, and the buttons to send them with."""

    def __init__(self):
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.buttons: list[tuple[str, str]] = []
        self._posts = False
        self._select = self._text = ""

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        name = given.get("name", "")
        if tag == "form":
            self._posts = given.get("method", "").lower() == "post"
        if not self._posts or (not name and tag != "option"):
            return
        if tag == "input":
            kind = given.get("type", "text")
            if kind == "submit":
                self.buttons.append((name, given.get("value", "")))
            elif kind in ("checkbox", "radio"):
                if "checked" in given:
                    self.fields.setdefault(name, []).append(given.get("value", "on"))
            elif kind != "file":
                self.fields.setdefault(name, []).append(given.get("value", ""))
        elif tag == "button":
            self.buttons.append((name, given.get("value", "")))
        elif tag == "textarea":
            self._text = name
            self.fields[name] = [""]
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.fields.setdefault(self._select, []).append(given.get("value", ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self._posts = False
        if tag == "textarea":
            self._text = ""
        if tag == "select":
            self._select = ""

    def handle_data(self, data):
        if self._text:
            self.fields[self._text][0] += data


def payloads_in(html: str) -> list[dict]:
    """What somebody who may would post from this page, with every word of the world replaced; one for each button."""
    forms = _Forms()
    forms.feed(html)
    fields = {
        name: [Canaries.without(value) for value in values]
        for name, values in forms.fields.items()
        if name != "csrfmiddlewaretoken"
    }
    if not fields and not forms.buttons:
        return []
    for name in ("title", "name", "summary"):
        if name in fields:
            fields[name] = ["Kapad"]
    buttons = list(dict.fromkeys(forms.buttons))[:4] or [("", "")]
    return [{**_STREAMS, **fields, **({name: value} if name else {})} for name, value in buttons]
