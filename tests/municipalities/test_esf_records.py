"""The records in `records/` were written for these tests, with invented content. No database is needed."""

import datetime
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.municipalities.services.esf_records import (
    MAX_SIZE,
    Field,
    Problem,
    ProjectRecord,
    UnreadableRecord,
    decode_record,
    parse_record,
)

RECORDS = Path(__file__).parent / "records"
SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"
OLDER = (RECORDS / "older_layout.txt").read_text(encoding="utf-8")
ESF_PLUS = (RECORDS / "esf_plus_layout.txt").read_text(encoding="utf-8")
SHORT = "Diarienummer:\n24-1\nNamn:\nEtt\nProjektägare:\nÖby\nStartdatum:\n2025-01-01\nSlutdatum:\n2025-12-31\n"
SHORT_VALUES = {
    "diary_number": "24-1",
    "title": "Ett",
    "owner": "Öby",
    "start_date": datetime.date(2025, 1, 1),
    "end_date": datetime.date(2025, 12, 31),
}
ESF_PLUS_VALUES = {
    "diary_number": "24-905-S07",
    "title": "Lära nära: köksmästare i Östby",
    "start_date": datetime.date(2025, 1, 13),
    "end_date": datetime.date(2027, 1, 12),
    "country": "Sverige",
    "fund": "ESF+",
    "programme_cci": "2021SE05SFPR",
    "owner_organisation_number": "212999-0007",
    "owner": "Östby kommun",
    "cofinancing_rate": 40,
    "programme_area": "A",
    "specific_objective": "A1A",
    "child_poverty_theme": True,
    "region": "Östsverige",
    "nuts2": "SE99",
    "postal_code": "99902",
    "city": "ÖSTBY",
    "intervention_type": "141",
    "planned_participants": 84,
    "strategic_importance": False,
}
PERSONAL = "This is about a real person. Leave it out unless it is needed."
UNHURRIED = settings(deadline=None)  # the first message loads the catalogues


@pytest.fixture(autouse=True)
def _source_language() -> Iterator[None]:
    with translation.override("en"):
        yield


def values(record: ProjectRecord) -> dict[str, object]:
    return {field.name: field.value for field in record.fields}


def test_older_layout_is_read_whole() -> None:
    start, end = datetime.date(2019, 9, 2), datetime.date(2021, 2, 28)

    record = parse_record(OLDER)

    assert record == ProjectRecord(
        fields=(
            Field("diary_number", "Diarienummer", "2019/00417", "2019/00417", 4),
            Field("fund", "", "", "ESF", 4, note="Worked out from the form of the diary number."),
            Field("title", "Namn", "Steg för steg i Norrsund", "Steg för steg i Norrsund", 6),
            Field("project_number", "Projektnummer", "2019/00417", "2019/00417", 8),
            Field(
                "owner",
                "Projektägare",
                "Stiftelsen Fyrtornet, Region Norrsund",
                "Stiftelsen Fyrtornet, Region Norrsund",
                10,
            ),
            Field("region", "Region", "Norrsund", "Norrsund", 12),
            Field("planned_participants", "Planerat antal deltagare", "1 240", 1240, 14),
            Field("start_date", "Projektperiod", "2019-09-02", start, 16),
            Field("end_date", "Projektperiod", "2021-02-28", end, 16),
            Field("total_budget", "Total projektbudget", "4 310 250", 4310250, 18),
            Field("granted_support", "Beviljat ESF-stöd", "2 155 125", 2155125, 20),
            Field(
                "contact_name",
                "Kontaktperson",
                "Exempla Exempelsson",
                "Exempla Exempelsson",
                22,
                note=PERSONAL,
                personal=True,
            ),
            Field(
                "contact_email",
                "E-post",
                "fyrtornet@example.org",
                "fyrtornet@example.org",
                24,
                note=PERSONAL,
                personal=True,
            ),
            Field("postal_code", "Stödmottagare postnr", "99901", "99901", 26),
            Field("programme_area", "Programområde", "1", "1", 28),
            Field("specific_objective", "Specifikt mål", "1.1", "1.1", 30),
            Field("cofinancing_rate", "Unionens medfinansieringsgrad", "50%", 50, 32),
            Field("intervention_type", "Interventionstyp", "117", "117", 34),
        ),
        description=(
            "Projektet ger medarbetare i fyra fyrar tid att lära:",
            "1) hur lampan sköts",
            "2) hur loggboken förs: varje natt",
            "Region: så kallar vi ett rum i fyren.",
        ),
        unknown=(),
        problems=(),
    )


