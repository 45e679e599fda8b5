"""What the production set-up alone has, as a browser meets it: the cache, safe cookies, nothing for developers."""

import pytest

from tests.journeys.conftest import AT_STACK

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not AT_STACK, reason="asks what only the production set-up has (make e2e-stack)"),
]
LIST = "/kurser/"


def test_the_proxy_keeps_pages_for_readers_whom_nobody_knows_and_for_no_others(open_page, people):
    visitor, member = open_page(), open_page(people["trelleborg-staff"])

    # Kept for four seconds only, and this machine may be slow.
    assert "HIT" in [visitor.request.get(LIST).headers["x-cache"] for _time in range(10)]
    assert {member.request.get(LIST).headers["x-cache"] for _time in range(3)} == {"BYPASS"}
    assert "no-store" in member.request.get("/mina-sidor/").headers["cache-control"]


def test_whoever_is_signed_in_has_cookies_that_leave_by_https_for_this_host_alone(open_page, people):
    page = open_page(people["trelleborg-staff"])

    cookies = page.context.cookies()
    assert {cookie["name"] for cookie in cookies} == {"__Host-session", "__Host-csrf"}
    assert all(cookie["secure"] and cookie["httpOnly"] and cookie["path"] == "/" for cookie in cookies)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/utveckling/mejl/", "/utveckling/komponenter/"])
def test_what_is_for_those_who_run_or_build_the_portal_is_not_shown(open_page, path):
    assert open_page().request.get(path).status == 404
