"""Every kind of page in every state the demo has: who opens it, what it is called, and the way there.

A way is an address, `Found` (a link that somebody follows, since the demo's ids differ from day to day), `Written` (an
address that stands on a page), `Pressed` (something that opens in place) or `Sent` (a form, filled in and sent). They
are gone in the order they stand, so that a list is met empty first and full later. A state that ends in "refused" must
say what is wrong; one that ends in "gone" must answer that there is no such page.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from django.utils import timezone
from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Found:
    """The address of the first link on a page with this text and this in its address, and what stands below it."""

    on: "Way"
    text: str = ""
    href: str = "/"
    then: str = ""

    def address(self, page: Page) -> str:
        go(page, self.on)
        link = page.locator(f"main a[href*='{self.href}']", has_text=self.text).first
        return urljoin(page.url, urljoin(link.get_attribute("href") or "", self.then))


@dataclass(frozen=True)
class Written:
    """An address that stands on a page in an attribute of a part: a code to read, a link to copy."""

    on: "Way"
    part: str
    attribute: str
    address: str = "{}"


@dataclass(frozen=True)
class Pressed:
    """A page on which something has been pressed that opens in place."""

    on: "Way"
    part: str


@dataclass(frozen=True)
class Sent:
    """A form sent with a button of this name. As it is, or with `values` (name → text, or True to tick).

    `is_refused` says whether the page that comes tells faults; None where it is neither yes nor no.
    """

    on: "Way"
    button: str
    values: dict[str, Any] = field(default_factory=dict)
    is_refused: bool | None = True


Way = str | Found | Written | Pressed | Sent


def go(page: Page, way: Way) -> None:
    """Open a page in its state; fails where a form that should be refused tells no fault."""
    if isinstance(way, Sent):
        go(page, way.on)
        _send(page, way)
    elif isinstance(way, Pressed):
        go(page, way.on)
        page.locator(way.part).first.click()
    elif isinstance(way, Written):
        go(page, way.on)
        page.goto(way.address.format(page.locator(way.part).first.get_attribute(way.attribute)))
    else:
        page.goto(way.address(page) if isinstance(way, Found) else way)


def _send(page: Page, way: Sent) -> None:
    # What is folded cannot be filled in, and the browser's own checks would stop the form before the server sees it.
    page.evaluate(
        "() => { document.querySelectorAll('main details').forEach((part) => { part.open = true });"
        " document.querySelectorAll('main form').forEach((form) => { form.noValidate = true }) }"
    )
    button = page.locator("button:not(.visually-hidden)", has_text=way.button)
    form = page.locator("main form[method=post]").filter(has=button).first
    for name, value in way.values.items():
        control = form.locator(f"[name='{name}']:enabled").first
        if value is True:
            control.check()
        elif control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(value)
        elif control.get_attribute("type") == "radio":
            form.locator(f"[name='{name}'][value='{value}']").check()
        else:
            control.fill(value)
    with page.expect_navigation():
        form.locator(button).first.click()
    told = page.locator("main :is([aria-invalid=true], .errorlist)")
    if way.is_refused:
        expect(told.or_(page.locator("main [role=alert]")).first).to_be_attached()
    elif way.is_refused is False:
        expect(told).to_have_count(0)


def event(title: str, then: str = "") -> Found:
    """An event in the coordinator's workspace, or one of its pages."""
    return Found("/arbetsyta/tillfallen/", title, "/arbetsyta/tillfallen/", then)


def soon() -> dict[str, Any]:
    """A date that the door is open for and that can still be signed up to."""
    starts = timezone.localtime() + timedelta(minutes=40)
    if starts.hour == 23:
        starts = (starts + timedelta(days=1)).replace(hour=0, minute=10)
    return {"dates-0-date": str(starts.date()), "dates-0-starts": f"{starts:%H:%M}", "dates-0-ends": "23:59"}


