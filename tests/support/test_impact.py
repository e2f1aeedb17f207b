"""What became of schools after support: names, results beside schools like them, ratings, and what is not said."""

from __future__ import annotations

import csv

import pytest
from impact_schools import (
    FIRST,
    PROGRAMMES_HEADER,
    add_previous,
    invent_figures,
    make_impact_edition,
    tell_figures,
)
from typer.testing import CliRunner

from pipeline.cli.verbs import app
from pipeline.foundation.errors import FaultyInput, PipelineError
from pipeline.render.checks import read_pdf
from pipeline.run.desk.impact.gathering import gather_sources
from pipeline.run.desk.impact.page import find_impact
from pipeline.run.desk.impact.writing import write_impact
from tests.chromium import find_faults_of_all

SUPPORTED = range(FIRST + 2, FIRST + 8)


def list_rows(urns=SUPPORTED, began="2024-10-08", then="2025-06-24"):
    rows = [(urn, began, 1 + urn % 2) for urn in urns] + [(urn, then, 2 + urn % 2) for urn in urns]
    return [f"Tier 2,{urn},{day},{rating},{rating},,A. Adviser,\n" for urn, day, rating in rows]


def find(folder, figures, rows, **more):
    workspace = make_impact_edition(
        folder, tell_figures(figures, **more), programmes="".join([PROGRAMMES_HEADER, *rows])
    )
    return find_impact(gather_sources(workspace, "sample"))


@pytest.mark.slow
@pytest.mark.parametrize(("effect", "shown"), [(0.0, False), (25.0, True)])
def test_an_effect_is_shown_where_it_is_larger_than_chance(tmp_path, effect, shown):
    (outcome,) = find(tmp_path, invent_figures(effect=effect), list_rows()).outcomes
    assert (len(outcome.named), outcome.beside, outcome.earlier_years) == (6, 24, (2023, 2024))
    assert (outcome.effect.lower > 0) == shown and outcome.effect.lower <= effect <= outcome.effect.upper
    assert outcome.simulated.false == pytest.approx(0.05, abs=0.03)
    assert outcome.simulated.held == pytest.approx(0.95, abs=0.03)
    assert outcome.simulated.moved > 0  # low schools rise with no support at all


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schools", "supported", "reason"),
    [
        (30, 4, "fewer than 5 schools of the programme can be counted"),
        (14, 6, "fewer than 10 schools without a programme"),
    ],
)
def test_of_few_schools_names_are_all_that_is_given(tmp_path, schools, supported, reason):
    impact = find(tmp_path, invent_figures(schools, supported), list_rows(SUPPORTED[:supported]))
    (outcome,) = impact.outcomes
    assert reason in outcome.reason and outcome.effect is None and outcome.named
    folder = write_impact(impact).parent
    told = list(csv.DictReader((folder / "outcomes.csv").read_text(encoding="utf-8").splitlines()))
    assert (told[0]["difference"], told[0]["why_nothing"]) == ("", outcome.reason)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "What changed beside England" not in page and f"School {FIRST + 2}" in page
    if supported < 5:
        assert "rated more than once in fewer than 5 schools" in page and impact.seen[0].first is None


@pytest.mark.slow
@pytest.mark.parametrize("unlike", [{"rating": "not rated"}, {"early": True}])
def test_schools_that_are_not_rated_and_early_figures_are_left_out(tmp_path, unlike):
    (outcome,) = find(tmp_path, invent_figures(), list_rows(), **unlike).outcomes
    assert outcome.reason and not outcome.named
    assert outcome.left_out[0][1] == "no figures both from before and of this year that may be used"


@pytest.mark.slow
def test_a_school_lower_than_all_others_stands_beside_nobody(tmp_path):
    figures = invent_figures()
    figures[FIRST + 2] = [5.0, 6.0, 30.0]
    (outcome,) = find(tmp_path, figures, list_rows()).outcomes
    assert outcome.left_out == (
        (f"School {FIRST + 2}", "no school without a programme had results like its own before"),
    )
    assert len(outcome.named) == 5


@pytest.mark.slow
def test_what_began_in_may_shows_in_next_years_results(tmp_path):
    impact = find(tmp_path, invent_figures(), list_rows(began="2025-05-06"))
    assert [wave.first for wave in impact.waves] == [2026] and impact.outcomes == ()
    assert "It began too late for results of 2024/25." in (write_impact(impact).read_text(encoding="utf-8"))


@pytest.mark.slow
def test_ratings_are_summed_up_over_the_same_schools(tmp_path):
    rows = [*list_rows(), "Tier 2,900120,2025-06-24,4,,,A. Adviser,\n"]  # rated once: not counted
    staff, practice, pupils = find(tmp_path, invent_figures(), rows).seen
    assert (staff.schools, staff.first, staff.latest, staff.by_year) == (6, 1.5, 2.5, ((2025, 2.5),))
    assert (staff.rose, staff.same, staff.fell) == (6, 0, 0)
    assert (practice.aspect, pupils.schools, pupils.first) == ("Classroom practice", 0, None)


