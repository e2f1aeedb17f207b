"""Results of schools in a programme beside those of schools without one, for each key priority."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.analysis.statistics.effects import Effect, estimate_effect, simulate_areas
from pipeline.analysis.statistics.intervals import standard_error_of_interval
from pipeline.foundation.vocabulary import Direction, Rating, name_academic_year
from pipeline.report.facts import ENGLAND
from pipeline.run.desk.impact.gathering import Facts, ImpactSources, find_first_results, read_years

#: With fewer schools in a programme, or beside it, nothing is said but names: one school more or less would decide.
LEAST_SUPPORTED, LEAST_BESIDE = 5, 10
#: Measures of pupils' background that are allowed for: one more for every so many schools, and no more than this.
_SCHOOLS_A_MEASURE, _MOST_MEASURES = 25, 2
_CHANCE = 0.05  # that a programme without effect seems to have one, in all its results together
_AREAS = 1_000


@dataclass(frozen=True)
class Wave:
    """The schools of a programme that began in one year. ``first`` is the year of their first results since."""

    programme: str
    first: int
    urns: tuple[int, ...]


@dataclass(frozen=True)
class Simulated:
    """What areas like this one come to when it is known what support does: shares and means over simulated areas.

    ``moved`` is how far schools as low moved without any support, ``moved_from`` and ``moved_to`` hold 95 of 100;
    ``false`` the share in which support without effect seemed to have one; ``held`` the share in which the range held
    an effect of ``effect``.
    """

    moved: float
    moved_from: float
    moved_to: float
    false: float
    effect: float
    held: float


@dataclass(frozen=True)
class Outcome:
    """One result of one wave. ``reason`` says why nothing is said of it; else ``effect`` and ``simulated`` are there.

    Everything is in the indicator's unit beside England's figure, better being more. ``named`` are the schools that are
    counted; ``left_out`` those that are not, each with why.
    """

    wave: Wave
    title: str
    unit: str
    decimals: int
    earlier_years: tuple[int, ...]
    later_year: int
    named: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    beside: int
    reason: str = ""
    allowed_for: tuple[str, ...] = ()
    confidence: float = 0.0
    effect: Effect | None = None
    simulated: Simulated | None = None


@dataclass(frozen=True)
class _Result:
    """A school's earlier and later result beside England's, better being more, and what chance adds to each."""

    urn: int
    earlier: float
    earlier_variance: float
    later: float
    later_variance: float


def list_waves(sources: ImpactSources) -> tuple[Wave, ...]:
    """The programmes' schools by the year in which each began, by name and year."""
    began: dict[tuple[str, int], int] = {}
    for row in sources.programmes:  # by day: a school's first row is when it began
        began.setdefault((row.programme, row.urn), find_first_results(row.day))
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    for (programme, urn), first in began.items():
        found[programme, first].append(urn)
    return tuple(Wave(programme, first, tuple(urns)) for (programme, first), urns in sorted(found.items()))


def compare_outcomes(sources: ImpactSources) -> tuple[Outcome, ...]:
    """Hold every wave's results beside those of schools that are in no programme."""
    waves = list_waves(sources)
    year = sources.editions[0].year
    anywhere = {urn for wave in waves for urn in wave.urns if wave.first <= year}
    return tuple(outcome for wave in waves for outcome in _compare_wave(sources, wave, anywhere))


def _compare_wave(sources: ImpactSources, wave: Wave, anywhere: set[int]) -> Iterator[Outcome]:
    year = sources.editions[0].year
    if wave.first > year:
        return
    drawn = [
        (outcome, results)
        for key in _list_priorities(sources, wave)
        for outcome, results in [_gather_outcome(sources, wave, anywhere, key)]
    ]
    told = sum(not outcome.reason for outcome, _ in drawn)
    for outcome, results in drawn:
        yield outcome if outcome.reason else _estimate(sources, outcome, results, 1 - _CHANCE / told)


def _list_priorities(sources: ImpactSources, wave: Wave) -> list[str]:
    """The key priorities of the wave's schools, in the order of their reports."""
    indicators = [one for urn in wave.urns for one in sources.schools.get(urn, {}).get("indicators", ())]
    return list(dict.fromkeys(one["indicator"] for one in indicators if one["key_priority"]))


def _gather_outcome(sources: ImpactSources, wave: Wave, anywhere: set[int], key: str) -> tuple[Outcome, list[_Result]]:
    """One result of a wave as far as it can be told before anything is estimated, and all schools' figures of it."""
    told = {urn: _read_figures(sources, urn, key) for urn in sources.schools}
    later = sources.editions[0].year
    earlier = tuple(sorted({year for figures in told.values() for year in figures if year < wave.first}))
    results = {urn: one for urn, figures in told.items() if (one := _read_result(urn, figures, earlier, later))}
    others = [one for urn, one in results.items() if urn not in anywhere]
    least = min((one.earlier for one in others), default=0.0)
    most = max((one.earlier for one in others), default=0.0)
    reasons = {}
    for urn in wave.urns:
        if urn not in results:
            reasons[urn] = "no figures both from before and of this year that may be used"
        elif not least <= results[urn].earlier <= most:
            reasons[urn] = "no school without a programme had results like its own before"
    counted = [results[urn] for urn in wave.urns if urn not in reasons]
    about = next(one for facts in sources.schools.values() for one in facts["indicators"] if one["indicator"] == key)
    reason = ""
    if len(counted) < LEAST_SUPPORTED:
        reason = f"fewer than {LEAST_SUPPORTED} schools of the programme can be counted"
    elif len(others) < LEAST_BESIDE:
        reason = f"fewer than {LEAST_BESIDE} schools without a programme can stand beside them"
    outcome = Outcome(
        wave,
        about["title"],
        about["unit"],
        about["decimals"],
        earlier,
        later,
        tuple(sources.name_school(one.urn) for one in counted),
        tuple((sources.name_school(urn), why) for urn, why in reasons.items()),
        len(others),
        reason,
    )
    return outcome, [*counted, *others]


