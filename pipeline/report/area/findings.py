"""What an area's report says: its schools' facts counted, and the key priorities measured. Schools are never ranked.

The schools' own facts are the only source for what is said of schools; the area's own figures come from the
published rows of its authority or trust.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from pipeline.analysis.country.top_tenth import AuthorityStanding
from pipeline.analysis.indicators import Indicator
from pipeline.edition.brokering.schools import DOUBTED
from pipeline.foundation.vocabulary import Direction, Framework, Level, Rating, Unit, name_academic_year, place_by_name
from pipeline.policy import Policy
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE, Sureness
from pipeline.report.area.early import NO_EARLY, EarlyStanding, read_early
from pipeline.report.area.worth_a_look import NOTHING_KNOWN, WorthALook
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import (
    ENGLAND,
    FACTS_VERSION,
    SIMILAR,
    EditionNote,
    describe_document,
    find_certainty,
    keep_number,
)
from pipeline.report.sentences.counting import count_things

AREA_LAYOUT = 2  # of the keys that the area's facts alone have: the area's site reads no other
GOOD_OR_BETTER = ("outstanding", "good")
OVERALL = "overall effectiveness"
YEARS = 3  # of which the area's own figures are told
NOT_GRADED = ("", "not judged", "not applicable")


@dataclass(frozen=True)
class YearStanding:
    """One school's figure of the latest year that has one, with the pupils it covers and England's beside it."""

    year: str
    value: float
    pupils: float
    england: float


@dataclass(frozen=True)
class IndicatorStanding:
    """How one school stands on one indicator, as its facts say."""

    indicator: str
    short_title: str
    key_priority: bool
    rating: str
    theme: str
    decimals: int = 0
    latest: YearStanding | None = None
    beside_similar: str = str(Rating.NOT_RATED)  # the rating against similar schools
    unit: str = str(Unit.PERCENT)
    direction: str = str(Direction.HIGHER_IS_BETTER)
    by_phase: bool = False  # England's figure is that of the school's phase
    early: bool = False  # rests on early results, not validated

    @property
    def marked_title(self) -> str:
        """The short title, marked where it rests on early results."""
        return f"{self.short_title}, early" if self.early else self.short_title


@dataclass(frozen=True)
class PanelNote:
    """A panel's decision on one school."""

    reason: str
    person: str
    date: str  # ISO
    changed: bool  # not the indicated category


@dataclass(frozen=True)
class MoveNote:
    """How far a school's category has moved since last year."""

    title: str  # last year's
    tiers: int  # towards more support where positive
    flagged: bool


@dataclass(frozen=True)
class WritingNote:
    """Writing as teachers assessed it, per cent, where that raises a question."""

    writing: float
    suggested: float
    lower: float
    upper: float
    pupils: float


@dataclass(frozen=True)
class SchoolStanding:
    """One school as its own facts tell of it. ``category``, ``title`` and ``tier`` are final."""

    urn: int
    name: str
    phase: str
    category: str
    title: str
    tier: int | None
    reason: str  # of the indicated category
    indicators: tuple[IndicatorStanding, ...]
    inspections: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...] = ()
    indicated: str = ""  # key of the category that the figures indicate
    indicated_title: str = ""
    certainty: float | None = None  # probability of the indicated category; None where none is indicated
    sureness: str = ""  # clear, borderline or doubtful
    between: tuple[str, ...] = ()  # titles, where it is not clear: the indicated one, then the likeliest other
    panel: PanelNote | None = None
    last_year: MoveNote | None = None
    self_referral: bool = False
    writing: WritingNote | None = None  # where the writing check asks
    provisional: bool = False  # the category rests on figures of one year alone, or on early results
    early: EarlyStanding = NO_EARLY
    town: str = ""
    apart: str = ""  # its town or its URN, where another school of the area has its name

    @property
    def told_name(self) -> str:
        """Its name as lists print it that have no URN."""
        return f"{self.name} ({self.apart})" if self.apart else self.name

    @property
    def doubted_name(self) -> str:
        """The same, and where its category may well be another and no panel has decided, that too."""
        return self.told_name + (DOUBTED if self.sureness == Sureness.DOUBTFUL and self.panel is None else "")

    def rated(self, rating: Rating, *, key_only: bool = False) -> tuple[IndicatorStanding, ...]:
        return tuple(one for one in self.indicators if one.rating == rating and (one.key_priority or not key_only))


