"""A review between two autumns: what is new beyond the reports, and which schools to look at; nothing withheld."""

from __future__ import annotations

import csv
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.analysis.indicators import load_indicators
from pipeline.cli.verbs import app
from pipeline.foundation.paths import Workspace, find_project
from pipeline.policy import list_policies, load_policy
from pipeline.run.desk.reviewing.findings import (
    Finding,
    Watched,
    find_moved_figures,
    find_new_inspections,
    find_new_notes,
    question_far_moves,
)
from pipeline.run.desk.reviewing.published import read_new_files
from pipeline.run.desk.reviewing.review import review_edition
from pipeline.run.desk.reviewing.writing import write_review
from pipeline.sources.frames import INSPECTIONS, MODERATION, SELF_EVALUATION, SOFT_INTELLIGENCE, shape_frame
from pipeline.sources.reading import PublishedFile
from tests.conftest import PRIMARY, SECONDARY

PUBLISHED = find_project() / "data" / "editions" / "sample" / "published"
ABSENCE = PUBLISHED / "2024-2025" / "1_absence_3term_school.csv"
OVERALL = next(one for one in load_indicators() if one.key == "absence_overall")


def write_absence(path, *rows):
    """A file of absence with ``rows``: URN, time period, part of the year, overall and persistent absence."""
    with ABSENCE.open(encoding="utf-8", newline="") as stream:
        header, *known = list(csv.reader(stream))
    figures = ("sess_overall_percent", "enrolments_pa_10_exact_percent")
    places = [header.index(name) for name in ("school_urn", "time_period", "time_identifier", *figures)]
    by_urn = {row[places[0]]: row for row in known}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for row in rows:
            cells = list(by_urn[str(row[0])])
            for place, value in zip(places, row, strict=True):
                cells[place] = str(value)
            writer.writerow(cells)
    return PublishedFile(path, f"new/{path.name}")


def make_facts(*by_year, **more):
    told = [{"year": year, "value": value, "availability": word, "file": "old.csv"} for year, value, word in by_year]
    return {"indicators": [{"indicator": OVERALL.key, "by_year": told}], "inspections": [], "officer": None} | more


def find_moved(tmp_path, facts, *rows, least=1.0):
    new = read_new_files([write_absence(tmp_path / "absence.csv", *rows)])
    assert not new.faults
    figures = new.figures[new.figures["urn"] == PRIMARY]
    return [(one.what, one.look) for one in find_moved_figures(PRIMARY, facts, figures, [Watched(OVERALL, "A", least)])]


KNOWN = make_facts(("2023/24", 5.0, "available"), ("2024/25", 5.4, "available"))
BESIDE = "5.4% in 2024/25, in the report"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "what", "look"),
    [
        ((202526, "Academic year", 6.4), f"2025/26: 6.4%; {BESIDE}: 1.0 percentage points worse, and 1.0 is", True),
        ((202526, "Academic year", 6.3), f"2025/26: 6.3%; {BESIDE}: 0.9 percentage points worse.", False),
        ((202526, "Academic year", 4.1), f"2025/26: 4.1%; {BESIDE}: 1.3 percentage points better.", False),
        ((202526, "Academic year", 5.4), f"2025/26: 5.4%; {BESIDE}: the same.", False),
        ((202425, "Academic year", 7.4), f"2024/25: 7.4%; {BESIDE}: 2.0 percentage points worse", True),
        ((202526, "Academic year", "c"), "2025/26: no figure (suppressed).", False),
        ((202526, "Autumn term", 9.9), "autumn term of 2025/26: 9.9%; nothing stands beside it.", False),
    ],
)
def test_a_new_figure_is_laid_beside_the_reports(tmp_path, row, what, look):
    ((said, worth),) = find_moved(tmp_path, KNOWN, (PRIMARY, *row, 15))
    assert said.startswith(f"Overall absence, {what}") and worth == look


