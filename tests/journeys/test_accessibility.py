"""Every kind of page in every state, on a phone, a tablet and a wide screen: axe-core and what it cannot ask.

And the pages that stand for the others in the dark, in forced colours, at 400 % zoom and with reduced motion.
"""

import sys
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, get_resolver, resolve
from playwright.sync_api import Page

from cms.services.demo import PORTAL_ADMINISTRATOR
from tests.helpers.accessibility import (
    SIDEWAYS,
    ZOOMED,
    broken_rules,
    frame_faults,
    load_axe,
    moving_parts,
    refusal_faults,
    unfold,
    unseen_controls,
    walk,
)
from tests.helpers.running import sign_in
from tests.journeys.pages import PAGES, go

pytestmark = pytest.mark.journey

WIDTHS = (320, 768, 1280)
# One of each that is drawn in its own way: what is asked of them costs too much to ask of all.
STANDING_FOR_OTHERS = {
    "": (
        "front page",
        "course",
        "method",
        "lesson",
        "conference",
        "conference that is over",
        "programme as a table",
        "session",
        "my programme",
        "accessibility statement, refused",
        "lessons",
        "events",
        "events, a month",
        "event with few seats left",
        "search, hits",
        "search, none",
        "reading settings",
        "sign in, refused",
        "components",
    ),
    "trelleborg-staff-2": ("my pages", "sign-up, waiting", "event that is full"),
    "skurup-manager": ("request", "several, refused", "several, not all have seats"),
    "two-homes": ("event, sign-up refused", "sign-up with dates to choose", "dates", "needs"),
    "trelleborg-coordinator": (
        "workspace",
        "events",
        "event form, refused",
        "event, full with a queue",
        "cancel, mail shown",
        "shared by us",
        "project, refused",
    ),
    "portal": ("municipality, refused", "synonyms"),
}
# Addresses that give no page, or that nobody reaches in the demo: the reason, or who asks about them instead.
NO_PAGE = {
    "programme_calendar": "a file",
    "programme_changes_feed": "a feed",
    "programme_chosen_calendar": "a file",
    "programme_frab_json": "a file",
    "programme_frab_xml": "a file",
    "programme_session_calendar": "a file",
    "programme_xcal": "a file",
    "account_confirm_login_code": "codes by mail are not used",
    "account_own_data_file": "a file",
    "guest_data_file": "a file",
    "privacy_export": "a file",
    "account_set_password": "for accounts without one, which there are none of",
    "adoption_question": "half a year after an adoption; tests/cms/test_adoptions.py",
    "api_conference": "data",
    "api_conference_list": "data",
    "api_description": "data",
    "approval_switch": "a button",
    "attendance_one": "a tap; tests/journeys/test_door.py",
    "attendance_walk_in": "a form on the door's page",
    "audience_sentences": "a part of a page",
    "audit_export": "a file",
    "calendar_feed": "a file",
    "certificate_check": "its code stands in a PDF; tests/events",
    "course_interest": "a button",
    "document": "a file",
    "editor_sign_in": "leads to signing in",
    "event_certificates": "a file",
    "event_decide": "a few days before an event; tests/events",
    "event_export": "a file",
    "event_give_seats": "a button",
    "event_interested": "a button",
    "event_publish": "a button",
    "event_badges": "a file",
    "event_undo": "a button",
    "guest_invited": "the same form as without a link",
    "session_book": "a button",
    "session_door_one": "a tap; the same list as at the day's door",
    "invitation_withdraw": "a button",
    **dict.fromkeys(
        (
            "mfa_activate_totp",
            "mfa_add_webauthn",
            "mfa_authenticate",
            "mfa_deactivate_totp",
            "mfa_edit_webauthn",
            "mfa_generate_recovery_codes",
            "mfa_reauthenticate",
            "mfa_reauthenticate_webauthn",
            "mfa_remove_webauthn",
            "mfa_view_recovery_codes",
        ),
        "with an app and a passkey; tests/journeys/test_second_factor.py",
    ),
    "mfa_download_recovery_codes": "switched off: codes are shown once",
    **dict.fromkeys(
        (
            "provider_begin",
            "provider_callback",
            "provider_connect",
            "provider_sign_in",
            "provider_try",
            "provider_again",
        ),
        "needs a provider; tests/journeys/test_provider.py",
    ),
    "municipality_colours": "a style sheet",
    "second_factor_needed": "demanded in production; tests/journeys/test_second_factor.py",
    "municipality_feed": "a file",
    "my_certificate": "a file",
    "page_translate": "a button",
    "picture": "a file",
    "programme_pdf": "a file",
    "robots": "a file",
    "security_txt": "a file",
    "saved_search_end": "the address of a mail",
    "search_feed": "a file",
    "search_note": "nothing",
    "search_suggestions": "a part of a page",
    "share_hide": "a button",
    "share_image": "a file",
    "share_withdraw": "a button",
    "sign_up_calendar": "a file",
    "sign_up_move": "a button",
    "sitemap": "a file",
    "synonym_delete": "a button",
    "unit_create": "a form on the members' page",
}


LIGHT = {"color_scheme": "light", "forced_colors": "none", "reduced_motion": "no-preference"}


@pytest.fixture(scope="module")
def asked() -> dict[str, dict[str, str]]:
    """What has been asked about so far: person → state → name of its address."""
    return {}