@dataclass(frozen=True)
class AreaFigure:
    """One indicator of the whole area beside England, in the latest year that both have."""

    indicator: str
    short_title: str
    unit: str
    decimals: int
    direction: str
    group: str
    year: int
    value: float
    england: float
    other: float | None = None  # where a gap to others is to be closed: the area's others
    england_other: float | None = None  # and England's
    by_year: tuple[tuple[int, float, float], ...] = ()  # the last three years that both have: year, area, England


@dataclass(frozen=True)
class FileNote:
    """One published file's account, in the words of the reconciliation."""

    file: str
    title: str
    year: str
    rows: int
    figures: int
    loaded: bool
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Unreported:
    """A school of the area that has no report, and why."""

    urn: int
    name: str
    reason: str


@dataclass(frozen=True)
class AreaReport:
    """Everything an area's report says."""

    edition: EditionNote
    policy: Policy
    name: str
    schools: tuple[SchoolStanding, ...]  # by name
    figures: tuple[AreaFigure, ...] = ()
    unreported: tuple[Unreported, ...] = ()
    files: tuple[FileNote, ...] = ()
    worth_a_look: WorthALook = NOTHING_KNOWN
    top_tenth: tuple[AuthorityStanding, ...] = ()  # by source, measure and year

    @property
    def categories(self) -> tuple[tuple[str, str, tuple[SchoolStanding, ...]], ...]:
        """Each category from least to most support, then insufficient evidence: key, title and its schools by name."""
        named = [(category.key, category.title) for category in self.policy.categories]
        named.append((INSUFFICIENT_EVIDENCE, self.policy.insufficient_evidence.title))
        return tuple(
            (key, title, tuple(school for school in self.schools if school.category == key)) for key, title in named
        )


def read_standing(facts: Mapping[str, Any]) -> SchoolStanding:
    """Read from a school's facts what the area's report says of it."""
    school, assignment, final, officer = facts["school"], facts["assignment"], facts["final"], facts["officer"]
    certainty, move, check = find_certainty(facts) or {}, facts["last_year"], facts["writing_check"]
    panel, said = officer["panel"], officer["self_evaluation"]
    return SchoolStanding(
        urn=school["urn"],
        name=clean_text(school["name"]) or f"URN {school['urn']}",
        phase=school["phase"],
        category=final["category"],
        title=final["title"],
        tier=final["tier"],
        reason=assignment["reason"],
        indicators=tuple(_read_indicator(one) for one in facts["indicators"]),
        inspections=tuple(facts["inspections"]),
        warnings=tuple(facts["warnings"]),
        indicated=assignment["category"],
        indicated_title=assignment["title"],
        certainty=certainty.get("probability"),
        sureness=certainty.get("sureness") or "",
        between=tuple(certainty.get("between", ())),
        panel=PanelNote(panel["reason"], panel["person"], panel["date"], panel["changed"]) if panel else None,
        last_year=MoveNote(move["title"], move["tiers_moved"], move["flagged"]) if move else None,
        self_referral=any(one["self_referral"] for one in said if one["date"] == said[0]["date"]),
        writing=_read_writing(check) if check and check["asks"] else None,
        provisional=final["provisional"],
        early=read_early(facts),
        town=clean_text(school["town"]),
    )


def _read_writing(check: Mapping[str, Any]) -> WritingNote:
    return WritingNote(
        check["writing"], check["suggested"], check["expected_from"], check["expected_to"], check["pupils"]
    )


