"""An executed notebook as the school report leaves it: every kind of exhibit, a long name, a table of many rows."""

from __future__ import annotations

import base64
from html import escape
from itertools import count

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from pipeline.render.content.document import FACTS_TYPE

SCHOOL = "St Aldhelm's and All Saints Church of England Voluntary Aided Middle School, Upton-upon-Severn"
CHART = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 200" width="600" height="200">
<rect width="600" height="200" fill="#ffffff"/><path d="M150 20V180" stroke="#4c5a66"/>
<path d="M150 40h280v30h-280zM150 90h340v30h-340zM150 140h210v30h-210z" fill="#14466b"/></svg>"""
CHART_ALT = "Bar chart of three years: 2016/17 54%, 2017/18 66%, 2018/19 41% of pupils at the expected standard."

INDICATORS = (
    ("Reading, writing and maths, expected standard", "54", "65", "gap"),
    ("Reading, writing and maths, higher standard", "11", "11", "in-line"),
    ("Reading, average scaled score", "103.1", "104.4", "in-line"),
    ("Maths, average scaled score", "106.9", "105.0", "strength"),
    ("Grammar, punctuation and spelling, average scaled score", "107.2", "106.3", "strength"),
    ("Reading progress", "−1.4", "0.0", "in-line"),
    ("Writing progress", "+2.3", "0.0", "strength"),
    ("Maths progress", "−2.9", "0.0", "gap"),
    ("Disadvantaged pupils: reading, writing and maths, expected standard", "withheld", "71", "not-rated"),
    ("Absence, overall", "4.1", "4.0", "in-line"),
    ("Absence, persistent", "8.4", "8.2", "in-line"),
)
WORDS = {"gap": "Gap", "in-line": "In line", "strength": "Strength", "not-rated": "Not rated"}


def show(html: str) -> nbformat.NotebookNode:
    return new_output("display_data", data={"text/html": html, "text/plain": "exhibit"})


def make_facts(**changes: object) -> nbformat.NotebookNode:
    document = {
        "title": f"{SCHOOL}: where it stands, autumn 2019",
        "subject": "Strengths, gaps and the support that follows, from results published for 2018/19",
        "organisation": "Worcestershire County Council",
        "language": "en-GB",
        "date": "2019-11-01",
        "urn": 116794,
        "school": SCHOOL,
        "edition": "Worcestershire, autumn 2019",
        "kind": "school",
        **changes,
    }
    return new_output("display_data", data={FACTS_TYPE: {"document": document}, "text/plain": "facts of 116794"})


def make_figure(alt: str = CHART_ALT, name: str = "figure-rwm") -> str:
    source = base64.b64encode(CHART.encode()).decode()
    return (
        f'<figure class="exhibit" id="{name}"><img src="data:image/svg+xml;base64,{source}" alt="{escape(alt)}">'
        f"<figcaption>Pupils at the expected standard in reading, "
        f"writing and maths. Source: Department for Education, key stage 2 performance tables.</figcaption></figure>"
    )


def make_ratings_table(rows: tuple[tuple[str, str, str, str], ...] = INDICATORS) -> str:
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{school}</td><td>{england}</td>'
        f'<td><span class="rating" data-rating="{rating}">{WORDS[rating]}</span></td></tr>'
        for name, school, england, rating in rows
    )
    return (
        "<table><caption>Every indicator, three years pooled</caption><thead><tr><th scope=col>Indicator</th>"
        "<th scope=col>School</th><th scope=col>England</th><th scope=col>Rating</th></tr></thead>"
        f"<tbody>{lines}</tbody></table>"
    )


PANEL = """<section class="category-panel" data-tier="3"><h2>Category: Light touch support</h2>
<p><strong>Tier 3 of 5.</strong> Most pupils do well and the school knows what to improve.</p>
<p>Decided by: <em>one or two key-priority gaps</em>. Key-priority gaps against England: 1
(reading, writing and maths at the expected standard).</p>
<div class="entitlement"><h3>What this brings</h3><ul><li>Desk-top analysis</li><li>Initial visit</li>
<li>Follow-up call at the end of term one, or a visit where progress on the areas for improvement is an issue</li></ul>
<table><caption>Days a year</caption><thead><tr><th scope="col">Support</th><th scope="col">Days</th></tr></thead>
<tbody><tr><th scope="row">School Improvement Adviser</th><td>6</td></tr>
<tr><th scope="row">of which external consultant</th><td>1</td></tr></tbody></table></div>
<div class="notice" data-kind="defaults"><p>The thresholds are shipped defaults, not yet adopted by the
authority.</p></div></section>"""

FACTS = f"""<dl class="facts"><dt>School</dt><dd>{escape(SCHOOL)}</dd>
<dt>Type</dt><dd>Voluntary aided, middle (9 to 13)</dd>
<dt>Pupils</dt><dd>412</dd><dt>Disadvantaged pupils</dt><dd>22.6% (England 27.4%)</dd>
<dt>Inspection</dt><dd>Good, 12 March 2018</dd></dl>"""

DATAFRAME = """<div><style scoped>.dataframe tbody tr th {vertical-align: top;}</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right;">
<th></th><th>pupils</th><th>percent</th></tr></thead>
<tbody><tr><th>2017</th><td>48</td><td>54.2</td></tr><tr><th>2018</th><td>51</td><td>66.7</td></tr></tbody></table></div>"""


def make_notebook(*extra: nbformat.NotebookNode, facts: nbformat.NotebookNode | None = None) -> nbformat.NotebookNode:
    """The sample with ``extra`` cells at its end. Cell ids are counted, so two samples are equal."""
    cells = [
        new_code_cell("urn = 116794", metadata={"tags": ["parameters"]}),
        new_code_cell("open_report(urn)", outputs=[facts or make_facts()]),
        new_code_cell(
            "show_category()",
            outputs=[new_output("stream", name="stderr", text="WARNING noise on stderr\n"), show(PANEL)],
        ),
        new_markdown_cell("## About the school\n\nThis is what is *known* of the school from published files."),
        new_code_cell("show_context()", outputs=[show(FACTS)]),
        new_markdown_cell("## Strengths and gaps\n\n- **Maths** is a strength.\n- *Progress in maths* is a gap."),
        new_code_cell("show_ratings()", outputs=[show(make_ratings_table())]),
        new_markdown_cell("## Key stage 2\n\n### Over three years"),
        new_code_cell("show_figure()", outputs=[show(make_figure())]),
        new_code_cell(
            "show_notice()",
            outputs=[
                show(
                    '<div class="notice" data-kind="warning"><p><strong>Writing</strong> was moderated: see '
                    '<a href="#about-the-school">about the school</a>.</p></div>'
                )
            ],
        ),
        new_markdown_cell("## For officers", metadata={"tags": ["officer-only"]}),
        new_markdown_cell("## Pupils by year"),
        new_code_cell("frame", outputs=[new_output("execute_result", data={"text/html": DATAFRAME, "text/plain": ""})]),
        new_markdown_cell("## How figures are judged\n\nA gap is called only where chance alone would rarely show it."),
        new_markdown_cell("## Questions to ask\n\n1. What changed in 2018/19?\n2. Who missed the standard, and why?"),
        *extra,
    ]
    number = count(1)
    for cell in cells:
        cell["id"] = f"cell-{next(number)}"
    return new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
