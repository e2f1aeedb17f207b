"""What stays with the officer: rendered, and searched for, in the school's page, its PDF and their metadata."""

import ast
import io

import nbformat
import pytest
from example_school import CERTAINTY, SECRETS, build_report, build_whole_report, decide
from nbformat.v4 import new_output
from pypdf import PdfReader
from test_notebooks import NOTEBOOKS

from pipeline.render.html import render_html
from pipeline.render.pdf import render_pdf
from pipeline.report.facts import FACTS_MIME, build_school_facts, compose_facts
from pipeline.report.school import notebook, officer


def _execute(report):
    """The school's notebook with the outputs its cells would have, the published facts among them."""
    executed = nbformat.read(NOTEBOOKS / "school_report.ipynb", as_version=4)
    for cell in executed.cells[2:]:
        if cell.cell_type != "code":
            continue
        function = ast.parse(cell.source).body[0].value.func.id
        if function == "publish_facts":
            facts = build_school_facts(report, notebook.list_exhibits(report))
            cell.outputs = [new_output("display_data", data={FACTS_MIME: facts, "text/plain": "Facts published."})]
        elif (shown := getattr(notebook, function)(report)) is not None:
            cell.outputs = [new_output("display_data", data=shown._repr_mimebundle_())]
    return executed


def _read_pdf(pdf: bytes) -> str:
    reader = PdfReader(io.BytesIO(pdf))
    words = " ".join(page.extract_text() for page in reader.pages)
    return " ".join(f"{words} {reader.metadata} {reader.xmp_metadata.stream.get_data().decode()}".split())


@pytest.mark.slow
def test_what_was_heard_and_why_a_panel_decided_never_reach_the_schools_copy():
    report = decide(build_whole_report(), changed=True)
    executed = _execute(report)
    html = render_html(executed)
    school = html + _read_pdf(render_pdf(html))
    for secret in (*SECRETS, "worth a second look", "What was heard", "Asks for support", "soft_intelligence"):
        assert secret not in school
    assert "12 November 2019" in school  # that a panel met is told
    # what was indicated stays with the panel: it stands among all categories, and nothing marks it
    assert html.count("Focus support") == html.count("<li>Focus support</li>") == 1
    assert '<li aria-current="true">Light touch support <span class="step-note">decided</span></li>' in html
    officers = render_html(executed, officer=True)
    assert all(secret in officers for secret in SECRETS)
    assert all(secret in compose_facts(build_school_facts(report)["officer"]) for secret in SECRETS)


def test_the_facts_keep_what_is_the_officers_under_one_name():
    facts = build_school_facts(decide(build_whole_report(), changed=True))
    kept = facts.pop("officer")
    assert kept["soft_intelligence"] == [
        {"date": "2019-05-02", "kind": "staffing", "source": SECRETS[1], "note": SECRETS[0]}
    ]
    assert kept["self_evaluation"] == [{"date": "2019-09-10", "summary_grade": "Good", "self_referral": True}]
    assert kept["panel"]["reason"] == SECRETS[3] and kept["panel"]["changed"] is True
    assert not [secret for secret in SECRETS if secret in compose_facts(facts)]
    assert facts["final"] == {
        "category": "light_touch_support",
        "title": "Light touch support",
        "tier": 3,
        "tiers": 5,
        "provisional": False,
        "early": False,
        "decided_by_panel": True,
    }
    assert (facts["assignment"]["title"], facts["panel_date"]) == ("Focus support", "2019-11-12")


@pytest.mark.slow
def test_the_facts_hold_certainty_last_year_similar_schools_and_the_writing_check():
    facts = build_school_facts(build_whole_report())
    assert facts["certainty"]["probability"] == 0.8571
    assert len(facts["certainty"]["probabilities"]) == len(CERTAINTY.probabilities)
    assert (facts["certainty"]["sureness"], facts["certainty"]["between"]) == ("clear", [])
    assert (facts["last_year"]["title"], facts["last_year"]["flagged"]) == ("Secure", True)
    assert len(facts["similar"]["schools"]) == 12  # all of them, not the five that are printed
    assert facts["similar"]["schools"][0] == {
        "urn": 200_001,
        "name": "Neighbour 1 Primary School",
        "la_name": "Dudley",
        "telephone": "",
        "distance": 0.21,
        "better": [],
    }
    assert facts["writing_check"]["asks"] is True
    assert facts["indicators"][0]["shrunk"]["towards"] == 55
    assert [one["comparator"] for one in facts["indicators"][0]["comparisons"]] == ["england", "similar schools"]
    bare = build_school_facts(build_report())
    assert [bare[name] for name in ("certainty", "last_year", "similar", "writing_check", "panel_date")] == [None] * 5
    assert bare["final"]["title"] == "Focus support" and bare["final"]["decided_by_panel"] is False


def test_the_officer_reads_how_likely_every_outcome_is_and_what_the_panel_said():
    text = officer.show_officers_view(decide(build_whole_report(), changed=True)).text()
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[2:7] == [
        "Indicated by the figures: Focus support",
        "Decided by the panel: Light touch support",
        f"Reason: {SECRETS[3]}",
        f"Recorded by: {SECRETS[2]}",
        "Date: 12 November 2019",
    ]
    assert "Light touch support About 13 times in 100" in lines
    assert "Intensive support Less than once in 100" in lines
    assert "It is worth a second look." in " ".join(lines)
    assert f"Staffing 2 May 2019 {SECRETS[1]} {SECRETS[0]}" in lines


def test_an_officer_without_panel_or_local_evidence_is_told_so():
    text = officer.show_officers_view(build_report()).text()
    assert "Panel: has not decided yet" in text
    assert text.endswith("The edition's local files hold nothing about this school.")


def test_what_a_bare_name_shows_holds_nothing_of_the_officers():
    """A cell whose last line was ``report`` printed the panel's reason and who was heard of it into the head's PDF."""
    report = decide(build_whole_report(), changed=True)
    shown = [report, report.assignment, report.final, report.decided, report.decision, report.local, report.analysis]
    assert not [secret for secret in SECRETS for one in shown if secret in f"{one!r} {one}"]
    assert repr(report).startswith("The report on ") and "found=" not in repr(report.assignment)
