"""Lists change in place where there is JavaScript, tell what has changed, and lose neither focus nor the way back."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey


def loads(page) -> int:
    """How many whole pages this browser has loaded in its window, as the page itself remembers it."""
    return page.evaluate("performance.getEntriesByType('navigation').length && performance.timeOrigin")


def test_a_filter_changes_the_list_in_place_and_the_focus_stays(open_page):
    page = open_page(width=1280)
    page.goto("/tillfallen/")
    first_load = loads(page)
    shown = page.locator("#results .card").count()

    page.get_by_label("Ordnas av").focus()
    page.get_by_label("Ordnas av").select_option("skurup")

    page.wait_for_url(re.compile(r"/tillfallen/\?municipality=skurup$"))
    expect(page.locator("#results .card")).not_to_have_count(shown)
    expect(page.get_by_label("Ordnas av")).to_be_focused()
    expect(page.locator("[data-live-list] > [role=status]")).to_have_text(re.compile(r"\d+ tillfällen?"))
    expect(page.locator("[data-live-list]")).to_have_attribute("aria-busy", "false")
    assert loads(page) == first_load

    page.go_back()
    expect(page.locator("#results .card")).to_have_count(shown)


def test_turning_the_page_moves_the_focus_to_the_list(open_page, people):
    page = open_page(people["trelleborg-coordinator"], width=1280)
    page.goto("/lardomar/?all=1")
    first_load = loads(page)

    page.get_by_role("link", name="Nästa sida").press("Enter")

    page.wait_for_url(re.compile("page=2"))
    expect(page.locator("#results")).to_be_focused()
    assert loads(page) == first_load
    page.keyboard.press("Tab")
    expect(page.locator("#results :focus")).to_have_count(1)


def test_another_month_is_turned_to_with_the_filters_that_were_chosen(open_page):
    page = open_page(width=1280)
    page.goto("/tillfallen/?view=month&month=2026-12")
    page.get_by_label("Ordnas av").select_option("skurup")
    page.wait_for_url(re.compile("municipality=skurup"))

    page.locator("#results a[rel=next]").click()

    expect(page.get_by_role("heading", name="Januari 2027")).to_be_visible()
    page.get_by_label("Ordnas av").select_option("trelleborg")
    page.wait_for_url(re.compile("month=2027-01"))
    expect(page.get_by_role("heading", name="Januari 2027")).to_be_visible()


def test_a_facet_of_a_search_keeps_its_focus_and_the_open_fields(open_page):
    page = open_page()
    page.goto("/sok/?q=matsvinn")
    page.get_by_text("Begränsa listan").first.click()
    box = page.locator("#facets input[type=checkbox]").first

    box.press("Space")

    page.wait_for_url(re.compile(r"q=matsvinn&"))
    expect(page.locator("#facets input:focus")).to_have_count(1)
    expect(page.locator("#facets details")).to_have_attribute("open", "")
    expect(page.locator("#facets input:focus")).to_be_checked()


def test_when_the_server_answers_otherwise_the_page_is_loaded(open_page):
    page = open_page(width=1280)
    page.goto("/tillfallen/")
    page.route(
        "**/tillfallen/?municipality=*", lambda route: route.fulfill(status=500, body="<h1>Trasigt</h1>"), times=1
    )

    page.get_by_label("Ordnas av").select_option("skurup")

    page.wait_for_url(re.compile("municipality=skurup"))
    expect(page.get_by_role("heading", name="Utbildningstillfällen")).to_be_visible()


def test_no_more_of_a_page_than_its_address_is_kept_in_the_browsers_storage(open_page):
    page = open_page(width=1280)
    page.goto("/tillfallen/")
    page.get_by_label("Ordnas av").select_option("skurup")
    page.wait_for_url(re.compile("municipality=skurup"))

    kept = page.evaluate("[Object.values(localStorage), Object.values(sessionStorage)].flat()")
    assert kept == ["/tillfallen/?municipality=skurup"]
