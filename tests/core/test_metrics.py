"""Figures for those who watch the portal: right, bounded, of all processes, and nobody's data in them."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from celery.signals import before_task_publish, task_success
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from portal.accounts.models import PrivacyRun
from portal.core import metrics
from portal.events.models import SeatCheck, TrainingEvent
from portal.municipalities.enums import Visibility
from portal.notifications.models import OutboxMessage
from search.models import SearchUpdate
from tests.factories.events import TrainingEventFactory, sign_up
from tests.helpers.running import free_port

PROMETHEUS = Path(django_settings.BASE_DIR) / "docker" / "prometheus"
NOW = timezone.now()


@pytest.fixture
def watched(settings):
    settings.METRICS_TOKEN = "kanariefagel-och-trettio-tecken-till"
    return {"authorization": f"Bearer {settings.METRICS_TOKEN}"}


def told(text: str) -> dict[tuple, float]:
    """Name and labels → value, of all samples."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def fetch(headers) -> dict[tuple, float]:
    answer = Client().get("/metrics", headers=headers)
    assert answer.status_code == 200
    return told(answer.content.decode())


@pytest.mark.django_db
def test_without_a_token_there_are_no_figures_whoever_asks(settings):
    assert settings.METRICS_TOKEN == ""
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": "Bearer"}):
        answer = Client().get("/metrics", headers=headers)
        assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given", [None, "", "Bearer", "Bearer ", "Bearer kanarie", "Basic {}", "bearer {}", "{}", "Bearer {}å"]
)
def test_only_who_knows_the_token_reads_them(watched, given):
    token = watched["authorization"].removeprefix("Bearer ")
    headers = {} if given is None else {"authorization": given.format(token)}

    answer = Client().get("/metrics", headers=headers)

    assert (answer.status_code, answer.content, answer["WWW-Authenticate"]) == (401, b"", "Bearer")


@pytest.mark.django_db
def test_figures_are_kept_nowhere_and_need_no_host_name(watched, settings):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["samlarande.example"], True

    answer = Client().get("/metrics", headers={**watched, "host": "10.0.0.7:8000"})

    assert (answer.status_code, answer["Cache-Control"], answer.cookies) == (200, "no-store", {})
    assert answer["Content-Type"].startswith("text/plain; version=")


def test_a_page_that_is_kept_ready_is_counted_by_the_view_that_made_it(in_committed_database, watched):
    before = Counter(fetch(watched))
    for _time in range(3):
        Client().get("/tillfallen/")

    new = Counter(fetch(watched)) - before
    assert {key[1:]: value for key, value in new.items() if key[0] == "portal_requests_total"} == {
        ("200", "GET", "event_list"): 3
    }


@pytest.mark.django_db
def test_requests_are_counted_by_view_and_nothing_of_them_is_told(watched, settings):
    settings.WHITENOISE_USE_FINDERS = True
    before = Counter(fetch(watched))
    client = Client(raise_request_exception=False)
    client.get("/tillfallen/?q=hemligt")
    client.get("/en/tillfallen/?q=hemligt", headers={"user-agent": "hemligt"})
    client.get("/utan-konto/bekrafta/hemligt/")
    client.post("/tillfallen/")
    client.generic("HEMLIGT", "/tillfallen/")
    client.get("/hemligt/")
    client.get("/static/css/site.css?v=hemligt")
    client.get("/healthz")

    text = Client().get("/metrics", headers=watched).content.decode()

    new = Counter(told(text)) - before
    assert {key[1:]: value for key, value in new.items() if key[0] == "portal_requests_total"} == {
        ("200", "GET", "event_list"): 2,
        ("410", "GET", "guest_confirm"): 1,
        ("405", "POST", "event_list"): 1,
        ("405", "event_list", "other"): 1,
        ("404", "GET", "wagtail_serve"): 1,
        ("200", "GET", "static"): 1,
    }
    assert new["portal_request_seconds_count", "GET", "event_list"] == 2
    assert "hemligt" not in text.lower()


@pytest.mark.django_db
def test_without_a_token_nothing_is_measured(watched, settings):
    before = fetch(watched)
    settings.METRICS_TOKEN = ""
    Client().get("/tillfallen/")
    settings.METRICS_TOKEN = watched["authorization"].removeprefix("Bearer ")

    assert {key: value for key, value in fetch(watched).items() if "request" in key[0]} == {
        key: value for key, value in before.items() if "request" in key[0]
    }