def test_esf_plus_layout_is_read_whole() -> None:
    record = parse_record(ESF_PLUS)

    assert values(record) == ESF_PLUS_VALUES
    assert record.field("owner") == Field("owner", "Projektägare", "ÖSTBY KOMMUN", "Östby kommun", 20)
    assert record.description == (
        "Kontaktperson: den som äter först frågar kocken.",
        "Vi gör tre saker:",
        "1. lagar mat",
        "2. äter upp den",
    )
    assert record.unknown == (("Ny uppgift från 2025", "Blå"),)
    assert record.problems == ()


def test_file_with_byte_order_mark_crlf_and_decomposed_letters_reads_like_the_plain_one() -> None:
    data = (RECORDS / "esf_plus_layout_windows.txt").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")  # an editor or a hook may have tidied the file
    assert b"\r\n" in data
    assert "a\u0308" in data.decode()

    assert parse_record(decode_record(data)) == parse_record(ESF_PLUS)


def test_broken_record_tells_every_fault_once_and_keeps_the_rest() -> None:
    record = parse_record((RECORDS / "broken.txt").read_text(encoding="utf-8"))

    assert values(record) == {
        "diary_number": "24-905-S09",
        "title": "Trasig post",
        "owner": "Västby kommun",
        "start_date": None,
        "end_date": None,
        "owner_organisation_number": None,
        "cofinancing_rate": None,
        "planned_participants": None,
        "total_budget": None,
        "granted_support": None,
        "contact_email": None,
        "strategic_importance": None,
        "child_poverty_theme": None,
    }
    assert record.field("title") == Field("title", "", "Trasig post", "Trasig post", 1, note="Taken from the heading.")
    assert record.description == ("Beskrivningen finns kvar.",)
    assert record.problems == (
        Problem("owner", "“Projektägare” is given twice. “Västby kommun” is used, “Sydby kommun” is not."),
        Problem("start_date", "The start date “2026-02-30” is not a date. Write it as 2024-08-01."),
        Problem("end_date", "The end date “hösten 2027” is not a date. Write it as 2026-07-31."),
        Problem(
            "owner_organisation_number",
            "“19121212-1212” is not an organisation number. Write it as 212000-1199.",
        ),
        Problem("cofinancing_rate", "“140%” is not a share in whole per cent. Write it as 40%."),
        Problem("planned_participants", "“cirka hundra” is not a number of participants. Write it as 1098."),
        Problem("total_budget", "The budget “1,5 miljoner” is not an amount in kronor. Write it as 5 599 592."),
        Problem("granted_support", "The support “-5” is not an amount in kronor. Write it as 3 772 572."),
        Problem("contact_email", "“ingen” is not an e-mail address."),
        Problem("strategic_importance", "“Kanske” for strategic importance is neither “Ja” nor “Nej”."),
        Problem("child_poverty_theme", "“Vet ej” for the theme of child poverty is neither “Ja” nor “Nej”."),
        Problem(
            "diary_number",
            "The heading says “24-905-S08” but “Diarienummer” says “24-905-S09”, which is used.",
        ),
    )
    problem_of_each_field = {field.name: field.problem for field in record.fields if field.problem}
    assert problem_of_each_field == {problem.field: problem.message for problem in record.problems}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SHORT.replace(":\n", ": "), id="value on the line of its label"),
        pytest.param(SHORT.replace(":\n", "\t"), id="table rows"),
        pytest.param(SHORT.replace(":\n", ":\t"), id="table rows with colons"),
        pytest.param(SHORT.replace("\n", "\n\n"), id="blank line after every line"),
        pytest.param(SHORT.replace(":\n", ":\n\n"), id="blank line after every label"),
        pytest.param(re.sub(r"([^:])\n", r"\1\n\n", SHORT), id="blank line after every pair"),
        pytest.param(SHORT.replace(":\n", ": ").replace("\n", "\n\n"), id="one-line pairs apart"),
        pytest.param(SHORT.replace("Startdatum", "\nStartdatum"), id="two groups of pairs"),
        pytest.param(SHORT.replace("\n", "\r") + "\r", id="old Macintosh line ends"),
        pytest.param(SHORT.upper().replace("ETT", "Ett").replace("\nÖBY", "\nÖby"), id="labels in capitals"),
        pytest.param(SHORT.lower().replace("ett", "Ett").replace("öby", "Öby"), id="labels in small letters"),
        pytest.param(SHORT.replace(":\n", "\u00a0:\n\u00a0 "), id="no-break spaces"),
        pytest.param("\ufeff" + SHORT.replace("\n", " \u200b\n"), id="invisible characters"),
        pytest.param(SHORT.replace("-01-", "\u201101\u2011"), id="no-break hyphens in dates"),
        pytest.param("Startsida > Projektbank\nSök:\n\n" + SHORT, id="with the top of the web page"),
    ],
)
def test_same_record_is_understood_in_every_shape_it_may_be_pasted_in(text: str) -> None:
    record = parse_record(f"{text}\nMålet: att äta.\n\nVi\tser:")

    assert values(record) == SHORT_VALUES
    assert (record.problems, record.unknown) == ((), ())
    assert record.description == ("Målet: att äta.", "Vi\tser:")


