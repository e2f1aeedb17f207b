"""What a publisher withholds stays withheld in everything made of a real edition, though its own files give it away."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import pandas as pd
import pytest

from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.school import analyse_school
from pipeline.foundation.vocabulary import PupilGroup
from pipeline.policy import load_policy
from pipeline.report.facts import EditionNote, build_school_facts, compose_facts
from pipeline.report.school import notebook
from pipeline.report.school.notebook import study_school
from pipeline.sources.joining.withhold import PARTITIONS
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import Prepared, open_prepared
from pipeline.sources.reading import PublishedFile
from tests.editions.withheld import Told, Withheld, find_ways, list_told

pytestmark = pytest.mark.published

HAMPSHIRE = [f"{year}/850_ks2final.csv" for year in ("2016-2017", "2017-2018", "2018-2019")]
LEAVERS = ["2024-2025/england_ks4-pupdest.csv"]
NOTE = EditionNote("hampshire-2019", "Hampshire", 2019, "worcestershire", "2019-12-01")
SHOWN = (
    "show_standing", "show_small_numbers", "show_measures", "show_writing", "show_not_rated", "show_gaps",
    "show_trends", "show_similar", "show_questions", "show_sureness",
)  # fmt: skip


def read_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def is_share(cell: str | None) -> bool:
    return bool(cell) and cell.endswith("%")


def percent(cell: str) -> float:
    return float(cell.removesuffix("%"))


def list_withheld_years(published: Path) -> list[Withheld]:
    """Years whose share stands as SUPP and can be worked out of the three-year share and the other two years."""
    rows = [{row["URN"]: row for row in read_rows(published / name)} for name in HAMPSHIRE]
    found = []
    for urn, row in rows[-1].items():
        if not is_share(row.get("PTRWM_EXP_3YR")):
            continue
        years = [row["PTRWM_EXP_17"], row["PTRWM_EXP_18"], row["PTRWM_EXP"]]
        pupils = [each.get(urn, {}).get("TELIG") or "" for each in rows]
        gone = [place for place, cell in enumerate(years) if cell == "SUPP"]
        if len(gone) != 1 or not all(each.isdigit() for each in pupils):
            continue
        (place,) = gone
        sizes = list(map(int, pupils))
        others = sum(percent(cell) * size for cell, size in zip(years, sizes, strict=True) if is_share(cell))
        ends = [((percent(row["PTRWM_EXP_3YR"]) + half) * sum(sizes) - others) / sizes[place] for half in (-0.5, 0.5)]
        found.append(Withheld(int(urn), f"RWM of {2017 + place}", sizes[place], *ends))
    return found


@pytest.fixture(scope="module")
def hampshire(prepare_published) -> Prepared:
    return prepare_published(HAMPSHIRE, 2019)


@pytest.fixture(scope="module")
def leavers(prepare_published) -> Prepared:
    return prepare_published(LEAVERS, 2025)


def tell(tables: Prepared, urn: int) -> tuple[dict, str]:
    """A school's facts as they are kept, and what its page says, the words for its charts included."""
    report = study_school(tables.load_school(urn), NOTE, load_policy("worcestershire"))
    shown = [show(report) for show in (getattr(notebook, name) for name in SHOWN)]
    return json.loads(compose_facts(build_school_facts(report))), "\n".join(each.text() for each in shown if each)


def test_the_published_files_do_give_withheld_years_back_and_the_search_finds_it(published):
    found = list_withheld_years(published)
    assert len(found) >= 3
    (one,) = (each for each in found if each.urn == 116285)
    assert one.lowest < 20 < one.highest  # 42% of 31, less 27% of 11 and 60% of 15: one of five
    told = [Told(42, 31, "three years"), Told(27, 11, "2019"), Told(60, 15, "2017")]
    assert list(find_ways(told, one)) == ["three years less 2019, 2017"]
    assert list(find_ways(told[1:], one)) == []


def test_no_difference_complement_or_ratio_of_a_schools_facts_gives_a_withheld_year_back(published, hampshire):
    for withheld in list_withheld_years(published):
        facts, _ = tell(hampshire, withheld.urn)
        told = list_told(facts, "ks2_rwm_expected")
        assert len(told) > 2
        assert list(find_ways(told, withheld)) == [], withheld


