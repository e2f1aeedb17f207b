"""Which schools an edition is about, and which of them get a report.

Every school of the area is accounted for: due, or not due with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.foundation.vocabulary import Phase, format_date, name_academic_year, place_by_name

if TYPE_CHECKING:
    import pandas as pd

#: Phases for which no report is written, and why.
NOT_REPORTED = {
    Phase.INDEPENDENT: "an independent school, outside the review",
    Phase.NURSERY: "a nursery school: no published results",
    Phase.SIXTEEN_PLUS: "a 16 plus institution: no published key stage results",
}
#: The same of a 16 plus institution of which the edition's files hold results.
COLLEGE_WITH_RESULTS = "a college or centre for students over 16, outside the review: its results are not judged"


@dataclass(frozen=True, slots=True)
class AreaSchool:
    """One school of the area. ``not_due`` is empty where a report is due, else the reason why none is."""

    urn: int
    name: str
    not_due: str = ""


def list_area_schools(
    schools: pd.DataFrame,
    measured: pd.Series,
    area: Mapping[str, Any],
    year: int,
    links: pd.DataFrame | None = None,
    *,
    on: str,
) -> tuple[AreaSchool, ...]:
    """List the area's schools by name, each due or not due with its reason.

    ``on`` is the ISO date of the review: a school that closes after it is still there to be reported to.
    ``area`` holds ``authority``, ``trust`` or ``schools``, as ``edition.yaml`` does; ``schools`` is the SCHOOLS frame;
    ``measured`` holds, by URN, the latest year for which the edition's files have a figure for the school. A school
    that ``edition.yaml`` lists and no file names is listed too. By ``links`` (LINKS) a school that another carries on
    is reported on as that one.
    """
    chosen = choose_schools(schools, area)
    following = _list_following(schools, links)
    carrying_on = {school.urn for school in following.values()}
    rows: Iterable[Any] = chosen.itertuples(index=False)
    found = [
        AreaSchool(int(row.urn), _name(row), _find_reason(row, measured, year, following.get(row.urn), carrying_on, on))
        for row in rows
    ]
    missing = [
        AreaSchool(urn, f"URN {urn}", "no file of this edition names it: check the URN, or add a school list")
        for urn in sorted(set(area.get("schools", ())) - set(chosen["urn"].astype(int)))
    ]
    return tuple(sorted([*found, *missing], key=lambda school: place_by_name(school.name, school.urn)))


def _list_following(schools: pd.DataFrame, links: pd.DataFrame | None) -> dict[int, AreaSchool]:
    """By URN, the school that carries on the history of another."""
    from pipeline.sources.joining.histories import list_carried_on

    if links is None:
        return {}
    carried_on = list_carried_on(links, schools)
    later = schools[schools["urn"].isin(carried_on["urn"])]
    rows: Iterable[Any] = later.itertuples(index=False)
    named = {int(row.urn): AreaSchool(int(row.urn), _name(row)) for row in rows}
    pairs = zip(carried_on["predecessor"].astype(int), carried_on["urn"].astype(int), strict=True)
    return {predecessor: named[urn] for predecessor, urn in pairs}


def choose_schools(schools: pd.DataFrame, area: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of the SCHOOLS frame that are the area's."""
    if area.get("authority") is not None:
        return schools[schools["la"] == area["authority"]]
    if area.get("trust") is not None:
        return schools[schools["trust"] == area["trust"]]
    return schools[schools["urn"].isin(area.get("schools", ()))]


def _name(row: Any) -> str:
    return " ".join(str(row.name).split()) or f"URN {row.urn}"


def _find_reason(
    row: Any, measured: pd.Series, year: int, following: AreaSchool | None, carrying_on: set[int], on: str
) -> str:
    import pandas as pd

    from pipeline.sources.frames import IN_DOUBT

    if row.status == IN_DOUBT:
        return "no row about it is used: its URN stands beside another school's number or name, as `check` says"
    if row.phase in NOT_REPORTED:
        has_results = row.phase == Phase.SIXTEEN_PLUS and row.urn in measured.index
        return COLLEGE_WITH_RESULTS if has_results else NOT_REPORTED[row.phase]
    if row.state_funded is not pd.NA and not row.state_funded:
        return "not state-funded, outside the review"
    latest = measured.get(row.urn)
    is_closed = row.status == "closed" and not row.closed > on
    if is_closed and row.closed:
        return f"closed on {format_date(row.closed)}"
    if following is not None:
        return f"carried on as {following.name} (URN {following.urn})"
    if row.opened and row.opened > f"{year}-08-31" and row.urn not in carrying_on:
        return f"opened on {format_date(row.opened)}, after the year under review"
    if is_closed and (latest is None or pd.isna(latest) or latest < year):
        return "closed"  # one that the year's own results tell of closed after that year
    if latest is None or pd.isna(latest):
        if row.status == "new":
            return ""
        return "the files of this edition hold no figure for it"
    if latest < year:
        return f"its latest figure is for {name_academic_year(int(latest))}"
    if not str(row.name).strip():
        return "no results file and no school list names it: add a school list to the edition"
    return ""
