"""How far the categories of an edition can be trusted: what its page says, counted from the schools' own facts and
found by judging the edition again under other thresholds, in other years and in simulated countries.

Nothing here is asserted of the method in general: every number is this edition's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from pipeline.analysis.context import load_context
from pipeline.analysis.country.simulation import SIZES, Count, FalseFindings, KnownDifferences, find_band
from pipeline.analysis.country.worth_a_look import KnownList
from pipeline.analysis.indicators import Indicator, load_themes
from pipeline.analysis.indicators.themes import find_theme
from pipeline.analysis.statistics.association import RankCorrelation, correlate_ranks
from pipeline.foundation.vocabulary import Availability, PupilGroup, Rating, name_academic_year
from pipeline.policy import Policy
from pipeline.policy.doubt.calibration import Calibration, Decile
from pipeline.policy.doubt.sensitivity import ThresholdMove
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE, Sureness
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import ENGLAND, EditionNote, build_page_facts, find_certainty, keep_number

#: The targets that the simulations are held against.
MOST_FALSE = 0.05
MOST_FALSE_GAPS = 0.03
COVERAGE, COVERAGE_WITHIN = 0.95, 0.01
#: What holds the truth of one year alone in a country whose years vary evenly and as known: real ones do neither, so
#: that those ranges are Student's t.
COVERAGE_OF_ONE_YEAR = 0.963
CALIBRATED_WITHIN = 0.05

#: What became of an indicator in one school, as a column is headed.
RATED = "Rated"
PROVISIONAL = "From one year"
TOO_FEW_PUPILS = "Too few pupils"
TOO_FEW_YEARS = "Too few years"
WITHHELD = "Withheld"
NO_FIGURE = "No figure"
NOT_COMPARED = "Not compared"
STATES = (RATED, PROVISIONAL, TOO_FEW_PUPILS, TOO_FEW_YEARS, WITHHELD, NO_FIGURE, NOT_COMPARED)

_WITHHELD = (Availability.SUPPRESSED, Availability.SMALL)
_UNKNOWN_SIZE = "no results, so no known size"


@dataclass(frozen=True)
class SchoolReading:
    """What this page needs of one school, as its own facts say."""

    urn: int
    phase: str
    category: str
    title: str
    tier: int | None
    clause: str
    probability: float | None  # of its category; None where it has none, or it was not worked out
    sureness: str  # clear, borderline or doubtful; "" where that is not known
    pupils: float | None  # a year, of its results
    disadvantaged: float | None  # per cent
    states: Mapping[str, str]  # indicator → one of STATES
    last_category: str  # the key recorded for last year; "" where none is
    similar: int | None  # similar schools found; None where nobody looked
    no_similar: str  # why there are none


@dataclass(frozen=True)
class CategoryCertainty:
    """How certain the schools of one category are of it."""

    title: str
    schools: int
    known: int  # schools whose certainty was worked out
    borderline: int
    doubtful: int
    median: float | None

    @property
    def unsure(self) -> int:
        return self.borderline + self.doubtful


@dataclass(frozen=True)
class SizeChange:
    """Schools of one size by how far their category is from last year's."""

    size: str
    schools: int
    same: int
    one: int  # the next category, either way
    further: int  # two or more
    evidence: int  # to or from insufficient evidence


@dataclass(frozen=True)
class Change:
    """This year's categories beside last year's. ``recorded``: as they were given; else the same rules, a year back."""

    recorded: bool
    sizes: tuple[SizeChange, ...]

    def count(self, what: str) -> int:
        """The schools of all sizes for which ``what`` (a field of SizeChange) is so."""
        return sum(getattr(one, what) for one in self.sizes)


@dataclass(frozen=True)
class CategoryShare:
    """The share of disadvantaged pupils in the schools of one category, in per cent."""

    title: str
    shares: tuple[float, ...]  # rising

    @property
    def median(self) -> float:
        return median(self.shares)


