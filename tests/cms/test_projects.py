"""A project record becomes a collaboration and the draft of its page; the same number again is an update."""

import re
import unicodedata
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from wagtail.models import Revision

from cms.models import CollaborationPage, MunicipalityPage
from portal.municipalities.models import Collaboration
from tests.factories.cms import CollaborationPageFactory
from tests.factories.municipalities import CollaborationFactory, MunicipalityFactory

IMPORT = "/arbetsyta/projekt/hamta/"
RECORDS = Path(__file__).parents[1] / "municipalities" / "records"
SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"
OLDER = (RECORDS / "older_layout.txt").read_text(encoding="utf-8")
ESF_PLUS = (RECORDS / "esf_plus_layout.txt").read_text(encoding="utf-8")
BROKEN = (RECORDS / "broken.txt").read_text(encoding="utf-8")

OLDER_FACTS = {
    "title": "Steg för steg i Norrsund",
    "diary_number": "2019/00417",
    "owner_name": "Stiftelsen Fyrtornet, Region Norrsund",
    "fund": "ESF",
    "period_start": date(2019, 9, 2),
    "period_end": date(2021, 2, 28),
    "programme_area": "1",
    "specific_objective": "1.1",
    "cofinancing_rate": 50,
    "planned_participants": 1240,
    "region": "Norrsund",
}
OLDER_FURTHER = [
    ["Projektnummer", "2019/00417"],
    ["Total projektbudget", "4 310 250"],
    ["Beviljat ESF-stöd", "2 155 125"],
    ["Stödmottagare postnr", "99901"],
    ["Interventionstyp", "117"],
]


def facts_of(collaboration: Collaboration) -> dict:
    return {name: getattr(collaboration, name) for name in OLDER_FACTS}


def written() -> dict:
    """What an import may write; compared before and after."""
    return {
        "collaborations": list(Collaboration.objects.order_by("pk").values()),
        "pages": list(CollaborationPage.objects.order_by("pk").values("pk", "title", "draft_title", "summary", "live")),
        "revisions": Revision.objects.count(),
    }


@pytest.fixture
def client(client_of):
    return client_of("coordinator_here")


@pytest.fixture
def paste(cast, client):
    """`paste(text)`: read the text; `paste(text, save=True, title=…)`: save with what the page proposed, corrected."""

    def send(text: str, *, save: bool = False, browser=None, municipality=None, **corrections):
        browser, municipality = browser or client, municipality or cast.here
        answer = browser.post(IMPORT, {"municipality": municipality.pk, "text": text, "read": "1"})
        if not save:
            return answer
        return browser.post(IMPORT, {**form_values(answer), **corrections, "save": "1"})

    return send


def form_values(answer) -> dict:
    """What a browser would send of the form on the page, with line breaks as browsers send them."""
    form = (
        BeautifulSoup(answer.content.decode(), "html.parser")
        .find("textarea", attrs={"name": "text"})
        .find_parent("form")
    )
    values: dict = {}
    for field in form.find_all(["input", "textarea"]):
        if not field.get("name") or field.get("type") in ("submit", "checkbox") or field["name"].startswith("csrf"):
            continue
        # A browser drops the line break that Django writes after <textarea>.
        value = field.get("value", "") if field.name == "input" else field.get_text().removeprefix("\n")
        values[field["name"]] = value.replace("\r\n", "\n").replace("\n", "\r\n")
    for box in form.find_all("input", type="checkbox", checked=True):
        values.setdefault(box["name"], []).append(box["value"])
    return values


def lines_shown(answer) -> dict[str, str]:
    """Text line → what the page says it was understood as, for the lines that gave something."""
    table = BeautifulSoup(answer.content.decode(), "html.parser").find("table", class_="record-lines")
    rows = [[cell.get_text(" ", strip=True) for cell in row.find_all("td")] for row in table.tbody.find_all("tr")]
    return {unicodedata.normalize("NFC", line): understood for _number, line, understood in rows if understood}


# --- Reading -------------------------------------------------------------------------------------------------


def test_a_pasted_record_is_shown_line_by_line_and_nothing_is_written(cast, paste):
    before = written()

    answer = paste(OLDER)

    shown = lines_shown(answer)
    assert answer.status_code == 200
    assert written() == before
    assert answer.context["problems"] == ()
    assert {line: shown[line].split()[0] for line in ("1 240", "2 155 125", "50%")} == {
        "1 240": "1240",
        "2 155 125": "2155125",
        "50%": "50",
    }
    assert "2 september 2019" in shown["2019-09-02 - 2021-02-28"]
    assert "28 februari 2021" in shown["2019-09-02 - 2021-02-28"]
    assert not any("Exempelsson" in understood or "@" in understood for understood in shown.values())
    assert {"Exempla Exempelsson", "fyrtornet@example.org"} <= set(shown)
    assert [list(pair) for pair in answer.context["further_facts"]] == OLDER_FURTHER


