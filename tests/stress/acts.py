"""What people do, each act a function of a client; `ACTS` at the end says how often.

An act goes through the pages and forms that people use, and logs every answer with what the checks must know: which
person, which event, which form. It returns False when there was nothing to do for it just now.
"""

import random
import time
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from tests.stress.browser import Answer, Browser, choices_of, form_with, with_values
from tests.stress.stage import Actor, Event

LOOKS_EVERY = 1.0  # seconds between two looks into the mailbox


@dataclass
class Client:
    """Some of the people, one coordinator, some of the managers and of the events, all acted for by one process, one
    act at a time. Managers sign up whoever is in their unit, other clients' people too."""

    rng: random.Random
    people: list[Actor]
    coordinator: Actor
    managers: list[Actor]
    events: list[Event]
    own_events: list[Event]  # nobody else changes their seats: the last answer says how they stand
    browsers: dict[int, Browser]
    signed_up: int = 0
    active: dict[tuple[int, int], str] = field(default_factory=dict)  # (person, event) -> uid
    offers: list[tuple[int, str]] = field(default_factory=list)  # (person, uid)
    requests: list[tuple[int, str]] = field(default_factory=list)  # (manager, uid)
    team_members: list[tuple[int, str, int, str]] = field(default_factory=list)  # (manager, team, sign-up, state)
    open_teams: list[tuple[int, Event, str, list[int]]] = field(default_factory=list)  # begun; the last are memberships
    colleagues: dict[int, list[int]] = field(default_factory=dict)  # of a manager, as memberships
    cancelled: set[int] = field(default_factory=set)
    looked_at: float = 0.0

    def browser_of(self, actor: Actor) -> Browser:
        """That person's browser, which has been on the portal before."""
        browser = self.browsers[actor.pk]
        if not browser.token:
            browser.get("first visit", event_page(self.events[0]))
        return browser

    def someone(self) -> Actor:
        return self.rng.choice(self.people)

    def look(self) -> None:
        """What their mails would tell them: who is offered a seat, who has none any more, who asks their manager."""
        from portal.events.enums import AWAITING_STATES
        from portal.events.models import SignUp

        if time.monotonic() - self.looked_at < LOOKS_EVERY:
            return
        rows = SignUp.objects.active().filter(person__in=[person.pk for person in self.people]).order_by("pk")
        self.active, self.offers = {}, []
        for person, event, uid, state in rows.values_list("person", "event", "uid", "state"):
            self.active[person, event] = str(uid)
            if state == "offered":
                self.offers.append((person, str(uid)))
        leads = {manager.unit_id: manager.pk for manager in self.managers}
        asked = SignUp.objects.filter(state__in=AWAITING_STATES, unit__in=leads).order_by("pk")
        self.requests = [(leads[unit], str(uid)) for unit, uid in asked.values_list("unit", "uid")]
        together = SignUp.objects.active().filter(team__leader__in=leads.values()).order_by("pk")
        rows = together.values_list("team__leader", "team__uid", "pk", "state")
        self.team_members = [(leader, str(team), pk, state) for leader, team, pk, state in rows]
        self.looked_at = time.monotonic()

    def one_signed_up(self) -> tuple[int, int, str] | None:
        """(person, event, uid) of somebody who has a place as far as we know."""
        if not self.active:
            return None
        (person, event), uid = self.rng.choice(list(self.active.items()))
        return person, event, uid


def event_page(event: Event) -> str:
    return f"/tillfallen/{event.public_id}/"


def own_page(uid: str) -> str:
    return f"/mina-sidor/anmalan/{uid}/"


def team_page(uid: str) -> str:
    return f"/mina-sidor/tillsammans/{uid}/"


def workspace_page(event: Event, name: str = "") -> str:
    return f"/arbetsyta/tillfallen/{event.public_id}/{name}"


# --- One person ---------------------------------------------------------------------------------------------------


