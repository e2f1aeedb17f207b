"""What a school's figure is held against, which comparisons are fair, and why one cannot be made, in words.

England, state-funded, is the file's own row; similar schools are found by the study (similar.py). The figures of both
are laid out as ``grid.Baselines``; a further comparator is one more of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.analysis.indicators import Indicator
from pipeline.foundation.vocabulary import Level, Phase, PupilGroup, name_academic_year
from pipeline.sources.frames import School

ENGLAND = "england"
SIMILAR_SCHOOLS = "similar schools"

#: England's row by the school's phase in the pupil census (absence and context figures).
CENSUS_LEVELS = {
    "primary": Level.ENGLAND_PRIMARY,
    "secondary": Level.ENGLAND_SECONDARY,
    "special": Level.ENGLAND_SPECIAL,
}

#: Schools whose pupils are unlike those of most: neither results nor absence are fairly held against all schools', and
#: what all schools show (how far pupils lie apart, how far schools do) says nothing of them.
NOT_LIKE_ALL_SCHOOLS: dict[str, str] = {
    Phase.NURSERY: "a nursery school's children",
    Phase.SPECIAL: "a special school's pupils",
    Phase.ALTERNATIVE_PROVISION: "the pupils of alternative provision",
    Phase.INDEPENDENT: "an independent school's pupils",
    Phase.SIXTEEN_PLUS: "pupils over sixteen",
}


def find_census_level(phase: str, census_phase: str) -> Level | None:
    """England's row for the census phase of a school; None where it has none, or is unlike the schools of that row.

    Special schools have a row of their own. Alternative provision and others have none, wherever a file counts them.
    """
    if phase in NOT_LIKE_ALL_SCHOOLS and (phase, census_phase) != (Phase.SPECIAL, "special"):
        return None
    return CENSUS_LEVELS.get(census_phase)


def explain_unlike(indicator: Indicator, school: School) -> str:
    """Why England's schools are no fair comparison for ``school``, as ``find_fits`` decides; empty where they are."""
    if find_fits(indicator, school):
        return ""
    by_phase = indicator.baseline == "census_phase"
    if school.phase in NOT_LIKE_ALL_SCHOOLS:
        who = NOT_LIKE_ALL_SCHOOLS[school.phase]
        whom = "mainstream schools" if by_phase else "all state-funded schools"
        return f"Shown but not rated: {who} are not fairly compared with those of {whom}."
    if not is_like_england(indicator, school.phase):
        return "Shown but not rated: the schools of England's figure have pupils of other ages than this school."
    return "No file says with which phase of schools in England this school is counted."


def is_like_england(indicator: Indicator, phase: str) -> bool:
    """Whether schools of ``phase`` have pupils of the ages of England's row, where the indicator asks for it."""
    return not indicator.like_england or phase in indicator.like_england


def find_fits(indicator: Indicator, school: School) -> bool:
    """Whether England's schools are a fair comparison for ``school``."""
    if not is_like_england(indicator, school.phase):
        return False
    if indicator.baseline == "census_phase":
        return find_census_level(school.phase, school.census_phase) is not None
    return school.phase not in NOT_LIKE_ALL_SCHOOLS


def explain_missing(indicator: Indicator, years: Sequence[int]) -> str:
    """Why there is no comparison with England where its figure of ``years`` is not known; empty for no years."""
    names = " and ".join(name_academic_year(year) for year in years)
    whose = "" if indicator.group == PupilGroup.ALL else f" for {indicator.group.words}"
    return f"Not rated: England's figure{whose} in {names} is not in the files given." if years else ""