def test_a_figure_that_moved_as_no_other_did_is_questioned_and_not_believed():
    figures = [
        Finding(urn, "A", f"Absence: {urn}.", moved > 1, "new.csv", ("Absence, 2025/26", moved))
        for urn, moved in enumerate([0.1 * (number % 9) - 0.4 for number in range(24)] + [49.0], start=900001)
    ]
    told = question_far_moves(figures)
    assert [(one.urn, one.look) for one in told if one.questioned] == [(900025, False)]
    assert told[-1].what.endswith("look at it in its file before it is believed.")
    assert question_far_moves(figures[-15:]) == figures[-15:]  # of few schools nobody knows how far they move


@pytest.mark.slow
def test_what_cannot_be_is_questioned_as_in_reports(tmp_path):
    file = write_absence(tmp_path / "absence.csv", (PRIMARY, 202526, "Academic year", 154, 15))
    new = read_new_files([file])
    assert [(fault.file, fault.line) for fault in new.questions] == [(file.name, 2)]
    figures = new.figures[new.figures["urn"] == PRIMARY]
    (one,) = find_moved_figures(PRIMARY, KNOWN, figures, [Watched(OVERALL, "A", 1.0)])
    assert not one.look and "no figure" in one.what


@pytest.mark.slow
def test_a_term_is_compared_with_the_same_term_alone(tmp_path):
    terms = [(PRIMARY, year, "Autumn term", value, 10) for year, value in ((202425, 4.0), (202526, 6.0))]
    ((said, look),) = find_moved(tmp_path, KNOWN, *terms)
    assert said.startswith(
        "Overall absence, autumn term of 2025/26: 6.0%; 4.0% in 2024/25: 2.0 percentage points worse"
    )
    assert look and "in the report" not in said


@pytest.mark.slow
def test_what_the_report_knows_already_is_not_new(tmp_path):
    assert not find_moved(tmp_path, KNOWN, (PRIMARY, 202425, "Academic year", 5.4, 15))
    assert not find_moved(tmp_path, KNOWN, (PRIMARY, 202324, "Academic year", 9.9, 15))
    withheld = make_facts(("2024/25", None, "suppressed"))
    assert not find_moved(tmp_path, withheld, (PRIMARY, 202425, "Academic year", "c", "c"))


@pytest.mark.slow
def test_a_withheld_figure_is_neither_told_nor_compared(tmp_path):
    withheld = make_facts(("2023/24", 5.0, "available"), ("2024/25", None, "suppressed"))
    ((said, _),) = find_moved(tmp_path, withheld, (PRIMARY, 202526, "Academic year", 5.5, 15))
    assert "5.0% in 2023/24, in the report" in said


def test_a_new_inspection_is_told_in_its_own_words():
    known = {"framework": "graded judgements", "kind": "graded", "date": "2018-03-13"}
    judged = [("Overall effectiveness", "Good"), ("Safeguarding", "Yes")]
    facts = make_facts(inspections=[known | {"area": area, "outcome": word} for area, word in judged])
    rows = [known | {"area": area, "outcome": word} for area, word in judged]
    card = {"framework": "report card", "kind": "report card", "date": "2026-01-13"}
    rows.append(card | {"area": "Achievement", "outcome": "Needs attention"})
    rows.append(known | {"kind": "previous graded", "area": "x", "outcome": "y"})
    rows.append(known | {"kind": "ungraded", "date": "2015-03-13", "area": "Overall outcome", "outcome": "Good"})
    rows.append(known | {"area": "Safeguarding", "outcome": "No"})
    frame = shape_frame(pd.DataFrame(rows).assign(urn=PRIMARY, file="ofsted.csv", line=2), INSPECTIONS)
    found = list(find_new_inspections(PRIMARY, facts, frame))
    assert [(one.what, one.look) for one in found] == [
        ("Graded inspection of 13 March 2018. Safeguarding: No.", True),
        ("Ungraded inspection of 13 March 2015. Overall outcome: Good.", False),
        ("Report card of 13 January 2026. Achievement: Needs attention.", True),
    ]


