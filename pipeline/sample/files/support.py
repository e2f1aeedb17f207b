"""What the sample's authority and trust write down to plan support and to follow it up, all invented."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from pipeline.sources.local.files import compose_template
from pipeline.sources.local.support_files import (
    CHANGES_FILE,
    LOG_FILE,
    PARTNERS_FILE,
    PEOPLE_FILE,
    PROGRAMMES_FILE,
    SUPPORT_FILES,
    TERMS_FILE,
)

_Rows = Sequence[Sequence[object]]

_TERMS: _Rows = (
    ("term", "Autumn", "2025-09-02", "2025-12-19"),
    ("half term", "Autumn half term", "2025-10-27", "2025-10-31"),
    ("closed", "Training day", "2025-09-02", "2025-09-02"),
    ("term", "Spring", "2026-01-05", "2026-03-27"),
    ("half term", "Spring half term", "2026-02-16", "2026-02-20"),
    ("closed", "Training day", "2026-01-05", "2026-01-05"),
    ("term", "Summer", "13/04/2026", "21/07/2026"),
    ("half term", "Summer half term", "25/05/2026", "29/05/2026"),
)
_TIER_TWO, _READING = "Improvement programme, tier 2", "Reading together"
_PROGRAMMES: _Rows = (
    (_TIER_TWO, 900033, "2024-10-08", 1, 2, 2, "Ines Calloway", "New leaders of reading and maths."),
    (_TIER_TWO, 900033, "2025-06-24", 2, 2, 3, "Ines Calloway", ""),
    (_TIER_TWO, 900033, "2025-11-12", 3, 2, 3, "Ines Calloway", "Leaders check lessons by themselves now."),
    (_TIER_TWO, 900027, "2024-10-10", 1, 1, 1, "Ines Calloway", "Half of the teachers are supply."),
    (_TIER_TWO, 900027, "2025-06-19", 1, 2, 2, "Ines Calloway", ""),
    (_TIER_TWO, 900026, "2024-10-15", 2, 2, 3, "Tom Fairbrother", ""),
    (_TIER_TWO, 900026, "2025-07-01", 3, 3, 3, "Tom Fairbrother", ""),
    (_TIER_TWO, 900028, "15/10/2024", 2, 2, 2, "Tom Fairbrother", ""),
    (_TIER_TWO, 900028, "03/07/2025", 3, 2, 3, "Tom Fairbrother", "Planning is shared; practice differs by year."),
    (_TIER_TWO, 900036, "2024-11-05", 2, 3, 2, "Ines Calloway", ""),
    (_TIER_TWO, 900036, "2025-06-26", 2, 3, 2, "Ines Calloway", "Three of six teachers were new in September."),
    (_TIER_TWO, 900001, "2024-11-06", 2, 2, 2, "Tom Fairbrother", ""),
    (_TIER_TWO, 900001, "2025-07-03", 3, 3, 3, "Tom Fairbrother", ""),
    (_READING, 900011, "2025-01-14", 2, 2, 2, "Marek Dunn", ""),
    (_READING, 900011, "2025-06-30", 3, 2, 3, "Marek Dunn", ""),
    (_READING, 900037, "2025-01-15", "", "", "", "", "Began with the spring term."),
)
_CALL = "Telephone discussion of self-evaluation"
_VISIT = "Initial visit on criteria-based self-evaluation"
_REVIEW = "Partnership review of the whole school"
_COUNTY: Mapping[str, _Rows] = {
    TERMS_FILE.stem: _TERMS,
    PEOPLE_FILE.stem: (
        (
            "Ines Calloway",
            "adviser",
            "reading; writing",
            "primary; infant; junior; first",
            "5; 6; 5",
            "Larkstead",
            "",
            "no",
            "ines.calloway@marlshire.example",
        ),
        (
            "Tom Fairbrother",
            "adviser",
            "maths",
            "primary; middle; first",
            "5; 6; 5",
            "Pellbury",
            900011,
            "no",
            "tom.fairbrother@marlshire.example",
        ),
        (
            "Ruth Ashby-Lowe",
            "adviser",
            "english; maths",
            "secondary; high; all-through; middle",
            "5; 6; 5",
            "Brackmere",
            "",
            "no",
            "ruth.ashby-lowe@marlshire.example",
        ),
        (
            "Gwen O'Hare",
            "lle",
            "maths",
            "primary; middle",
            "1; 3; 3",
            900002,
            "",
            "yes",
            "gwen.ohare@schools.marlshire.example",
        ),
        (
            "Marek Dunn",
            "sle",
            "reading; writing",
            "primary; middle",
            "1; 3; 3",
            900032,
            900033,
            "yes",
            "marek.dunn@schools.marlshire.example",
        ),
        (
            "Adaeze Obi",
            "sle",
            "english; maths",
            "secondary; all-through",
            "2; 6; 6",
            900015,
            "",
            "yes",
            "adaeze.obi@schools.marlshire.example",
        ),
    ),
    CHANGES_FILE.stem: (
        (900026, "Initial visit", 1, "moved", "2026-01-14", "", "The head is away in the week before.", "2025-12-08"),
        (900003, "", "", "person", "", "Tom Fairbrother", "He has worked with the head before.", "2025-12-08"),
    ),
    PARTNERS_FILE.stem: (
        ("paired", "900027; 900030", "They share a lead for maths."),
        ("conflict", "900002; 900003", "One head is the other's governor."),
    ),
    LOG_FILE.stem: (
        (900012, "2025-12-08", _CALL, "", "Ruth Ashby-Lowe", "", "The head sees the school as its figures do.", ""),
        (900028, "2025-12-09", "Initial visit", 0.5, "Tom Fairbrother", "maths", "The governors will watch maths.", ""),
        (900038, "10/12/2025", _CALL, "", "Tom Fairbrother", "", "", ""),
        (900033, "2025-12-12", _VISIT, 1, "Ines Calloway", "reading", "A whole day: three classes were seen.", ""),
        (900001, "2025-12-12", _CALL, "", "Ines Calloway", "", "To ring again in March.", ""),
    ),
    PROGRAMMES_FILE.stem: _PROGRAMMES,
}
_TRUST: Mapping[str, _Rows] = {
    TERMS_FILE.stem: _TERMS,
    PEOPLE_FILE.stem: (
        ("R. Sandal", "ceo", "", "", "4; 12; 12", "", "", "no", "r.sandal@larkmere.example"),
        ("Lena Marsh", "senior_leader", "", "", "8; 16; 16", "", "", "no", "lena.marsh@larkmere.example"),
        ("Owen Pike", "senior_leader", "", "", "8; 16; 16", "", "", "no", "owen.pike@larkmere.example"),
        ("Farah Aziz", "subject_director", "maths", "", "6; 12; 12", "", "", "no", "farah.aziz@larkmere.example"),
        ("Joel Hart", "subject_director", "english", "", "6; 12; 12", "", "", "no", "joel.hart@larkmere.example"),
        ("Bryony Katz", "lle", "", "", "4; 10; 10", 900502, "", "yes", "bryony.katz@larkmere.example"),
        ("Sam Idowu", "sle", "maths", "", "3; 8; 8", 900502, "", "yes", "sam.idowu@larkmere.example"),
        ("Nadia Roe", "practitioner", "english", "", "3; 8; 8", 900505, "", "yes", "nadia.roe@larkmere.example"),
        ("Philip Thorne", "head", "", "", "2; 8; 8", 900503, "", "yes", "philip.thorne@larkmere.example"),
        ("Greta Voss", "partner_trust", "", "", "2; 8; 8", "", "", "yes", ""),
        ("Hugh Penrose", "executive_head", "", "", "4; 8; 8", "", "", "yes", "hugh.penrose@larkmere.example"),
        ("Ada Quill", "consultant", "maths", "", "6; 16; 16", "", 900504, "no", ""),
        ("Ben Trask", "consultant", "english", "", "6; 16; 16", "", "", "no", ""),
    ),
    LOG_FILE.stem: (
        (900502, "2025-12-09", _REVIEW, 1, "Ada Quill", "", "", "AQ-0112"),
        (900503, "2025-12-10", _REVIEW, 1.5, "Ben Trask", "", "", ""),
    ),
    PARTNERS_FILE.stem: (("triad last year", "900501; 900503; 900508", ""),),
}


def write_county_support() -> dict[str, str]:
    """The text of each of the county's files, by name: the template, and below it the file's rows."""
    return _fill_files(_COUNTY)


def write_trust_support() -> dict[str, str]:
    """The same of the trust, which has changed nothing yet and has no programme."""
    return _fill_files(_TRUST)


def _fill_files(rows: Mapping[str, _Rows]) -> dict[str, str]:
    files = (*SUPPORT_FILES, PROGRAMMES_FILE)
    return {file.name: compose_template(file) + _format_rows(rows.get(file.stem, ())) for file in files}


def _format_rows(rows: _Rows) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
