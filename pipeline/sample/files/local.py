"""The sample editions' own files: what an authority and a trust might write down themselves. All of it is invented.

Panels, notes and returns stand here as they are to be read. A panel that confirms does so for a school in special
measures, and one that changes a category for a school whose figures alone could not call for it, so that both stay
true when thresholds change.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from pipeline.foundation.vocabulary import name_academic_year
from pipeline.sources.local.files import (
    LAST_YEAR_FILE,
    LOCAL_FILES,
    MODERATION_FILE,
    RETURNS_FILE,
    SELF_EVALUATION_FILE,
    SOFT_INTELLIGENCE_FILE,
    compose_template,
)
from pipeline.sources.local.support_files import PROGRAMMES_FILE, SUPPORT_FILES

README = f"""\
# local/

What only the authority or trust holds, and what never leaves its network. docs/local-evidence.md tells all of it.

| file | what it holds |
| --- | --- |
{chr(10).join(f"| `{file.stem}.csv` | {file.purpose} |" for file in LOCAL_FILES)}
{chr(10).join(f"| `{file.stem}.csv` | {file.purpose} docs/support.md tells of it. |" for file in SUPPORT_FILES)}
| `{PROGRAMMES_FILE.stem}.csv` | {PROGRAMMES_FILE.purpose} docs/impact.md tells of it. |
| `recipients.csv` | Who receives each school's report; one row a person and school. docs/sending.md tells of it. |