@pytest.mark.slow
def test_moves_are_told_with_names_over_the_years(tmp_path):
    then = make_impact_edition(tmp_path / "then", {900003: {"before": ("Secure Plus", 1), "name": "Hill School"}})
    now = make_impact_edition(
        tmp_path / "now",
        {
            900003: {"before": ("Secure", 2), "category": "focus", "title": "Focus support", "sureness": "borderline"},
            900004: {"before": None},
        },
    )
    add_previous(now, tmp_path / "then")
    assert then.root != now.root
    impact = find_impact(gather_sources(now, "sample"))
    (latest,), (earlier,) = impact.moves.values()
    assert (latest.before, latest.now, latest.tiers, latest.unsure) == ("Secure", "Focus support", 2, True)
    assert (earlier.year, earlier.name, earlier.tiers) == ("2023/24", "Hill School", 1)
    page = write_impact(impact).read_text(encoding="utf-8")
    assert "School 900003*" in page and "Hill School" in page


@pytest.mark.slow
@pytest.mark.parametrize(("note", "years"), [("", (2022, 2023, 2024)), ("The measure is new.", (2023, 2024))])
def test_earlier_editions_tell_more_years_before_but_not_over_a_break(tmp_path, note, years):
    figures = invent_figures()
    make_impact_edition(tmp_path / "then", tell_figures(figures, year=2024))
    now = make_impact_edition(
        tmp_path / "now",
        tell_figures(figures, window_note=note),
        programmes="".join([PROGRAMMES_HEADER, *list_rows()]),
    )
    add_previous(now, tmp_path / "then")
    (outcome,) = find_impact(gather_sources(now, "sample")).outcomes
    assert outcome.earlier_years == years


@pytest.mark.slow
def test_a_year_before_without_reports_is_said_and_stops_nothing(tmp_path):
    make_impact_edition(tmp_path / "then", {})
    now = make_impact_edition(tmp_path / "now", {900003: {"before": ("Secure", 2)}})
    add_previous(now, tmp_path / "then")
    impact = find_impact(gather_sources(now, "sample"))
    assert "there are no reports" in impact.sources.missing
    assert "Earlier editions are not told" in write_impact(impact).read_text(encoding="utf-8")


def test_every_fault_of_the_programmes_is_told_at_once(tmp_path):
    rows = [
        ",900101,2024-10-08,1,,,A,\n",
        "Tier 2,900999,2024-10-08,1,,,A,\n",
        "Tier 2,900101,2024-10-08,5,0,two,A,\n",
        "Tier 2,900102,,1,,,,\n",
        "tier-2,900101,08/10/2024,1,,,A,\n",
        "Tier 2,900101,2031-10-08,1,,,A,\n",
    ]
    with pytest.raises(FaultyInput) as raised:
        find(tmp_path, invent_figures(3), rows)
    faults = [(fault.line, fault.column) for fault in raised.value.faults]
    assert faults == [
        (2, "programme"),
        (3, "urn"),
        (4, "classroom_practice"),
        (4, "pupils_engagement"),
        (4, "staff_capability"),
        (5, "date"),
        (5, "person"),
        (6, None),
        (7, "date"),
    ]


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes_whatever_the_order_of_rows(tmp_path):
    figures, rows = invent_figures(), list_rows()
    figures[FIRST + 3] = [55.0, 58.0, 61.0]
    folders = [
        write_impact(find(tmp_path / name, dict(told), listed)).parent
        for name, told, listed in (
            ("one", figures.items(), rows),
            ("other", reversed(figures.items()), reversed(rows)),
        )
    ]
    one, other = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert one == other and set(one) == {"index.html", "index.pdf", "movements.csv", "outcomes.csv", "ratings.csv"}


@pytest.mark.slow
def test_the_verb_writes_a_page_and_a_pdf_that_trust_no_name(tmp_path, monkeypatch):
    schools = tell_figures(invent_figures())
    schools[FIRST + 2]["name"] = "=HYPERLINK(1) <script>alert(1)</script>"
    schools[FIRST + 2]["before"] = ("Secure", 2)
    workspace = make_impact_edition(tmp_path, schools, programmes="".join([PROGRAMMES_HEADER, *list_rows()]))
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(workspace.root))
    ran = CliRunner().invoke(app, ["impact", "sample"])
    assert ran.exit_code == 0 and "impact/index.html" in ran.output.replace("\n", ""), ran.output
    folder = workspace.edition("sample").reports / "impact"
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "<script>" not in page and "What cannot be concluded" in page
    assert "'=HYPERLINK(1)" in (folder / "movements.csv").read_text(encoding="utf-8")
    assert "What cannot be concluded" in read_pdf((folder / "index.pdf").read_bytes()).text


@pytest.mark.kernel
def test_the_page_has_no_fault_that_axe_can_find(browser, axe, tmp_path):
    page = write_impact(find(tmp_path, invent_figures(), list_rows()))
    assert find_faults_of_all(browser, axe, [page]) == {}


def test_without_reports_it_is_said_what_to_do(tmp_path):
    with pytest.raises(PipelineError, match="there are no reports to find impact from"):
        gather_sources(make_impact_edition(tmp_path, {}), "sample")