def test_the_form_proposes_the_values_of_the_record(cast, paste):
    values = form_values(paste(OLDER))

    assert {name: values[name] for name in OLDER_FACTS} == {name: str(value) for name, value in OLDER_FACTS.items()}
    assert values["summary"].startswith("Projektet ger medarbetare i fyra fyrar tid att lära:")
    assert values["description"].split("\r\n\r\n")[-1] == "Region: så kallar vi ett rum i fyren."
    assert values["text"].replace("\r\n", "\n").strip() == OLDER.strip()


def test_a_file_is_read_as_a_pasted_text_is(cast, client, paste):
    uploads = [
        (RECORDS / "esf_plus_layout_windows.txt").read_bytes(),
        ESF_PLUS.encode("cp1252"),
        ESF_PLUS.encode("utf-16"),
    ]

    answers = [
        client.post(IMPORT, {"municipality": cast.here.pk, "text": "", "file": SimpleUploadedFile("post.txt", data)})
        for data in uploads
    ]

    expected = lines_shown(paste(ESF_PLUS))
    assert "84" in expected.values()
    assert [lines_shown(answer) for answer in answers] == [expected] * 3
    assert not Collaboration.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"PK\x03\x04\x00\x00",
        b"Hej Asa, hur mar du?",
        b"<!doctype html><p>Hej",
        b"x" * 200_001,
    ],
)
def test_a_file_that_is_no_record_is_explained_at_the_field(cast, client, data):
    upload = SimpleUploadedFile("post.txt", data)

    answer = client.post(IMPORT, {"municipality": cast.here.pk, "text": "", "file": upload})

    errors = answer.context["form"].errors
    assert answer.status_code == 400
    assert list(errors) == ["file"]
    assert errors["file"][0] in answer.content.decode()
    assert not Collaboration.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "   ", "Hej!", "Namn: Åsa\nE-post: asa@example.org", "<html><body>Diarienummer: 1", "\x00"]
)
def test_a_text_that_is_no_record_is_explained_at_the_field(cast, paste, text):
    answer = paste(text)

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["text"]
    assert not Collaboration.objects.exists()


def test_a_broken_record_names_its_problems_at_their_lines(cast, paste):
    answer = paste(BROKEN)

    page = BeautifulSoup(answer.content.decode(), "html.parser")
    messages = [problem.message for problem in answer.context["problems"]]
    text = " ".join(page.get_text(" ").split())
    assert answer.status_code == 200
    assert {problem.field for problem in answer.context["problems"]} >= {
        "diary_number",
        "owner",
        "start_date",
        "end_date",
        "owner_organisation_number",
        "cofinancing_rate",
        "planned_participants",
        "total_budget",
    }
    assert all(" ".join(message.split()) in text for message in messages)
    assert "2026-02-30" in lines_shown(answer)["2026-02-30"]
    assert not Collaboration.objects.exists()


def test_markup_in_a_record_stays_text(cast, paste):
    text = ESF_PLUS.replace("Östsverige", "<script>alert(1)</script>").replace(
        "Blå", "</textarea><img src=x onerror=alert(2)>"
    )

    page = paste(text).content.decode()
    saved = paste(text, save=True)

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert saved.status_code == 302
    collaboration = Collaboration.objects.get()
    assert collaboration.region == "<script>alert(1)</script>"
    assert ["Ny uppgift från 2025", "</textarea><img src=x onerror=alert(2)>"] in collaboration.further_facts


# --- Saving --------------------------------------------------------------------------------------------------


def test_saving_makes_a_collaboration_and_an_unpublished_page_in_the_own_section(cast, paste):
    answer = paste(OLDER, save=True, summary="Fyra fyrar lär tillsammans.", partners=[cast.there.pk])

    collaboration = Collaboration.objects.get()
    page = CollaborationPage.objects.get()
    draft = page.get_latest_revision_as_object()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/arbetsyta/projekt/{collaboration.slug}/")
    assert collaboration.slug == "steg-for-steg-i-norrsund"
    assert (collaboration.lead, list(collaboration.partners.all())) == (cast.here, [cast.there])
    assert facts_of(collaboration) == OLDER_FACTS
    assert collaboration.is_esf_project
    assert collaboration.further_facts == OLDER_FURTHER
    assert page.get_parent().specific == MunicipalityPage.objects.get(municipality=cast.here)
    assert (page.live, page.visibility, page.municipality) == (False, "internal", cast.here)
    assert (page.title, page.summary, page.collaboration) == (
        "Steg för steg i Norrsund",
        "Fyra fyrar lär tillsammans.",
        collaboration,
    )
    assert draft.title == page.title
    assert page.latest_revision.user == cast.coordinator_here


