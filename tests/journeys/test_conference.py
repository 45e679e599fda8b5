"""A conference by keyboard alone and without JavaScript: planned, released and starred; signed up to by a guest."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import open_until
from tests.journeys.test_keyboard import press, reach, write

pytestmark = pytest.mark.journey

TITLE = "Sist ut: frågor från golvet"


def _named(act: str) -> re.Pattern[str]:
    """The name of a link or button that is there for each session: what it does, and to which."""
    return re.compile(rf"^{act}\s*: {TITLE}$")


def test_a_session_is_planned_moved_released_and_starred_by_keyboard_alone(open_page, people):
    coordinator = open_page(people["trelleborg-coordinator"], javascript=False)
    coordinator.goto("/arbetsyta/konferenser/")
    press(coordinator, coordinator.get_by_role("link", name="Dela skörden"))

    # Written down without a time, it is nothing yet that others see.
    press(coordinator, coordinator.get_by_role("link", name="Ny programpunkt"))
    write(coordinator, "title", TITLE)
    press(coordinator, coordinator.locator("main button[name=save]:not(.visually-hidden)"))
    expect(coordinator.get_by_role("heading", name="Utan tid")).to_be_visible()

    # Each free place in the table is a button: here the last of the first day in the first room.
    press(coordinator, coordinator.get_by_role("link", name=_named("Flytta")))
    place = coordinator.get_by_role("button", name=re.compile(r"^17:00\s*, Stora salen$")).first
    place.focus()
    with coordinator.expect_navigation():
        coordinator.keyboard.press("Enter")
    expect(coordinator.locator(".timetable__session", has_text=TITLE).first).to_be_visible()

    visitor = open_page(javascript=False)
    visitor.goto("/konferenser/")
    press(visitor, visitor.get_by_role("link", name=re.compile("Dela skörden")).first)
    programme = visitor.get_by_role("link", name="Se programmet").first.get_attribute("href")
    visitor.goto(programme)
    expect(visitor.get_by_role("link", name=TITLE)).to_have_count(0)

    press(coordinator, coordinator.get_by_role("link", name="Publicera en version"))
    expect(coordinator.get_by_role("heading", name="Nytt i versionen")).to_be_visible()
    reach(coordinator, coordinator.locator("main [name=comment]"))
    coordinator.keyboard.type("En stund till för frågor.")
    press(coordinator, coordinator.get_by_role("button", name="Publicera"))
    expect(coordinator.get_by_text("Versionen är publicerad.")).to_be_visible()

    open_until(visitor, programme, visitor.get_by_role("link", name=TITLE))
    star = visitor.get_by_role("button", name=_named("Till mitt program"))
    star.focus()
    with visitor.expect_navigation():
        visitor.keyboard.press("Space")
    expect(visitor.get_by_role("button", name=_named("I mitt program"))).to_be_visible()
    press(visitor, visitor.get_by_role("link", name="Mitt program"))
    expect(visitor.get_by_role("link", name=TITLE)).to_be_visible()
    visitor.goto(f"{programme}../andringar/")
    expect(visitor.get_by_text("En stund till för frågor.")).to_be_visible()


def test_a_guest_signs_up_books_a_place_and_cancels_by_keyboard_alone(open_page, postbox):
    visitor = open_page(javascript=False)
    visitor.goto("/konferenser/")
    press(visitor, visitor.get_by_role("link", name=re.compile("Dela skörden")).first)
    press(visitor, visitor.get_by_role("link", name="Till anmälan"))
    press(visitor, visitor.get_by_role("link", name="Anmäl dig utan konto"))
    press(visitor, visitor.get_by_role("button", name="Skicka länken till mig"))
    expect(visitor.locator("main [aria-invalid=true]")).to_have_count(3)
    for name, text in (("first_name", "Ulla"), ("last_name", "Gäst"), ("email", "ulla@gast.example")):
        write(visitor, name, text)
    press(visitor, visitor.get_by_role("button", name="Skicka länken till mig"))
    expect(visitor.get_by_role("heading", name="Titta i din e-post")).to_be_visible()

    visitor.goto(postbox.letter("ulla@gast.example", about="Bekräfta din anmälan").link("/bekrafta/"))
    press(visitor, visitor.get_by_role("button", name="Bekräfta och ta platsen"))
    expect(visitor.locator("main .tag", has_text="Du har en plats").first).to_be_visible()

    press(visitor, visitor.get_by_role("link", name="Se programmet"))
    press(visitor, visitor.get_by_role("link", name="Verkstad: väg, gissa och välj"))
    press(visitor, visitor.get_by_role("button", name="Boka en plats"))
    expect(visitor.get_by_role("heading", name="Du har en plats")).to_be_visible()
    press(visitor, visitor.get_by_role("link", name="Se mitt program"))
    expect(visitor.get_by_role("link", name="Verkstad: väg, gissa och välj")).to_be_visible()

    visitor.goto("/mina-sidor/")
    press(visitor, visitor.get_by_role("link", name="Anmälan till Dela skörden"))
    press(visitor, visitor.get_by_role("button", name="Avboka min anmälan"))
    expect(visitor.get_by_text("Din anmälan är avbokad.")).to_be_visible()
    visitor.goto("/mina-sidor/")
    expect(visitor.get_by_text("Du är här utan konto")).to_be_visible()