WRONG = "xxx"
DRAFT, DOOR = "Ett utkast till tillgänglig träff", "Dörren som alla kan öppna"
NEW_EVENT = "/arbetsyta/tillfallen/nytt/"
MINE = "/mina-sidor/"
OURS = "/arbetsyta/kommuner/trelleborg/"
EVENT = {"summary": "Vi prövar.", "place": "Kunskapshuset", "capacity": "12", "visibility": "members"}
QUEUED, OPEN, PAST, ASKED = "Kock till kock", "Verkstad: mindre matsvinn", "första omgången", "Lita inte på allt"
CONFERENCE = "/trelleborg/dela-skorden-det-vi-larde-oss-pa-jobbet/"
CONFERENCE_OVER = "/fryshuset/vad-blev-kvar-atertraff-efter-kompetenslyftet/"
PROGRAMME = Found(CONFERENCE, "Se programmet", "/program/")
SEVERAL = Found(event(DOOR), "Visa tillfällets sida", "/tillfallen/", "anmal-flera/")
TEAM = Sent(SEVERAL, "Fortsätt", {"people": True}, None)
DATE_MORE = Sent(NEW_EVENT, "Lägg till ett datum", {}, None)


GUEST_FORM = Found("/tillfallen/", "Anmälan till Dela skörden", "/tillfallen/", "utan-konto/")
GUEST = {"first_name": "Ingrid", "last_name": "Lök", "email": "ingrid@gast.example", "organisation": "Kyrkans kök"}
CONFIRM = Written(Found("/utveckling/mejl/", "Bekräfta din anmälan", "/mejl/"), "main a[href*='/bekrafta/']", "href")
OPENED = Written(
    Found("/utveckling/mejl/", "Du har en plats: Anmälan", "/mejl/"), "main a[href*='/utan-konto/']", "href"
)

SOMEBODY = Sent("/arbetsyta/integritet/", "Slå upp", {"email": "omar.dahlberg@fryshuset.example"}, False)
GUEST_DATA = "/utan-konto/mina-uppgifter/"
MAILED_DATA = Written(
    Found("/utveckling/mejl/", "Länken till vad portalen", "/mejl/"), "main a[href*='/mina-uppgifter/']", "href"
)


def programme(then: str = "") -> Found:
    """The coming conference in the coordinator's workspace, or one of its pages."""
    return Found("/arbetsyta/konferenser/", "Dela skörden", "/arbetsyta/konferenser/", then)


PLANNED = Found(programme(), "Bildkort", "/program/")
SPOKEN = {"title": "En punkt till", "starts": "16:00", "ends": "16:30"}