def test_every_line_number_points_at_the_line_that_holds_the_value() -> None:
    for text in (OLDER, ESF_PLUS, ESF_PLUS.replace(":\n", ": "), ESF_PLUS.replace("\n", "\n\n")):
        lines = text.split("\n")

        record = parse_record(text)

        assert [field.name for field in record.fields if field.raw not in lines[field.line - 1]] == []


def test_unknown_pairs_and_stray_lines_of_the_block_are_kept() -> None:
    text = SHORT.replace("Startdatum", "kommunledningen\nProjektform: Stor\nFärg\tBlå\nLjud:\nStartdatum")

    record = parse_record(text)

    assert values(record) == SHORT_VALUES
    assert record.unknown == (("", "kommunledningen"), ("Projektform", "Stor"), ("Färg", "Blå"), ("Ljud", ""))


def test_unknown_pair_between_pairs_with_blank_lines_does_not_end_the_block() -> None:
    text = re.sub(r"([^:])\n", r"\1\n\n", SHORT).replace("Startdatum", "Färg:\nBlå\n\nStartdatum")

    record = parse_record(text)

    assert (values(record), record.unknown) == (SHORT_VALUES, (("Färg", "Blå"),))


def test_description_that_follows_without_a_blank_line_is_description() -> None:
    assert parse_record(SHORT + "Här börjar vi.\nMålet: att äta.").description == (
        "Här börjar vi.",
        "Målet: att äta.",
    )


def test_value_that_looks_like_an_unknown_label_with_text_is_a_value() -> None:
    assert parse_record(SHORT.replace("Ett", "Digitalt lyft: steg 2")).value("title") == "Digitalt lyft: steg 2"


def test_heading_serves_when_the_labels_are_missing() -> None:
    text = "24-1 \u2013 Ett\n\n" + SHORT.replace("Diarienummer:\n24-1\nNamn:\nEtt\n", "")

    record = parse_record(text)

    assert values(record) == SHORT_VALUES
    assert [(field.name, field.line, field.note) for field in record.fields[:2]] == [
        ("diary_number", 1, "Taken from the heading."),
        ("title", 1, "Taken from the heading."),
    ]
    assert record.problems == ()


def test_missing_fields_are_told_with_the_line_to_add() -> None:
    record = parse_record("Diarienummer:\n\nRegion: Norrsund")

    assert [field.name for field in record.fields] == ["diary_number", "region"]
    assert record.problems == (
        Problem("diary_number", "The diary number is missing. Add a line such as “Diarienummer: 23-071-S01”."),
        Problem("title", "The name is missing. Add the line “Namn:” with the name of the project."),
        Problem("owner", "The owner is missing. Add the line “Projektägare:” with the organisation."),
        Problem("start_date", "The start date is missing. Add a line such as “Startdatum: 2024-08-01”."),
        Problem("end_date", "The end date is missing. Add a line such as “Slutdatum: 2026-07-31”."),
    )


