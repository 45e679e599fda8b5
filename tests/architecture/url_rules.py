"""The reviewed rule of every address: what each actor gets on GET and on an empty POST.

"sign in" stands for a redirect to signing in. The objects in the paths belong to the municipality "here" and are
shared with nobody, so that "there" must find nothing. 404 where existence is private, 403 where the place is known.
"""

from dataclasses import dataclass

# Wagtail's own addresses (the editor, the page tree) have tests of their own in tests/cms.
NO_RULE_NEEDED = {None, "wagtail_serve"}

Answers = dict[str, int | str]
HERE = ("staff_here", "manager", "coordinator_here", "municipality_admin", "portal_admin")
NOT_ALLOWED: Answers = {"others": 405}


@dataclass(frozen=True)
class Rule:
    path: str
    get: Answers
    post: Answers


def only(*actors: str, status: int | str, others: int | str, anonymous: int | str = "sign in") -> Answers:
    """`status` for these actors, signing in for somebody who has not, `others` for everybody else."""
    return {**dict.fromkeys(actors, status), "anonymous": anonymous, "others": others}


EVERYBODY: Answers = {"others": 200}
NOBODY: Answers = {"others": 404}
MEMBERS_ONLY: Answers = {"anonymous": "sign in", "others": 200}
KEEPER = ("coordinator_here", "portal_admin")
KEEPERS = ("coordinator_here", "coordinator_there", "portal_admin")
ADMIN = ("municipality_admin", "portal_admin")

