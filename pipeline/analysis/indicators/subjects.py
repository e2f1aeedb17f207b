"""Subjects of the curriculum, with the words for them; one YAML file each in ``subjects/``, and no other may be named.

A figure of several subjects together (reading, writing and maths; Attainment 8; absence) is of none by itself. No
subject lies within another of the same key stage, so that what shows in one is never counted as another too. Key stage
4 has three: English, maths, and what fills Attainment 8's English Baccalaureate slots; its open slots overlap with
these and are of none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from pipeline.analysis.indicators.described import Described, read_described
from pipeline.foundation.errors import Fault, FaultyInput

FOLDER = Path(__file__).parent / "subjects"


class Subject(Described):
    """One subject."""


def load_subjects() -> dict[str, Subject]:
    """Read every subject there is, by key, in their order. Raises FaultyInput holding every fault."""
    return read_described(Subject, FOLDER)


def check_subjects(named: Mapping[str, Sequence[str]]) -> list[Fault]:
    """A fault for each subject that a file of indicators (name → its subjects) names and no file describes."""
    try:
        known = load_subjects()
    except FaultyInput as error:
        return list(error.faults)
    unknown = [(file, subject) for file, subjects in named.items() for subject in subjects if subject not in known]
    return [
        Fault(file, None, "subjects", f"the subject {subject!r} is not known", _advise(subject, list(known)))
        for file, subject in unknown
    ]


def _advise(subject: str, known: list[str]) -> str:
    near = get_close_matches(subject, known, n=1)
    write = f"Write {near[0]!r}" if near else f"Write one of {', '.join(known)}"
    return f"{write}, or describe the new subject in {FOLDER.name}/{subject}.yaml."