def test_end_before_start_is_told() -> None:
    assert parse_record(SHORT.replace("2025-12-31", "2024-12-31")).problems == (
        Problem("end_date", "The end date 2024-12-31 is before the start date 2025-01-01."),
    )


def test_label_given_twice_with_the_same_meaning_is_no_problem() -> None:
    text = SHORT + "Insats av strategisk betydelse:\nNej\nSTARTDATUM:\n2025-01-01\n"

    assert parse_record(text + "Insats av strategisk betydelse:\nnej\n").problems == ()


def test_first_value_is_kept_when_the_second_differs() -> None:
    record = parse_record(SHORT + "Insats av strategisk betydelse: Ja\nInsats av strategisk betydelse: Nej\n")

    message = "“Insats av strategisk betydelse” is given twice. “Ja” is used, “Nej” is not."
    assert record.value("strategic_importance") is True
    assert record.problems == (Problem("strategic_importance", message),)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("TRELLEBORGS KOMMUN", "Trelleborgs kommun"),
        ("UPPLANDS VÄSBY KOMMUN", "Upplands Väsby kommun"),
        ("LÄNSSTYRELSEN I SKÅNE LÄN", "Länsstyrelsen i Skåne län"),
        ("ÖSTBY BOSTADS AB", "Östby Bostads AB"),
        ("IOGT-NTO", "IOGT-NTO"),
        ("Stiftelsen Fryshuset", "Stiftelsen Fryshuset"),
        ("Malmö KOMMUN", "Malmö KOMMUN"),
    ],
)
def test_owner_in_capitals_gets_a_tidy_form_and_keeps_the_raw_one(raw: str, value: str) -> None:
    field = parse_record(SHORT.replace("Öby", raw)).field("owner")

    assert field == Field("owner", "Projektägare", raw, value, 6)


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("Antal deltagare: 1098", "planned_participants", 1098),
        ("Antal deltagare: 1 098", "planned_participants", 1098),
        ("Antal deltagare: 1\u00a0098", "planned_participants", 1098),
        ("Antal deltagare: 1\u202f098", "planned_participants", 1098),
        ("Antal deltagare: 0", "planned_participants", 0),
        ("Antal deltagare: 1 09", "planned_participants", None),
        ("Antal deltagare: ١٢", "planned_participants", None),
        ("Antal deltagare: " + "9" * 5000, "planned_participants", None),
        ("Total projektbudget: 5 599 592 kr", "total_budget", 5599592),
        ("Beviljat ESF-stöd: 3772572,00 SEK", "granted_support", 3772572),
        ("Unionens medfinansieringsgrad: 40 %", "cofinancing_rate", 40),
        ("Unionens medfinansieringsgrad: 40,5%", "cofinancing_rate", None),
        ("Projektägare organisationsnummer: 212000-1199", "owner_organisation_number", "212000-1199"),
        ("Projektägare organisationsnummer: 162120001199", "owner_organisation_number", "212000-1199"),
        ("Projektägare organisationsnummer: 121212-1212", "owner_organisation_number", None),
        ("Sekundärtema \u2013 motverka  barnfattigdom: JA", "child_poverty_theme", True),
        ("E-post: anna@example.org", "contact_email", "anna@example.org"),
        ("E-post: anna@example", "contact_email", None),
        ("Region: " + "å" * 255, "region", "å" * 255),
        ("Region: " + "å" * 256, "region", None),
    ],
)
def test_value_is_read_or_told_unreadable(line: str, name: str, value: object) -> None:
    record = parse_record(SHORT + line)

    assert record.value(name) == value
    assert [problem.field for problem in record.problems] == ([] if value is not None else [name])


@pytest.mark.parametrize(
    ("number", "kept"),
    [("23-071-S01", "23-071-S01"), ("ESF  2 \u00a0b", "ESF 2 b"), ("x" * 40, "x" * 40), ("x" * 41, None)],
)
def test_any_diary_number_up_to_40_characters_is_taken(number: str, kept: str | None) -> None:
    assert parse_record(SHORT.replace("24-1", number)).value("diary_number") == kept


