"""The set-up in containers, as far as it can be read: no engine runs where the tests do."""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings

DOCKER = Path(settings.BASE_DIR) / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("web", "worker", "beat", "release", "backup")
# `backup` is no role: it is a command of manage.py.
ROLES = {"web", "worker", "beat", "release"}
# It writes into its own folders while it starts.
MAY_WRITE = {"elasticsearch"}
# One that ends, and those whose work would be missed soon enough.
WITHOUT_HEALTH = {"release", "beat", "backup"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_may_do_no_more_than_it_must(name):
    service = SERVICES[name]

    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["read_only"] is (name not in MAY_WRITE)
    assert not service.get("privileged")
    assert name == "proxy" or not service.get("ports"), "only the proxy is reached from outside"
    assert name == "proxy" or str(service["user"]).split(":")[0] not in ("", "0", "root")
    if name != "release":
        assert {"cpus", "memory"} <= service["deploy"]["resources"]["limits"].keys()
    assert (name in WITHOUT_HEALTH) is ("healthcheck" not in service)


def test_the_web_is_there_twice_and_the_scheduler_once():
    assert (SERVICES["web"]["deploy"]["replicas"], SERVICES["beat"]["deploy"]["replicas"]) == (2, 1)


def test_what_is_set_for_the_portal_is_a_setting_it_knows():
    known = set(re.findall(r"^([A-Z_]+)=", (Path(settings.BASE_DIR) / ".env.example").read_text(), re.MULTILINE))

    given = set(SERVICES["web"]["environment"])

    assert {name.removesuffix("_FILE") for name in given} - known == set()
    for name in OURS:
        assert set(SERVICES[name]["environment"]) == given


def test_secrets_come_as_files_and_stand_nowhere_else():
    assert set(SERVICES["web"]["secrets"]) <= set(COMPOSE["secrets"])
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
    for name, value in SERVICES["web"]["environment"].items():
        assert not name.endswith("_FILE") or value.startswith("/run/secrets/")
    assert "docker/secrets" in (Path(settings.BASE_DIR) / ".gitignore").read_text()


def test_what_an_installation_decides_is_explained():
    asked = set(re.findall(r"\$\{([A-Z_]+)[:}]", (DOCKER / "compose.yaml").read_text()))

    told = set(re.findall(r"^([A-Z_]+)=", (DOCKER / ".env.example").read_text(), re.MULTILINE))

    assert asked == told


def test_each_name_in_the_proxys_configuration_is_filled_by_both_who_use_it():
    names = set(re.findall(r"\$\{([A-Z_]+)\}", (DOCKER / "nginx" / "portal.conf.template").read_text()))

    assert names <= SERVICES["proxy"]["environment"].keys()
    native = (DOCKER / "stack").read_text()
    assert {name for name in names if f"{name}=" not in native} == set()


def test_the_roles_of_containers_are_those_of_the_entrypoint():
    roles = set(re.findall(r"^  ([a-z]+)\)$", (DOCKER / "entrypoint").read_text(), re.MULTILINE))

    assert {SERVICES[name]["command"][0] for name in OURS} - {"backup"} == roles == ROLES


def test_back_ups_are_seen_by_the_container_that_makes_them_alone():
    seeing = {
        name for name, service in SERVICES.items() if any("backups" in str(v) for v in service.get("volumes", []))
    }

    assert seeing == {"backup"}
    assert "postgresql-client-17" in (DOCKER / "Dockerfile").read_text()
    assert SERVICES["postgres"]["image"].startswith("postgres:17"), "pg_dump must not be older than the server"


def test_the_image_runs_as_nobody_special_and_holds_no_secret():
    image = (DOCKER / "Dockerfile").read_text()
    last = image.rpartition("FROM ")[2]

    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "--require-hashes" in image
    assert set(re.findall(r"SECRET_KEY=(\S+)", image)) == {"only-while-the-image-is-built"}
