"""Reading as one wants to: the settings, the page read aloud, and the other language."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import wait_until

pytestmark = pytest.mark.journey

METHOD = "/trelleborg/svinnvagning-pa-fem-minuter/"
# The device's voice is outside: each sentence takes a quarter of a second, and is kept.
VOICE = """() => {
  window.said = [];
  SpeechSynthesis.prototype.speak = (spoken) => {
    window.said.push([spoken.lang, spoken.text]);
    setTimeout(() => spoken.onend?.(), 250);
  };
}"""


def test_what_is_chosen_shows_at_once_and_holds_on_the_page_one_came_from(open_page):
    page = open_page(width=320)
    page.goto(METHOD)
    before = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    page.get_by_text("Meny").click()
    page.get_by_role("link", name="Läsinställningar").click()

    page.get_by_label("Störst").check()
    page.get_by_label("Luftigt").check()
    page.get_by_label("Gjort för dyslexi").check()
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") > 1.3 * before
    page.get_by_role("button", name="Spara").click()

    page.wait_for_url(f"**{METHOD}")
    for path in (METHOD, "/", "/kurser/", "/sok/?q=matsvinn", "/tillfallen/"):
        page.goto(path)
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") > 1.3 * before
        assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate("document.fonts.check('16px OpenDyslexic')")


def test_the_settings_work_without_javascript(open_page):
    page = open_page(javascript=False)
    page.goto("/lasinstallningar/")

    page.get_by_label("Större").check()
    page.get_by_role("button", name="Spara").click()

    expect(page.get_by_text("sparade på den här enheten")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-reading", "size-larger")


def test_a_page_is_read_aloud_sentence_by_sentence_and_can_be_paused(open_page):
    page = open_page(width=1280)
    page.goto(METHOD)
    page.evaluate(VOICE)

    page.get_by_role("button", name="Lyssna").click()
    wait_until(page, "said.length >= 6")
    page.get_by_role("button", name="Pausa").click()

    said = page.evaluate("said")
    assert [text for _lang, text in said[2:5]] == [
        "Svinnvägning på fem minuter",
        "Kort sagt",
        "Väg tre hinkar efter lunchen, skriv upp fyra siffror och titta på dem tillsammans varje fredag.",
    ]
    assert {lang for lang, _text in said} == {"sv"}
    assert page.evaluate("[...CSS.highlights.get('spoken')].map(String)[0].trim()") == said[-1][1]
    page.wait_for_timeout(600)
    assert page.evaluate("said.length") == len(said)

    page.get_by_role("button", name="Fortsätt").click()
    wait_until(page, f"said.length > {len(said)}")
    assert page.evaluate("said")[len(said)] == said[-1]
    page.get_by_role("button", name="Sluta läsa").click()
    expect(page.get_by_role("button", name="Lyssna")).to_be_focused()
    assert page.evaluate("CSS.highlights.size") == 0


def test_what_is_swedish_on_an_english_page_is_read_as_swedish(open_page):
    page = open_page(width=1280)
    page.goto("/trelleborg/losningstrad-pa-en-formiddag/")  # has no English version
    page.get_by_role("link", name="English").click()
    page.evaluate(VOICE)

    page.get_by_role("button", name="Listen").click()
    wait_until(page, "said.some(([, text]) => text === 'When to use it')")

    said = dict(reversed(pair) for pair in page.evaluate("said"))
    assert (said["Lösningsträd på en förmiddag"], said["In short"], said["When to use it"]) == ("sv", "en", "en")