@pytest.mark.django_db
def test_what_stands_in_the_database_is_counted(watched, cast, settings):
    settings.SEARCH_URL = "http://127.0.0.1:1"
    for state, minutes in (("pending", 3), ("pending", 20), ("sending", 1), ("parked", 900), ("sent", 900)):
        mail = OutboxMessage.objects.create(message="a/b", to_email=f"{state}{minutes}@hemligt.example", state=state)
        OutboxMessage.objects.filter(pk=mail.pk).update(created_at=NOW - timedelta(minutes=minutes))
    later = OutboxMessage.objects.create(
        message="a/b", to_email="a@b.example", next_attempt_at=NOW + timedelta(hours=9), put_off=3
    )
    OutboxMessage.objects.filter(pk=later.pk).update(created_at=NOW - timedelta(days=2))
    right, wrong = TrainingEventFactory(municipality=cast.here), TrainingEventFactory(municipality=cast.here)
    sign_up(right)
    sign_up(wrong)
    TrainingEvent.objects.filter(pk=wrong.pk).update(seats_taken=2)
    OutboxMessage.objects.filter(message__startswith="events/").delete()
    SeatCheck.objects.create(at=NOW, events=4, problems=["Hemligt: en stol för mycket"])
    PrivacyRun.objects.create(started_at=NOW - timedelta(days=1), ended_at=NOW - timedelta(days=1))
    PrivacyRun.objects.create(started_at=NOW, ended_at=NOW, problem="ValueError")
    SearchUpdate.objects.all().delete()
    update = SearchUpdate.objects.create(entry_id=1)
    SearchUpdate.objects.filter(pk=update.pk).update(created_at=NOW - timedelta(minutes=30))

    found = fetch(watched)

    exact = {
        ("portal_outbox_mails", "pending"): 3,
        ("portal_outbox_mails", "sending"): 1,
        ("portal_outbox_mails", "parked"): 1,
        ("portal_outbox_put_off",): 1,
        ("portal_seats_miscounted_events",): 1,
        ("portal_seat_check_problems",): 1,
        ("portal_search_updates_waiting",): 1,
        ("portal_search_engine_in_use", "elasticsearch"): 1,
        ("portal_search_engine_in_use", "database"): 0,
        **{("portal_metrics_failed", part): 0 for part in ("outbox", "privacy", "queue", "search", "seats", "tasks")},
    }
    assert {key: found[key] for key in exact} == exact
    near = {
        ("portal_outbox_oldest_seconds",): 20 * 60,
        ("portal_search_lag_seconds",): 30 * 60,
        ("portal_seat_check_timestamp_seconds",): NOW.timestamp(),
        ("portal_privacy_run_last_success_timestamp_seconds",): (NOW - timedelta(days=1)).timestamp(),
    }
    # The clock has gone on since this file was read.
    off = {key: found[key] - value for key, value in near.items()}
    assert {key for key, seconds in off.items() if not -1 < seconds < 3600} == set()
    assert not [key for key in found if "hemligt" in str(key).lower()]


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 30])
def test_figures_cost_five_questions_however_much_there_is(watched, cast, django_assert_num_queries, number):
    for place in range(number):
        sign_up(TrainingEventFactory(municipality=cast.here))
        OutboxMessage.objects.create(message="a/b", to_email=f"a{place}@b.example", state="parked")
        SeatCheck.objects.create(at=NOW, events=1, problems=[])
        PrivacyRun.objects.create(started_at=NOW, ended_at=NOW)
    client = Client()

    with django_assert_num_queries(5):
        assert client.get("/metrics", headers=watched).status_code == 200


@pytest.mark.django_db
def test_a_part_that_fails_is_named_and_the_others_are_told(watched, monkeypatch):
    def fails():
        yield metrics.gauge("portal_half", "Half of it.", 1)
        raise RuntimeError("hemligt")

    monkeypatch.setitem(metrics._readers, "seats", fails)

    text = Client().get("/metrics", headers=watched).content.decode()

    found = told(text)
    assert (found["portal_metrics_failed", "seats"], found["portal_metrics_failed", "outbox"]) == (1, 0)
    assert ("portal_outbox_oldest_seconds",) in found
    assert "portal_half" not in text
    assert "hemligt" not in text


def test_a_periodic_task_that_went_well_is_remembered_and_no_other():
    class Task:
        def __init__(self, name: str):
            self.name = name

    cache.clear()
    before = time.time()
    task_success.send(Task("portal.events.tasks.check_seats"), result=None)
    task_success.send(Task("portal.notifications.tasks.send_message"), result=None)

    (family,) = metrics.periodic_tasks()

    assert [sample.labels for sample in family.samples] == [{"task": "portal.events.tasks.check_seats"}]
    assert before <= family.samples[0].value <= time.time()