@pytest.fixture(scope="module")
def page_of(chromium, portal, people):
    """`page_of(person)`: the page of somebody from the table, signed in once for all tests here."""
    pages: dict[str, Page] = {}

    def given(who: str) -> Page:
        if who not in pages:
            context = chromium.new_context(base_url=portal, locale="sv-SE")
            page = pages[who] = context.new_page()
            page.set_default_timeout(30_000)
            if who:
                sign_in(page, (people | {"portal": PORTAL_ADMINISTRATOR})[who])
        pages[who].set_viewport_size({"width": 1280, "height": 844})
        pages[who].emulate_media(**LIGHT)
        return pages[who]

    yield given
    for page in pages.values():
        page.context.close()


def name_of_address(page: Page) -> str:
    try:
        return resolve(urlsplit(page.url).path).url_name or ""
    except Resolver404:
        return "not found"


def faults_of(page: Page) -> list[str]:
    """Everything that is asked of a page that is open; folded as it comes at one width, unfolded at the others."""
    faults = []
    load_axe(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        if width != 768:
            unfold(page)
        faults += [f"{width} px: {fault}" for fault in broken_rules(page)]
    return faults + frame_faults(page, "en" if "/en/" in page.url else "sv")


@pytest.mark.parametrize("who", PAGES, ids=lambda who: who or "visitor")
def test_every_page_in_every_state_breaks_no_rule(page_of, asked, who):
    page = page_of(who)
    script_errors: list[str] = []
    page.on("pageerror", lambda error: script_errors.append(str(error)))
    statuses: list[int] = []
    page.on("response", lambda answer: answer.request.is_navigation_request() and statuses.append(answer.status))
    asked[who], found = {}, {}

    for state, way in PAGES[who].items():
        page.set_viewport_size({"width": 1280, "height": 844})
        script_errors.clear()
        go(page, way)
        is_there = statuses[-1] not in (404, 410)
        asked[who][state] = name_of_address(page) if is_there else "not found"
        faults = refusal_faults(page) if state.endswith(", refused") else []
        faults += [] if is_there != state.endswith(", gone") else [f"answered {statuses[-1]}"]
        faults += faults_of(page) + script_errors
        if faults:
            found[state] = faults

    assert found == {}


def test_every_address_that_gives_a_page_is_asked_about(asked, capsys):
    if asked.keys() != PAGES.keys():
        pytest.skip("only after all of the above")
    states = [(who, state) for who, names in asked.items() for state in names]
    visited = {name for names in asked.values() for name in names.values()}
    with capsys.disabled():
        counts = f"{len(visited)} kinds of page in {len(states)} states x {len(WIDTHS)} widths, {len(asked)} people"
        sys.stdout.write(f"\n{counts}\n")

    assert names_of_all_addresses() - visited - NO_PAGE.keys() == set()
    assert visited & NO_PAGE.keys() == set()


def names_of_all_addresses() -> set[str]:
    """Of the portal's own pages; the editor is Wagtail's."""

    def below(patterns, prefix: str = "") -> set[str]:
        names: set[str] = set()
        for pattern in patterns:
            address = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                names |= set() if address.startswith("redaktion") else below(pattern.url_patterns, address)
            elif pattern.name:
                names.add(pattern.name)
        return names

    return below(get_resolver().url_patterns)


def faults_in(page: Page, states: tuple[str, ...], who: str, ask) -> dict[str, list[str]]:
    """State → what `ask(page)` says about it, where it says anything."""
    found = {}
    for state in states:
        go(page, PAGES[who][state])
        if faults := ask(page):
            found[state] = faults
    return found


STANDING = pytest.mark.parametrize(
    ("who", "states"), STANDING_FOR_OTHERS.items(), ids=[who or "visitor" for who in STANDING_FOR_OTHERS]
)


@STANDING
def test_pages_in_the_dark_break_no_rule(page_of, who, states):
    page = page_of(who)
    page.emulate_media(**LIGHT | {"color_scheme": "dark"})

    def ask(page: Page) -> list[str]:
        load_axe(page)
        unfold(page)
        return broken_rules(page)

    assert faults_in(page, states, who, ask) == {}


@STANDING
def test_in_forced_colours_every_control_and_every_focus_is_seen(page_of, who, states):
    page = page_of(who)
    page.emulate_media(**LIGHT | {"forced_colors": "active"})

    def ask(page: Page) -> list[str]:
        load_axe(page)
        return broken_rules(page) + unseen_controls(page) + walk(page)[1]

    assert faults_in(page, states, who, ask) == {}


@STANDING
def test_at_400_percent_the_focus_shows_at_every_stop_and_is_never_covered(page_of, who, states):
    page = page_of(who)

    def ask(page: Page) -> list[str]:
        page.set_viewport_size(ZOOMED)
        return page.evaluate(SIDEWAYS) + walk(page)[1]

    assert faults_in(page, states, who, ask) == {}


@STANDING
def test_on_a_phone_what_sticks_to_the_edge_never_covers_the_focus(page_of, who, states):
    page = page_of(who)

    def ask(page: Page) -> list[str]:
        faults = []
        for height in (500, 664):
            page.set_viewport_size({"width": 390, "height": height})
            faults += walk(page)[1]
        return faults

    assert faults_in(page, states, who, ask) == {}


@STANDING
def test_nothing_moves_for_those_who_want_less_motion(page_of, who, states):
    page = page_of(who)
    page.emulate_media(**LIGHT | {"reduced_motion": "reduce"})

    assert faults_in(page, states, who, moving_parts) == {}