def _read_indicator(facts: Mapping[str, Any]) -> IndicatorStanding:
    ratings = {one["comparator"]: one["rating"] for one in facts["comparisons"]}
    return IndicatorStanding(
        facts["indicator"],
        facts["short_title"],
        facts["key_priority"],
        ratings.get(ENGLAND, str(Rating.NOT_RATED)),
        facts["theme"],
        facts["decimals"],
        _read_latest(facts["by_year"]),
        ratings.get(SIMILAR, str(Rating.NOT_RATED)),
        facts["unit"],
        facts["direction"],
        facts["by_phase"],
        facts["early"],
    )


def _read_latest(years: Sequence[Mapping[str, Any]]) -> YearStanding | None:
    for year in reversed(years):
        if None not in (year["value"], year["pupils"], year["england"]) and not year["early"]:
            return YearStanding(year["year"], year["value"], year["pupils"], year["england"])
    return None


def order_standings(standings: Iterable[SchoolStanding]) -> tuple[SchoolStanding, ...]:
    """Put schools in the order of their names, the only order there is; those of one name are told apart."""
    ordered = sorted(standings, key=lambda school: place_by_name(school.name, school.urn))
    named: dict[str, list[SchoolStanding]] = {}
    for school in ordered:
        named.setdefault(school.name.casefold(), []).append(school)
    return tuple(_tell_apart(school, named[school.name.casefold()]) for school in ordered)


def _tell_apart(school: SchoolStanding, namesakes: Sequence[SchoolStanding]) -> SchoolStanding:
    """By its town, and where that is not known or another's as well, by its URN."""
    if len(namesakes) == 1:
        return school
    there = sum(one.town.casefold() == school.town.casefold() for one in namesakes)
    return replace(school, apart=school.town if school.town and there == 1 else f"URN {school.urn}")


# Key priorities


def measure_area(
    observations: pd.DataFrame,
    indicators: Sequence[Indicator],
    year: int,
    *,
    authority: int | None = None,
    trust: int | None = None,
) -> tuple[AreaFigure, ...]:
    """The area's own published figures beside England's, each of the latest year up to ``year`` that both have.

    ``observations`` are OBSERVATIONS above school level. An area that is a list of schools has no figures of its own.
    """
    if authority is not None:
        own = observations[(observations["level"] == str(Level.AUTHORITY)) & (observations["la"] == authority)]
    elif trust is not None:
        own = observations[(observations["level"] == str(Level.TRUST)) & (observations["trust"] == trust)]
    else:
        return ()
    england = observations[observations["level"] == str(Level.ENGLAND_STATE)]
    found = (_measure(indicator, own, england, year) for indicator in indicators)
    return tuple(figure for figure in found if figure is not None)


def _measure(indicator: Indicator, own: pd.DataFrame, england: pd.DataFrame, year: int) -> AreaFigure | None:
    ours = _find_values(own, indicator.measure, indicator.group)
    theirs = _find_values(england, indicator.measure, indicator.group)
    years = [each for each in sorted(ours) if each in theirs and each <= year]
    if not years:
        return None
    latest = years[-1]
    others = indicator.gap_to
    return AreaFigure(
        indicator=indicator.key,
        short_title=indicator.short_title,
        unit=str(indicator.unit),
        decimals=indicator.decimals,
        direction=str(indicator.direction),
        group=str(indicator.group),
        year=latest,
        value=ours[latest],
        england=theirs[latest],
        other=_find_values(own, indicator.measure, others).get(latest) if others else None,
        england_other=_find_values(england, indicator.measure, others).get(latest) if others else None,
        by_year=tuple((each, ours[each], theirs[each]) for each in years if each > year - YEARS),
    )


def _find_values(rows: pd.DataFrame, measure: str, group: str) -> dict[int, float]:
    chosen = rows[(rows["measure"] == measure) & (rows["group"] == str(group)) & rows["value"].notna()]
    return {int(year): float(value) for year, value in zip(chosen["year"], chosen["value"], strict=True)}