def test_paragraphs_of_the_description_stay_paragraphs_on_the_page(cast, paste):
    paste(OLDER, save=True, description="Första <stycket>.\r\n\r\nAndra stycket,\r\ntvå rader.\r\n")

    [paragraph] = CollaborationPage.objects.get().get_latest_revision_as_object().body
    assert paragraph.block_type == "paragraph"
    assert paragraph.value.source == "<p>Första &lt;stycket&gt;.</p><p>Andra stycket,<br/>två rader.</p>"


def test_the_contact_person_is_not_stored(cast, paste):
    paste(OLDER, save=True)

    page = CollaborationPage.objects.get()
    stored = str(Collaboration.objects.values().get()) + str(CollaborationPage.objects.values().get())
    stored += "".join(str(content) for content in Revision.objects.values_list("content", flat=True))
    assert "Norrsund" in stored
    assert "Exempelsson" not in stored
    assert "fyrtornet@example.org" not in stored
    assert (page.contact_name, page.contact_email) == ("", "")


def test_labels_nobody_knows_are_kept_as_they_stand(cast, paste):
    paste(ESF_PLUS, save=True)

    collaboration = Collaboration.objects.get()
    assert ["Ny uppgift från 2025", "Blå"] in collaboration.further_facts
    assert ["NUTS-2 kod", "SE99"] in collaboration.further_facts
    assert ["Projektägare organisationsnummer", "2129990007"] in collaboration.further_facts
    assert "Region" not in [label for label, _value in collaboration.further_facts]


def test_corrections_are_what_is_saved(cast, paste):
    answer = paste(BROKEN, save=True, **_corrected())

    collaboration = Collaboration.objects.get()
    assert answer.status_code == 302
    assert (collaboration.diary_number, collaboration.title) == ("24-905-S08", "Hel post")
    assert (collaboration.period_start, collaboration.period_end) == (date(2026, 3, 1), date(2027, 3, 1))
    assert collaboration.planned_participants == 100


def _corrected() -> dict:
    return {
        "diary_number": "24-905-S08",
        "title": "Hel post",
        "period_start": "2026-03-01",
        "period_end": "2027-03-01",
        "cofinancing_rate": "40",
        "planned_participants": "100",
        "summary": "Kort.",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("period_end", "2019-01-01"),
        ("title", "x" * 300),
        ("title", ""),
        ("cofinancing_rate", "140"),
        ("planned_participants", "0"),
        ("planned_participants", "många"),
        ("period_start", "2019-02-30"),
        ("partners", ["999999"]),
        ("summary", ""),
        ("summary", "x" * 401),
    ],
)
def test_a_wrong_correction_is_explained_with_the_input_kept_and_nothing_written(cast, paste, field, value):
    before = written()

    answer = paste(OLDER, save=True, **{"region": "Min rättelse", field: value})

    errors = {**answer.context["facts_form"].errors, **answer.context["words"].errors}
    kept = form_values(answer)
    assert answer.status_code == 400
    assert set(errors) <= {field, "__all__"}
    assert errors
    assert kept["region"] == "Min rättelse"
    if field != "partners":
        assert kept[field] == value
    assert kept["text"].replace("\r\n", "\n").strip() == OLDER.strip()
    assert written() == before


def test_a_municipality_that_is_not_ones_own_is_refused(cast, paste):
    answer = paste(OLDER, municipality=cast.there)

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["municipality"]
    assert not Collaboration.objects.exists()


# --- The same number again -----------------------------------------------------------------------------------


def test_the_same_number_again_updates_the_facts_and_drafts_the_page(cast, paste):
    paste(OLDER, save=True, partners=[cast.there.pk])
    page = CollaborationPage.objects.get()
    page.get_latest_revision().publish()
    page.refresh_from_db()
    published = (page.title, page.summary, page.body[0].value.source, page.slug)
    text = OLDER.replace("Steg för steg i Norrsund", "Nästa steg").replace("1 240", "1 300")

    seen = paste(text)
    answer = paste(text, save=True, summary="Nytt.", description="Ny text.")

    collaboration = Collaboration.objects.get()
    page = CollaborationPage.objects.get()
    draft = page.get_latest_revision_as_object()
    assert (seen.context["existing"], seen.context["is_foreign"]) == (collaboration, False)
    assert answer.status_code == 302
    assert facts_of(collaboration) == {**OLDER_FACTS, "title": "Nästa steg", "planned_participants": 1300}
    assert (collaboration.slug, list(collaboration.partners.all())) == ("steg-for-steg-i-norrsund", [cast.there])
    assert (page.title, page.summary, page.body[0].value.source, page.slug) == published
    assert (page.live, page.has_unpublished_changes) == (True, True)
    assert (draft.title, draft.summary, draft.body[0].value.source) == ("Nästa steg", "Nytt.", "<p>Ny text.</p>")