# Person → state → way.
PAGES: dict[str, dict[str, Way]] = {
    "": {
        "front page": "/",
        "front page in English": "/en/",
        "text page": "/om/",
        "text page in English": "/en/om/",
        "glossary": "/ordlista/",
        "municipality": "/trelleborg/",
        "collaboration": "/trelleborg/kommunsamverkan-for-morgondagens-kompetens/",
        "course": "/trelleborg/mobilen-som-arbetsverktyg/",
        "text page, a word explained": Pressed("/sa-fungerar-det/", "main .term:visible"),
        "course, read aloud": Pressed("/trelleborg/mobilen-som-arbetsverktyg/", ".listen button"),
        "course, in plain language": "/trelleborg/mobilen-som-arbetsverktyg/?lattlast",
        "course in English": "/en/trelleborg/mobilen-som-arbetsverktyg/",
        "method": "/trelleborg/svinnvagning-pa-fem-minuter/",
        "method in English": "/en/trelleborg/svinnvagning-pa-fem-minuter/",
        "method in Swedish among English": "/en/trelleborg/losningstrad-pa-en-formiddag/",
        "method taken over": "/vellinge/svinnvagning-pa-fem-minuter/",
        "lesson": "/trelleborg/mindre-matsvinn-nar-hela-laget-vager/",
        "lesson about a failure": "/trelleborg/svinnvagningen-stannade-nar-kocken-blev-sjuk/",
        "conference": CONFERENCE,
        "conference that is over": CONFERENCE_OVER,
        "programme": PROGRAMME,
        "programme as a table": Found(CONFERENCE, "Se programmet", "/program/", "?view=grid"),
        "programme by track": Found(CONFERENCE, "Se programmet", "/program/", "?by=track"),
        "programme by room, one kind": Found(CONFERENCE, "Se programmet", "/program/", "?by=room&kind=workshop"),
        "programme, an earlier version": Found(CONFERENCE, "Se programmet", "/program/", "version/1/"),
        "programme, no such version, gone": Found(CONFERENCE, "Se programmet", "/program/", "version/99/"),
        "programme, what has changed": Found(CONFERENCE, "Se programmet", "/program/", "../andringar/"),
        "programme to embed": Found(CONFERENCE, "Se programmet", "/program/", "../inbaddat/"),
        "session": Found(PROGRAMME, "Bildkort", "/program/"),
        "session with materials": Found(CONFERENCE_OVER, "Film: Plattformen", "/program/"),
        "somebody who takes part": Found(Found(PROGRAMME, "Mindre matsvinn", "/program/"), "Amira", "/medverkande/"),
        "my programme, empty": Found(CONFERENCE, "Se programmet", "/program/", "../mitt-program/"),
        "programme with a star": Pressed(PROGRAMME, ".star"),
        "my programme": Found(CONFERENCE, "Se programmet", "/program/", "../mitt-program/"),
        "accessibility statement": "/tillganglighet/",
        "register of processing": "/behandling-av-personuppgifter/",
        "cookies": "/kakor/",
        "accessibility statement, refused": Sent("/tillganglighet/", "Skicka"),
        "accessibility statement, told": "/tillganglighet/?told=1",
        "courses": "/kurser/",
        "courses, filtered": "/kurser/?topic=digital-kompetens",
        "courses, none": "/kurser/?topic=digital-kompetens&municipality=esbo&q=xyzzy",
        "courses in English": "/en/kurser/",
        "methods": "/metoder/",
        "lessons": "/lardomar/",
        "lessons, filtered": "/lardomar/?failed=1",
        "lessons, none": "/lardomar/?failed=1&municipality=esbo",
        "conferences": "/konferenser/",
        "events": "/tillfallen/",
        "events, filtered": "/tillfallen/?municipality=trelleborg&free=on",
        "events, none": "/tillfallen/?municipality=esbo&free=on&format=online",
        "events, past": "/tillfallen/?when=past",
        "events, a month": "/tillfallen/?view=month",
        "events, a month without any": "/tillfallen/?view=month&month=2031-01",
        "events in English": "/en/tillfallen/",
        "event with few seats left": Found("/tillfallen/", "Mobilverkstad"),
        "event, cancelled": Found("/tillfallen/", "Provlagning"),
        "event that is over": Found("/tillfallen/?when=past", "Frågestund"),
        "event held if enough come": Found("/tillfallen/", "Vaktmästarnas nätverk"),
        "event in English": Found("/en/tillfallen/", "Mobilverkstad"),
        "search, start": "/sok/",
        "search, hits": "/sok/?q=mindre+matsvinn",
        "search, filtered": "/sok/?q=matsvinn&kind=lesson",
        "search, none": "/sok/?q=xyzzy",
        "search in English": "/en/sok/?q=mindre+matsvinn",
        "missing": "/sok/saknas/?q=xyzzy",
        "missing, refused": Sent("/sok/saknas/", "Skicka"),
        "reading settings": "/lasinstallningar/",
        "certificate, asked for": "/intyg/",
        "certificate, unknown": "/intyg/?code=0000-0000-0000",
        "certificate, gone": "/intyg/0000-0000-0000/",
        "sign in": "/konto/login/",
        "sign in, refused": Sent("/konto/login/", "Logga in", {"login": "ingen@example.com", "password": WRONG}),
        "sign in, on the way to a page": "/arbetsyta/",
        "sign in in English": "/en/konto/login/",
        "sign in through a municipality, none": "/konto/kommun/",
        "sign up": "/konto/signup/",
        "sign up, refused": Sent("/konto/signup/", "Skapa konto"),
        "password, forgotten": "/konto/password/reset/",
        "password, forgotten, refused": Sent("/konto/password/reset/", "Skicka", {"email": WRONG}),
        "password, mail sent": Sent(
            "/konto/password/reset/", "Skicka", {"email": "ingen@example.com"}, is_refused=False
        ),
        "password, old link": "/konto/password/reset/key/1-gammal/",
        "password, new one set": "/konto/password/reset/key/done/",
        "address, mail sent": "/konto/confirm-email/",
        "account, closed": "/konto/inactive/",
        "address, old link": "/konto/confirm-email/gammal/",
        "saved search, gone": "/sok/bevakning/gammal/avsluta/",
        "invitation, gone": "/inbjudan/gammal/",
        "sign up without an account": GUEST_FORM,
        "sign up without an account, refused": Sent(GUEST_FORM, "Skicka länken"),
        "look in your mail": Sent(GUEST_FORM, "Skicka länken", GUEST, False),
        "link again": "/utan-konto/",
        "link again, refused": Sent("/utan-konto/", "Skicka länken", {"email": WRONG}),
        "confirm a sign-up": CONFIRM,
        "link that confirms, gone": "/utan-konto/bekrafta/gammal/",
        "page, gone": "/finns-inte/",
        "page in English, gone": "/en/finns-inte/",
        "components": "/utveckling/komponenter/",
        # From here on with the guest's sign-up open.
        "sign-up of a guest": Sent(CONFIRM, "Bekräfta", {}, False),
        "name and organisation of a guest": Found(MINE, "Anmälan till Dela", "/anmalan/", "uppgifter/"),
        "name and organisation of a guest, refused": Sent(
            Found(MINE, "Anmälan till Dela", "/anmalan/", "uppgifter/"), "Spara", {"first_name": ""}
        ),
        "my pages of a guest": MINE,
        "session with places, seat at the conference": Found(PROGRAMME, "väg, gissa", "/program/"),
        "session with a place": Sent(Found(PROGRAMME, "väg, gissa", "/program/"), "Boka en plats", {}, False),
        "session that is full, in line": Sent(Found(PROGRAMME, "Provlaga", "/program/"), "Ställ mig", {}, False),
        "my programme with places": Found(CONFERENCE, "Se programmet", "/program/", "../mitt-program/"),
        "data of a guest": GUEST_DATA,
        "data of a guest, mailed": Sent(GUEST_DATA, "Mejla mig länken", {}, False),
        "data of a guest, read": MAILED_DATA,
        "data of a guest, to erase": replace(MAILED_DATA, address="{}radera/"),
        "data of a guest, not erased": Sent(replace(MAILED_DATA, address="{}radera/"), "Radera mina uppgifter nu"),
        "sign out as a guest": Sent("/konto/logout/", "Logga ut", {}, False),
        "sign-up of a guest, asked to open": OPENED,
    },
    "trelleborg-staff-2": {
        "my pages": MINE,
        "my pages in English": "/en/mina-sidor/",
        "front page of a member": "/",
        "course, shared": "/trelleborg/mindre-matsvinn-i-skolkoket/",
        "saved searches, none": "/mina-sidor/sokningar/",
        "saved searches": Sent("/sok/?q=matsvinn&kind=lesson", "Spara sökningen", is_refused=False),
        "my calendar": "/mina-sidor/kalender/",
        "my calendar with an address": Sent("/mina-sidor/kalender/", "Skapa en adress", is_refused=False),
        "my roles": "/mina-sidor/roller/",
        "password": "/konto/password/change/",
        "password, refused": Sent("/konto/password/change/", "Spara lösenordet"),
        "address": "/konto/email/",
        "address, refused": Sent("/konto/email/", "Lägg till adressen", {"email": WRONG}),
        "password, asked for again": "/konto/reauthenticate/",
        "signed in": "/konto/inloggad/",
        "own data": "/konto/mina-uppgifter/",
        "erase, after the password": Sent(
            "/konto/reauthenticate/?next=/konto/radera/", "Fortsätt", {"password": "samlarande-demo"}, False
        ),
        "protected identity": "/konto/skyddad-identitet/",
        "protected identity, refused": Sent("/konto/skyddad-identitet/", "Skydda min identitet nu", {"alias": "a@b"}),
        "erase, refused": Sent("/konto/radera/", "Radera mitt konto nu"),
        "second step, none": "/konto/tva-steg/",
        "passkeys, none": "/konto/tva-steg/webauthn/",
        "sign out": "/konto/logout/",
        "sign-up with a seat": Found(MINE, OPEN, "/anmalan/"),
        "sign-up, waiting": Found(MINE, "Chefsfrukost", "/anmalan/"),
        "sign-up, manager asked": Found(MINE, ASKED, "/anmalan/"),
        "sign-up, event cancelled": Found(MINE, "Provlagning", "/anmalan/"),
        "sign-up, event over": Found(MINE, "Frågestund", "/anmalan/"),
        "sign-up cancelled": Sent(Found(MINE, "Våga fråga", "/anmalan/"), "Avboka", is_refused=False),
        "event signed up to": Found("/tillfallen/", OPEN),
        "event signed up to, waiting": Found("/tillfallen/", "Chefsfrukost"),
        "event, sign-up closed": Found("/tillfallen/", "Chaufförsträff"),
        "event that is full": Found("/tillfallen/", QUEUED),
        "event of a series": Found("/tillfallen/", "Övningsdag"),
        "event with seats": Found("/tillfallen/", "Samordnarträff"),
    },
    "two-homes": {
        "event, municipality to choose": Found("/tillfallen/", "Samordnarträff"),
        "event, sign-up refused": Sent(Found("/tillfallen/", "Samordnarträff"), "Anmäl mig"),
        "sign-up with dates to choose": Found(MINE, "Öppet kök", "/anmalan/"),
        "dates": Found(MINE, "Öppet kök", "/anmalan/", "datum/"),
        "dates, refused": Sent(Found(MINE, "Öppet kök", "/anmalan/", "datum/"), "Spara mina datum"),
        "needs": Found(MINE, QUEUED, "/anmalan/", "behov/"),
        "needs, too long": Sent(Found(MINE, QUEUED, "/anmalan/", "behov/"), "Spara", {"access": "x" * 5000}, None),
    },
    "skurup-manager": {
        "my pages, nothing ahead": MINE,
        "my unit": "/mina-sidor/min-enhet/",
        "my unit, refused": Sent("/mina-sidor/min-enhet/", "Välj som vikarie"),
        "request": Found("/mina-sidor/min-enhet/", href="/min-enhet/"),
        "several, chosen": Found("/tillfallen/", "Introduktion för nya", then="anmal-flera/"),
        "several, refused": Sent(Found("/tillfallen/", "Introduktion för nya", then="anmal-flera/"), "Fortsätt"),
        "several, not all have seats": Sent(
            Found("/tillfallen/", QUEUED, then="anmal-flera/"), "Fortsätt", {"people": True}, None
        ),
    },
    "trelleborg-manager": {
        "my unit, nothing to answer": "/mina-sidor/min-enhet/",
        "front page of a manager": "/",
    },
    "trelleborg-coordinator": {
        "workspace": "/arbetsyta/",
        "workspace in English": "/en/arbetsyta/",
        "conferences planned": "/arbetsyta/konferenser/",
        "programme, planned": programme(),
        "programme, planned, as a table": programme("?view=grid"),
        "rooms and tracks": programme("rum/"),
        "rooms and tracks, one more": Sent(programme("rum/"), "En lokal till", {}, None),
        "rooms and tracks, refused": Sent(programme("rum/"), "Spara", {"rooms-0-name": ""}),
        "session, new": programme("program/ny/"),
        "session, new, refused": Sent(programme("program/ny/"), "Spara", {"starts": "09:00"}),
        "session, planned": PLANNED,
        "session, moved": Found(programme(), "Flytta", "/flytta/"),
        "materials": Found(PLANNED, "Bilder, inspelningar", "/material/"),
        "materials, refused": Sent(
            Found(PLANNED, "Bilder, inspelningar", "/material/"), "Spara", {"materials-0-title": "Bilderna"}
        ),
        "conference's sign-up": programme("anmalan/"),
        "doors of sessions": programme("dorrar/"),
        "door of a session, not open yet": Found(programme("dorrar/"), "väg, gissa", "/dorrar/"),
        "conference, when it is over, too early": programme("efterat/"),
        "who takes part": programme("medverkande/"),
        "who takes part, new": programme("medverkande/ny/"),
        "who takes part, new, refused": Sent(programme("medverkande/ny/"), "Spara", {"email": WRONG}),
        "who takes part, one": Found(programme("medverkande/"), "Amira", "/medverkande/"),
        "release, nothing new": programme("slapp/"),
        "session, planned now": Sent(programme("program/ny/"), "Spara", SPOKEN, False),
        "release": programme("slapp/"),
        "release, refused": Sent(programme("slapp/"), "Publicera", {"name": ""}),
        "events": "/arbetsyta/tillfallen/",
        "event form": NEW_EVENT,
        "event form, refused": Sent(NEW_EVENT, "Spara och publicera"),
        "event form, several dates, refused": Sent(DATE_MORE, "Spara som utkast"),
        "event form in English, refused": Sent("/en/arbetsyta/tillfallen/nytt/", "Save and publish"),
        "draft, nobody signed up": Sent(NEW_EVENT, "Spara som utkast", {"title": DRAFT, **EVENT, **soon()}, False),
        "draft as its page": Found(event(DRAFT), "Visa tillfällets sida", "/tillfallen/"),
        "event, full with a queue": event(QUEUED),
        "event, one list": event(QUEUED, "?list=waiting"),
        "event, filtered": event(QUEUED, "?q=a&municipality=skurup"),
        "event, nobody matches": event(QUEUED, "?q=xyzzy"),
        "event, list to print": event(QUEUED, "?list=confirmed&print=1"),
        "event, cancelling refused": Sent(event(QUEUED), "Avboka dem"),
        "event, cancelled and can be undone": Sent(
            event(QUEUED), "Avboka dem", {"chosen": True, "why": "Sjukdom"}, False
        ),
        "event, managers asked": event(ASKED),
        "event that is over": event(PAST),
        "event, changed": event(OPEN, "andra/"),
        "event, changed, refused": Sent(event(OPEN, "andra/"), "Spara", {"title": ""}),
        "event, changed, mail shown": Sent(event(OPEN, "andra/"), "Spara", {"place": "Sal Hav"}, None),
        "copy of an event": event(OPEN, "/arbetsyta/tillfallen/nytt/"),
        "seats": event(OPEN, "platser/"),
        "seats, refused": Sent(event(OPEN, "platser/"), "Spara", {"kept_until": ""}, None),
        "postpone": event(OPEN, "skjut-upp/"),
        "postpone, refused": Sent(event(OPEN, "skjut-upp/"), "Titta på mejlet"),
        "other days": event(OPEN, "fler-dagar/"),
        "other days, refused": Sent(event(OPEN, "fler-dagar/"), "Skapa tillfällena", {"days-0-day": ""}),
        "cancel": event(OPEN, "stall-in/"),
        "cancel, refused": Sent(event(OPEN, "stall-in/"), "Titta på mejlet"),
        "cancel, mail shown": Sent(event(OPEN, "stall-in/"), "Titta på mejlet", {"reason": "Sjukdom"}, None),
        "poster": event(OPEN, "affisch/"),
        "event as a reader": event(OPEN, "sett-av/"),
        "event as somebody who may not": event(OPEN, "sett-av/?reader=public"),
        "event as nobody there is, gone": event(OPEN, "sett-av/?reader=xyzzy"),
        "needs, nothing asked": event(OPEN, "behov/"),
        "needs": event(QUEUED, "behov/"),
        "questions": event(OPEN, "fragor/"),
        "questions, asked": event(QUEUED, "fragor/"),
        "together": event(OPEN, "tillsammans/"),
        "together, refused": Sent(event(OPEN, "tillsammans/"), "Bjud in"),
        "invitation links, none": event(OPEN, "inbjudningar/"),
        "invitation links, refused": Sent(event(OPEN, "inbjudningar/"), "Skapa länken"),
        "invitation links": Sent(event(OPEN, "inbjudningar/"), "Skapa länken", {"label": "Grannarna"}, False),
        "event by an invitation link": Written(event(OPEN, "inbjudningar/"), ".copy__text", "value"),
        "afterwards": event(PAST, "efterat/"),
        "afterwards, refused": Sent(event(PAST, "efterat/"), "Spara", {"evaluation_url": WRONG}),
        "thanks, nobody": event(PAST, "efterat/tack/"),
        "who came, nothing now": "/arbetsyta/narvaro/",
        "door, not open yet": Found(event(OPEN), href="/narvaro/"),
        "door, nobody signed up": Found(
            Sent(NEW_EVENT, "Spara och publicera", {"title": DOOR, **EVENT, **soon()}, False), href="/narvaro/"
        ),
        "several": SEVERAL,
        "several, without an address, refused": Sent(SEVERAL, "Lägg till i listan"),
        "several, held": TEAM,
        "several, signed up": Sent(TEAM, "Anmäl 1 person", {}, False),
        "several, slips": Found(Found(MINE, DOOR, "/tillsammans/"), href="/lappar/"),
        "who came": "/arbetsyta/narvaro/",
        "door": Found("/arbetsyta/narvaro/", DOOR),
        "check in": Written(Found("/arbetsyta/narvaro/", DOOR), "[data-uid]", "data-uid", "/arbetsyta/incheckning/{}/"),
        "missing, nothing told": "/arbetsyta/saknas/",
        "missing, told": Sent("/sok/saknas/?q=raketer", "Skicka", {"wish": "En kurs om raketer"}, False),
        "missing": "/arbetsyta/saknas/",
        "what is searched": "/arbetsyta/sokningar/",
        "shared by us": "/arbetsyta/delat/",
        "shared with us": "/arbetsyta/delat/?vy=fran-andra",
        "write together": Found("/trelleborg/losningstrad-pa-en-formiddag/", href="/tillsammans/"),
        "write together, refused": Sent(
            Found("/trelleborg/losningstrad-pa-en-formiddag/", href="/tillsammans/"), "Bjud in"
        ),
        "does it hold": Found("/trelleborg/losningstrad-pa-en-formiddag/", href="/aktuell/"),
        "use it": Found("/esbo/studiebesok-med-uppdrag/", href="/anvand/"),
        "use it, own version made": Sent(
            Found("/esbo/studiebesok-med-uppdrag/", href="/anvand/"), "Gör en egen version", {}, False
        ),
        "we use": "/arbetsyta/vi-anvander/",
        "own version": Found("/arbetsyta/vi-anvander/", href="/vi-anvander/"),
        "own version, news": Found("/arbetsyta/vi-anvander/", href="/nytt/"),
        "handovers, none": "/arbetsyta/overlamna/",
        "hand over": "/arbetsyta/overlamna/nytt/",
        "hand over, refused": Sent("/arbetsyta/overlamna/nytt/", "Skicka erbjudandet"),
        "handed over": Sent(
            "/arbetsyta/overlamna/nytt/", "Skicka erbjudandet", {"to_municipality": "2", "pages": True}, None
        ),
        "handovers": "/arbetsyta/overlamna/",
        "projects": "/arbetsyta/projekt/",
        "project": "/arbetsyta/projekt/morgondagens-kompetens/",
        "project, refused": Sent("/arbetsyta/projekt/morgondagens-kompetens/", "Spara", {"title": ""}),
        "project, new": "/arbetsyta/projekt/nytt/",
        "project, new, refused": Sent("/arbetsyta/projekt/nytt/", "Spara projektet"),
        "project, read in": "/arbetsyta/projekt/hamta/",
        "project, read in, refused": Sent("/arbetsyta/projekt/hamta/", "Läs in texten", {"text": WRONG}),
        "project at its end": "/arbetsyta/projekt/morgondagens-kompetens/avsluta/",
        "sent mails": "/utveckling/mejl/",
        "sent mail": Found("/utveckling/mejl/", href="/mejl/"),
        "guide": "/arbetsyta/guide/",
    },
    "skurup-coordinator": {
        "event of a series": event("Övningsdag"),
        "other days of a series": event("Övningsdag", "fler-dagar/"),
        "event with dates to choose": event("Öppet kök"),
    },
    "nacka-coordinator": {
        "events, few": "/arbetsyta/tillfallen/",
        "we use, none": "/arbetsyta/vi-anvander/",
        "projects, none": "/arbetsyta/projekt/",
    },
    "vellinge-coordinator": {
        "we use, asked": "/arbetsyta/vi-anvander/",
    },
    "trelleborg-administrator": {
        "workspace of an administrator": "/arbetsyta/",
        "members": OURS + "medlemmar/",
        "members, invitation refused": Sent(OURS + "medlemmar/", "Skicka inbjudan"),
        "members, somebody invited": Sent(
            OURS + "medlemmar/", "Skicka inbjudan", {"email": "ny@trelleborg.example"}, False
        ),
        "member": Found(OURS + "medlemmar/", href="/medlem/"),
        "roles": OURS + "roller/",
        "own way to sign in": OURS + "inloggning/",
        "own way to sign in, refused": Sent(OURS + "inloggning/", "Spara"),
        "log": OURS + "logg/",
        "log, nothing": OURS + "logg/?q=xyzzy",
    },
    "portal": {
        "my pages without a municipality": MINE,
        "workspace of the portal": "/arbetsyta/",
        "how the portal is": "/arbetsyta/drift/",
        "privacy": "/arbetsyta/integritet/",
        "privacy, nobody found": Sent("/arbetsyta/integritet/", "Slå upp", {"email": "ingen@example.com"}),
        "privacy, log": "/arbetsyta/integritet/logg/",
        "privacy, after the password": Sent(
            "/konto/reauthenticate/?next=/arbetsyta/integritet/", "Fortsätt", {"password": "samlarande-demo"}, False
        ),
        "privacy, a person": SOMEBODY,
        "privacy, a person, refused": Sent(SOMEBODY, "Stoppa raderingen"),
        "privacy, to erase": Found(SOMEBODY, "Radera", "/radera/"),
        "privacy, not erased": Sent(Found(SOMEBODY, "Radera", "/radera/"), "Radera för gott"),
        "municipalities": "/arbetsyta/kommuner/",
        "municipality, new": "/arbetsyta/kommuner/ny/",
        "municipality, new, refused": Sent("/arbetsyta/kommuner/ny/", "Spara"),
        "municipality": OURS,
        "municipality, refused": Sent(OURS, "Spara", {"name": ""}),
        "synonyms": "/arbetsyta/synonymer/",
        "synonyms, refused": Sent("/arbetsyta/synonymer/", "Lägg till"),
        "synonym": Found("/arbetsyta/synonymer/", "Ändra", "/synonymer/"),
        "synonym, refused": Sent(Found("/arbetsyta/synonymer/", "Ändra", "/synonymer/"), "Spara", {"words": ""}),
        "invitation": Written(Found("/utveckling/mejl/", "Trelleborg", "/mejl/"), "main a[href*='/inbjudan/']", "href"),
    },
}
