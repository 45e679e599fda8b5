"""Events as a month: each date on its days, in Swedish time, filtered as the list is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from portal.events.services import months
from portal.municipalities.enums import Visibility
from tests.factories.events import TrainingEventFactory


def moment(day: int, hour: int, month: int = 10) -> datetime:
    """In Swedish time, in the autumn of 2026."""
    return timezone.make_aware(datetime(2026, month, day, hour))  # noqa: DTZ001 - made aware


def shown(client, query: str) -> dict[str, list[str]]:
    """Day → what stands on it, of the days that have something."""
    page = BeautifulSoup(client.get(f"/tillfallen/?view=month&{query}").content.decode(), "html.parser")
    assert len(page.select(".month td")) % 7 == 0
    return {
        day.select_one("time")["datetime"]: [" ".join(link.get_text().split()) for link in day.select("a")]
        for day in page.select(".month td")
        if day.select("a")
    }


@pytest.fixture
def autumn(cast):
    """Events of October 2026, of which some reach into the months around."""
    shared = {"municipality": cast.here, "visibility": Visibility.PUBLIC}
    TrainingEventFactory(**shared, title="Kväll", occasions=[(moment(7, 22), moment(8, 2))])
    TrainingEventFactory(**shared, title="Till midnatt", occasions=[(moment(7, 20), moment(8, 0))])
    TrainingEventFactory(
        **shared,
        title="Två gånger",
        occasions=[(moment(7, 9), moment(7, 12)), (moment(5, 9, 11), moment(5, 12, 11))],
    )
    TrainingEventFactory(
        municipality=cast.there,
        visibility=Visibility.INTERNAL,
        title="Deras",
        occasions=[(moment(9, 9), moment(9, 10))],
    )
    TrainingEventFactory(**shared, title="Utkast", published=False, occasions=[(moment(9, 9), moment(9, 10))])


def test_each_date_stands_on_its_days_by_the_hour(autumn, client, client_of):
    public = {
        "2026-10-07": ["09:00 Två gånger", "20:00 Till midnatt", "22:00 Kväll"],
        "2026-10-08": ["22:00 Kväll"],
    }

    assert shown(client, "month=2026-10") == public
    assert shown(client_of("staff_there"), "month=2026-10") == public | {"2026-10-09": ["09:00 Deras"]}
    assert shown(client, "month=2026-11") == {"2026-11-05": ["09:00 Två gånger"]}


def test_the_months_filters_are_those_of_the_list(autumn, client_of):
    assert shown(client_of("staff_there"), "month=2026-10&municipality=skurup") == {"2026-10-09": ["09:00 Deras"]}
    assert shown(client_of("staff_there"), "month=2026-10&free=on") == {}


def test_days_around_the_month_belong_to_whole_weeks(autumn, client):
    """October 2026 ends on a Saturday; its last week has the first of November."""
    month = months.lay_out(date(2026, 10, 1), [])

    assert (month.weeks[0][0].date, month.weeks[-1][-1].date) == (date(2026, 9, 28), date(2026, 11, 1))
    assert [day.date.day for day in month.weeks[-1] if not day.in_month] == [1]


def test_the_hours_of_a_week_are_counted_in_swedish_time():
    """The clock goes back on 25 October 2026: the weeks begin in summer time and end in winter time."""
    first, last = months.moments_of(date(2026, 10, 1))

    assert (first.astimezone(UTC), last.astimezone(UTC)) == (
        datetime(2026, 9, 27, 22, tzinfo=UTC),
        datetime(2026, 11, 1, 23, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "named", ["", "2026-13", "december", "0001-01", "9999-12", "2026-12-24", "' OR 1=1", "٢٠٢٦-١٢"]
)
def test_a_month_that_is_none_shows_this_one(client, db, named):
    answer = client.get("/tillfallen/", {"view": "month", "month": named})

    month = answer.context["month"]
    assert (answer.status_code, month.first in (timezone.localdate().replace(day=1), date(2026, 12, 1))) == (200, True)


def test_the_first_and_the_last_month_lead_no_further():
    assert months.lay_out(date(2000, 1, 1), []).previous is None
    assert months.lay_out(date(2100, 12, 1), []).next is None


def test_a_month_with_nothing_says_so_and_keeps_the_way_on(client, db):
    page = BeautifulSoup(client.get("/tillfallen/?view=month&month=2031-05&free=on").content.decode(), "html.parser")

    assert "Inget som du kan se äger rum den här månaden" in page.select_one("#results").get_text()
    assert [link["href"] for link in page.select("#results .toolbar a")] == [
        "?view=month&month=2031-04&free=on",
        "?view=month&month=2031-06&free=on",
    ]


def test_what_is_laid_out_is_as_long_as_the_month_has_days():
    assert {
        sum(day.in_month for week in months.lay_out(date(2024, number, 1), []).weeks for day in week)
        for number in (2, 3, 4)
    } == {29, 30, 31}
    assert timedelta(days=35) <= months.moments_of(date(2026, 12, 1))[1] - months.moments_of(date(2026, 12, 1))[0]