@pytest.mark.parametrize(
    ("period", "dates"),
    [
        ("2021-12-30 - 2023-04-30", (datetime.date(2021, 12, 30), datetime.date(2023, 4, 30))),
        ("2021-12-30\u20132023-04-30", (datetime.date(2021, 12, 30), datetime.date(2023, 4, 30))),
        ("2021-12-30 till 2023-04-30", (datetime.date(2021, 12, 30), datetime.date(2023, 4, 30))),
        ("hösten 2021 - 2023-04-30", (None, datetime.date(2023, 4, 30))),
        ("hela 2022", (None, None)),
    ],
)
def test_project_period_gives_start_and_end(period: str, dates: tuple[object, object]) -> None:
    record = parse_record(f"Diarienummer: 5\nProjektperiod: {period}")

    assert (record.value("start_date"), record.value("end_date")) == dates


@pytest.mark.parametrize(
    ("text", "fund"),
    [
        ("Diarienummer: 2021/00392", "ESF"),
        ("Diarienummer: 5\nProjektperiod: 2016-01-01 - 2018-12-31", "ESF"),
        ("Diarienummer: 5\nProjektperiod: 2023-01-01 - 2024-12-31", None),
        ("Diarienummer: 22-043-S01\nProjektperiod: 2022-01-01 - 2023-06-30", None),
        ("Diarienummer: 2021/00392\nBerörd fond: ESF+", "ESF+"),
        ("Diarienummer: 2021/00392\nBerörd fond:", "ESF"),
    ],
)
def test_fund_is_worked_out_only_for_the_older_programme(text: str, fund: str | None) -> None:
    assert parse_record(text).value("fund") == fund


def test_asking_for_a_name_that_is_no_field_is_an_error() -> None:
    with pytest.raises(KeyError, match="diarynumber"):
        parse_record(SHORT).value("diarynumber")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There is no text."),
        (" \n\u00a0\ufeff\n", "There is no text."),
        ("Hej!\n\nVi ses kl 10: ta med kaffe.", "This is not a project record."),
        ("Namn: Anna\nE-post: anna@example.org", "This is not a project record."),
        ("\n<!DOCTYPE html>\n<p>\nDiarienummer:\n5", "This is the code of a web page."),
        ("Diarienummer:\x00 5", "This is not a text."),
        ("Diarienummer: \ud800", "This is not a text."),
        ("Diarienummer: 5\n" + "x" * MAX_SIZE, "The text is over 200 000 characters long."),
    ],
)
def test_text_that_is_no_record_is_refused_with_what_to_paste(text: str, message: str) -> None:
    with pytest.raises(UnreadableRecord, match=f"^{re.escape(message)} "):
        parse_record(text)


@pytest.mark.parametrize(
    "data",
    [
        ESF_PLUS.encode(),
        ESF_PLUS.encode("utf-8-sig"),
        ESF_PLUS.encode("utf-16"),
        b"\xfe\xff" + ESF_PLUS.encode("utf-16-be"),
        ESF_PLUS.encode("cp1252"),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16 little", "utf-16 big", "windows-1252"],
)
def test_file_is_decoded_whatever_its_encoding(data: bytes) -> None:
    assert decode_record(data) == ESF_PLUS


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "There is no text."),
        (b"\xef\xbb\xbf \r\n", "There is no text."),
        (b"Diarienummer: \x00", "This is not a text."),
        (b"\x89PNG\r\n\x1a\n", "This is not a text."),
        (b"\x81\x8d", "This is not a text."),
        (b"\xff\xfe\x00", "This is not a text."),
        ("Namn".encode("utf-16-le"), "This is not a text."),
        (b"x" * (MAX_SIZE + 1), "The file is larger than 200 kB."),
    ],
)
def test_file_that_is_no_text_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableRecord, match=f"^{re.escape(message)} "):
        decode_record(data)


