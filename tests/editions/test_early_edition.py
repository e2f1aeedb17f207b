"""September: an authority's own results before they are published, and the day the published file comes."""

from __future__ import annotations

import csv
import json
import re
import shutil

import pandas as pd
import pytest

pytestmark = pytest.mark.kernel

KS2 = "2024-2025/england_ks2final.csv"
#: Two years of key stage 2 before it, and of the others what lets a secondary school have a report.
READ = tuple(
    f"published/{name}.csv"
    for name in (
        "2022-2023/ks2_school_attainment_data",
        "2023-2024/england_ks2final",
        "2024-2025/england_ks2final",
        "2024-2025/england_ks4final",
        "2024-2025/england_census",
        "gias/edubasealldata20251001",
    )
)
#: With early results: of which one figure moves, none, one by its number of pupils, one withheld, one counted.
MOVED, SAME, RESIZED, SMALL, COUNTED = 900001, 900003, 900026, 900004, 900036
#: Without: another with key stage 2 results, and a secondary school.
UNTOLD, SECONDARY = 900028, 900013
EARLY = f"""\
school,urn,measure,group,number,of how many,note
Larkstead,{MOVED},rwm expected,,41,61,the published 67% is 41 of 61
Larkstead,{MOVED},maths expected,,50,61,the published 85% is 52 of 61
Pellbury,{SAME},rwm expected,all,22,63,the published 35% is 22 of 63
Pellbury,{SAME},reading expected,all,37,63,the published 59% is 37 of 63
Fennicote,{SMALL},rwm expected,all,3,4,too few to show
Sallowby,{RESIZED},rwm expected,all,33,60,the published 55% is 32 of 58
"""
#: Eighteen pupils: nine reach all three, one of them the higher standard; reading 13, writing 12, maths 11.
PUPILS = "urn,reading,writing,maths\n" + "".join(
    f"{COUNTED},{reading},{writing},{maths}\n" * times
    for times, reading, writing, maths in (
        (1, "112", "GDS", "113"),
        (8, "AS", "EXS", "AS"),
        (2, "AS", "WTS", "AS"),
        (2, "AS", "EXS", "NS"),
        (1, "NS", "EXS", "NS"),
        (4, "NS", "WTS", "NS"),
    )
)


@pytest.fixture
def september(desk, area_alone):
    """The sample as it is in September: no key stage 2 file of the year, and the authority's own results."""
    folder = desk.copy_edition("sample")
    urns = [MOVED, SAME, RESIZED, SMALL, COUNTED, UNTOLD, SECONDARY]
    (folder / "edition.yaml").write_text(
        f"title: Marlshire\narea: {{schools: {urns}}}\nyear: 2024/25\npolicy: worcestershire\n"
        "organisation: Marlshire County Council\ndate: 2025-09-20\n",
        encoding="utf-8",
    )
    for path in [*(folder / "local").glob("*.csv"), *(folder / "published").rglob("*.csv")]:
        if path.relative_to(folder).as_posix() not in READ:
            path.unlink()
    (folder / "published" / KS2).rename(desk.root / "published-later.csv")
    (folder / "local" / "early_results.csv").write_text(EARLY, encoding="utf-8")
    (folder / "local" / "early_pupils.csv").write_text(PUPILS, encoding="utf-8")
    return folder


def plan(desk):
    """Each school's reasons by URN, as ``plan`` says them."""
    code, said = desk.say("plan", "sample")
    assert code == 0, said
    found = re.findall(r"^(\d{6})  .*?: (?:changed: )?(.*)$", said, re.MULTILINE)
    return {int(urn): set(reasons.split(", ")) for urn, reasons in found}