def sign_up(client: Client) -> bool:
    """For a seat or a place in line: pressed once, twice, again after going back, or never seen the answer of."""
    client.look()
    person, event = client.someone(), _event_to_join(client)
    if (person.pk, event.pk) in client.active or event.pk in client.cancelled:
        return False
    browser, path = client.browser_of(person), f"{event_page(event)}anmal/"
    fields = _sign_up_form(client, person, event)
    facts = {
        "person": person.pk,
        "event": event.pk,
        "form_token": dict(fields)["form_token"],
        "at_once": "takes_seat_at_once" in dict(fields),
    }
    way = client.rng.random()
    if way < 0.1:
        answers = browser.post_twice("sign up", path, fields, **facts)
    elif way < 0.2:
        answers = [browser.post("sign up", path, fields, **facts), browser.post("sign up", path, fields, **facts)]
    else:
        if way < 0.25:
            browser.post_and_leave(path, fields)
        answers = [browser.post("sign up", path, fields, **facts)]
    done = [answer for answer in answers if answer.is_done]
    if done:
        client.signed_up += 1
        client.active[person.pk, event.pk] = done[-1].uid
    return True


def sign_up_again(client: Client) -> bool:
    """With a new form, by somebody who has a place: refused, whatever happens meanwhile to that place."""
    chosen = client.one_signed_up()
    if chosen is None:
        return False
    person, event = _actor(client, chosen[0]), _event(client, chosen[1])
    fields = _sign_up_fields(client, person)
    facts = {"person": person.pk, "event": event.pk, "form_token": dict(fields)["form_token"], "at_once": False}
    answer = client.browser_of(person).post("sign up", f"{event_page(event)}anmal/", fields, **facts)
    if answer.is_done:
        client.signed_up += 1
        client.active[person.pk, event.pk] = answer.uid
    return True


def cancel(client: Client) -> bool:
    chosen = client.one_signed_up()
    if chosen is None:
        return False
    person, event, uid = chosen
    done = _act(client, person, uid, "cancel")
    if any(answer.is_done for answer in done):
        client.active.pop((person, event), None)
    return True


def answer_offer(client: Client) -> bool:
    """Two of three take the seat. Some answer too late or twice, some with both buttons."""
    client.look()
    if not client.offers:
        return False
    person, uid = client.offers.pop(client.rng.randrange(len(client.offers)))
    first = "accept" if client.rng.random() < 0.65 else "decline"
    _act(client, person, uid, first)
    if client.rng.random() < 0.1:
        _act(client, person, uid, "decline" if first == "accept" else "accept")
    return True


def take_free_seat(client: Client) -> bool:
    """Where offers have stopped: whoever comes first."""
    soon = {event.pk for event in client.events if event.kind == "soon"}
    mine = [(person, uid) for (person, event), uid in client.active.items() if event in soon]
    if not mine:
        return False
    person, uid = client.rng.choice(mine)
    page = client.browsers[person].get("look at sign-up", own_page(uid))
    # As shown to them, or with a page that was open since before.
    if 'value="take"' in page.text or client.rng.random() < 0.2:
        _act(client, person, uid, "take")
    return True


def choose_at_once(client: Client) -> bool:
    chosen = client.one_signed_up()
    if chosen is None:
        return False
    person, _event_id, uid = chosen
    _act(client, person, uid, client.rng.choice(["at_once", "ask_first"]))
    return True


def look_around(client: Client) -> bool:
    person = client.someone()
    browser = client.browsers[person.pk]
    browser.get("look around", client.rng.choice(["/mina-sidor/", "/tillfallen/", event_page(_event_to_join(client))]))
    return True


def _act(client: Client, person_id: int, uid: str, act: str) -> list[Answer]:
    """One of the buttons on a person's own page of a sign-up; one in ten presses twice."""
    browser, facts = client.browser_of(_actor(client, person_id)), {"of": uid, "person": person_id}
    if client.rng.random() < 0.1:
        return browser.post_twice(act, own_page(uid), [("act", act)], **facts)
    return [browser.post(act, own_page(uid), [("act", act)], **facts)]


def _sign_up_form(client: Client, person: Actor, event: Event) -> list[tuple[str, str]]:
    """One in five opens the event's page and sends its form; the others have had it open for a while."""
    if client.rng.random() < 0.2:
        page = client.browsers[person.pk].get("look at event", event_page(event))
        form = form_with(page.text, "form_token")
        if form is not None:
            return with_values(form, municipality=str(client.rng.choice(person.municipality_ids)))
    return _sign_up_fields(client, person)


def _sign_up_fields(client: Client, person: Actor) -> list[tuple[str, str]]:
    token = str(uuid.UUID(int=client.rng.getrandbits(128), version=4))
    fields = [("form_token", token), ("municipality", str(client.rng.choice(person.municipality_ids)))]
    return [*fields, ("takes_seat_at_once", "on")] if client.rng.random() < 0.25 else fields