@pytest.fixture
def redis(tmp_path, settings):
    if not (server := shutil.which("redis-server")):
        pytest.skip("no redis-server")
    port = free_port()
    process = subprocess.Popen(
        [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/0"
    client = Redis(port=port)
    for _try in range(100):
        with suppress(OSError, ConnectionError):
            if client.ping():
                break
        time.sleep(0.05)
    yield settings.CELERY_BROKER_URL
    process.terminate()
    process.wait(timeout=20)


def test_the_queue_tells_how_many_wait_and_since_when(redis):
    from celery import Celery

    def values() -> dict[str, float]:
        return {family.name: family.samples[0].value for family in metrics.queue()}

    assert values() == {"portal_queue_tasks": 0, "portal_queue_oldest_seconds": 0}
    app = Celery(broker=redis, set_as_current=False)
    for minutes in (10, 5):

        def age(headers, ago=minutes * 60, **_kwargs):
            headers["queued_at"] -= ago

        before_task_publish.connect(age, weak=False)
        app.send_task("a.task", kwargs={"message_id": 1})
        before_task_publish.disconnect(age)

    found = values()

    assert found["portal_queue_tasks"] == 2
    assert 600 <= found["portal_queue_oldest_seconds"] < 660


def test_a_queue_that_is_away_is_a_part_that_fails(settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    found = told(metrics.exposition().decode())

    assert found["portal_metrics_failed", "queue"] == 1


def test_what_all_workers_counted_is_told_by_any_and_ends_with_none(tmp_path):
    """Real gunicorn workers, each made anew after a few requests, in files that are as many as the workers."""
    port, token = free_port(), "t" * 40
    asked = 14
    environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ} | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "METRICS_TOKEN": token,
        # No tables in it: what is counted of requests is told all the same.
        "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
    }
    how = ["--config", "python:portal.web", "--workers", "2", "--bind", f"127.0.0.1:{port}", "--max-requests", "5"]
    how += ["--max-requests-jitter", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "portal.wsgi", *how, "--log-level", "warning"],
        cwd=django_settings.BASE_DIR,
        env=environment,
        stderr=subprocess.DEVNULL,  # a line for each page that has no database
    )

    def ask(path: str, **headers: str) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        for _try in range(200):
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                    return answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.read().decode()
            except OSError:  # it comes up, or the worker that would have answered was made anew
                time.sleep(0.1)
        raise TimeoutError(path)

    try:
        for _request in range(asked):
            ask("/")
        found = told(ask("/metrics", Authorization=f"Bearer {token}"))
    finally:
        process.terminate()
        process.wait(timeout=30)

    assert found["portal_requests_total", "503", "GET", "wagtail_serve"] == asked
    assert found["portal_request_seconds_count", "GET", "wagtail_serve"] == asked
    assert found["portal_metrics_failed", "outbox"] == 1
    assert {path.name for path in tmp_path.glob("*.db")} == {
        f"{kind}_{slot}.db" for kind in ("counter", "histogram") for slot in (0, 1)
    }


# --- The samples for whoever sets Prometheus up ---

ALERTS = [
    rule for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]


@pytest.mark.django_db
def test_every_figure_that_an_alert_asks_for_exists(watched, cast, redis):
    SeatCheck.objects.create(at=NOW, events=1, problems=[])
    PrivacyRun.objects.create(started_at=NOW, ended_at=NOW)
    client = Client()
    TrainingEventFactory(municipality=cast.here, title="Verkstad", visibility=Visibility.PUBLIC)
    client.get("/sok/?q=verkstad")
    metrics.note_success("portal.events.tasks.check_seats")

    told_of = {key[0] for key in fetch(watched)}

    asked = {
        name for alert in ALERTS for name in re.findall(r"portal_\w+", str(alert["expr"]) + str(alert["annotations"]))
    }
    assert asked - told_of == set()
    assert len(asked) >= 14
    tasks = {
        name
        for alert in ALERTS
        for value in re.findall(r'task=~?"([^"]+)"', alert["expr"])
        for name in value.split("|")
    }
    assert tasks - metrics.scheduled() == set()
    assert tasks


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_says_what_is_so_and_what_to_do(alert):
    assert set(alert["annotations"]) == {"summary", "remedy"}
    assert alert["labels"]["severity"] in ("page", "ticket")
    for opened, closed in ("()", "{}", "[]"):
        assert alert["expr"].count(opened) == alert["expr"].count(closed)


def test_the_sample_asks_where_the_portal_is_and_with_the_secret_it_gets():
    sample = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    (job,) = sample["scrape_configs"]

    assert sample["rule_files"] == ["alerts.yml"]
    assert (job["metrics_path"], job["authorization"]["type"]) == ("/metrics", "Bearer")
    compose = yaml.safe_load((Path(django_settings.BASE_DIR) / "docker" / "compose.yaml").read_text())
    assert job["authorization"]["credentials_file"] == compose["services"]["web"]["environment"]["METRICS_TOKEN_FILE"]
    (found,) = job["dns_sd_configs"]
    assert (set(found["names"]) <= set(compose["services"]), found["port"]) == (True, 8000)