RULES: dict[str, Rule] = {
    # Lists and search: open to everybody, each showing only what one may read.
    "search": Rule("/sok/?q=kanariefågel", EVERYBODY, NOT_ALLOWED),
    "search_suggestions": Rule("/sok/forslag/?q=kanarie", EVERYBODY, NOT_ALLOWED),
    "search_feed": Rule("/sok/flode/?q=kanarie", EVERYBODY, NOT_ALLOWED),
    # One's own; an empty form keeps nothing.
    "saved_search_list": Rule("/mina-sidor/sokningar/", MEMBERS_ONLY, {"anonymous": "sign in", "others": 302}),
    # The key is the way in; this one is none.
    "saved_search_end": Rule("/sok/bevakning/ingen-sadan-nyckel/avsluta/", NOBODY, NOBODY),
    "search_note": Rule("/sok/notera/", NOT_ALLOWED, {"others": 204}),
    # Everybody may tell that something is missing; an empty form tells nothing.
    "missing_tell": Rule("/sok/saknas/?q=kanarie", EVERYBODY, {"others": 400}),
    # An empty form names no row.
    "missing_list": Rule(
        "/arbetsyta/saknas/", only(*KEEPERS, status=200, others=403), only(*KEEPERS, status=404, others=403)
    ),
    "search_report": Rule("/arbetsyta/sokningar/", only(*KEEPERS, status=200, others=403), NOT_ALLOWED),
    "synonym_list": Rule(
        "/arbetsyta/synonymer/",
        only("portal_admin", status=200, others=403),
        only("portal_admin", status=400, others=403),
    ),
    "synonym_edit": Rule(
        "/arbetsyta/synonymer/{synonym}/",
        only("portal_admin", status=200, others=404),
        only("portal_admin", status=400, others=404),
    ),
    "synonym_delete": Rule(
        "/arbetsyta/synonymer/{synonym}/ta-bort/", NOT_ALLOWED, only("portal_admin", status=302, others=404)
    ),
    "course_list": Rule("/kurser/", EVERYBODY, NOT_ALLOWED),
    "method_list": Rule("/metoder/", EVERYBODY, NOT_ALLOWED),
    "lesson_list": Rule("/lardomar/", EVERYBODY, NOT_ALLOWED),
    "conference_list": Rule("/konferenser/", EVERYBODY, NOT_ALLOWED),
    # The programme of a conference of "here", shared with nobody; planned by its coordinators.
    "programme": Rule(
        "/konferenser/{conference}/program/", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED
    ),
    # Places are for those with a seat; whoever may read the session is told so.
    "session_book": Rule(
        "/konferenser/{conference}/program/{session}/plats/",
        NOT_ALLOWED,
        only(*HERE, status=409, others=404),
    ),
    # At the doors of sessions: those who tick off who came to the event one signs up with.
    "session_doors": Rule(
        "/arbetsyta/konferenser/{conference}/dorrar/", only(*KEEPER, status=200, others=404), NOT_ALLOWED
    ),
    "session_door": Rule(
        "/arbetsyta/konferenser/{conference}/dorrar/{session}/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=302, others=404),
    ),
    "session_door_one": Rule(
        "/arbetsyta/konferenser/{conference}/dorrar/{session}/en/",
        NOT_ALLOWED,
        only(*KEEPER, status=400, others=404),
    ),
    # An empty form says nothing of what is to be done.
    "conference_afterwards": Rule(
        "/arbetsyta/konferenser/{conference}/efterat/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=409, others=404),
    ),
    "event_badges": Rule(
        "/arbetsyta/tillfallen/{event}/namnskyltar.pdf", only(*KEEPER, status=200, others=404), NOT_ALLOWED
    ),
    "programme_pdf": Rule(
        "/konferenser/{conference}/program.pdf", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED
    ),
    "programme_version": Rule(
        "/konferenser/{conference}/program/version/1/",
        only(*HERE, status=200, others=404, anonymous=404),
        NOT_ALLOWED,
    ),
    "programme_session": Rule(
        "/konferenser/{conference}/program/{session}/",
        only(*HERE, status=200, others=404, anonymous=404),
        NOT_ALLOWED,
    ),
    "programme_speaker": Rule(
        "/konferenser/{conference}/medverkande/{speaker}/",
        only(*HERE, status=200, others=404, anonymous=404),
        NOT_ALLOWED,
    ),
    "programme_changes": Rule(
        "/konferenser/{conference}/andringar/", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED
    ),
    "programme_changes_feed": Rule(
        "/konferenser/{conference}/andringar/flode/", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED
    ),
    "programme_calendar": Rule(
        "/konferenser/{conference}/program.ics", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED
    ),
    "programme_session_calendar": Rule(
        "/konferenser/{conference}/program/{session}/kalender.ics",
        only(*HERE, status=200, others=404, anonymous=404),
        NOT_ALLOWED,
    ),
    "programme_chosen_calendar": Rule(
        "/konferenser/{conference}/mitt-program.ics?p={session}",
        only(*HERE, status=200, others=404, anonymous=404),
        NOT_ALLOWED,
    ),
    "programme_frab_json": Rule(
        "/konferenser/{conference}/schema.json", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED
    ),
    "programme_frab_xml": Rule(
        "/konferenser/{conference}/schema.xml", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED
    ),
    "programme_xcal": Rule(
        "/konferenser/{conference}/schema.xcal", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED
    ),
    "programme_embed": Rule(
        "/konferenser/{conference}/inbaddat/", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED
    ),
    "api_conference_list": Rule("/api/v1/konferenser/", EVERYBODY, NOT_ALLOWED),
    "api_conference": Rule(
        "/api/v1/konferenser/{conference}/", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED
    ),
    "api_description": Rule("/api/v1/openapi.json", EVERYBODY, NOT_ALLOWED),
    # An empty form names no session.
    "my_programme": Rule(
        "/konferenser/{conference}/mitt-program/", only(*HERE, status=200, others=404, anonymous=404), NOBODY
    ),
    "workspace_conferences": Rule("/arbetsyta/konferenser/", only(*KEEPERS, status=200, others=403), NOT_ALLOWED),
    "programme_plan": Rule("/arbetsyta/konferenser/{conference}/", only(*KEEPER, status=200, others=404), NOT_ALLOWED),
    "programme_frame": Rule(
        "/arbetsyta/konferenser/{conference}/rum/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "programme_release": Rule(
        "/arbetsyta/konferenser/{conference}/slapp/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    # An empty form takes the sign-up away: there is none here.
    "programme_registration": Rule(
        "/arbetsyta/konferenser/{conference}/anmalan/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=302, others=404),
    ),
    "session_create": Rule(
        "/arbetsyta/konferenser/{conference}/program/ny/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "session_edit": Rule(
        "/arbetsyta/konferenser/{conference}/program/{session}/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "session_place": Rule(
        "/arbetsyta/konferenser/{conference}/program/{session}/flytta/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "session_materials": Rule(
        "/arbetsyta/konferenser/{conference}/program/{session}/material/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "speaker_list": Rule(
        "/arbetsyta/konferenser/{conference}/medverkande/", only(*KEEPER, status=200, others=404), NOT_ALLOWED
    ),
    "speaker_create": Rule(
        "/arbetsyta/konferenser/{conference}/medverkande/ny/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "speaker_edit": Rule(
        "/arbetsyta/konferenser/{conference}/medverkande/{speaker}/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "event_list": Rule("/tillfallen/", EVERYBODY, NOT_ALLOWED),
    "municipality_colours": Rule("/kommunfarger.css", EVERYBODY, NOT_ALLOWED),
    # None is published here, so nobody can tell anything (tests/cms has the rest).
    "accessibility_statement": Rule("/tillganglighet/", EVERYBODY, NOBODY),
    # An empty form chooses nothing.
    "reading_settings": Rule("/lasinstallningar/", EVERYBODY, {"others": 400}),
    "sitemap": Rule("/sitemap.xml", EVERYBODY, NOT_ALLOWED),
    # The tests' installation names nobody.
    "security_txt": Rule("/.well-known/security.txt", NOBODY, NOT_ALLOWED),
    "robots": Rule("/robots.txt", EVERYBODY, NOT_ALLOWED),
    # Of public things only, also for those who may read this one.
    "share_image": Rule("/delningsbild/tillfalle/{event}.png", NOBODY, NOT_ALLOWED),
    # A picture and a document that stand on an internal page of "here" (tests/cms has the other cases).
    "picture": Rule("/media/{picture}", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED),
    "document": Rule("/dokument/{document}/", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED),
    # An event of "here", shared with nobody.
    "event_detail": Rule("/tillfallen/{event}/", only(*HERE, status=200, others=404, anonymous=404), NOT_ALLOWED),
    # The key is the way in; this one is none.
    "event_invited": Rule("/tillfallen/inbjudan/ingen-sadan-nyckel/", NOBODY, NOBODY),
    "guest_invited": Rule("/tillfallen/inbjudan/ingen-sadan-nyckel/utan-konto/", NOBODY, NOBODY),
    # It takes no guests; whoever is signed up is led there.
    "guest_sign_up": Rule(
        "/tillfallen/{event}/utan-konto/",
        only("staff_here", status=302, others=404, anonymous=404),
        only("staff_here", status=302, others=404, anonymous=404),
    ),
    # An empty form has no address.
    "guest_link": Rule("/utan-konto/", EVERYBODY, {"others": 400}),
    "guest_mailed": Rule("/utan-konto/se-din-e-post/", EVERYBODY, NOT_ALLOWED),
    "guest_confirm": Rule("/utan-konto/bekrafta/ingen-sadan-nyckel/", {"others": 410}, {"others": 410}),
    "guest_entry": Rule("/utan-konto/{sign_up}/ingen-sadan-nyckel/", {"others": 410}, {"others": 410}),
    # Whoever has an account is led to it; the key is the way in, and this one is none.
    "guest_data_ask": Rule(
        "/utan-konto/mina-uppgifter/", {"anonymous": "sign in", "others": 302}, {"anonymous": "sign in", "others": 302}
    ),
    "guest_data": Rule("/utan-konto/mina-uppgifter/1/1/ingen-sadan-nyckel/", {"others": 410}, NOT_ALLOWED),
    "guest_data_file": Rule("/utan-konto/mina-uppgifter/1/1/ingen-sadan-nyckel/fil/", NOT_ALLOWED, {"others": 410}),
    "guest_erase": Rule("/utan-konto/mina-uppgifter/1/1/ingen-sadan-nyckel/radera/", {"others": 410}, {"others": 410}),
    # Nobody of the cast is signed up to another event of a series.
    "sign_up_move": Rule("/tillfallen/{event}/byt-hit/", NOT_ALLOWED, only(status=404, others=404)),
    "sign_up": Rule("/tillfallen/{event}/anmal/", NOT_ALLOWED, only(*HERE, status=400, others=404)),
    # One's own pages; the sign-up is staff_here's.
    "my_pages": Rule("/mina-sidor/", MEMBERS_ONLY, NOT_ALLOWED),
    # For guests alone; nobody of the cast is one.
    "my_details": Rule(
        "/mina-sidor/anmalan/{sign_up}/uppgifter/", only(status=404, others=404), only(status=404, others=404)
    ),
    "my_sign_up": Rule(
        "/mina-sidor/anmalan/{sign_up}/",
        only("staff_here", status=200, others=404),
        only("staff_here", status=409, others=404),
    ),
    # A unit's page is for those who lead somebody; nobody of the cast has a request or a team.
    "my_team": Rule(
        "/mina-sidor/min-enhet/",
        only(*KEEPERS, "manager", status=200, others=403),
        only(*KEEPERS, "manager", status=400, others=403),
    ),
    "request_answer": Rule(
        "/mina-sidor/min-enhet/{sign_up}/", only(status=404, others=404), only(status=404, others=404)
    ),
    "team_begin": Rule(
        "/tillfallen/{event}/anmal-flera/",
        only("coordinator_here", status=200, others=404),
        only("coordinator_here", status=400, others=404),
    ),
    "my_team_sign_up": Rule(
        "/mina-sidor/tillsammans/{sign_up}/", only(status=404, others=404), only(status=404, others=404)
    ),
    # The event asks nothing, so there is nothing to tell.
    # The event has one date, and nothing to choose.
    "my_dates": Rule(
        "/mina-sidor/anmalan/{sign_up}/datum/", only(status=404, others=404), only(status=404, others=404)
    ),
    "my_needs": Rule(
        "/mina-sidor/anmalan/{sign_up}/behov/", only(status=404, others=404), only(status=404, others=404)
    ),
    "event_needs": Rule("/arbetsyta/tillfallen/{event}/behov/", only(*KEEPER, status=200, others=404), NOT_ALLOWED),
    "event_questions": Rule(
        "/arbetsyta/tillfallen/{event}/fragor/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "my_team_slips": Rule("/mina-sidor/tillsammans/{sign_up}/lappar/", only(status=404, others=404), NOT_ALLOWED),
    "event_poster": Rule("/arbetsyta/tillfallen/{event}/affisch/", only(*KEEPER, status=200, others=404), NOT_ALLOWED),
    "event_interested": Rule(
        "/arbetsyta/tillfallen/{event}/intresserade/", NOT_ALLOWED, only(*KEEPER, status=302, others=404)
    ),
    "course_interest": Rule("/kurser/{page}/intresse/", NOT_ALLOWED, only(*HERE, status=302, others=404)),
    "my_calendar": Rule("/mina-sidor/kalender/", MEMBERS_ONLY, {"anonymous": "sign in", "others": 302}),
    # The address is the key; this one is no key.
    "calendar_feed": Rule("/kalender/1-0000000000000000000000000000000000000000.ics", NOBODY, NOT_ALLOWED),
    "municipality_feed": Rule("/tillfallen/kalender/trelleborg.ics", EVERYBODY, NOT_ALLOWED),
    "sign_up_calendar": Rule(
        "/mina-sidor/anmalan/{sign_up}/kalender.ics", only("staff_here", status=200, others=404), NOT_ALLOWED
    ),
    # The coordinator's workspace.
    "workspace": Rule("/arbetsyta/", only(*KEEPERS, "municipality_admin", status=200, others=403), NOT_ALLOWED),
    "coordinators_guide": Rule(
        "/arbetsyta/guide/", only(*KEEPERS, "municipality_admin", status=200, others=403), NOT_ALLOWED
    ),
    "workspace_events": Rule("/arbetsyta/tillfallen/", only(*KEEPERS, status=200, others=403), NOT_ALLOWED),
    "event_create": Rule(
        "/arbetsyta/tillfallen/nytt/",
        only(*KEEPERS, status=200, others=403),
        only(*KEEPERS, status=400, others=403),
    ),
    "event_participants": Rule("/arbetsyta/tillfallen/{event}/", only(*KEEPER, status=200, others=404), NOT_ALLOWED),
    "event_edit": Rule(
        "/arbetsyta/tillfallen/{event}/andra/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "event_publish": Rule(
        "/arbetsyta/tillfallen/{event}/publicera/", NOT_ALLOWED, only(*KEEPER, status=302, others=404)
    ),
    "event_cancel": Rule(
        "/arbetsyta/tillfallen/{event}/stall-in/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "event_export": Rule(
        "/arbetsyta/tillfallen/{event}/deltagare.csv", only(*KEEPER, status=200, others=404), NOT_ALLOWED
    ),
    "event_seats": Rule(
        "/arbetsyta/tillfallen/{event}/platser/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "event_give_seats": Rule(
        "/arbetsyta/tillfallen/{event}/ge-plats/", NOT_ALLOWED, only(*KEEPER, status=400, others=404)
    ),
    "event_cancel_sign_ups": Rule(
        "/arbetsyta/tillfallen/{event}/avboka/", NOT_ALLOWED, only(*KEEPER, status=400, others=404)
    ),
    "event_undo": Rule("/arbetsyta/tillfallen/{event}/angra/", NOT_ALLOWED, only(*KEEPER, status=400, others=404)),
    "event_decide": Rule(
        "/arbetsyta/tillfallen/{event}/det-blir-av/",
        # Nothing to decide about this one: back to its participants.
        only(*KEEPER, status=302, others=404),
        only(*KEEPER, status=302, others=404),
    ),
    "event_repeat": Rule(
        "/arbetsyta/tillfallen/{event}/fler-dagar/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "event_postpone": Rule(
        "/arbetsyta/tillfallen/{event}/skjut-upp/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "event_as_reader": Rule(
        "/arbetsyta/tillfallen/{event}/sett-av/", only(*KEEPER, status=200, others=404), NOT_ALLOWED
    ),
    "event_together": Rule(
        "/arbetsyta/tillfallen/{event}/tillsammans/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "attendance_list": Rule("/arbetsyta/narvaro/", only(*KEEPERS, status=200, others=403), NOT_ALLOWED),
    "attendance_edit": Rule(
        "/arbetsyta/narvaro/{occasion}/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=409, others=404),
    ),
    # The date is weeks away: what could be done there is not yet, and an empty form is answered before that.
    "attendance_one": Rule("/arbetsyta/narvaro/{occasion}/en/", NOT_ALLOWED, only(*KEEPER, status=400, others=404)),
    "attendance_walk_in": Rule(
        "/arbetsyta/narvaro/{occasion}/pa-plats/", NOT_ALLOWED, only(*KEEPER, status=400, others=404)
    ),
    "check_in": Rule(
        "/arbetsyta/incheckning/{sign_up}/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=409, others=404),
    ),
    # Sharing: what is ours is kept by our coordinators; a page shared with nobody cannot be used by others.
    "sharing": Rule("/arbetsyta/delat/", only(*KEEPERS, status=200, others=403), NOT_ALLOWED),
    "share_withdraw": Rule(
        "/arbetsyta/delat/sida/{page}/dra-tillbaka/", NOT_ALLOWED, only(*KEEPER, status=302, others=404)
    ),
    "share_hide": Rule("/arbetsyta/delat/tillfalle/{event_id}/dolj/", NOT_ALLOWED, only(status=404, others=404)),
    "page_together": Rule(
        "/arbetsyta/sidor/{page}/tillsammans/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "page_translate": Rule("/arbetsyta/sidor/{page}/oversatt/", NOT_ALLOWED, only(*KEEPER, status=302, others=404)),
    "page_review": Rule(
        "/arbetsyta/sidor/{page}/aktuell/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=409, others=404),
    ),
    "adopt": Rule(
        "/arbetsyta/sidor/{page}/anvand/",
        only("portal_admin", status=200, others=404) | dict.fromkeys(HERE[:-1], 403),
        only("portal_admin", status=400, others=404) | dict.fromkeys(HERE[:-1], 403),
    ),
    "adoption_list": Rule("/arbetsyta/vi-anvander/", only(*KEEPERS, status=200, others=403), NOT_ALLOWED),
    "adoption_edit": Rule(
        "/arbetsyta/vi-anvander/{adoption}/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=302, others=404),
    ),
    "adoption_news": Rule(
        "/arbetsyta/vi-anvander/{adoption}/nytt/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=409, others=404),
    ),
    "adoption_question": Rule(
        "/arbetsyta/vi-anvander/{adoption}/hur-gick-det/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "handover_list": Rule("/arbetsyta/overlamna/", only(*KEEPERS, status=200, others=403), NOT_ALLOWED),
    "handover_create": Rule(
        "/arbetsyta/overlamna/nytt/",
        only(*KEEPERS, status=200, others=403),
        only(*KEEPERS, status=400, others=403),
    ),
    "handover_detail": Rule(
        "/arbetsyta/overlamna/{handover}/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=409, others=404),
    ),
    "project_close": Rule(
        "/arbetsyta/projekt/{collaboration}/avsluta/", only(*KEEPER, status=200, others=404), NOT_ALLOWED
    ),
    "project_list": Rule("/arbetsyta/projekt/", only(*KEEPERS, status=200, others=403), NOT_ALLOWED),
    "project_create": Rule(
        "/arbetsyta/projekt/nytt/",
        only(*KEEPERS, status=200, others=403),
        only(*KEEPERS, status=400, others=403),
    ),
    "project_import": Rule(
        "/arbetsyta/projekt/hamta/",
        only(*KEEPERS, status=200, others=403),
        only(*KEEPERS, status=400, others=403),
    ),
    "project_edit": Rule(
        "/arbetsyta/projekt/{collaboration}/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    # Members and roles: the own municipality only.
    "member_list": Rule(
        "/arbetsyta/kommuner/{municipality}/medlemmar/", only(*ADMIN, status=200, others=404), NOT_ALLOWED
    ),
    "invite": Rule(
        "/arbetsyta/kommuner/{municipality}/medlemmar/bjud-in/",
        NOT_ALLOWED,
        only(*ADMIN, status=400, others=404),
    ),
    "unit_create": Rule(
        "/arbetsyta/kommuner/{municipality}/enheter/", NOT_ALLOWED, only(*ADMIN, status=302, others=404)
    ),
    "member_edit": Rule(
        "/arbetsyta/medlem/{membership}/",
        only(*ADMIN, status=200, others=404),
        only(*ADMIN, status=302, others=404),
    ),
    "invitation_withdraw": Rule(
        "/arbetsyta/inbjudan/{invitation}/ta-tillbaka/", NOT_ALLOWED, only(*ADMIN, status=302, others=404)
    ),
    "role_list": Rule("/arbetsyta/kommuner/{municipality}/roller/", only(*ADMIN, status=200, others=404), NOT_ALLOWED),
    "approval_switch": Rule(
        "/arbetsyta/kommuner/{municipality}/fyra-ogon/", NOT_ALLOWED, only(*ADMIN, status=302, others=404)
    ),
    "audit_log": Rule("/arbetsyta/kommuner/{municipality}/logg/", only(*ADMIN, status=200, others=404), NOT_ALLOWED),
    "audit_export": Rule(
        "/arbetsyta/kommuner/{municipality}/logg.csv", NOT_ALLOWED, only(*ADMIN, status=200, others=404)
    ),
    # On to where one was going: nothing is demanded here.
    "provider_edit": Rule(
        "/arbetsyta/kommuner/{municipality}/inloggning/",
        only(*ADMIN, status=200, others=404),
        only(*ADMIN, status=400, others=404),
    ),
    # Without a provider there is nothing to try.
    "provider_try": Rule(
        "/arbetsyta/kommuner/{municipality}/inloggning/prova/", {"anonymous": "sign in", "others": 404}, NOT_ALLOWED
    ),
    "provider_list": Rule("/konto/kommun/", EVERYBODY, {"others": 400}),
    # With nothing that waits to be connected.
    "provider_connect": Rule(
        "/konto/kommun/koppla/", {"anonymous": "sign in", "others": 302}, {"anonymous": "sign in", "others": 302}
    ),
    # Somebody else's, or of somebody who signs in with a password.
    "provider_again": Rule("/konto/kommun/ingen/igen/", {"anonymous": "sign in", "others": 404}, NOT_ALLOWED),
    "provider_sign_in": Rule("/konto/kommun/ingen/", NOBODY, NOT_ALLOWED),
    "provider_begin": Rule("/konto/kommun/ingen/vidare/", NOBODY, NOT_ALLOWED),
    "provider_callback": Rule("/konto/kommun/ingen/klart/", NOBODY, NOT_ALLOWED),
    # Nothing to end is nothing there.
    "account_sign_ins": Rule("/konto/inloggad/", MEMBERS_ONLY, {"anonymous": "sign in", "others": 404}),
    "account_own_data": Rule("/konto/mina-uppgifter/", MEMBERS_ONLY, NOT_ALLOWED),
    "account_own_data_file": Rule("/konto/mina-uppgifter/fil/", NOT_ALLOWED, MEMBERS_ONLY),
    # Asks for the password first.
    "account_protected_identity": Rule(
        "/konto/skyddad-identitet/", {"anonymous": "sign in", "others": 302}, {"anonymous": "sign in", "others": 302}
    ),
    "account_erase": Rule(
        "/konto/radera/", {"anonymous": "sign in", "others": 302}, {"anonymous": "sign in", "others": 302}
    ),
    "processing_register": Rule("/behandling-av-personuppgifter/", EVERYBODY, NOT_ALLOWED),
    "cookie_list": Rule("/kakor/", EVERYBODY, NOT_ALLOWED),
    "second_factor_needed": Rule("/konto/tva-steg/kravs/", {"anonymous": "sign in", "others": 302}, NOT_ALLOWED),
    "my_roles": Rule("/mina-sidor/roller/", MEMBERS_ONLY, NOT_ALLOWED),
    "audience_sentences": Rule(
        "/arbetsyta/lasare/?owner={municipality_id}", only(*KEEPER, status=200, others=404), NOT_ALLOWED
    ),
    "invitation": Rule("/inbjudan/inte-en-inbjudan/", NOBODY, NOBODY),
    # The whole portal.
    # An empty form does nothing.
    "operations": Rule(
        "/arbetsyta/drift/",
        only("portal_admin", status=200, others=403),
        only("portal_admin", status=302, others=403),
    ),
    # An empty address finds nobody. What is about one person asks for the password first.
    "privacy": Rule(
        "/arbetsyta/integritet/",
        only("portal_admin", status=200, others=403),
        only("portal_admin", status=400, others=403),
    ),
    "privacy_log": Rule("/arbetsyta/integritet/logg/", only("portal_admin", status=200, others=403), NOT_ALLOWED),
    "privacy_person": Rule(
        "/arbetsyta/integritet/person/999999999/",
        only("portal_admin", status=302, others=403),
        only("portal_admin", status=302, others=403),
    ),
    "privacy_erase": Rule(
        "/arbetsyta/integritet/person/999999999/radera/",
        only("portal_admin", status=302, others=403),
        only("portal_admin", status=302, others=403),
    ),
    "privacy_export": Rule(
        "/arbetsyta/integritet/person/999999999/fil/",
        NOT_ALLOWED,
        only("portal_admin", status=302, others=403),
    ),
    "municipality_list": Rule("/arbetsyta/kommuner/", only("portal_admin", status=200, others=403), NOT_ALLOWED),
    "municipality_create": Rule(
        "/arbetsyta/kommuner/ny/",
        only("portal_admin", status=200, others=403),
        only("portal_admin", status=400, others=403),
    ),
    "municipality_edit": Rule(
        "/arbetsyta/kommuner/{municipality}/",
        only("portal_admin", status=200, others=404),
        only("portal_admin", status=400, others=404),
    ),
    # The editor's door: whoever is signed in and sent here may not enter.
    "editor_sign_in": Rule("/redaktion/login/", {"anonymous": "sign in", "others": 403}, NOT_ALLOWED),
    # Development only: switched off wherever the settings do not say otherwise.
    "sent_mails": Rule("/utveckling/mejl/", NOBODY, NOBODY),
    "sent_mail": Rule("/utveckling/mejl/{mail}/", NOBODY, NOBODY),
    "styleguide": Rule("/utveckling/komponenter/", NOBODY, NOT_ALLOWED),
    # What comes after an event: staff_here's sign-up is to one that has not been, so there is nothing to certify.
    "my_certificate": Rule("/mina-sidor/anmalan/{sign_up}/intyg.pdf", only(status=404, others=404), NOT_ALLOWED),
    "certificate_lookup": Rule("/intyg/", EVERYBODY, NOT_ALLOWED),
    # The code is the key; this one is none.
    "certificate_check": Rule("/intyg/0000-0000-0000/", NOBODY, NOT_ALLOWED),
    "event_certificates": Rule(
        "/arbetsyta/tillfallen/{event}/intyg.pdf", only(*KEEPER, status=302, others=404), NOT_ALLOWED
    ),
    "event_invitations": Rule(
        "/arbetsyta/tillfallen/{event}/inbjudningar/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "event_afterwards": Rule(
        "/arbetsyta/tillfallen/{event}/efterat/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=400, others=404),
    ),
    "event_thanks": Rule(
        "/arbetsyta/tillfallen/{event}/efterat/tack/",
        only(*KEEPER, status=200, others=404),
        only(*KEEPER, status=409, others=404),
    ),
}