def _event_to_join(client: Client) -> Event:
    """One in seven wants to the hot one, one in seven to one of the next few, the others anywhere."""
    way = client.rng.random()
    if way < 0.15:
        return client.events[0]
    return client.rng.choice(client.events[:8] if way < 0.3 else client.events)


def _actor(client: Client, person_id: int) -> Actor:
    return next(person for person in client.people if person.pk == person_id)


def _event(client: Client, event_id: int) -> Event:
    return next(event for event in client.events if event.pk == event_id)


# --- A manager ----------------------------------------------------------------------------------------------------


def sign_up_team(client: Client) -> bool:
    """Choose some of the unit, look them over, sign them up. Some leave the form, and come back or never do."""
    if not client.managers:
        return False
    if client.open_teams and client.rng.random() < 0.3:
        leader_id, event, uid, chosen = client.open_teams.pop(client.rng.randrange(len(client.open_teams)))
    else:
        leader, event = client.rng.choice(client.managers), _event_to_join(client)
        if event.pk in client.cancelled:
            return False
        chosen = _colleagues(client, leader, event)
        fields = [("people", str(pk)) for pk in chosen]
        path = f"{event_page(event)}anmal-flera/"
        answer = client.browser_of(leader).post("begin team", path, fields, event=event.pk, people=chosen)
        if not answer.is_done:
            return True
        leader_id, uid = leader.pk, answer.uid
        if client.rng.random() < 0.2:
            client.open_teams.append((leader_id, event, uid, chosen))
            return True
    browser, path = client.browsers[leader_id], team_page(uid)
    facts = {"team": uid, "event": event.pk, "people": chosen, "leader": leader_id}
    way = client.rng.random()
    if way < 0.1:
        browser.post("give up team", path, [("act", "give_up")], **facts)
        if client.rng.random() < 0.5:
            return True
        # The form was still open in another window.
    elif way < 0.25:
        browser.post("more time", path, [("act", "more_time")], **facts)
    fields = [("act", "sign_up"), *([("takes_seat_at_once", "on")] if client.rng.random() < 0.4 else [])]
    if client.rng.random() < 0.05:
        browser.post_and_leave(path, fields)
    if client.rng.random() < 0.15:
        answers = browser.post_twice("sign up team", path, fields, **facts)
    else:
        answers = [browser.post("sign up team", path, fields, **facts)]
    if any(answer.is_done for answer in answers):
        client.signed_up += len(chosen)
    return True


def act_for_team(client: Client) -> bool:
    """The leader answers an offer for the whole team, or says that one of them cannot come."""
    client.look()
    if not client.team_members:
        return False
    offered = [row for row in client.team_members if row[3] == "offered"]
    if offered and client.rng.random() < 0.7:
        leader_id, uid, _pk, _state = client.rng.choice(offered)
        act = "accept" if client.rng.random() < 0.65 else "decline"
        client.browsers[leader_id].post(f"{act} for team", team_page(uid), [("act", act)], team=uid)
    else:
        leader_id, uid, pk, _state = client.rng.choice(client.team_members)
        fields = [("act", "cancel"), ("entry", str(pk))]
        client.browsers[leader_id].post("cancel for one of team", team_page(uid), fields, team=uid, entry=pk)
    return True


def answer_request(client: Client) -> bool:
    """Yes or no to somebody of the unit; the other manager of the unit may answer at the same moment."""
    client.look()
    if not client.requests:
        return False
    manager_id, uid = client.requests.pop(client.rng.randrange(len(client.requests)))
    manager = next(manager for manager in client.managers if manager.pk == manager_id)
    browser, path = client.browser_of(manager), f"/mina-sidor/min-enhet/{uid}/"
    if client.rng.random() < 0.2:
        browser.get("look at request", path)
    fields, act = [("answer", "yes")], "say yes"
    if client.rng.random() < 0.25:
        fields, act = [("answer", "no"), ("why", "Vi är för få den dagen.")], "say no"
    if client.rng.random() < 0.15:
        browser.post_twice(act, path, fields, of=uid)
    else:
        browser.post(act, path, fields, of=uid)
    return True


def _colleagues(client: Client, leader: Actor, event: Event) -> list[int]:
    """Two to five of those the page lets the leader choose among; most have had the page open for a while."""
    known = client.colleagues.get(leader.pk)
    if known is None or client.rng.random() < 0.2:
        page = client.browsers[leader.pk].get("look at team form", f"{event_page(event)}anmal-flera/")
        known = client.colleagues[leader.pk] = [int(pk) for pk in choices_of(page.text, "people")]
    return client.rng.sample(known, min(client.rng.randint(2, 5), len(known)))