@dataclass(frozen=True)
class InspectionCount:
    """What the last graded inspections with an overall grade said. Report cards are not among them."""

    good_or_better: int
    graded: int
    without: int  # schools without an overall grade in these files
    report_cards: int  # schools whose latest inspection is a report card

    def tell_without(self) -> str:
        """How many had no overall grade, as the end of a sentence about those that had."""
        return f"{count_things(self.without, 'school')} had none" if self.without else "every school had one"


def count_inspections(schools: Sequence[SchoolStanding]) -> InspectionCount:
    """Count schools by the overall grade of their last graded inspection; a report card is never turned into one."""
    grades = [find_overall_grade(school) for school in schools]
    graded = [grade for grade in grades if grade]
    return InspectionCount(
        good_or_better=sum(grade.casefold() in GOOD_OR_BETTER for grade in graded),
        graded=len(graded),
        without=len(grades) - len(graded),
        report_cards=sum(bool(find_report_card(school)) for school in schools),
    )


def find_overall_grade(school: SchoolStanding) -> str:
    """The overall grade of the last graded inspection that gave one; empty where there is none."""
    found = [
        fact
        for fact in school.inspections
        if fact["framework"] == Framework.GRADED
        and fact["area"].casefold() == OVERALL
        and fact["outcome"].casefold() not in NOT_GRADED
    ]
    return max(found, key=lambda fact: fact["date"])["outcome"] if found else ""


def find_report_card(school: SchoolStanding) -> tuple[tuple[str, str], ...]:
    """The areas and grades of the latest report card; empty where there is none."""
    cards = [fact for fact in school.inspections if fact["framework"] == Framework.REPORT_CARD]
    latest = max((fact["date"] for fact in cards), default="")
    return tuple(
        (fact["area"], fact["outcome"])
        for fact in cards
        if fact["date"] == latest and fact["outcome"].casefold() not in NOT_GRADED
    )


@dataclass(frozen=True)
class PhaseFigure:
    """An indicator of the schools that share one figure of England's, each weighing as its pupils, in one year."""

    indicator: str
    short_title: str
    theme: str
    unit: str
    direction: str
    key_priority: bool
    phases: tuple[str, ...]
    year: str
    schools: int
    value: float
    england: float
    decimals: int


def measure_by_phase(report: AreaReport) -> tuple[PhaseFigure, ...]:
    """What England publishes by phase, such as absence, from the schools' own facts, in the year under review."""
    year = name_academic_year(report.edition.year)
    found: dict[tuple[str, float], list[tuple[str, IndicatorStanding, YearStanding]]] = {}
    for school in report.schools:
        for one in school.indicators:
            if one.by_phase and one.latest is not None and one.latest.year == year:
                found.setdefault((one.indicator, one.latest.england), []).append((school.phase, one, one.latest))
    return tuple(
        PhaseFigure(
            indicator,
            rows[0][1].short_title,
            rows[0][1].theme,
            rows[0][1].unit,
            rows[0][1].direction,
            rows[0][1].key_priority,
            tuple(sorted({phase for phase, _, _ in rows})),
            year,
            len(rows),
            sum(latest.value * latest.pupils for _, _, latest in rows) / sum(latest.pupils for _, _, latest in rows),
            england,
            rows[0][1].decimals,
        )
        for (indicator, england), rows in sorted(found.items())
    )


def find_possible_leaders(report: AreaReport) -> tuple[SchoolStanding, ...]:
    """Schools that may lead support: those in the category of least support."""
    return tuple(school for school in report.schools if school.tier == 1)


def find_most_supported(report: AreaReport) -> tuple[SchoolStanding, ...]:
    """Schools in the two categories of most support."""
    first = len(report.policy.categories) - 1
    return tuple(school for school in report.schools if school.tier is not None and school.tier >= first)


def count_gaps(report: AreaReport) -> tuple[tuple[IndicatorStanding, int, int, int], ...]:
    """Each indicator with how many schools have a gap, a strength, and any rating; most gaps first."""
    standings: dict[str, list[IndicatorStanding]] = {}
    for school in report.schools:
        for one in school.indicators:
            if one.rating != Rating.NOT_RATED:
                standings.setdefault(one.indicator, []).append(one)
    counted = (
        (
            found[0],
            sum(one.rating == Rating.GAP for one in found),
            sum(one.rating == Rating.STRENGTH for one in found),
            len(found),
        )
        for found in standings.values()
    )
    return tuple(sorted(counted, key=lambda row: (-row[1], row[0].short_title)))