def assert_read_or_refused(text: str) -> None:
    try:
        record = parse_record(text)
    except UnreadableRecord:
        return
    assert record == parse_record(unicodedata.normalize("NFD", text))
    lines = re.split(r"\r\n|\r|\n", text)
    assert [field for field in record.fields if not 1 <= field.line <= len(lines)] == []
    assert list(record.fields) == sorted(record.fields, key=lambda field: field.line)
    assert len({field.name for field in record.fields}) == len(record.fields)
    assert all(problem.message for problem in record.problems)


@UNHURRIED
@given(st.text())
def test_arbitrary_text_is_read_or_refused(text: str) -> None:
    assert_read_or_refused(text)
    assert_read_or_refused(f"Diarienummer: {text}")


@UNHURRIED
@given(st.binary())
@example(b"\xff\xfe\x00\xd8")
def test_arbitrary_file_is_read_or_refused(data: bytes) -> None:
    try:
        text = decode_record(data)
    except UnreadableRecord:
        return
    assert_read_or_refused(text)


LINES = (OLDER + ESF_PLUS).split("\n")


@UNHURRIED
@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(alphabet=":\t -1aå\u00a0\u0308", max_size=9))))
def test_record_with_lines_mixed_lost_and_doubled_is_read_or_refused(lines: list[str]) -> None:
    assert_read_or_refused("\n".join(lines))


@UNHURRIED
@given(st.data())
def test_record_with_a_piece_replaced_is_read_or_refused(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([OLDER, ESF_PLUS]))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))

    assert_read_or_refused(text[:start] + data.draw(st.text(max_size=12)) + text[end:])


PARAGRAPHS = st.one_of(
    st.text(alphabet="aå :.\t", min_size=1).filter(str.strip),
    st.sampled_from(["Region: så heter rummet.", "Kontaktperson:", "Startdatum: snart", "Berörd fond\tESF"]),
)


@UNHURRIED
@given(st.lists(PARAGRAPHS, min_size=1))
def test_no_paragraph_of_the_description_is_eaten(paragraphs: list[str]) -> None:
    record = parse_record(SHORT + "\n" + "\n\n".join(paragraphs))

    assert record.description == tuple(paragraph.strip() for paragraph in paragraphs)
    assert (values(record), record.unknown) == (SHORT_VALUES, ())


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the real records (../shared/seeds) are not here")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "000",
            (
                "2021/00392",
                "Stiftelsen Fryshuset, Fryshuset Region Stockholm",
                None,
                "2021-12-30",
                "2023-04-30",
                105,
                "Stockholm",
                "1",
                "ESF",
                18,
            ),
        ),
        (
            "001",
            (
                "23-071-S02",
                "Malmö kommun",
                "212000-1124",
                "2024-09-02",
                "2026-08-31",
                100,
                "Sydsverige",
                "A",
                "ESF+",
                7,
            ),
        ),
        (
            "002",
            (
                "23-071-S01",
                "Trelleborgs kommun",
                "212000-1199",
                "2024-08-01",
                "2026-07-31",
                640,
                "Sydsverige",
                "A",
                "ESF+",
                7,
            ),
        ),
        (
            "003",
            (
                "22-043-S01",
                "Stockholms kommun",
                "212000-0142",
                "2023-09-01",
                "2026-03-31",
                1098,
                "Stockholm",
                "A",
                "ESF+",
                14,
            ),
        ),
    ],
)
def test_real_records_are_read_without_problems(name: str, expected: tuple[object, ...]) -> None:
    (path,) = SEEDS.glob(f"{name}_*.txt")

    record = parse_record(decode_record(path.read_bytes()))

    found = (
        record.value("diary_number"),
        record.value("owner"),
        record.value("owner_organisation_number"),
        str(record.value("start_date")),
        str(record.value("end_date")),
        record.value("planned_participants"),
        record.value("region"),
        record.value("programme_area"),
        record.value("fund"),
        len(record.description),
    )
    assert found == expected
    assert (record.unknown, record.problems) == ((), ())


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the real records (../shared/seeds) are not here")
def test_guide_chapter_is_no_record() -> None:
    (path,) = SEEDS.glob("004_*.txt")

    with pytest.raises(UnreadableRecord, match=r"^This is not a project record\. "):
        parse_record(decode_record(path.read_bytes()))
