"""Local files of an edition: read once, by themselves, joined with last year's reports, and never passed over."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from pipeline.edition.editions import Area, load_edition, write_new_edition
from pipeline.foundation.errors import FaultyInput, PipelineError
from pipeline.foundation.paths import Workspace, find_project
from pipeline.run.preparing import local as run_local
from pipeline.run.preparing.local import hash_local_files, list_local_warnings, prepare_local
from pipeline.run.preparing.preparation import list_warnings, prepare
from pipeline.sources.frames import LINKS, SCHOOLS, shape_frame
from pipeline.sources.local import LOCAL_FILES, prepared
from pipeline.sources.prepared import TABLES, open_prepared, write_tables

PANEL = "urn,category,reason,person,date\n900001,Focus support,A reason to read.,A. Adviser,2025-11-20\n"
LAST = "urn,category\n900001,Secure\n"


@pytest.fixture
def edition(tmp_path):
    """A new edition of the authority 998, whose prepared tables name four schools."""
    made = write_new_edition(
        Workspace(tmp_path),
        "county-2025",
        area=Area(authority=998),
        year="2024/25",
        policy="worcestershire",
        title="",
        files=(),
    )
    tables = {name: shape_frame(pd.DataFrame(), dict(columns)) for name, columns in TABLES.items()}
    names = {900001: "Ash", 900002: "Beech", 900022: "Cedar Academy", 900122: "Cedar"}
    schools = [{"urn": urn, "name": name, "la": 998, "phase": "primary"} for urn, name in names.items()]
    tables["schools"] = shape_frame(pd.DataFrame([*schools, {"urn": 900501, "name": "Elsewhere", "la": 996}]), SCHOOLS)
    link = {"urn": 900022, "predecessor": 900122, "kind": "succession", "chained": True, "date": "2025-01-01"}
    tables["links"] = shape_frame(pd.DataFrame([link]), LINKS)
    write_tables(made.paths.prepared, tables, [])
    return made


@pytest.fixture
def unchecked(monkeypatch):
    """Leaves the suites out, which the tests of validation run."""
    monkeypatch.setattr(run_local, "_check", lambda local: [])


def read(edition, published="key", **files):
    for stem, text in files.items():
        (edition.paths.local / f"{stem}.csv").write_text(text, encoding="utf-8")
    tables = open_prepared(edition.paths.prepared)
    prepare_local(edition, published)
    return tables


def change_description(edition, line):
    path = edition.paths.description
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    return load_edition(Workspace(edition.paths.folder.parents[2]), edition.name)


@pytest.mark.slow
def test_a_new_edition_has_a_template_of_every_local_file_and_says_nothing_with_them(edition):
    assert sorted(path.name for path in edition.paths.local.iterdir()) == sorted(f"{f.stem}.csv" for f in LOCAL_FILES)
    tables = read(edition)
    assert tables.load_school(900001).local.moderation.empty
    assert list_local_warnings(tables.folder) == ()


@pytest.mark.slow
def test_a_school_is_given_its_own_rows_and_no_others(edition, unchecked):
    tables = read(edition, moderation=PANEL, categories_last_year=LAST + "900002,Secure Plus\n")
    assert tables.load_school(900001).local.moderation["category"].tolist() == ["Focus support"]
    other = tables.load_school(900002).local
    assert other.moderation.empty and other.last_year["category"].tolist() == ["Secure Plus"]


@pytest.mark.slow
def test_local_files_are_read_again_only_when_something_changed(edition, unchecked, monkeypatch):
    made = []
    write = prepared.write_local
    monkeypatch.setattr(prepared, "write_local", lambda *what: made.append(1) or write(*what))
    read(edition, moderation=PANEL)
    read(edition)
    assert len(made) == 1
    read(edition, moderation=PANEL.replace("Focus", "Intensive"))
    read(edition, published="another key")
    assert len(made) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("stamp.json", b"[]", "nothing says what it was made from"),
        ("moderation.parquet", None, "moderation.parquet is gone"),
    ],
)
def test_local_tables_that_are_not_whole_are_made_again_and_the_reason_is_told(
    edition, unchecked, name, content, reason
):
    tables = read(edition, moderation=PANEL)
    path = tables.folder / "local" / name
    path.unlink() if content is None else path.write_bytes(content)
    told = []
    prepare_local(edition, "key", told.append)
    assert told == [f"the local files again: {reason}"]
    assert len(tables.load_school(900001).local.moderation) == 1
    prepare_local(edition, "key", told.append)
    assert len(told) == 1


@pytest.mark.slow
def test_a_fault_stops_all_and_leaves_no_report_to_be_made_without_the_file(edition, unchecked):
    tables = read(edition, moderation=PANEL)
    with pytest.raises(FaultyInput, match="URN 900501 is Elsewhere, which is no school of this edition's area"):
        read(edition, moderation=PANEL.replace("900001", "900501"))
    with pytest.raises(PipelineError, match="Run `python -m pipeline prepare county-2025`"):
        tables.load_school(900001)
    assert len(read(edition, moderation=PANEL).load_school(900001).local.moderation) == 1


@pytest.mark.slow
def test_the_words_of_a_category_are_those_of_the_editions_own_policy(edition):
    with pytest.raises(FaultyInput, match=r"(?s)'Sustain' is no category.*Secure Plus, Secure, Light touch support"):
        read(edition, moderation=PANEL.replace("Focus support", "Sustain"))


def compose_facts(edition, name, **schools):
    """Reports of an edition on the year before: each school's indicated category, and its final one where named."""
    folder = edition.paths.folder.with_name(name)
    folder.mkdir()
    (folder / "edition.yaml").write_text(
        "title: Before\narea: {authority: 998}\nyear: 2023/24\npolicy: worcestershire\n", encoding="utf-8"
    )
    for key, (indicated, final) in schools.items():
        urn = int(key.removeprefix("urn"))
        ratings = [("england", "gap"), ("similar schools", "not rated")]
        comparisons = [{"comparator": comparator, "rating": rating} for comparator, rating in ratings]
        facts = {
            "school": {"urn": urn},
            "assignment": {"category": indicated},
            "indicators": [
                {"title": "A title", "short_title": "Progress 8", "comparisons": comparisons, "persistent": True}
            ],
            "policy": {"key": "county"},
            "inspections": [{"date": "2019-03-12"}, {"date": ""}],
        }
        if final:
            facts["final"] = {"category": final}
        place = edition.paths.reports.parent / name / "schools" / str(urn)
        place.mkdir(parents=True)
        (place / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


@pytest.mark.slow
def test_last_years_category_is_what_its_report_said_unless_the_file_says_otherwise(edition, unchecked):
    before = {"urn900001": ("focus", None), "urn900002": ("secure", "light_touch"), "urn900122": ("secure", None)}
    compose_facts(edition, "county-2024", **before)
    edition = change_description(edition, "previous: county-2024")
    tables = read(edition)
    found = {urn: tables.load_school(urn).local.last_year for urn in (900001, 900002, 900022)}
    assert {urn: rows[["category", "source"]].values.tolist() for urn, rows in found.items()} == {
        900001: [["focus", "the edition county-2024"]],
        900002: [["light_touch", "the edition county-2024"]],
        900022: [["secure", "the edition county-2024 (URN 900122)"]],
    }
    tables = read(edition, categories_last_year=LAST)
    assert tables.load_school(900001).local.last_year[["category", "source"]].values.tolist() == [
        ["Secure", "categories_last_year.csv"]
    ]
    known = {"inspected": ["2019-03-12"], "ratings": [["england", "Progress 8", "gap"]], "lasting": ["Progress 8"]}
    for urn, indicated in ((900001, "focus"), (900022, "secure")):
        # what was found is known though a file says another category, or of a predecessor
        told = json.loads(tables.load_school(urn).local.last_year["findings"].iloc[0])
        assert told == known | {"policy": "county", "indicated": indicated}
    shutil.rmtree(edition.paths.reports.parent / "county-2024" / "schools" / "900002")
    assert read(edition).load_school(900002).local.last_year.empty


@pytest.mark.slow
def test_a_previous_edition_without_reports_is_said_to_have_none(edition):
    compose_facts(edition, "county-2024")
    edition = change_description(edition, "previous: county-2024")
    assert [warning.what for warning in list_local_warnings(read(edition).folder)] == [
        "the edition county-2024 has no reports, so they tell no category of last year"
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("previous", "said"),
    [
        ("county-2023", r"there is no edition 'county-2023'\n    Did you mean 'county-2024'\?"),
        ("../secret", "there is no edition"),
        ("county-2025", r"county-2025 is of 2024/25, which is no year before"),
    ],
)
def test_a_previous_edition_must_be_there_and_be_of_an_earlier_year(edition, previous, said):
    compose_facts(edition, "county-2024")
    with pytest.raises(FaultyInput, match=rf"county-2025/edition\.yaml, line \d+: previous: {said}"):
        change_description(edition, f"previous: {previous}")


@pytest.mark.slow
def test_local_returns_count_among_the_published_files_once_they_hold_a_figure(edition):
    (edition.paths.published / "england_abs.csv").write_text("LA\n")
    assert [file.name for file in edition.list_published()] == ["england_abs.csv"]
    returns = edition.paths.local / "local_returns.csv"
    returns.write_text(returns.read_text() + "900001,2024/25,phonics_expected,30,83\n")
    found = edition.list_published()[1]
    assert (found.name, found.year, found.family) == ("local/local_returns.csv", 2025, "local_returns")
    assert "local/local_returns.csv" not in hash_local_files(edition)
    assert "local/moderation.csv" in hash_local_files(edition)


@pytest.mark.slow
def test_a_panel_after_the_day_that_reports_print_is_asked_about(edition, unchecked):
    assert list_local_warnings(read(edition, moderation=PANEL.replace("2025-11-20", "2025-11-01")).folder) == ()
    later = PANEL + "900002,Focus support,A reason to read.,A. Adviser,2025-11-18\n"
    (asked,) = list_local_warnings(read(edition, moderation=later).folder)
    assert (asked.file, asked.line, asked.column, asked.urn) == ("local/moderation.csv", 2, "date", 900001)
    assert asked.what == "the last of 2 rows dated after 1 November 2025, the day that is printed on the reports"
    assert "`date: 2025-11-20`" in asked.remedy


@pytest.mark.slow
def test_results_of_another_phase_are_asked_about_once_a_school_and_file(edition, unchecked):
    tables = open_prepared(edition.paths.prepared)
    schools = tables.schools().astype({"phase": object})
    schools.loc[schools["urn"] == 900501, ["la", "phase"]] = 998, "secondary"
    figure = {"level": "school", "published_urn": 900501, "urn": 900501, "measure": "phonics_expected", "line": 7}
    observed = pd.DataFrame([{**figure, "year": 2025, "file": "local/local_returns.csv"}])
    made = {name: shape_frame(pd.DataFrame(), dict(columns)) for name, columns in TABLES.items()}
    made |= {"schools": shape_frame(schools, SCHOOLS), "observations": shape_frame(observed, TABLES["observations"])}
    write_tables(edition.paths.prepared, made, [])
    told = ("900501,rwm expected", "900501,reading expected", "900501,basics 9-5", "900001,rwm expected")
    rows = "".join(f"{one},20,30\n" for one in told)
    read(edition, early_results="urn,measure,number,of_how_many\n" + rows)
    warnings = list_local_warnings(edition.paths.prepared)
    assert [(one.file, one.line, one.column, one.urn) for one in warnings] == [
        ("local/early_results.csv", 2, "urn", 900501),
        ("local/local_returns.csv", 7, "urn", 900501),
    ]
    assert warnings[0].what == (
        "Elsewhere is of the phase secondary, whose schools have no such results: "
        "reading, writing and maths expected, reading expected"
    )


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """The sample county, with two published files and all its local ones."""
    root = tmp_path_factory.mktemp("county")
    folder = root / "data" / "editions" / "sample"
    shutil.copytree(
        find_project() / "data" / "editions" / "sample", folder, ignore=shutil.ignore_patterns("prepared", "published")
    )
    for name in ("2024-2025/england_ks2final.csv", "gias/edubasealldata20251001.csv"):
        (folder / "published" / name).parent.mkdir(parents=True)
        shutil.copy(find_project() / "data" / "editions" / "sample" / "published" / name, folder / "published" / name)
    return Workspace(root)


@pytest.mark.kernel
def test_the_samples_local_files_are_prepared_and_an_edited_panel_makes_no_published_file_be_read_again(county):
    told = []
    edition = load_edition(county, "sample")
    tables = prepare(edition, progress=told.append).tables
    assert "local/local_returns.csv" in told
    (panel,) = tables.load_school(900039).local.moderation["category"]
    assert panel == "Light touch support"
    phonics = tables.load_school(900006).observations.query("measure == 'phonics_expected'")
    assert phonics["year"].tolist() == [2023, 2024, 2025] and phonics["cohort"].tolist() == [89, 90, 87]
    assert {"level": "england, state-funded", "value": 80} in (
        tables.area_observations()
        .query("measure == 'phonics_expected' and year == 2025")[["level", "value"]]
        .to_dict("records")
    )
    told.clear()
    moderation = edition.paths.local / "moderation.csv"
    moderation.write_text(
        moderation.read_text("utf-8").replace("900039,Light touch support", "900039,Focus support").replace("An", "an")
    )
    tables = prepare(edition, progress=told.append).tables
    assert tables.load_school(900039).local.moderation["category"].tolist() == ["Focus support"]
    assert not any(step.endswith(".csv") for step in told)


@pytest.mark.kernel
def test_what_a_suite_warns_of_is_listed_with_the_other_warnings(county):
    edition = load_edition(county, "sample")
    moderation = edition.paths.local / "moderation.csv"
    moderation.write_text(moderation.read_text("utf-8") + "900001,Secure,As it was.,Me,2025-11-20\n", "utf-8")
    (warning,) = [fault for fault in list_warnings(prepare(edition).tables) if fault.file == "local/moderation.csv"]
    assert (warning.line, warning.column, warning.urn) == (12, "reason", 900001)
    assert "A reason is a sentence or two. Found: As it was." in warning.what