A row that begins with # counts for nothing, and a file without rows says nothing. Any may be left out. All that
stands in the sample is invented.
"""

#: Rows by file. A school's panel, note or return is that of a school whose figures it fits (schools.yaml).
_COUNTY: dict[str, Sequence[Sequence[object]]] = {
    SELF_EVALUATION_FILE.stem: (
        (900002, "2025-10-06", "Outstanding", "no"),
        (900026, "14/10/2025", "Requires improvement", "yes"),
        (900031, "2025-10-20", "Good", "no"),
    ),
    SOFT_INTELLIGENCE_FILE.stem: (
        (900039, "2025-09-11", "leadership change", "School improvement adviser", "The headteacher left in August."),
        (
            900039,
            "2025-10-02",
            "staffing",
            "Chair of governors",
            "- two of seven classes are taught by supply teachers",
        ),
        (
            900011,
            "2025-06-24",
            "finance",
            "Schools finance team",
            "A licensed deficit; the recovery plan is on course.",
        ),
        (900003, "2025-09-29", "complaints", "Customer relations", "Three complaints about behaviour since Easter."),
        (900013, "2025-07-08", "safeguarding", "Safeguarding adviser", "Two questions of the yearly audit are open."),
    ),
    MODERATION_FILE.stem: (
        (
            900027,
            "Intensive support",
            "Special measures, and no change in the figures yet. The project board meets monthly.",
            "H. Marlow, head of school improvement",
            "2025-11-18",
        ),
        (
            900039,
            "Light touch support",
            "An acting headteacher and two vacancies, which the figures cannot show. A visit before Christmas.",
            "H. Marlow, head of school improvement",
            "2025-11-18",
        ),
    ),
    LAST_YEAR_FILE.stem: (
        *((urn, "Secure Plus") for urn in (900002, 900015, 900032)),
        *((urn, "Secure") for urn in (900001, 900003, 900005, 900007, 900010, 900012, 900013, 900016, 900025)),
        *((urn, "Secure") for urn in (900029, 900031, 900034, 900035, 900036, 900037, 900038, 900039, 900040)),
        *((urn, "Light touch support") for urn in (900026, 900027, 900028, 900030, 900122)),
        *((urn, "Focus support") for urn in (900011, 900033)),
        (900014, "Intensive support"),
        *((urn, "Insufficient evidence") for urn in (900004, 900006, 900008, 900009, 900017, 900018, 900019)),
    ),
}
_TRUST: dict[str, Sequence[Sequence[object]]] = {
    SELF_EVALUATION_FILE.stem: (
        (900503, "2025-10-08", "Good", "no"),
        (900508, "2025-10-15", "Requires improvement", "yes"),
    ),
    SOFT_INTELLIGENCE_FILE.stem: (
        (900504, "2025-09-17", "finance", "Finance director", "Numbers in year 7 are 30 below plan."),
        (900507, "2025-09-02", "leadership change", "Chief executive", "A new headteacher since September."),
    ),
    MODERATION_FILE.stem: (
        (
            900509,
            "Stabilise",
            "Special measures; the executive headteacher stays for the year.",
            "R. Sandal, chief executive",
            "2025-11-12",
        ),
    ),
    LAST_YEAR_FILE.stem: (
        (900501, "Repair"),
        (900502, "Sustain"),
        *((urn, "Improve") for urn in (900503, 900504, 900505, 900506)),
        *((urn, "Repair") for urn in (900507, 900508)),
        (900509, "Stabilise"),
    ),
}

#: England's figure of each measure for 2022/23, 2023/24 and 2024/25.
_ENGLAND = {
    "phonics_expected": (79, 80, 80),
    "multiplication_check_score": (20.2, 20.6, 21.0),
    "early_years_good_level": (67.2, 67.7, 68.3),
}
#: Pupils, and how many of them met the standard (the check: their average score), in the same years.
_RETURNS: dict[str, Mapping[int, Sequence[tuple[int, float | str]]]] = {
    "phonics_expected": {
        900001: ((58, 46), (60, 47), (59, 48)),
        900002: ((30, 28), (29, 28), (30, 29)),
        900003: ((57, 33), (60, 35), (56, 34)),
        900004: ((4, "SUPP"), (5, "SUPP"), (3, "SUPP")),
        900006: ((89, 72), (90, 71), (87, 73)),
        900008: ((29, 22), (31, 26), (28, 22)),
        900026: ((57, 43), (58, 44), (55, 44)),
        900031: ((30, 24), (28, 23), (30, 25)),
        900036: ((15, 12), (17, 13), (16, 13)),
    },
    "multiplication_check_score": {
        900001: ((59, 20.1), (58, 20.9), (60, 21.2)),
        900003: ((58, 17.9), (60, 18.0), (59, 18.8)),
        900007: ((86, 20.4), (88, 20.3), (87, 21.1)),
    },
    "early_years_good_level": {
        900001: ((60, 40), (59, 41), (60, 42)),
        900006: ((90, 61), (87, 60), (89, 60)),
    },
}
_FIRST_YEAR = 2023


def write_county_files() -> dict[str, str]:
    """The text of each of the county's local files, by name: the template, and below it the file's rows."""
    return _fill_files({**_COUNTY, RETURNS_FILE.stem: _list_returns()})


def write_trust_files() -> dict[str, str]:
    """The same of the trust, which has no local returns: that file is the empty template."""
    return _fill_files(_TRUST)


def _fill_files(rows: Mapping[str, Sequence[Sequence[object]]]) -> dict[str, str]:
    return {file.name: compose_template(file) + _format_rows(rows.get(file.stem, ())) for file in LOCAL_FILES}


def _list_returns() -> list[Sequence[object]]:
    """England's rows of each measure, then the schools'."""
    return [row for measure in _ENGLAND for row in (*_list_england(measure), *_list_schools(measure))]


def _list_england(measure: str) -> Iterable[Sequence[object]]:
    for year, value in enumerate(_ENGLAND[measure], start=_FIRST_YEAR):
        yield ("England", name_academic_year(year), measure, "", value)


def _list_schools(measure: str) -> Iterable[Sequence[object]]:
    for urn, years in _RETURNS[measure].items():
        for year, (pupils, found) in enumerate(years, start=_FIRST_YEAR):
            yield (urn, name_academic_year(year), measure, pupils, _print_value(measure, pupils, found))


def _print_value(measure: str, pupils: int, found: float | str) -> object:
    """A word and an average as they are; of a count, the percentage in whole points, halves up."""
    if isinstance(found, str) or measure == "multiplication_check_score":
        return found
    return (200 * int(found) + pupils) // (2 * pupils)


def _format_rows(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