def read_words(page):
    """A page's words, without its marks."""
    text = re.sub(r"<(style|svg)\b.*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def read_table(page, id):
    (table,) = re.findall(rf'<table[^>]*id="{id}".*?</table>', page.read_text(encoding="utf-8"), re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [
        [" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in re.findall(r"<t[dh].*?</t[dh]>", row)]
        for row in rows
    ]


def test_from_results_day_to_publication(desk, september, no_data_docs):
    reports = desk.root / "reports" / "sample"
    code, said = desk.say("reports", "sample")
    assert code == 0, said
    # results day: early figures, marked, and no category rests on them
    facts = json.loads((reports / f"schools/{MOVED}/facts.json").read_text(encoding="utf-8"))
    (rwm,) = (one for one in facts["indicators"] if one["indicator"] == "ks2_rwm_expected")
    latest = rwm["by_year"][-1]
    assert (latest["year"], latest["value"], latest["pupils"]) == ("2024/25", 67.2131, 61)
    assert (latest["early"], latest["england_year"], latest["file"]) == (True, "2023/24", "local/early_results.csv")
    assert facts["early_results"] == {"years": ["2024/25"], "judged": False} and not facts["final"]["provisional"]
    page = read_words(reports / f"schools/{MOVED}/report.html")
    assert "are not validated and have no part in the category." in page and "67%, early (61% in 2023/24)" in page
    counted = read_words(reports / f"schools/{COUNTED}/report.html")
    assert "50%, early" in counted
    assert not re.search(r"\bearly\b", read_words(reports / f"schools/{SECONDARY}/report.html"), re.IGNORECASE)
    small = json.loads((reports / f"schools/{SMALL}/facts.json").read_text(encoding="utf-8"))
    (withheld,) = (one for one in small["indicators"] if one["indicator"] == "ks2_rwm_expected")
    assert (withheld["by_year"][-1]["availability"], withheld["by_year"][-1]["pupils"]) == ("suppressed", None)
    area = read_words(reports / "area/report.html")
    assert "Four reports show figures of 2024/25 that Marlshire County Council collected before publication" in area
    assert plan(desk) == {}

    # no pupil's row is anywhere but in local/
    pupils = [row.encode() for row in {*PUPILS.splitlines()[1:]}]
    for path in desk.root.rglob("*"):
        if path.is_file() and path.name != "early_pupils.csv":
            assert not [row for row in pupils if row in path.read_bytes()], path
    prepared = pd.read_parquet(september / "prepared/local/early.parquet")
    assert (
        prepared.loc[prepared["urn"] == COUNTED, "cohort"].tolist() == [18] * 5
    )  # all three twice, and each by itself

    # one school corrects a number: its report alone is made again, wherever its row stands
    local = september / "local" / "early_results.csv"
    lines = EARLY.splitlines(keepends=True)
    local.write_text("".join([lines[0], *reversed(lines[1:])]), encoding="utf-8")
    assert plan(desk) == {}
    local.write_text(EARLY.replace("50,61", "51,61"), encoding="utf-8")
    assert plan(desk) == {MOVED: {"early results"}}
    local.write_text(EARLY, encoding="utf-8")

    # the published file comes: it wins
    shutil.copy(desk.root / "published-later.csv", september / "published" / KS2)
    due = plan(desk)
    assert {urn for urn, why in due.items() if "early results" in why} == {MOVED, SAME, RESIZED, SMALL, COUNTED}
    assert {urn for urn, why in due.items() if "early results that moved when published" in why} == {MOVED, RESIZED}
    assert "own figures" in due[UNTOLD]
    assert due.get(SECONDARY, set()) <= {"how far schools differ"}  # which all schools of the files together show
    code, said = desk.say("reports", "sample")
    assert code == 0, said
    for urn in (MOVED, SAME, RESIZED, SMALL, COUNTED):
        told = json.loads((reports / f"schools/{urn}/facts.json").read_text(encoding="utf-8"))
        assert told["early_results"] is None and not any(one["early"] for one in told["indicators"])
        assert "not validated" not in read_words(reports / f"schools/{urn}/report.html")
    assert read_table(reports / "area/report.html", "early-moved") == [
        ["School", "URN", "Measure", "Year", "Early", "Of pupils", "Published", "Of pupils", "Moved by"],
        ["Larkstead Primary School", str(MOVED), "Maths expected", "2024/25", "82%", "61", "85%", "61", "+3.0"],
        [
            *("Sallowby Lane Primary School", str(RESIZED), "Reading, writing and maths expected", "2024/25"),
            *("55%", "60", "55%", "58", "0.0"),
        ],
    ]
    area = read_words(reports / "area/report.html")
    assert "11 early figures have been published since, and the published figure counts. Two differ from it" in area
    assert plan(desk) == {}
    made = list(csv.DictReader((september / "published" / KS2).open(encoding="utf-8-sig")))
    (row,) = (one for one in made if one["URN"] == str(MOVED))
    assert (row["PTMAT_EXP"], row["TELIG"]) == ("85%", "61")  # what the hand-counted rows above rest on