# --- The organiser ------------------------------------------------------------------------------------------------


def change_capacity(client: Client) -> bool:
    """Open the form, write more seats or fewer, save; fewer than are taken is refused."""
    event = _own_event(client)
    if event is None:
        return False
    browser, path = client.browser_of(client.coordinator), workspace_page(event, "andra/")
    form = form_with(browser.get("open event form", path).text, "capacity")
    if form is None:
        return False
    least = max(event.capacity // 2, 1)
    seats = client.rng.randint(least, max(2 * event.capacity, least + 3))
    browser.post(
        "change capacity",
        path,
        [*with_values(form, capacity=str(seats)), ("save", "1")],
        event=event.pk,
        capacity=seats,
    )
    return True


def keep_seats(client: Client) -> bool:
    """Keep some seats for one or two of the municipalities, or none any more; too many is refused."""
    event = _own_event(client, kind="kept")
    if event is None:
        return False
    browser, path = client.browser_of(client.coordinator), workspace_page(event, "platser/")
    form = form_with(browser.get("open seats form", path).text, "kept_until")
    if form is None:
        return False
    names = [name for name, _value in form if name.startswith("kept_") and name != "kept_until"]
    kept = dict.fromkeys(names, 0)
    if client.rng.random() < 0.8:
        for name in client.rng.sample(names, client.rng.randint(1, 2)):
            kept[name] = client.rng.randint(1, max(event.capacity // 3, 1))
    values = {**{name: str(seats) for name, seats in kept.items()}, "kept_until": _some_days_ahead()}
    browser.post(
        "keep seats",
        path,
        with_values(form, **values),
        event=event.pk,
        kept={name.removeprefix("kept_"): seats for name, seats in kept.items() if seats},
    )
    return True


def give_seats(client: Client) -> bool:
    """Offer or give seats to some who wait, before their turn; mostly where offers have stopped and seats are free."""
    event = _own_event(client, kind="soon" if client.rng.random() < 0.6 else "")
    if event is None:
        return False
    browser = client.browser_of(client.coordinator)
    waiting = choices_of(browser.get("look at participants", workspace_page(event, "?list=waiting")).text, "chosen")
    if not waiting:
        return False
    chosen = client.rng.sample(waiting, min(client.rng.randint(1, 2), len(waiting)))
    fields = [*(("chosen", pk) for pk in chosen), ("reason", "De kommer längst bort ifrån."), ("offer", "1")]
    if client.rng.random() < 0.5:
        fields[-1] = ("give", "1")
    browser.post(
        "give seats", workspace_page(event, "ge-plats/"), fields, event=event.pk, given=[int(pk) for pk in chosen]
    )
    return True


def cancel_event(client: Client) -> bool:
    event = next((e for e in client.own_events if e.may_be_cancelled and e.pk not in client.cancelled), None)
    if event is None:
        return False
    browser = client.browser_of(client.coordinator)
    fields = [("reason", "Läraren är sjuk."), ("send", "1")]
    answers = browser.post_twice("cancel event", workspace_page(event, "stall-in/"), fields, event=event.pk)
    if any(answer.is_done for answer in answers):
        client.cancelled.add(event.pk)
    return True


def _own_event(client: Client, kind: str = "") -> Event | None:
    """One of the client's events that goes on; every third time the hot one, if it is the client's."""
    mine = [e for e in client.own_events if e.pk not in client.cancelled and (not kind or e.kind == kind)]
    if not mine:
        return None
    return mine[0] if mine[0].is_hot and client.rng.random() < 0.3 else client.rng.choice(mine)


def _some_days_ahead() -> str:
    from django.utils import timezone

    return f"{timezone.localtime() + timedelta(days=5):%Y-%m-%dT%H:%M}"


# Weight and act. One more way to a seat is one more function and one more line here, and in `checks.acknowledged` what
# its answer promises.
ACTS = [
    (50.0, sign_up),
    (1.0, sign_up_again),
    (19.0, cancel),
    (14.0, answer_offer),
    (2.0, take_free_seat),
    (2.0, choose_at_once),
    (2.0, look_around),
    (4.0, sign_up_team),
    (3.0, act_for_team),
    (6.0, answer_request),
    (2.0, change_capacity),
    (1.2, keep_seats),
    (1.5, give_seats),
    (0.1, cancel_event),
]