# Certainty, panels and questions


@dataclass(frozen=True)
class CertaintyCount:
    """How sure schools' categories are, of those whose certainty could be worked out."""

    borderline: int
    doubtful: int
    known: int


def count_sureness(schools: Sequence[SchoolStanding]) -> CertaintyCount:
    """Count the schools whose indicated category is borderline, and those whose is doubtful."""
    known = sum(school.certainty is not None for school in schools)
    return CertaintyCount(len(find_borderline(schools)), len(find_doubtful(schools)), known)


def find_doubtful(schools: Sequence[SchoolStanding]) -> tuple[SchoolStanding, ...]:
    """The schools of which other outcomes together are likelier than the indicated one, in the order given."""
    return tuple(school for school in schools if school.sureness == Sureness.DOUBTFUL)


def find_borderline(schools: Sequence[SchoolStanding]) -> tuple[SchoolStanding, ...]:
    """The schools whose indicated category is borderline, in the order given; doubtful ones are not among them."""
    return tuple(school for school in schools if school.sureness == Sureness.BORDERLINE)


def find_undecided(schools: Sequence[SchoolStanding]) -> tuple[SchoolStanding, ...]:
    """The schools on which no panel has decided, in the order given."""
    return tuple(school for school in schools if school.panel is None)


def find_decided(schools: Sequence[SchoolStanding]) -> tuple[SchoolStanding, ...]:
    """The schools on which a panel has decided, in the order given."""
    return tuple(school for school in schools if school.panel is not None)


def find_flagged(schools: Sequence[SchoolStanding]) -> tuple[SchoolStanding, ...]:
    """The schools whose category moved by two or more since last year without an inspection to explain it."""
    return tuple(school for school in schools if school.last_year is not None and school.last_year.flagged)


# Facts


def build_area_facts(report: AreaReport, exhibits: Sequence[str] = ()) -> dict[str, Any]:
    """Give the area's facts as plain JSON values."""
    edition, inspections = report.edition, count_inspections(report.schools)
    decided = find_decided(report.schools)
    name = clean_text(report.name)
    return {
        "version": FACTS_VERSION,
        "layout": AREA_LAYOUT,
        "document": describe_document(
            edition,
            report.policy.organisation,
            kind="area",
            title=_title_area(name, edition),
            subject=f"Where the schools of {name} stand, {name_academic_year(edition.year)}",
        ),
        "edition": {
            "name": edition.name,
            "title": clean_text(edition.title),
            "year": name_academic_year(edition.year),
            "date": edition.date,
            "area_name": name,
        },
        "policy": {"key": report.policy.key, "thresholds_adopted": report.policy.thresholds_adopted},
        "categories": [
            {
                "key": key,
                "title": title,
                "schools": [school.urn for school in schools],
                "indicated": [school.urn for school in report.schools if school.indicated == key],
            }
            for key, title, schools in report.categories
        ],
        "panel": {
            "decided": [school.urn for school in decided],
            "changed": [school.urn for school in decided if school.panel and school.panel.changed],
        },
        "certainty": {
            "known": count_sureness(report.schools).known,
            "borderline": [school.urn for school in find_borderline(report.schools)],
            "doubtful": [school.urn for school in find_doubtful(report.schools)],
        },
        "worth_a_look": _describe_list(report),
        "flagged_moves": [school.urn for school in find_flagged(report.schools)],
        "self_referrals": [school.urn for school in report.schools if school.self_referral],
        "writing_questions": [school.urn for school in report.schools if school.writing],
        "figures": [_describe_figure(figure) for figure in report.figures],
        "by_phase": [_describe_phase_figure(figure) for figure in measure_by_phase(report)],
        "top_tenth": [_describe_standing(one) for one in report.top_tenth],
        "inspections": {
            "good_or_better": inspections.good_or_better,
            "graded": inspections.graded,
            "without": inspections.without,
            "report_cards": inspections.report_cards,
        },
        "gaps": [
            {"indicator": one.indicator, "gaps": gaps, "strengths": strengths, "rated": rated}
            for one, gaps, strengths, rated in count_gaps(report)
        ],
        "unreported": [{"urn": one.urn, "name": one.name, "reason": one.reason} for one in report.unreported],
        "files": [
            {
                "file": one.file,
                "title": one.title,
                "year": one.year,
                "rows": one.rows,
                "figures": one.figures,
                "loaded": one.loaded,
                "findings": list(one.findings),
            }
            for one in report.files
        ],
        "exhibits": list(exhibits),
    }


