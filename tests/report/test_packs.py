"""Papers of meetings about schools: one binder a meeting, and decisions that come back from its form."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pikepdf
import pytest
from example_site import build_facts, tell_move
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.cli.verbs import app
from pipeline.edition.editions import load_edition, read_policy_of
from pipeline.foundation.errors import FaultyInput, PipelineError
from pipeline.foundation.paths import Workspace, find_project
from pipeline.policy.checking.meetings import check_meetings
from pipeline.policy.panel.moderation import list_category_words
from pipeline.render.checks import check_pdf, read_pdf
from pipeline.render.pdf import walk_tags
from pipeline.run.desk.following.tables import ACTIVITY_COLUMNS
from pipeline.run.desk.packs.actions import Action, LastYear, tell_actions
from pipeline.run.desk.packs.writing import record_form, write_packs
from pipeline.run.desk.support.writing import COLUMNS
from pipeline.sources.local.folder import read_local
from pipeline.sources.local.rows import Schools
from tests.chromium import find_faults_of_all
from tests.conftest import count_examples

SCHOOLS = {
    900003: ("Ash Primary School", "focus"),
    900001: ("=1+1 <b>Zoë's</b> School", "secure"),
    900027: ("Meadow School", "insufficient_evidence"),
}


def write_edition(root: Path) -> Workspace:
    folder = root / "data" / "editions" / "sample"
    folder.mkdir(parents=True)
    shutil.copy(find_project() / "data" / "editions" / "sample" / "edition.yaml", folder)
    write_reports(root / "reports" / "sample")
    return Workspace(root)


@pytest.fixture
def workspace(tmp_path):
    return write_edition(tmp_path)


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """An edition with its papers made: to be read."""
    workspace = write_edition(tmp_path_factory.mktemp("packed"))
    make(workspace)
    return workspace


@pytest.fixture
def desk(packed, tmp_path):
    """A copy of it, on whose forms a test writes."""
    shutil.copytree(packed.root, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path)


def find_papers(workspace: Workspace) -> Path:
    return workspace.edition("sample").reports / "packs"


def write_reports(reports: Path, **changed) -> None:
    for urn, (name, category) in SCHOOLS.items():
        folder = reports / "schools" / str(urn)
        folder.mkdir(parents=True)
        facts = build_facts(urn, name, category, last_year=tell_move("secure", 1), **changed)
        (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    statuses = [{"urn": urn, "name": name, "status": "done"} for urn, (name, _) in SCHOOLS.items()]
    (reports / "schools.json").write_text(json.dumps(statuses), encoding="utf-8")


def make(workspace):
    write_packs(workspace, "sample", lambda _: None)
    return find_papers(workspace)


def fill_form(folder: Path, rows: dict[int, dict[str, str]]) -> None:
    """Write on the form as a person would, in a spreadsheet that keeps its columns."""
    form = folder / "decisions.csv"
    told = list(csv.DictReader(form.read_text(encoding="utf-8-sig").splitlines()))
    for row in told:
        row |= rows.get(int(row["urn"]), {})
    with form.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, told[0])
        writer.writeheader()
        writer.writerows(told)


def read_moderation(workspace):
    edition = load_edition(workspace, "sample")
    words = list_category_words(read_policy_of(edition))
    schools = Schools({urn: name for urn, (name, _) in SCHOOLS.items()})
    reading = read_local(edition.paths.local, schools, year=edition.year, date=edition.date, categories=words)
    return reading.local.moderation


DECIDED = {"reason": 'Works well: "no change", as in June.', "person": "H. Marlow", "date": "2025-12-10"}


@pytest.mark.slow
def test_a_binder_is_one_accessible_document_with_a_part_a_school(packed):
    pdf = (find_papers(packed) / "category_panel.pdf").read_bytes()
    assert check_pdf(pdf) == []
    content = read_pdf(pdf)
    assert (content.tags["H1"], content.tags["H2"]) == (1, 3) and content.tags["TOCI"] == 3
    pages = content.text.split("\f")
    for name, category in SCHOOLS.values():
        begins = [number for number, page in enumerate(pages, 1) if f"{name} (URN" in page and "Agenda" in page]
        entry = next(line for line in pages[0].splitlines() if line.startswith(name))
        assert [int(entry.split()[-1])] == begins and category
    assert f"Page 2 of {len(pages)}" in pages[1].replace("\r\n", " ")
    with pikepdf.open(find_papers(packed) / "category_panel.pdf") as document:
        with document.open_outline() as outline:
            (whole,) = outline.root
            assert [str(part.title) for part in whole.children] == [
                f"{name} (URN {urn})" for urn, (name, _) in sorted(SCHOOLS.items(), key=lambda one: one[1][0])
            ]
        parents = [int(page.obj["/StructParents"]) for page in document.pages]
        assert len(set(parents)) == len(pages)  # bound before it was written: tags of no two pages collide
        assert {str(tag["/S"]) for tag in walk_tags(document.Root)} >= {"/TH", "/TOC", "/L"}


@pytest.mark.kernel
def test_no_binder_has_a_fault_that_axe_can_find(packed, browser, axe):
    folder = find_papers(packed)
    pages = [folder / f"{name}.html" for name in ("category_panel", "project_board")]
    assert find_faults_of_all(browser, axe, pages) == {}


@pytest.mark.slow
def test_of_many_schools_several_binders_are_made_by_name_each_a_document_of_its_own(workspace):
    policy = (find_project() / "pipeline/policy/policies/worcestershire.yaml").read_text(encoding="utf-8")
    own = policy.replace("  - key: category_panel\n", "  - key: category_panel\n    schools_in_a_binder: 2\n", 1)
    assert own != policy
    paths = workspace.edition("sample")
    (paths.folder / "worcestershire.yaml").write_text(own, encoding="utf-8")
    said = paths.description.read_text(encoding="utf-8")
    paths.description.write_text(
        said.replace("policy: worcestershire", "policy: worcestershire.yaml"), encoding="utf-8"
    )
    folder = make(workspace)
    assert {path.name for path in folder.glob("category_panel*")} == {
        f"category_panel-{number}.{kind}" for number in (1, 2) for kind in ("html", "pdf")
    }
    held = []
    for number in (1, 2):
        pdf = (folder / f"category_panel-{number}.pdf").read_bytes()
        assert check_pdf(pdf) == []
        told = read_pdf(pdf).text.replace("\r\n", " ")
        assert f"binder {number} of 2" in told
        held.append({urn for urn in SCHOOLS if f"(URN {urn})" in told})
    assert [len(part) for part in held] == [1, 2] and set.union(*held) == set(SCHOOLS)
    assert (folder / "project_board.pdf").is_file()  # one school: one binder


@pytest.mark.slow
def test_the_policy_says_whose_papers_a_meeting_has_and_what_they_show(packed):
    folder = find_papers(packed)
    board, panel = (
        (folder / f"{name}.html").read_text(encoding="utf-8") for name in ("project_board", "category_panel")
    )
    assert "Ash Primary School" in board and "Meadow School" not in board
    assert "Agreed: what, who, by when" in board and "Record of the decision" not in board
    assert panel.count("Record of the decision") >= 3
    assert "<b>" not in panel and "&lt;b&gt;Zoë" in panel
    assert "For officers" in panel
    named = re.findall(r'<caption id="[^"]+">([^<]+)|<section class="to-fill-in" aria-label="([^"]+)"', panel)
    assert len(named) == len(set(named)) > 9  # whoever goes from part to part by ear knows whose each is


@pytest.mark.slow
def test_what_was_heard_stands_in_officers_papers_alone(packed):
    paths = packed.edition("sample")
    assert {path.name for path in (paths.reports / "schools" / "900001").iterdir()} == {"facts.json"}


@pytest.mark.slow
def test_last_years_actions_and_what_became_of_them(workspace, tmp_path):
    now = build_facts(900003, "Ash", "focus", ratings=[("maths", "no clear difference", True)])
    then = build_facts(900003, "Ash", "focus", ratings=[("maths", "gap", True), ("reading", "strength", True)])
    visit = Action("2025-01-14", "Initial visit 1", "Maths", "given", "Ines Calloway", "Agreed to look at fractions.")
    last_year = LastYear({900003: then}, {900003: [visit]})
    areas, planned = tell_actions(last_year, now)
    (row,) = areas.rows
    assert (row.cells[0], str(row.cells[1]), str(row.cells[2])) == ("maths", "gap", "no clear difference")
    assert planned.rows[0].cells == (
        *("14 January 2025", "Initial visit 1", "Maths", "given", "Ines Calloway"),
        "Agreed to look at fractions.",
    )
    unknown = tell_actions(LastYear(why_not="edition.yaml names no edition as previous"), now)
    assert "edition.yaml names no edition as previous" in unknown[0].things[0]


@pytest.mark.slow
def test_last_years_edition_tells_its_actions(workspace, tmp_path):
    paths = workspace.edition("sample")
    older = workspace.editions / "before" / "edition.yaml"
    older.parent.mkdir()
    said = paths.description.read_text(encoding="utf-8")
    older.write_text(said.replace("year: 2024/25", "year: 2023/24"), encoding="utf-8")
    paths.description.write_text(f"{said}previous: before\n", encoding="utf-8")
    write_reports(workspace.reports / "before", ratings=[("maths", "gap", True)])
    plan, log = workspace.reports / "before/support/plan.csv", workspace.reports / "sample/follow-up/follow-up.csv"
    for path, text in (
        (plan, f"{','.join(COLUMNS)}\n900003,Ash,,Follow-up call,2,planned,2025-02-03{',' * 14}\n"),
        (log, f"{','.join(ACTIVITY_COLUMNS)}\n900003,Ash,Visit,1,,2026-01-14,,,given,2026-01-20,,,,,,Went well.,\n"),
    ):
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
    panel = (make(workspace) / "category_panel.html").read_text(encoding="utf-8")
    assert "what was a gap last year, and what it is now" in panel and "Follow-up call 2" in panel
    assert "support this year so far" in panel and "Went well." in panel
    assert "20 January 2026" in panel and "14 January 2026" not in panel  # the day it was given


@pytest.mark.slow
@pytest.mark.parametrize("own", ["", "date,person,category,urn,reason,School\r\n# kept\r\n"])
def test_what_a_panel_writes_on_the_form_is_its_decision(desk, own):
    folder = find_papers(desk)
    local = desk.edition("sample").local
    if own:
        local.mkdir(exist_ok=True)
        (local / "moderation.csv").write_bytes(own.encode())
    fill_form(folder, {900003: DECIDED, 900027: DECIDED | {"category": "light touch support", "date": "11/12/2025"}})
    recorded = record_form(desk, "sample")
    assert (recorded.new, recorded.known, recorded.empty) == (2, 0, 1)
    rows = read_moderation(desk)[["urn", "category", "reason", "person", "date"]].values.tolist()
    assert rows == [
        [900003, "Focus support", DECIDED["reason"], "H. Marlow", "2025-12-10"],
        [900027, "Light touch support", DECIDED["reason"], "H. Marlow", "2025-12-11"],
    ]
    again = record_form(desk, "sample")
    assert (again.new, again.known) == (0, 2) and len(read_moderation(desk)) == 2
    assert own in (local / "moderation.csv").read_bytes().decode()
    make(desk)  # what is recorded may be written over


@pytest.mark.slow
@settings(max_examples=count_examples(5))
@given(st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" '\",;#="), min_size=1))
def test_any_reason_comes_back_as_it_was_written(tmp_path_factory, reason):
    reason = " ".join(reason.split()) or "x"
    workspace = write_edition(tmp_path_factory.mktemp("form"))
    form = workspace.root / "form.csv"
    with form.open("w", encoding="utf-8", newline="") as stream:
        rows = [["urn", "category", "reason", "person", "date"], [900003, "Secure", reason, "A. Adviser", "2025-12-10"]]
        csv.writer(stream).writerows(rows)
    record_form(workspace, "sample", form)
    assert list(read_moderation(workspace)["reason"]) == [reason]


@pytest.mark.slow
def test_every_fault_of_a_filled_form_is_told_at_once_and_nothing_is_recorded(desk):
    folder = find_papers(desk)
    fill_form(
        folder,
        {
            900001: DECIDED | {"category": "Sekure", "date": "2024-01-01"},
            900003: DECIDED | {"reason": ""},
            900027: DECIDED,  # the form proposes no category where there is none
        },
    )
    with pytest.raises(FaultyInput) as raised:
        record_form(desk, "sample")
    assert [(fault.file, fault.line, fault.column) for fault in raised.value.faults] == [
        ("decisions.csv", 2, "category"),
        ("decisions.csv", 2, "date"),
        ("decisions.csv", 3, "reason"),
        ("decisions.csv", 4, "category"),
    ]
    assert not (desk.edition("sample").local / "moderation.csv").exists()


@pytest.mark.slow
def test_two_accounts_of_one_panel_are_refused(desk):
    folder = find_papers(desk)
    fill_form(folder, {900003: DECIDED})
    record_form(desk, "sample")
    fill_form(folder, {900003: DECIDED | {"reason": "Another."}})
    with pytest.raises(FaultyInput, match="says otherwise of this school and day"):
        record_form(desk, "sample")


@pytest.mark.slow
def test_a_filled_form_is_not_written_over_and_a_file_that_cannot_be_added_to_is_left(desk):
    folder = find_papers(desk)
    fill_form(folder, {900003: DECIDED})
    with pytest.raises(PipelineError, match="1 decision in it is not recorded yet"):
        make(desk)
    local = desk.edition("sample").local
    local.mkdir()
    (local / "moderation.csv").write_text("urn,category,reason,person,date\n# Zoë\n", encoding="cp1252")
    with pytest.raises(PipelineError, match="not written as UTF-8"):
        record_form(desk, "sample")


@pytest.mark.slow
def test_the_verb_makes_binders_and_records(workspace, monkeypatch):
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(workspace.root))
    ran = CliRunner().invoke(app, ["packs", "sample"])
    assert ran.exit_code == 0 and "Project board: 1 school," in ran.output, ran.output
    fill_form(workspace.edition("sample").reports / "packs", {900003: DECIDED})
    ran = CliRunner().invoke(app, ["packs", "sample", "--record"])
    assert "1 decision recorded in local/moderation.csv, 0 there already, 2 rows not filled in." in ran.output


@pytest.mark.slow
def test_the_same_facts_give_the_same_bytes(workspace):
    first = {path.name: path.read_bytes() for path in make(workspace).iterdir()}
    assert {path.name: path.read_bytes() for path in make(workspace).iterdir()} == first


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"categories": ("focuss",)}, "'focuss' is no category"),
        ({"decides": False}, "does not decide and an item shows"),
        ({"key": "project_board"}, "two meetings are called"),
    ],
)
def test_a_policys_meetings_are_checked(workspace, change, what):
    policy = read_policy_of(load_edition(workspace, "sample"))
    assert list(check_meetings(policy)) == []
    panel, board = policy.meetings
    wrong = policy.model_copy(update={"meetings": (panel.model_copy(update=change), board)})
    assert what in next(misfit.what for misfit in check_meetings(wrong))


def test_papers_do_not_make_reports_again(workspace):
    assert "meetings" not in read_policy_of(load_edition(workspace, "sample")).dump_rules()
