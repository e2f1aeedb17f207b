"""docs/sample.md: what each sample school shows. A test keeps the page equal to what this module writes."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.foundation.writing import format_table
from pipeline.sample.country import TRUST_NAMES, TRUST_UID, School, found_county, found_trust

_BEGINNING = """\
# The sample editions

Two fictional editions come with the project, in the formats that the Department for Education and Ofsted publish:
three years of results to 2024/25, absence, census, destinations, school lists and inspections. No school, place or
number in them is real. They are drawn pupil by pupil from a seed by `python -m pipeline sample`, which always writes
the same bytes. This page is written from the same list of schools (`pipeline/sample/schools.yaml`). What an authority
or trust would write down itself is invented too (`local/`; see [local evidence](local-evidence.md)).
"""


def describe_sample() -> str:
    """The whole page in Markdown."""
    county = _describe_schools("Edition `sample`: Marlshire, a three-tier county (authority 998)", found_county())
    title = f"Edition `sample-trust`: {TRUST_NAMES[TRUST_UID]} (UID {TRUST_UID})"
    return "\n".join([_BEGINNING, county, _describe_schools(title, found_trust())])


def _describe_schools(title: str, schools: Sequence[School]) -> str:
    rows = [
        (str(school.urn), school.name, f"{school.ages[0]}–{school.ages[1]}", school.shows)
        for school in sorted(schools, key=lambda school: school.urn)
    ]
    return f"## {title}\n\n{format_table(('URN', 'School', 'Ages', 'What it shows'), rows)}\n"