def test_the_number_is_the_same_however_it_is_written(cast, paste):
    paste(ESF_PLUS, save=True)

    paste(ESF_PLUS.replace("24-905-S07", "24-905-s07"), save=True, title="Ny titel")

    assert [(c.title, c.lead) for c in Collaboration.objects.all()] == [("Ny titel", cast.here)]
    assert CollaborationPage.objects.count() == 1


def test_projects_without_a_number_are_each_their_own(cast, paste):
    for _time in range(2):
        paste(OLDER, save=True, diary_number="")

    assert list(Collaboration.objects.order_by("pk").values_list("diary_number", "slug")) == [
        (None, "steg-for-steg-i-norrsund"),
        (None, "steg-for-steg-i-norrsund-2"),
    ]


@pytest.mark.parametrize("number", ["2019/00417", "24-905-S07", "24-905-s07"])
def test_a_number_that_another_municipality_keeps_is_refused_with_a_sentence(cast, paste, number):
    """Kept under the record's own number, or under the one it was corrected to."""
    foreign = CollaborationFactory(lead=cast.there, title="Annans projekt", diary_number=number.upper())
    CollaborationPageFactory(owner=cast.there, collaboration=foreign)
    before = written()

    answer = paste(OLDER, save=True, diary_number=number)

    page = BeautifulSoup(answer.content.decode(), "html.parser")
    text = " ".join(page.get_text(" ").split())
    assert answer.status_code in (400, 409)
    assert f"Skurups kommun har redan hand om {foreign.diary_number}." in text
    assert form_values(answer)["title"] == "Steg för steg i Norrsund"
    assert written() == before


# --- The command ---------------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_esf_project", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_imports_a_file_for_the_municipality_it_is_told(cast):
    out, err = run(str(RECORDS / "older_layout.txt"), "--municipality", "trelleborg")

    page = CollaborationPage.objects.get()
    assert facts_of(Collaboration.objects.get()) == OLDER_FACTS
    assert Collaboration.objects.get().further_facts == OLDER_FURTHER
    assert (page.live, page.municipality) == (False, cast.here)
    assert page.summary.startswith("Projektet ger medarbetare i fyra fyrar")
    assert "2019/00417" in out
    assert err == ""


@pytest.mark.parametrize("way", ["organisation_number", "name"])
def test_the_command_finds_the_owner_by_number_or_name(cast, way):
    fields = {"organisation_number": "212999-0007"} if way == "organisation_number" else {"name": "Östby kommun"}
    owner = MunicipalityFactory(**fields)

    run(str(RECORDS / "esf_plus_layout.txt"))

    assert [(c.diary_number, c.lead) for c in Collaboration.objects.all()] == [("24-905-S07", owner)]


def test_the_command_run_again_updates(cast):
    for _time in range(2):
        out, _err = run(str(RECORDS / "older_layout.txt"), "--municipality", "trelleborg")

    assert out.rstrip().endswith("updated 2019/00417 Steg för steg i Norrsund (Trelleborgs kommun)")
    assert (Collaboration.objects.count(), CollaborationPage.objects.count()) == (1, 1)


def refused(*arguments: str) -> str:
    """What the command writes about what it could not import."""
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("import_esf_project", *arguments, stdout=StringIO(), stderr=err)
    return err.getvalue()


def test_the_command_refuses_a_project_of_an_unknown_owner(cast):
    before = written()

    said = [
        refused(str(RECORDS / "older_layout.txt")),
        refused(str(RECORDS / "older_layout.txt"), "--municipality", "finns-inte"),
    ]

    assert all("--municipality SLUG" in text for text in said)
    assert written() == before