def assert_no_single_unknown(tables: Prepared) -> int:
    """No equation of the prepared figures has one unknown, withheld by the publisher; gives how many cells stay so."""
    held = tables.observations().assign(
        **{name: lambda rows, name=name: rows[name].astype(str) for name in ("measure", "group", "availability")}
    )
    number = held["value"].notna()
    key = ["urn", "measure", "group", "year"]
    told = set(map(tuple, held.loc[number, key].itertuples(index=False)))
    gone = set(map(tuple, held.loc[held["availability"] == "suppressed", key].itertuples(index=False))) - told
    for urn, measure, group, year in gone:
        for partition in PARTITIONS:
            members = [str(each) for each in (PupilGroup.ALL, *partition)]
            if group in members:
                others = [(urn, measure, each, year) for each in members if each != group]
                assert not all(each in told for each in others), (urn, measure, group, year)
        assert (urn, f"{measure}_difference", group, year) not in told
        assert not any((urn, f"{measure}_3yr", group, year + later) in told for later in range(3))
    return len(gone)


def test_no_prepared_figure_of_hampshire_gives_a_withheld_one_back(hampshire):
    # was: 50 three-year figures, 817 of girls or boys and 8,528 by prior attainment did, in every school's own slice
    assert assert_no_single_unknown(hampshire) > 10_000
    kept = hampshire.observations()
    assert kept.loc[kept["measure"] == "ks2_rwm_expected_3yr", "value"].notna().sum() > 300


def test_no_prepared_figure_of_the_leavers_of_2024_25_gives_a_withheld_one_back(leavers):
    assert assert_no_single_unknown(leavers) > 5000  # was: 505 of disadvantaged or other leavers did


def test_an_indicator_of_disadvantaged_leavers_tells_nothing_that_is_withheld(published, leavers):
    """One that an analyst adds: beside it stand all leavers, and its own gap tells of the others."""
    (everyone,) = (each for each in load_indicators() if each.key == "ks4_destinations")
    poor = everyone.model_copy(
        update={
            "key": "ks4_destinations_disadvantaged",
            "group": PupilGroup.DISADVANTAGED,
            "gap_to": PupilGroup.OTHER,
            "gap_reason": "a test",
            "minimum_years": 1,
            "minimum_pupils": 1,
        }
    )
    tried = 0
    for row in read_rows(published / LEAVERS[0]):
        parts = [row["OVERALL_DESTPER_DIS"], row["OVERALL_DESTPER_NONDIS"]]
        if row["RECTYPE"] != "1" or not is_share(row["OVERALL_DESTPER"]) or sum(map(is_share, parts)) != 1:
            continue
        gone = parts.index(next(cell for cell in parts if not is_share(cell)))
        sizes = [row["COHORT_DIS"], row["COHORT_NONDIS"]]
        if parts[gone] != "SUPP" or not all(each.isdigit() for each in sizes) or not int(sizes[gone]):
            continue
        told, size = percent(parts[1 - gone]) * int(sizes[1 - gone]), int(sizes[gone])
        ends = [((percent(row["OVERALL_DESTPER"]) + half) * int(row["COHORT"]) - told) / size for half in (-0.5, 0.5)]
        withheld = Withheld(int(row["URN"]), "leavers of 2023", size, *ends)
        results = analyse_school(leavers.load_school(withheld.urn), [everyone, poor], 2025).results
        assert list(find_ways(_list_results(results), withheld)) == [], withheld
        tried += 1
    assert tried > 25


def _list_results(results) -> list[Told]:
    found = []
    for one in results:
        found.append(Told(one.value, one.cohort, f"{one.indicator}, pooled"))
        found += [Told(year.value, year.cohort, f"{one.indicator}, {year.year}") for year in one.by_year]
        if one.own_gap is not None:
            found.append(Told(one.value + one.own_gap, None, "other pupils"))
    return [each for each in found if each.value is not None]


def change_share(cell: str, cohort: str) -> str:
    """Another share of the same pupils, by a tenth of them or one: such as a whole number of them gives."""
    pupils, value = int(cohort), percent(cell)
    others = max(1, round(pupils / 10)) * (-1 if value > 50 else 1)
    return f"{math.floor(100 * (round(value * pupils / 100) + others) / pupils + 0.5)}%"