def test_notes_since_the_report_are_told_once():
    heard = {"date": "2025-09-11", "kind": "staffing", "source": "Adviser", "note": "One has left."}
    decided = {"date": "2025-11-18", "reason": "Why", "category": "secure"}
    facts = make_facts(officer={"soft_intelligence": [heard], "self_evaluation": [], "panel": decided})
    place = {"urn": PRIMARY, "file": "local/x.csv", "line": 2}
    notes = shape_frame(pd.DataFrame([heard | place, heard | place | {"date": "2026-02-03"}]), SOFT_INTELLIGENCE)
    summary = {"date": "2026-02-03", "summary_grade": "Good", "self_referral": False}
    summaries = shape_frame(pd.DataFrame([summary | place]), SELF_EVALUATION)
    panels = shape_frame(pd.DataFrame([decided | place | {"person": "A", "date": "2026-01-20"}]), MODERATION)
    found = [(one.kind, one.look) for one in find_new_notes(PRIMARY, facts, notes, summaries, panels)]
    assert found == [("Soft intelligence", True), ("Self-evaluation", False), ("Panel", False)]


@pytest.mark.slow
def test_a_file_that_cannot_be_used_is_named_and_the_others_are_read(tmp_path):
    good = write_absence(tmp_path / "absence.csv", (PRIMARY, 202526, "Academic year", 6.4, 15))
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    read = read_new_files([PublishedFile(tmp_path / "bad.csv", "bad.csv"), good])
    assert {fault.file for fault in read.faults} == {"bad.csv"} and len(read.figures)


def test_policies_say_what_is_watched_and_changing_it_makes_no_report_again():
    for name in list_policies():
        policy = load_policy(name)
        assert set(policy.watched) <= {one.key for one in load_indicators()}
        assert policy.model_copy(update={"watched": {}}).dump_rules() == policy.dump_rules()


@pytest.mark.kernel
def test_new_files_of_an_edition_name_the_schools_to_look_at(made_sample, tmp_path, monkeypatch):
    shutil.copytree(made_sample, tmp_path / "home")
    workspace = Workspace(tmp_path / "home")
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(workspace.root))
    ran = CliRunner().invoke(app, ["review", "sample"])
    assert ran.exit_code == 0 and "To look at: 0 schools." in ran.output, ran.output
    paths = workspace.edition("sample")
    kept = {
        path: path.read_bytes() for path in paths.reports.rglob("*") if path.is_file() and "review" not in path.parts
    }
    write_absence(
        paths.published / "2025-2026" / "absence.csv",
        (PRIMARY, 202526, "Academic year", 25, 40),
        (SECONDARY, 202526, "Academic year", "c", 154),
    )
    with (paths.local / "soft_intelligence.csv").open("a", encoding="utf-8") as notes:
        notes.write(f"{PRIMARY},2026-02-03,staffing,<b>Adviser</b>,=Two leave at Easter.\n")
    with (paths.local / "local_returns.csv").open("a", encoding="utf-8") as returns:
        returns.write("# looked at\n")
    ran = CliRunner().invoke(app, ["review", "sample"])
    assert ran.exit_code == 6 and "To look at: 1 school." in ran.output and "Two leave at Easter" in ran.output
    review = review_edition(workspace, "sample", lambda _: None)
    assert [(one.name, one.how) for one in review.files] == [
        ("2025-2026/absence.csv", "new"),
        ("local/local_returns.csv", "changed"),
        ("local/soft_intelligence.csv", "changed"),
    ]
    page = write_review(review)
    told = page.read_text(encoding="utf-8")
    assert "Figures that raise a question" in told and "154 is impossible" in told
    assert "<b>Adviser" not in told and "no figure (suppressed)" in told
    first = page.read_bytes(), (page.parent / "review.csv").read_bytes()
    write_review(review_edition(workspace, "sample", lambda _: None))
    assert (page.read_bytes(), (page.parent / "review.csv").read_bytes()) == first
    assert {path: path.read_bytes() for path in kept} == kept  # no report is made and none is changed
    (paths.local / "soft_intelligence.csv").write_text("urn,dat\n1,2\n", encoding="utf-8")
    ran = CliRunner().invoke(app, ["review", "sample"])
    assert ran.exit_code == 3 and "soft_intelligence.csv" in ran.output + ran.stderr