def _read_figures(sources: ImpactSources, urn: int, key: str) -> dict[int, Facts]:
    """A school's figures of an indicator by year that may be used, the newest edition's telling of each.

    Left out are a school whose figures its report does not rate, as a special school's; a figure without a range or
    pupils, or beside no figure of England of the same year; an early one; and what earlier editions tell where the
    years of a later one do not go back as far as usual.
    """
    found: dict[int, Facts] = {}
    for told in sources.editions:
        indicators = told.schools.get(urn, {}).get("indicators", ())
        indicator = next((one for one in indicators if one["indicator"] == key and _is_rated(one)), None)
        if indicator is None:
            continue
        sign = -1 if indicator["direction"] == Direction.LOWER_IS_BETTER else 1
        for year, one in read_years(indicator).items():
            found.setdefault(year, {**one, "sign": sign})
        if indicator["window_note"]:
            break  # years before may be of another definition
    needed = ("value", "lower", "upper", "pupils", "england")
    return {
        year: one
        for year, one in found.items()
        if not one["early"] and one["england_year"] is None and None not in [one[name] for name in needed]
    }


def _is_rated(indicator: Facts) -> bool:
    beside = (one for one in indicator["comparisons"] if one["comparator"] == ENGLAND)
    return any(one["rating"] != Rating.NOT_RATED for one in beside)


def _read_result(urn: int, figures: Mapping[int, Facts], earlier: Sequence[int], later: int) -> _Result | None:
    """A school's earlier figures taken together by their pupils, and its later one; None where either is not there."""
    before = [figures[year] for year in earlier if year in figures]
    if not before or later not in figures:
        return None
    weights = np.array([one["pupils"] for one in before], float)
    weights /= weights.sum()
    return _Result(
        urn,
        float(weights @ [_beside_england(one) for one in before]),
        float(weights**2 @ [_find_variance(one) for one in before]),
        _beside_england(figures[later]),
        _find_variance(figures[later]),
    )


def _beside_england(one: Facts) -> float:
    return float(one["sign"] * (one["value"] - one["england"]))


def _find_variance(one: Facts) -> float:
    return float(standard_error_of_interval(one["lower"], one["upper"])) ** 2


def _estimate(sources: ImpactSources, outcome: Outcome, results: list[_Result], confidence: float) -> Outcome:
    columns = np.array([[one.earlier, one.earlier_variance, one.later, one.later_variance] for one in results]).T
    figures = (columns[0], columns[1], columns[2], columns[3], np.arange(len(results)) < len(outcome.named))
    names, context = _choose_context(sources, results)
    effect = estimate_effect(*figures, context, confidence=confidence)
    known = float(effect.upper - effect.lower) / 2
    simulated = _simulate(figures, known, confidence, sources.editions[0].year)
    return replace(outcome, allowed_for=names, confidence=confidence, effect=effect, simulated=simulated)


def _choose_context(sources: ImpactSources, results: list[_Result]) -> tuple[tuple[str, ...], np.ndarray | None]:
    """The measures of pupils' background that go most closely with earlier results: never chosen by later ones."""
    told = [{one["measure"]: one for one in sources.schools[result.urn]["context"]} for result in results]
    whole = [key for key in told[0] if all(key in one and one[key]["value"] is not None for one in told)]
    measures = {key: np.array([one[key]["value"] for one in told], float) for key in whole}
    measures = {key: values for key, values in measures.items() if values.std() > 0}
    earlier = np.array([one.earlier for one in results])
    close = {key: abs(np.corrcoef(values, earlier)[0, 1]) for key, values in measures.items()}
    most = min(_MOST_MEASURES, len(results) // _SCHOOLS_A_MEASURE)
    chosen = sorted(close, key=lambda key: (-round(close[key], 6), key))[:most]
    if not chosen:
        return (), None
    scaled = [(measures[key] - measures[key].mean()) / measures[key].std() for key in chosen]
    return tuple(told[0][key]["title"] for key in chosen), np.stack(scaled, axis=1)


def _simulate(
    figures: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    known: float,
    confidence: float,
    seed: int,
) -> Simulated:
    _, earlier_variance, _, later_variance, _ = figures

    def imitate(effect: float) -> Effect:
        before, after, chosen = simulate_areas(*figures, effect=effect, areas=_AREAS, seed=seed)
        return estimate_effect(before, earlier_variance, after, later_variance, chosen, confidence=confidence)

    nothing, something = imitate(0.0), imitate(known)
    low, high = np.quantile(nothing.moved, [0.025, 0.975])
    return Simulated(
        moved=float(nothing.moved.mean()),
        moved_from=float(low),
        moved_to=float(high),
        false=float(np.mean((nothing.lower > 0) | (nothing.upper < 0))),
        effect=known,
        held=float(np.mean((something.lower <= known) & (known <= something.upper))),
    )


def name_wave(wave: Wave) -> str:
    """A wave as a reader knows it."""
    return f"{wave.programme}, first results {name_academic_year(wave.first)}"
