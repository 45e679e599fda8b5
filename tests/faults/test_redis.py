"""Redis, as cache and as broker, is away, hangs, or comes back empty."""

import io

import pytest

from tests.faults.processes import mails, unsent, wait_for
from tests.faults.servers import RedisServer
from tests.stress.browser import Browser, Log

SIGN_UPS = 5
WAIT = 3.0  # seconds, for a page
HEALTHY = 90.0  # seconds


@pytest.fixture
def redis(tmp_path):
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def portal(portal, redis):
    """With Redis as broker and cache, and all its processes."""
    portal.environment |= {"CELERY_BROKER_URL": f"{redis.address}/0", "CACHE_URL": f"{redis.address}/1"}
    portal.web()
    portal.worker()
    portal.beat()
    portal.sign_up(1)
    wait_for(lambda: mails() == {"sent": 1}, seconds=60, otherwise=mails)
    return portal


def read(portal) -> float:
    """The longest wait for some pages, each as a visitor and all answered."""
    waits = []
    for path in ("/", "/kurser/", "/tillfallen/", "/sok/?q=svinn"):
        answer = Browser(portal.port, "", Log(io.StringIO())).get("look", path)
        assert answer.status == 200, (path, answer.status)
        waits.append(answer.ended - answer.began)
    return max(waits)


@pytest.mark.parametrize("manner", ["away", "hangs"])
def test_pages_and_sign_ups_go_on_without_redis_and_mails_go_out_when_it_is_back(
    portal, redis, mail_server, figures, manner
):
    redis.stop() if manner == "away" else redis.hang()

    wait = max(read(portal), portal.sign_up(SIGN_UPS), read(portal))
    redis.start() if manner == "away" else redis.go_on()
    healthy = wait_for(lambda: not unsent(), seconds=HEALTHY, otherwise=mails)

    doubled = sum(mail_server.taken.values()) - (SIGN_UPS + 1)
    figures(
        f"Redis {manner}",
        lost=portal.lost,
        doubled=doubled,
        wait=wait,
        healthy=healthy,
        bar=f"lost 0, doubled 0, a page {WAIT:.0f} s, healthy {HEALTHY:.0f} s",
    )
    assert (portal.refused, portal.lost, doubled) == ([], 0, 0)
    assert wait < WAIT


def test_jobs_that_an_emptied_broker_lost_are_found_again(portal, redis, mail_server, figures):
    worker = next(service for service in portal.services if service.name == "worker")
    worker.stop()
    wait = portal.sign_up(SIGN_UPS)
    lost_jobs = redis.client().llen("celery")

    redis.client().flushall()
    worker.start()
    healthy = wait_for(lambda: not unsent(), seconds=HEALTHY, otherwise=mails)

    doubled = sum(mail_server.taken.values()) - (SIGN_UPS + 1)
    figures(
        f"Redis emptied, {lost_jobs} jobs in it",
        lost=portal.lost,
        doubled=doubled,
        wait=wait,
        healthy=healthy,
        bar=f"lost 0, doubled 0, healthy {HEALTHY:.0f} s",
    )
    assert lost_jobs == 1, "one tells of all mails that wait"
    assert (portal.refused, portal.lost, doubled) == ([], 0, 0)
