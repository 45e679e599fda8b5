"""The portal's main job, told once from beginning to end, as its people do it on a phone."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.journeys.conftest import wait_until

pytestmark = pytest.mark.journey

COURSE = "Laga lagom"
EVENT = "Laga lagom: en förmiddag i köket"
LESSON = "Mindre matsvinn när barnen tar själva"
CONFERENCE = "Spridningskonferens: mindre matsvinn i tre kommuner"


def publish(page: Page) -> None:
    """Wagtail's own button, behind the arrow beside "save draft"."""
    for _attempt in range(10):
        page.locator("footer .w-dropdown__toggle, footer [data-w-dropdown-target=toggle]").last.click()
        page.wait_for_timeout(300)
        if page.locator("button[name=action-publish]").is_visible():
            break
    page.locator("button[name=action-publish]").click()
    expect(page.locator(".messages .success, .w-message--success, li.success")).to_be_visible(timeout=15_000)


def fill_common(page: Page, title: str, summary: str) -> None:
    page.locator("#id_title").fill(title)
    page.locator("#id_summary").fill(summary)


def choose_readers(page: Page, visibility: str, *municipalities: str) -> None:
    tab, first = page.get_by_role("tab", name="För vem"), page.locator("input[name=visibility]").first
    # An open calendar of a date field takes the first click; on a slow machine it is still closing.
    for _attempt in range(10):
        tab.click()
        page.wait_for_timeout(300)
        if first.is_visible():
            break
    page.locator(f"input[name=visibility][value={visibility}]").check()
    for name in municipalities:
        page.locator("label", has_text=re.compile(rf"^\s*{name}\s*$")).locator("input[name=shared_with]").check()


def write_course(page: Page) -> None:
    page.goto("/arbetsyta/")
    page.get_by_role("link", name="Ny kurs").click()
    fill_common(page, COURSE, "Du lär dig laga lagom mycket. För dig som arbetar i kök.")
    choose_readers(page, "selected", "Skurups kommun", "Vellinge kommun")
    publish(page)


def write_event(page: Page) -> str:
    page.goto("/arbetsyta/tillfallen/nytt/")
    page.locator("[name=title]").fill(EVENT)
    page.locator("[name=summary]").fill("Vi lagar tillsammans och väger det som blir över.")
    page.locator("[name=course]").select_option(label=COURSE)
    page.locator("[name=dates-0-date]").fill(str(timezone.localdate() + timedelta(days=20)))
    page.locator("[name=dates-0-starts]").fill("09:00")
    page.locator("[name=dates-0-ends]").fill("12:00")
    page.locator("[name=place]").fill("Undervisningsköket")
    page.locator("[name=capacity]").fill("12")
    page.locator("[name=visibility][value=selected]").check()
    for name in ("Skurups kommun", "Vellinge kommun"):
        page.get_by_role("group", name=re.compile("kommuner")).get_by_label(name, exact=True).check()
    page.locator("button[name=publish]").click()
    expect(page.locator("h1")).to_have_text(EVENT)
    page.goto("/tillfallen/")
    page.get_by_role("link", name=EVENT).click()
    return page.url


def sign_up(page: Page) -> None:
    """Three taps: the list, the event, the button."""
    page.goto("/tillfallen/")
    page.get_by_role("link", name=EVENT).click()
    page.get_by_role("button", name=re.compile("Anmäl mig|reservlista", re.IGNORECASE)).click()
    page.wait_for_url(re.compile("/mina-sidor/anmalan/"))


def fill_rich_texts(page: Page, *texts: str) -> None:
    editors = page.locator("[contenteditable=true].public-DraftEditor-content")
    for number, text in enumerate(texts):
        editors.nth(number).click()
        page.keyboard.type(text)
        # The editor writes into its form field a moment after the last key.
        wait_until(
            page,
            "text => [...document.querySelectorAll('[data-draftail-input]')].some(field => field.value.includes(text))",
            text,
        )


def write_lesson(page: Page) -> None:
    page.goto("/arbetsyta/")
    page.get_by_role("link", name="Ny lärdom").click()
    fill_common(page, LESSON, "När barnen tar maten själva slängs mindre.")
    page.locator("#id_lesson").fill("Låt barnen ta själva, men börja med små skedar.")
    fill_rich_texts(page, "Ett skolkök.", "Barnen tog själva.", "Svinnet minskade.", "Små skedar.", "Börja smått.")
    choose_readers(page, "public")
    publish(page)


def write_conference(page: Page) -> None:
    page.goto("/arbetsyta/")
    page.get_by_role("link", name="Ny konferens").click()
    fill_common(page, CONFERENCE, "En dag om mindre matsvinn i skolkök.")
    day = str(timezone.localdate() + timedelta(days=50))
    for field in ("start_date", "end_date"):
        page.locator(f"#id_{field}").fill(day)
        page.keyboard.press("Escape")
    page.locator("#id_place").fill("Folkets hus")
    choose_readers(page, "public")
    publish(page)


def test_from_course_to_conference(open_page, people, portal, postbox):
    coordinator = open_page(people["trelleborg-coordinator"])
    write_course(coordinator)
    event_url = write_event(coordinator)

    staff = [
        email
        for key, email in people.items()
        if key.split("-")[0] in ("trelleborg", "skurup", "vellinge") and "staff" in key
    ]
    # The first of each municipality, so that all three are there, then the rest.
    order = [people[f"{town}-staff"] for town in ("trelleborg", "skurup", "vellinge")]
    order += [email for email in staff if email not in order]
    pages = {}
    for email in order[:13]:
        pages[email] = open_page(email)
        sign_up(pages[email])
    first, last = pages[order[0]], pages[order[12]]
    expect(first.get_by_text("Du har en plats").first).to_be_visible()
    expect(last.get_by_text(re.compile("nummer 1 på reservlistan")).first).to_be_visible()

    # The confirmation, with its calendar file, goes out by itself.
    [calendar] = postbox.letter(order[0], about=EVENT).files
    assert calendar.startswith("BEGIN:VCALENDAR")

    # Nobody in Malmö sees course or event.
    malmo = open_page(people["malmo-staff"])
    for path in (event_url, f"{portal}/trelleborg/laga-lagom/"):
        assert malmo.goto(path).status == 404
    malmo.goto("/sok/?q=laga+lagom")
    expect(malmo.locator("main")).not_to_contain_text(COURSE)

    # Somebody cancels; the first in line is offered the seat and takes it.
    first.get_by_role("button", name=re.compile("Avanmäl|Avboka")).click()
    last.reload()
    last.get_by_role("button", name=re.compile("Tacka ja")).click()
    expect(last.get_by_text("Du har en plats").first).to_be_visible()

    # Afterwards: a lesson and a conference for the public, found without an account.
    write_lesson(coordinator)
    write_conference(coordinator)
    visitor = open_page()
    for title in (LESSON, CONFERENCE):
        visitor.goto("/")
        visitor.get_by_role("combobox", name="Vad vill du lära dig?").fill("mindre matsvinn")
        visitor.keyboard.press("Enter")
        visitor.get_by_role("link", name=title).click()
        expect(visitor.locator("h1")).to_have_text(title)
    visitor.goto("/sok/?q=laga+lagom")
    expect(visitor.locator("main")).not_to_contain_text(COURSE)