def alter(published: Path, folder: Path) -> tuple[list[PublishedFile], list[int]]:
    """The same files, but other cells where those give a withheld figure back; and the schools concerned."""
    files, urns = [], set()
    for name in HAMPSHIRE:
        text = (published / name).read_text(encoding="utf-8-sig")
        header, *rows = csv.reader(io.StringIO(text))
        place = {column: at for at, column in enumerate(header)}
        for row in rows:
            row += [""] * (len(header) - len(row))
            years = [name for name in ("PTRWM_EXP", "PTRWM_EXP_18", "PTRWM_EXP_17") if name in place]
            for column, cohort, beside in (
                ("PTRWM_EXP_3YR", "TELIG_3YR", years),
                ("PTRWM_EXP_B", "BELIG", ["PTRWM_EXP_G"]),
                ("PTRWM_EXP_G", "GELIG", ["PTRWM_EXP_B"]),
            ):
                if column in place and is_share(row[place[column]]) and "SUPP" in [row[place[each]] for each in beside]:
                    row[place[column]] = change_share(row[place[column]], row[place[cohort]])
                    urns.add(int(row[place["URN"]]))
        written = io.StringIO()
        csv.writer(written, lineterminator="\r\n").writerows([header, *rows])
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written.getvalue(), encoding="utf-8-sig", newline="")
        files.append(PublishedFile(path, name))
    return files, sorted(urns)


def test_pages_and_facts_are_the_same_whatever_the_withheld_figures_are(published, hampshire, tmp_path):
    """Other withheld figures, and so other cells beside them: not a letter of what is told of the school moves."""
    files, urns = alter(published, tmp_path / "published")
    prepare_edition(files, tmp_path / "prepared", year=2019)
    other = open_prepared(tmp_path / "prepared")
    listed = {one.urn for one in list_withheld_years(published)}
    assert len(urns) > 60 and listed <= set(urns)
    for urn in [*sorted(listed), *urns[::12]]:
        assert tell(hampshire, urn) == tell(other, urn)
        ours, theirs = (tables.load_school(urn).observations for tables in (hampshire, other))
        pd.testing.assert_frame_equal(ours, theirs)  # nor of what a cell that an analyst adds could print


def cut_rows(path: Path) -> bytes:
    """The published file with the rows of its areas, of the school asked about, and of every sixth other."""
    header, *rows = path.read_bytes().splitlines(keepends=True)
    schools = [row for row in rows if row.startswith(b"1,")]
    kept = {*schools[::6], *(row for row in schools if b",116285," in row)}
    return b"".join([header, *(row for row in rows if row in kept or row not in schools)])


@pytest.mark.kernel
def test_a_report_is_not_even_made_again_where_only_what_gives_withheld_figures_back_has_changed(
    published, desk, no_data_docs, tmp_path
):
    for name in HAMPSHIRE:
        for copy in (tmp_path / "cut" / name, tmp_path / name):
            copy.parent.mkdir(parents=True)
            copy.write_bytes(cut_rows(published / name))
    given = [part for name in HAMPSHIRE for part in ("--from", str(tmp_path / name))]
    given += ["--organisation", "Hampshire County Council"]
    code, said = desk.say("new", "withheld", "--year", "2018/19", "--title", "Withheld", "--authority", "850", *given)
    assert code == 0, said
    code, said = desk.say("reports", "withheld", "--urn", "116285")
    assert code == 0, said
    made = {path: path.read_bytes() for path in (desk.root / "reports" / "withheld" / "schools").rglob("*.*")}
    page = next(content for path, content in made.items() if path.name == "report.html").decode("utf-8")
    assert "suppressed" in page and {path.name for path in made} >= {"report.pdf", "facts.json", "notebook.ipynb"}
    _, urns = alter(tmp_path / "cut", tmp_path)
    assert 116285 in urns
    code, said = desk.say("reports", "withheld", "--urn", "116285")
    assert code == 0 and "unchanged" in said, said
    assert made == {path: path.read_bytes() for path in made}
    latest = tmp_path / HAMPSHIRE[-1]  # the files are read again: a cell that is told moves the report
    cells = latest.read_text(encoding="utf-8-sig")
    (line,) = (line for line in cells.splitlines() if ",116285," in line)
    latest.write_text(cells.replace(line, line.replace(",27%,", ",36%,")), encoding="utf-8-sig", newline="")
    code, said = desk.say("plan", "withheld", "--urn", "116285")
    assert code == 0 and "116285" in said and "changed: own figures" in said, said