@dataclass(frozen=True)
class IndicatorGaps:
    """What became of one indicator in the schools it is meant for."""

    indicator: str
    short_title: str
    counts: Mapping[str, int]  # by STATES

    @property
    def schools(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class KnownWorld:
    """What was found in a country with known differences."""

    findings: KnownDifferences
    coverage: tuple[Count, ...]
    listed: KnownList
    staying: tuple[Count, ...]  # findings of the years before, on their side in the latest: all, gaps, strengths


@dataclass(frozen=True)
class Simulations:
    """What was found in the simulated countries, whose single years differ as those of the files do."""

    without: FalseFindings
    without_categories: tuple[tuple[str, int], ...]  # title → school-worlds, by their figures alone
    without_coverage: tuple[Count, ...]
    known: KnownWorld
    calibration: Calibration


@dataclass(frozen=True)
class Foresight:
    """What the years before the latest said of it, counted in the edition's own files."""

    years: int  # that the files hold of the indicator with the most
    ahead: tuple[Count, ...]  # latest figures where expected: all, then by kind; empty where none could be asked
    staying: tuple[Count, ...]  # as in KnownWorld


@dataclass(frozen=True)
class Reliance:
    """Everything the page says."""

    edition: EditionNote
    policy: Policy
    name: str
    schools: tuple[SchoolReading, ...]  # by URN
    indicators: tuple[Indicator, ...]
    unreported: tuple[tuple[str, int], ...]  # schools of the area without a report: reason → how many
    agreeing: int  # schools whose category the judging of many gives as their reports do
    moves: tuple[ThresholdMove, ...]
    change: Change
    disadvantage: RankCorrelation | None
    foresight: Foresight
    simulations: Simulations | None  # None where no school has a figure to compare

    @property
    def outcomes(self) -> tuple[tuple[str, str], ...]:
        """Key and title of every outcome, from least to most support, then insufficient evidence."""
        return list_titles(self.policy)


def list_titles(policy: Policy) -> tuple[tuple[str, str], ...]:
    """Key and title of every outcome of a policy, from least to most support, then insufficient evidence."""
    named = [(category.key, category.title) for category in policy.categories]
    return (*named, (INSUFFICIENT_EVIDENCE, policy.insufficient_evidence.title))


# Reading schools


def read_school(facts: Mapping[str, Any], indicators: Sequence[Indicator]) -> SchoolReading:
    """Read from a school's facts what this page counts. The indicative category is read, not the panel's."""
    school, assignment = facts["school"], facts["assignment"]
    certainty, last, similar = find_certainty(facts) or {}, facts.get("last_year") or {}, facts.get("similar")
    return SchoolReading(
        urn=school["urn"],
        phase=school["phase"],
        category=assignment["category"],
        title=assignment["title"],
        tier=assignment["tier"],
        clause=assignment["clause"],
        probability=certainty.get("probability"),
        sureness=certainty.get("sureness") or "",
        pupils=_find_pupils(facts["indicators"]),
        disadvantaged=_find_disadvantaged(facts["context"]),
        states=_read_states(facts, indicators),
        last_category=last.get("category") or "",
        similar=None if similar is None else len(similar["schools"]),
        no_similar="" if similar is None else _shorten_reason(similar["reason"]),
    )


def _find_disadvantaged(context: Sequence[Mapping[str, Any]]) -> float | None:
    telling = {one.measure for one in load_context() if one.tells_disadvantage}
    return next((one["value"] for one in context if one["measure"] in telling), None)


def _shorten_reason(reason: str) -> str:
    """Why there are no similar schools, without the numbers of the one school: so that schools can be counted."""
    if "could be chosen" in reason:
        return "Too few schools of its phase have pupils enough like its own."
    return reason.split(": ", maxsplit=1)[-1]


def _find_pupils(indicators: Sequence[Mapping[str, Any]]) -> float | None:
    """The pupils of an average year, of the first result of all pupils that says so."""
    themes = load_themes()
    for one in indicators:
        if find_theme(one["theme"], themes).results and one["group"] == PupilGroup.ALL:
            pupils = [year["pupils"] for year in one["by_year"] if year["pupils"]]
            if pupils:
                return sum(pupils) / len(pupils)
    return None


def _read_states(facts: Mapping[str, Any], indicators: Sequence[Indicator]) -> dict[str, str]:
    """One of STATES for every indicator shown, or meant for a school of this phase."""
    shown = {one["indicator"]: one for one in facts["indicators"]}
    phase = facts["school"]["phase"]
    return {
        indicator.key: _read_state(shown[indicator.key], indicator) if indicator.key in shown else NO_FIGURE
        for indicator in indicators
        if indicator.key in shown or phase in indicator.applies_to
    }


def _read_state(facts: Mapping[str, Any], indicator: Indicator) -> str:
    ratings = [one["rating"] for one in facts["comparisons"] if one["comparator"] == ENGLAND]
    if ratings and ratings[0] != Rating.NOT_RATED:
        return PROVISIONAL if facts["provisional"] else RATED
    if facts["value"] is None:
        latest = facts["by_year"][-1]["availability"] if facts["by_year"] else ""
        return WITHHELD if latest in _WITHHELD else NO_FIGURE
    if len(facts["years"]) < indicator.minimum_years:
        return TOO_FEW_YEARS
    if facts["pupils"] is not None and facts["pupils"] < indicator.minimum_pupils:
        return TOO_FEW_PUPILS
    return NOT_COMPARED


# Counting


def count_certainty(reliance: Reliance) -> tuple[CategoryCertainty, ...]:
    """How certain the schools of each outcome are of it; outcomes without schools are left out."""
    counted = []
    for key, title in reliance.outcomes:
        schools = [school for school in reliance.schools if school.category == key]
        known = [school.probability for school in schools if school.probability is not None]
        borderline, doubtful = (
            sum(school.sureness == each for school in schools) for each in (Sureness.BORDERLINE, Sureness.DOUBTFUL)
        )
        if schools:
            middle = median(known) if known else None
            counted.append(CategoryCertainty(title, len(schools), len(known), borderline, doubtful, middle))
    return tuple(counted)


def spread_certainty(schools: Iterable[SchoolReading]) -> tuple[tuple[float, int], ...]:
    """Schools with a category by the tenth their certainty lies in: (where the tenth begins, schools), rising."""
    tenths = Counter(
        min(int(school.probability * 10 + 1e-9), 9) for school in schools if school.probability is not None
    )
    return tuple((tenth / 10, tenths[tenth]) for tenth in range(min(tenths, default=0), 10)) if tenths else ()


def compare_years(
    schools: Sequence[SchoolReading], policy: Policy, then: Sequence[str] | None, now: Sequence[str] = ()
) -> Change:
    """Set this year's categories beside last year's by size of school.

    ``then`` and ``now`` hold an outcome's key a school, as the same rules give it in both years; None takes the
    category recorded for last year where there is one. Schools with too little evidence in both years are left out.
    """
    pairs = [
        (school, before, after)
        for school, before, after in zip(
            schools,
            [school.last_category for school in schools] if then is None else then,
            [school.category for school in schools] if then is None else now,
            strict=True,
        )
        if before in dict(list_titles(policy)) and (before, after) != (INSUFFICIENT_EVIDENCE, INSUFFICIENT_EVIDENCE)
    ]
    sizes = [*(name for _, name in SIZES), _UNKNOWN_SIZE]
    counted = (
        _count_change(size, [(policy.tier(a), policy.tier(b)) for one, a, b in pairs if find_size(one) == size])
        for size in sizes
    )
    return Change(then is None, tuple(one for one in counted if one.schools))


def _count_change(size: str, tiers: Sequence[tuple[int | None, int | None]]) -> SizeChange:
    moved = [abs(after - before) for before, after in tiers if before is not None and after is not None]
    return SizeChange(
        size,
        len(tiers),
        same=moved.count(0),
        one=moved.count(1),
        further=sum(steps > 1 for steps in moved),
        evidence=len(tiers) - len(moved),
    )


def find_size(school: SchoolReading) -> str:
    """The name of the school's size by pupils a year."""
    return _UNKNOWN_SIZE if school.pupils is None else SIZES[int(find_band(np.array(school.pupils)))][1]


def relate_to_disadvantage(schools: Iterable[SchoolReading], seed: int) -> RankCorrelation | None:
    """How category (1 the least support) and share of disadvantaged pupils go together; None where too few say."""
    pairs = [(one.tier, one.disadvantaged) for one in schools if one.tier is not None and one.disadvantaged is not None]
    tiers, shares = np.array([tier for tier, _ in pairs]), np.array([share for _, share in pairs])
    return correlate_ranks(tiers, shares, seed)


def share_disadvantaged(reliance: Reliance) -> tuple[CategoryShare, ...]:
    """The shares of disadvantaged pupils in the schools of each outcome; outcomes without any are left out."""
    found = (
        (
            title,
            sorted(
                one.disadvantaged for one in reliance.schools if one.category == key and one.disadvantaged is not None
            ),
        )
        for key, title in reliance.outcomes
    )
    return tuple(CategoryShare(title, tuple(shares)) for title, shares in found if shares)


def count_missing(reliance: Reliance) -> tuple[IndicatorGaps, ...]:
    """What became of each indicator in the schools it is meant for, in the order of indicators."""
    counted = []
    for indicator in reliance.indicators:
        states = Counter(one.states[indicator.key] for one in reliance.schools if indicator.key in one.states)
        if states:
            counts = {state: states[state] for state in STATES}
            counted.append(IndicatorGaps(indicator.key, indicator.short_title, counts))
    return tuple(counted)


def count_reasons(reasons: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Each reason with how often it was given, the most common first."""
    counted = Counter(clean_text(reason) for reason in reasons if reason)
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


# Facts


def build_reliance_facts(reliance: Reliance, exhibits: Sequence[str] = ()) -> dict[str, Any]:
    """Give what the page says as plain JSON values."""
    edition, name = reliance.edition, clean_text(reliance.name)
    correlation, simulations = reliance.disadvantage, reliance.simulations
    found = {
        "schools": len(reliance.schools),
        "agreeing": reliance.agreeing,
        "certainty": [{**vars(one), "median": keep_number(one.median)} for one in count_certainty(reliance)],
        "thresholds": [vars(move) for move in reliance.moves],
        "change": {"recorded": reliance.change.recorded, "sizes": [vars(one) for one in reliance.change.sizes]},
        "disadvantage": None
        if correlation is None
        else {
            "correlation": keep_number(correlation.value),
            "lower": keep_number(correlation.lower),
            "upper": keep_number(correlation.upper),
            "schools": correlation.schools,
        },
        "missing": [{"indicator": one.indicator, **one.counts} for one in count_missing(reliance)],
        "year_ahead": {
            "years": reliance.foresight.years,
            "as_expected": [_describe_count(one) for one in reliance.foresight.ahead],
            "staying": [_describe_count(one) for one in reliance.foresight.staying],
        },
        "simulations": None if simulations is None else _describe_simulations(simulations),
    }
    return build_page_facts(
        edition,
        reliance.policy,
        kind="reliance",
        title="How far to trust this",
        subject=f"How certain the categories of {name} are, {name_academic_year(edition.year)}",
        exhibits=exhibits,
        found=found,
    )


def _describe_simulations(found: Simulations) -> dict[str, Any]:
    return {
        "no_differences": {
            **_describe_false(found.without),
            "categories": [{"title": title, "count": count} for title, count in found.without_categories],
            "coverage": [_describe_count(one) for one in found.without_coverage],
        },
        "known_differences": _describe_known(found.known),
        "calibration": {
            "schools": found.calibration.schools,
            "given": [_describe_decile(one) for one in found.calibration.given],
            "any_outcome": [_describe_decile(one) for one in found.calibration.any_outcome],
        },
    }


def _describe_false(found: FalseFindings) -> dict[str, Any]:
    return {
        "comparisons": found.comparisons,
        "any_finding": _describe_count(found.any_finding),
        "any_gap": _describe_count(found.any_gap),
    }


def _describe_known(world: KnownWorld) -> dict[str, Any]:
    found = world.findings
    return {
        "found": _describe_count(found.found),
        "found_by_size": [_describe_count(one) for one in found.found_by_size],
        "found_large": _describe_count(found.found_large),
        "wrong_way": _describe_count(found.wrong_way),
        "too_small": _describe_count(found.too_small),
        "coverage": [_describe_count(one) for one in world.coverage],
        "list": {
            "false": _describe_count(world.listed.false),
            "found": _describe_count(world.listed.found),
            "found_large": _describe_count(world.listed.found_large),
        },
        "staying": [_describe_count(one) for one in world.staying],
    }


def _describe_count(count: Count) -> dict[str, Any]:
    return {"name": count.name, "count": count.count, "of": count.of, "share": keep_number(count.share)}


def _describe_decile(decile: Decile) -> dict[str, Any]:
    return {
        "least": keep_number(decile.least),
        "outcomes": decile.outcomes,
        "stated": keep_number(decile.stated),
        "achieved": keep_number(decile.achieved),
        "error": keep_number(decile.error),
    }