@pytest.mark.parametrize("bad", ["broken.txt", "finns-inte.txt", "picture.png", "long_title.txt"])
def test_one_bad_file_of_two_does_not_hold_up_the_good_one(cast, tmp_path, bad):
    (tmp_path / "broken.txt").write_text(BROKEN, encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    long_title = OLDER.replace("2019/00417", "2019/00999").replace("Steg för steg i Norrsund", "Steg " * 40)
    (tmp_path / "long_title.txt").write_text(long_title, encoding="utf-8")

    said = refused(str(tmp_path / bad), str(RECORDS / "older_layout.txt"), "--municipality", "trelleborg")

    assert said.startswith(f"{tmp_path / bad}: ")
    assert len(said) > len(f"{tmp_path / bad}: \n")
    assert [c.diary_number for c in Collaboration.objects.all()] == ["2019/00417"]
    assert CollaborationPage.objects.count() == 1


def test_the_command_does_not_take_over_a_project_of_another_municipality(cast):
    CollaborationFactory(lead=cast.there, title="Annans projekt", diary_number="2019/00417")
    before = written()

    said = refused(str(RECORDS / "older_layout.txt"), "--municipality", "trelleborg")

    assert "Skurups kommun" in said
    assert written() == before


@pytest.mark.skipif(not SEEDS.exists(), reason="the real records lie beside the repository")
def test_the_real_records_are_imported_to_their_owners(cast):
    cast.here.organisation_number = "212000-1199"
    cast.here.save()
    MunicipalityFactory(name="Malmö stad", short_name="Malmö", organisation_number="212000-1124")
    MunicipalityFactory(name="Stockholms stad", short_name="Stockholm", organisation_number="212000-0142")
    MunicipalityFactory(name="Stiftelsen Fryshuset", short_name="Fryshuset", kind="organisation")
    files = sorted(str(path) for path in SEEDS.glob("00[0-3]_*.txt"))

    _out, err = run(*files)

    facts = ("diary_number", "lead__short_name", "period_start", "period_end", "planned_participants", "fund")
    assert err == ""
    assert set(Collaboration.objects.values_list(*facts)) == {
        ("2021/00392", "Fryshuset", date(2021, 12, 30), date(2023, 4, 30), 105, "ESF"),
        ("23-071-S02", "Malmö", date(2024, 9, 2), date(2026, 8, 31), 100, "ESF+"),
        ("23-071-S01", "Trelleborg", date(2024, 8, 1), date(2026, 7, 31), 640, "ESF+"),
        ("22-043-S01", "Stockholm", date(2023, 9, 1), date(2026, 3, 31), 1098, "ESF+"),
    }
    assert list(CollaborationPage.objects.values_list("live", flat=True)) == [False] * 4
    stored = "".join(str(content) for content in Revision.objects.values_list("content", flat=True))
    stored += str(list(Collaboration.objects.values()))
    for path in files:
        text = Path(path).read_text(encoding="utf-8")
        for person in re.findall(r"^(?:Kontaktperson|E-post):\s*\n?(.+)$", text, re.MULTILINE):
            assert person not in stored


@pytest.mark.skipif(not SEEDS.exists(), reason="the real records lie beside the repository")
def test_the_guide_among_the_real_documents_is_no_record(cast):
    [guide] = (str(path) for path in SEEDS.glob("004_*.txt"))

    assert refused(guide, "--municipality", "trelleborg").startswith(f"{guide}: ")
    assert not Collaboration.objects.exists()


# --- Written by hand ---------------------------------------------------------------------------------------------


def test_a_project_without_a_record_is_written_by_hand(cast, client_of):
    answer = client_of("coordinator_here").post(
        "/arbetsyta/projekt/nytt/",
        {
            "municipality": cast.here.pk,
            "title": "Grannkommuner lär",
            "period_start": "2027-01-01",
            "period_end": "2027-12-31",
            "partners": [cast.there.pk],
            "summary": "Vi lär av varandra.",
        },
    )

    collaboration = Collaboration.objects.get()
    page = CollaborationPage.objects.get()
    assert answer.headers["Location"] == f"/arbetsyta/projekt/{collaboration.slug}/"
    assert (collaboration.title, collaboration.lead, list(collaboration.partners.all())) == (
        "Grannkommuner lär",
        cast.here,
        [cast.there],
    )
    assert (page.live, page.municipality, page.get_latest_revision_as_object().summary) == (
        False,
        cast.here,
        "Vi lär av varandra.",
    )


def test_a_project_cannot_be_written_for_a_municipality_one_does_not_coordinate(cast, client_of):
    answer = client_of("coordinator_here").post(
        "/arbetsyta/projekt/nytt/", {"municipality": cast.there.pk, "title": "Kapat", "summary": "Kapat."}
    )

    assert list(answer.context["owner"].errors) == ["municipality"]
    assert Collaboration.objects.count() == 0