def _describe_list(report: AreaReport) -> dict[str, Any]:
    found = report.worth_a_look
    return {
        "compared": found.compared,
        "looked_at": found.looked_at,
        "gaps": len(found.gaps),
        "named": found.named,
        "expected_false": keep_number(found.expected_false),
        "schools": [
            {
                "urn": school.urn,
                "entries": [
                    {
                        "indicator": one.indicator,
                        "short_title": clean_text(one.short_title),
                        "key_priority": one.key_priority,
                        "early": one.early,
                        "unit": one.unit,
                        "decimals": one.decimals,
                        "value": keep_number(one.value),
                        "beside": [
                            {
                                "comparator": beside.comparator,
                                "baseline": keep_number(beside.baseline),
                                "probability": keep_number(beside.probability),
                                "named": beside.named,
                            }
                            for beside in one.beside
                        ],
                    }
                    for one in found.schools[school.urn]
                ],
            }
            for school in report.schools
            if school.urn in found.schools
        ],
    }


def _title_area(name: str, edition: EditionNote) -> str:
    """The document's title: the edition's own where it starts with the area's name."""
    title = clean_text(edition.title)
    return f"{title}: the {edition.place}" if title.startswith(name) else f"{name}: {title}"


def _describe_figure(figure: AreaFigure) -> dict[str, Any]:
    return {
        "indicator": figure.indicator,
        "short_title": clean_text(figure.short_title),
        "unit": figure.unit,
        "decimals": figure.decimals,
        "direction": figure.direction,
        "group": figure.group,
        "year": name_academic_year(figure.year),
        "value": keep_number(figure.value),
        "england": keep_number(figure.england),
        "other": keep_number(figure.other),
        "england_other": keep_number(figure.england_other),
        "by_year": [
            {"year": name_academic_year(year), "value": keep_number(value), "england": keep_number(england)}
            for year, value, england in figure.by_year
        ],
    }


def _describe_phase_figure(figure: PhaseFigure) -> dict[str, Any]:
    return {
        "indicator": figure.indicator,
        "short_title": clean_text(figure.short_title),
        "unit": figure.unit,
        "decimals": figure.decimals,
        "direction": figure.direction,
        "phases": list(figure.phases),
        "year": figure.year,
        "schools": figure.schools,
        "value": keep_number(figure.value),
        "england": keep_number(figure.england),
    }


def _describe_standing(one: AuthorityStanding) -> dict[str, Any]:
    return {
        "source": clean_text(one.source),
        "file": clean_text(one.file),
        "measure": one.measure,
        "title": clean_text(one.title),
        "unit": one.unit,
        "decimals": one.decimals,
        "group": one.group,
        "direction": str(one.top.direction),
        "year": name_academic_year(one.year),
        "provisional": one.provisional,
        "value": keep_number(one.value),
        "place": one.rank,
        "authorities": one.top.authorities,
        "last_place": one.top.place,
        "threshold": keep_number(one.top.threshold),
        "percentile": keep_number(one.top.percentile),
        "distance": keep_number(one.distance),
        "within": one.top.is_within(one.value),
        "within_percentile": one.top.is_within_percentile(one.value),
    }
