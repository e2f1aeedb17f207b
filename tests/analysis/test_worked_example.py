"""docs/method.md works one school out by hand. Here every number of it is worked out again from the cells of the
published files (by_hand.py): the page must print these numbers, and the product must find them too.

Where a test fails it shows what the page should say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.results import SchoolAnalysis
from pipeline.analysis.school import analyse_school
from pipeline.foundation.vocabulary import Level, Rating
from pipeline.foundation.writing import format_table
from pipeline.policy import assign_category, gather_facts, load_policy
from pipeline.policy.doubt.certainty import find_certainty
from pipeline.policy.doubt.lighter import find_lighter
from pipeline.sources.frames import SIMILAR_FIGURES, SIMILAR_NOTES, SPREADS, StudySlice, shape_frame

from . import by_hand as hand
from .slices import england, make_slice, row

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "method.md").read_text(encoding="utf-8")
FLAT = " ".join(PAGE.split())
NAMES = ("2022/23", "2023/24", "2024/25")


def expect(*texts: str) -> None:
    """The page holds these words, wherever its lines break."""
    missing = [text for text in texts if " ".join(text.split()) not in FLAT]
    if missing:
        pytest.fail("docs/method.md should say:\n\n" + "\n\n".join(missing), pytrace=False)


def tell(value: float, places: int = 1) -> str:
    """A number as printed, with a true minus sign and without a negative nought."""
    text = f"{value:.{places}f}"
    return text.replace("-", "−") if float(text) else text.removeprefix("-")


def tell_p(p: float) -> str:
    """Three figures after the last leading nought: 0.000309, 0.0864, 0.657."""
    return "1" if p == 1 else f"{p:.{max(3, 2 - math.floor(math.log10(p)))}f}"


def join(values: Iterable[float | int]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)


def test_page_says_where_the_cells_stand():
    rows = []
    for measure in (*hand.SHARES, *hand.SCORES):
        columns = (measure.early, measure.later, measure.later)
        lines = [measure.line(year) for year in hand.YEARS]
        rows.append((measure.title, *(f"{line}, `{column}`" for line, column in zip(lines, columns, strict=True))))
    expect(format_table(("figure", *NAMES), rows))


@pytest.mark.slow
def test_page_pools_every_share():
    rows = []
    for measure in hand.SHARES:
        years, test = measure.years(), hand.find_test(measure.title, hand.ENGLAND)
        count, pupils = hand.add_counts(years)
        rows.append(
            (
                measure.title,
                ", ".join(f"{year.value:.0f}% of {year.pupils}" for year in years),
                f"{' + '.join(str(hand.count_of(year)) for year in years)} = {count} of {pupils}",
                f"{tell(test.value, 2)}%",
                tell(hand.study_drift(measure).value, 2),
                f"{tell(test.lower, 2)} to {tell(test.upper, 2)}",
                join(year.england for year in years),
                tell(test.baseline, 2),
                *map(tell_p, (test.chance, test.p)),
            )
        )
    header = ("share", "published", "pupils", "pooled", "φ", "range", "England", "weighed", "p by chance", "p")
    expect(format_table(header, rows))


@pytest.mark.slow
def test_page_estimates_how_years_vary():
    rows = []
    for measure in (hand.RWM, hand.DISADVANTAGED, *hand.SCORES):
        found = hand.study_drift(measure)
        usual = hand.USUAL_AVERAGE if measure in hand.SCORES else hand.USUAL_SHARE
        numbers = (str(found.schools), tell(found.squares, 2), str(found.freedom), tell(usual))
        rows.append((measure.title, *numbers, tell(found.exact, 4), tell(found.value, 2)))
    expect(format_table(("figure", "schools", "S", "f", "φ₀", "(S + 20 φ₀) ÷ (f + 20)", "φ"), rows))


@pytest.mark.slow
def test_page_pools_every_average():
    rows = []
    for measure in hand.SCORES:
        years, test = measure.years(), hand.find_test(measure.title, hand.ENGLAND)
        whole = math.hypot(*hand.find_score_error(years))
        figures = (join(year.value for year in years), tell(test.value, 2), join(year.england for year in years))
        wider = (tell(hand.study_drift(measure).value, 2), f"{tell(test.lower, 2)} to {tell(test.upper, 2)}")
        tested = (tell(test.baseline, 2), tell(whole, 3), *map(tell_p, (test.chance, test.p)))
        rows.append((measure.title, *figures, *wider, *tested))
    header = (
        "average",
        "published",
        "pooled",
        "England",
        "φ",
        "range",
        "weighed",
        "standard error",
        "p by chance",
        "p",
    )
    expect(format_table(header, rows))


@pytest.mark.slow
def test_page_takes_progress_as_published():
    rows = []
    for title, subject in hand.PROGRESS.items():
        value, lower, upper = hand.read_progress(subject)
        line = hand.find_school(hand.ATTAINMENT, hand.URN, subject=subject, breakdown="Total")
        error = (upper - lower) / (2 * hand.Z)
        test = hand.find_test(title, hand.ENGLAND)
        wider = (tell(hand.study_progress(subject).value, 2), f"{tell(test.lower, 2)} to {tell(test.upper, 2)}")
        told = (tell(error, 3), *map(tell_p, (test.chance, test.p)))
        rows.append((title, str(line), tell(value), f"{tell(lower)} to {tell(upper)}", *wider, *told))
    header = ("progress 2022/23", "line", "score", "interval", "φ", "range", "standard error", "p by chance", "p")
    expect(format_table(header, rows))


def test_page_pools_two_years_of_progress():
    years = hand.read_progress_8()
    pooled = hand.pool_progress(list(years.values()))
    weights = [one.error**-2 for one in years.values()]
    rows = []
    for (year, one), weight in zip(years.items(), weights, strict=True):
        line = str(hand.find_school(hand.PROGRESS_8[year][0], hand.SECONDARY))
        told = (
            tell(one.value, 2),
            f"{tell(one.lower, 2)} to {tell(one.upper, 2)}",
            tell(one.error, 4),
            tell(weight, 1),
        )
        rows.append((f"{year - 1}/{year % 100}", line, str(one.pupils), *told))
    expect(format_table(("Progress 8", "line", "pupils", "score", "interval", "standard error", "weight"), rows))
    products = [
        f"{tell(one.value, 2)} × {tell(weight, 1)}" for one, weight in zip(years.values(), weights, strict=True)
    ]
    expect(
        f"({products[0]} + {products[1]}) ÷ {tell(sum(weights), 1)} = {tell(pooled.value, 3)}",
        f"1 ÷ √{tell(sum(weights), 1)} = {tell(sum(weights) ** -0.5, 4)}",
        f"φ = {tell(hand.study_progress_8().value, 2)}",
        f"from {tell(pooled.lower, 2)} to {tell(pooled.upper, 2)}",
        f"p = {tell_p(_test_progress_8(pooled))}",
    )


def _test_progress_8(pooled: hand.Progress) -> float:
    """The error of the pooled interval allows for how years vary already."""
    return hand.normal_p(max(0.0, abs(pooled.value) - 0.005), pooled.error)


@pytest.mark.kernel
def test_the_product_pools_the_same_two_years_of_progress(sample):
    years = hand.read_progress_8()
    pooled = hand.pool_progress(list(years.values()))
    analysis = analyse_school(sample.load_school(hand.SECONDARY), load_indicators(), 2025)
    (found,) = (result for result in analysis.results if result.indicator == "ks4_progress8")
    assert (found.years, found.cohort) == (tuple(years), pooled.pupils)
    assert [found.value, found.lower, found.upper] == pytest.approx([pooled.value, pooled.lower, pooled.upper])
    assert found.against("england").p_value == pytest.approx(_test_progress_8(pooled))


@pytest.mark.slow
def test_page_counts_the_pupils_of_two_years_once():
    possible, low, high, once = hand.count_persistent()
    years = hand.PERSISTENT.years()
    told = [
        f"{year.value:g}% of {year.pupils} is {year.value * year.pupils / 100:.2f}, give or take "
        f"{0.05 * year.pupils / 100:.2f}: {counts[0]} pupils"
        for year, counts in zip(years, possible, strict=True)
    ]
    did, pupils = sum(map(min, possible)), sum(year.pupils for year in years)
    drift = hand.study_drift(hand.PERSISTENT).value
    limits = hand.wilson(low, high, once, drift)
    value = hand.find_test(hand.PERSISTENT.title, hand.ENGLAND).value
    told += [
        f"{did} of {pupils}, {tell(value, 2)}%",
        f"{low} to {high} of {once}",
        f"from {tell(limits[0], 2)}% to {tell(limits[1], 2)}%",
        f"φ = {tell(drift, 2)}",
    ]
    for measure in (hand.PERSISTENT, hand.OVERALL):
        test = hand.find_test(measure.title, hand.ENGLAND)
        told.append(f"{measure.title}: {tell(test.value, 2)} beside {tell(test.baseline, 2)}, p = {tell_p(test.p)}")
    expect(*told)


def test_page_finds_the_similar_schools():
    pool, near = hand.list_pool(), [(hand.URN, 0.0), *hand.list_similar()]
    rows = []
    for urn, distance in near:
        *context, roll = pool[urn]
        told = "" if urn == hand.URN else tell(distance, 3)
        rows.append((hand.name_school(urn), *(tell(value, 2) for value in context), f"{roll:.0f}", told))
    columns = list(zip(*([*context, math.log(roll)] for *context, roll in pool.values()), strict=True))
    means = [sum(column) / len(column) for column in columns]
    squares = [[(each - mean) ** 2 for each in column] for column, mean in zip(columns, means, strict=True)]
    rows.append(("mean of the pool", *(tell(mean, 3) for mean in means), ""))
    rows.append(("standard deviation", *(tell(math.sqrt(sum(each) / len(each)), 3) for each in squares), ""))
    expect(format_table(("school", *hand.CONTEXT, "distance"), rows), f"{len(pool)} open primary schools")


def test_page_averages_the_similar_schools():
    rows = []
    for urn, _ in hand.list_similar():
        cells = [(hand.RWM.value(year, urn), hand.RWM.pupils(year, urn)) for year in hand.YEARS]
        told = ("" if value is None else f"{value:.0f}% of {pupils}" for value, pupils in cells)
        rows.append((hand.name_school(urn), *told))
    others = [hand.average_others(hand.RWM, year) for year in hand.YEARS]
    rows.append(("together", *(f"{tell(one.average, 2)}% of {one.everyone}" for one in others)))
    rows.append(("moved to the school's context", *(f"{tell(one.value, 2)}%" for one in others)))
    rows.append(("pupils they count as", *(str(one.pupils) for one in others)))
    expect(format_table(("Reading, writing and maths", *NAMES), rows))


def test_page_sets_them_to_the_schools_context():
    """One regression in full: reading, writing and maths in the latest year."""
    found = hand.average_others(hand.RWM, 2025)
    names = ("constant", *hand.CONTEXT)
    regression = found.regression
    rows = [
        (name, tell(whole, 4), tell(without, 4), "" if not place else tell(found.apart[place - 1], 3))
        for place, (name, whole, without) in enumerate(
            zip(names, regression.whole, regression.coefficients, strict=True)
        )
    ]
    moved = regression.move(found.apart)
    start = hand.angle(found.average / 100)
    expect(
        format_table(("variable", "all schools", "without the school", "Δ"), rows),
        f"*h* = {tell(regression.leverage, 4)} and *e* = {tell(regression.residual, 4)}",
        f"Δ·*b* = {tell(moved, 4)}",
        f"2·arcsin √{found.average / 100:.4f} = {start:.4f}",
        f"100 × sin²(({start:.4f} {'+' if moved >= 0 else '−'} {abs(moved):.4f}) ÷ 2) = {tell(found.value, 2)}%",
        f"*s*² = {tell(regression.left_over, 3)}",
        f"variance {tell(found.variance, 6)}",
        f"1 ÷ (1/{found.everyone} + {tell(found.variance, 6)}) = {found.pupils}",
    )


@pytest.mark.slow
def test_page_compares_with_similar_schools():
    measures = {each.title: each for each in (*hand.SHARES, *hand.SCORES, hand.OVERALL, hand.PERSISTENT)}
    rows = []
    for test in hand.list_tests():
        if test.comparator == hand.SIMILAR_SCHOOLS and test.title in measures:
            measure = measures[test.title]
            pupils = [hand.average_others(measure, year.year).pupils for year in measure.years()]
            once = round(sum(pupils) / (len(pupils) if isinstance(measure, hand.Absence) else 1))
            numbers = (tell(test.value, 2), tell(test.baseline, 2), f"{once:,}")
            rows.append((test.title, *numbers, *map(tell_p, (test.chance, test.p))))
    expect(format_table(("figure", "school", "similar schools", "pupils they count as", "p by chance", "p"), rows))


def test_page_compares_progress_with_similar_schools():
    rows = []
    for title, subject in hand.PROGRESS.items():
        value, lower, upper = hand.read_progress(subject)
        others = hand.average_progress(subject)
        whole = math.hypot((upper - lower) / (2 * hand.Z), others.error)
        test = hand.find_test(title, hand.SIMILAR_SCHOOLS)
        theirs = (str(others.schools), tell(others.average, 2), tell(others.value, 2), tell(others.error, 3))
        rows.append((title, tell(value), *theirs, tell(whole, 3), *map(tell_p, (test.chance, test.p))))
    columns = ("schools", "together", "at the school's context", "their error", "standard error", "p by chance", "p")
    header = ("progress 2022/23", "school", *columns)
    expect(format_table(header, rows))


def test_page_judges_all_comparisons_together():
    tests = hand.list_tests()
    adjusted = hand.benjamini_hochberg([test.p for test in tests])
    order = sorted(range(len(tests)), key=lambda place: tests[place].p)
    rows = []
    for rank, place in enumerate(order, 1):
        test = tests[place]
        numbers = (test.p, test.p * len(tests) / rank, adjusted[place])
        rows.append((str(rank), test.title, test.comparator, *map(tell_p, numbers)))
    beside_england = sum(test.comparator == hand.ENGLAND for test in tests)
    expect(
        format_table(("rank", "figure", "beside", "p", f"p × {len(tests)} ÷ rank", "adjusted"), rows[:7]),
        f"{beside_england} with England and {len(tests) - beside_england} with similar schools, {len(tests)} together",
        f"the first stands at {tell_p(adjusted[order[0]])}",
        f"among {len(tests)} it does not",
    )
    assert tests[order[0]].p < 0.05 < min(adjusted)


def test_page_says_what_is_in_line():
    in_line = [test for test in hand.list_tests() if test.likeness == hand.IN_LINE]
    rows = []
    for test in in_line:
        limits = [tell(test.baseline + side * test.margin, 2) for side in (-1, 1)]
        ranges = (f"{tell(test.lower, 2)} to {tell(test.upper, 2)}", " to ".join(limits))
        rows.append((test.title, test.comparator, *ranges))
    rest = len(hand.list_tests()) - len(in_line)
    expect(format_table(("figure", "beside", "range", "within the margin"), rows), f"the other {rest}")


def test_page_shows_the_gap_to_close():
    own, others = hand.find_test(hand.DISADVANTAGED.title, hand.ENGLAND), hand.OTHER
    years = hand.DISADVANTAGED.years()
    theirs = hand.weigh([others.england(year.year) for year in years], [year.pupils for year in years])
    expect(
        f"{tell(own.value, 2)} − {tell(theirs, 2)} = {tell(own.value - theirs, 2)}",
        f"{tell(own.baseline, 2)} − {tell(theirs, 2)} = {tell(own.baseline - theirs, 2)}",
    )


def test_page_shows_the_schools_own_gap():
    years = hand.OTHER.years()
    count, pupils = hand.add_counts(years)
    own = hand.find_test(hand.DISADVANTAGED.title, hand.ENGLAND).value
    expect(
        f"{' + '.join(str(hand.count_of(year)) for year in years)} = {count} of {pupils}, {100 * count / pupils:.2f}%",
        f"{100 * count / pupils - own:.1f} points",
    )


def _vary() -> float:
    return hand.study_drift(hand.RWM).value


def test_page_follows_the_change():
    rows = []
    first, *_, latest = hand.RWM.years()
    counts = [hand.count_of(year) for year in (first, latest)]
    for name, year, count in zip(NAMES[::2], (first, latest), counts, strict=True):
        limits = hand.wilson(count, count, year.pupils, _vary())
        share = 100 * count / year.pupils
        rows.append((name, f"{count} of {year.pupils}", *(tell(each, 2) for each in (share, *limits))))
    _, low, high = hand.newcombe(counts[1], latest.pupils, counts[0], first.pupils, _vary())
    expect(
        format_table(("year", "pupils", "share", "Wilson from", "to"), rows),
        f"{tell(latest.value - first.value, 0)} points, from {tell(low)} to {tell(high)}",
    )


@pytest.mark.slow
def test_page_draws_figures_towards_what_is_expected():
    rows = []
    for measure in (hand.RWM, hand.DISADVANTAGED):
        country, drawn = hand.study(measure), hand.draw_towards(measure)
        found = (str(country.schools), tell(country.spread, 4), tell(hand.study_drift(measure).value, 2))
        weighed = (tell(drawn.own.distance, 4), tell(drawn.expected, 4), tell(drawn.chance, 5), tell(drawn.weight, 3))
        told = (f"{tell(drawn.towards)}%", f"{tell(drawn.value)}% ({tell(drawn.lower)} to {tell(drawn.upper)})")
        rows.append((measure.title, *found, *weighed, *told))
    columns = ("distance", "expected", "chance v", "weight", "towards", "drawn")
    expect(format_table(("share", "schools", "spread τ", "φ", *columns), rows))


# The arithmetic between the tables


def list_cells() -> list[str]:
    early = hand.find_school(hand.INFORMATION, hand.URN)
    lines = {hand.RWM.line(year) for year in (2024, 2025)}
    assert lines == {30}
    pupils = [[measure.pupils(year) for measure in (hand.RWM, hand.DISADVANTAGED)] for year in hand.YEARS]
    subjects = list(hand.ENGLAND_2023.values())
    assert sorted(subjects) == list(range(subjects[0], subjects[0] + 6))
    return [
        f"- 2022/23: `{hand.ATTAINMENT}`; pupils in `{hand.INFORMATION}`, line {early}, `telig` ({pupils[0][0]}) and "
        f"`tfsm6cla1a` ({pupils[0][1]}).\n"
        f"- 2023/24: `{hand.KS2[2024]}`; pupils in the same line, `TELIG` ({pupils[1][0]}) and `TFSM6CLA1A` "
        f"({pupils[1][1]}).\n"
        f"- 2024/25: `{hand.KS2[2025]}`; pupils in the same line, `TELIG` ({pupils[2][0]}) and `TFSM6CLA1A` "
        f"({pupils[2][1]}).",
        f"lines {min(subjects)} to {max(subjects)}",
        f"line {hand.ENGLAND_GROUPS['Disadvantaged'][0]}",
        f"line {hand.ENGLAND_LATER}",
    ]


def write_shares() -> list[str]:
    years = hand.RWM.years()
    count, pupils = hand.add_counts(years)
    share, z = count / pupils, hand.Z
    below = 1 + z**2 / pupils
    centre = (share + z**2 / (2 * pupils)) / below
    half = z * math.sqrt(share * (1 - share) / pupils + z**2 / (4 * pupils**2)) / below
    least = hand.find_test(hand.DISADVANTAGED.title, hand.ENGLAND)
    did, among = hand.add_counts(hand.DISADVANTAGED.years())
    low = least.baseline - 0.5
    deviate = hand.normal_deviate(least.chance)
    drift = hand.study_drift(hand.DISADVANTAGED).value
    products = " + ".join(f"{year.england:.0f} × {year.pupils}" for year in years)
    return [
        f"({products}) ÷ {pupils} = {hand.find_test(hand.RWM.title, hand.ENGLAND).baseline:.2f}",
        f"*p* = {count} ÷ {pupils} = {share:.4f} and 1 + *z*²/*n* = {below:.4f}",
        f"Centre ({share:.4f} + *z*²/2*n*) ÷ {below:.4f} = {centre:.4f}",
        f"Half-width *z* √({share:.4f} × {1 - share:.4f} ÷ {pupils} + *z*²/4*n*²) ÷ {below:.4f} = {half:.4f}",
        f"{least.baseline:.2f} − 0.5 = {low:.2f}%",
        f"`2*(BINOM.DIST({did - 1},{among},{low / 100:.6f},TRUE)+BINOM.DIST({did},{among},{low / 100:.6f},FALSE)/2)`",
        f"= {tell_p(least.chance)}. That is {deviate:.3f} standard deviations; ÷ √{drift:g}, "
        f"{deviate / math.sqrt(drift):.3f}",
    ]


def write_averages() -> list[str]:
    years = hand.SCORES[0].years()
    pupils = [year.pupils for year in years]
    error, _ = hand.find_score_error(years)
    value, lower, upper = hand.read_progress("Reading")
    width = (upper - lower) / (2 * hand.Z)
    once, total = hand.count_persistent()[-1], sum(year.pupils for year in hand.OVERALL.years())
    whole = math.sqrt(hand.ABSENCE_SPREAD**2 / once + 2 * 2 * (0.1 * once / total) ** 2 / 12)
    return [
        f"√(8²/{sum(pupils)} + ({' + '.join(f'({each}/{sum(pupils)})²' for each in pupils)})/12) = {error:.4f}",
        f"({abs(value)} − 0.05) ÷ {width:.3f} = {(abs(value) - 0.05) / width:.2f}",
        f"√(9²/{once} + 2 × 0.1²/24) = {whole:.3f}",
    ]


def list_absence_cells() -> list[str]:
    first, census = (hand.find_school(file, hand.URN) for file in (hand.ABSENCE[2023], hand.CENSUS[2023]))
    latest = hand.find_school(hand.ABSENCE[2025], hand.URN)
    assert hand.ENGLAND_ABSENCE["Primary"] == {2023: 12, 2025: 18}
    columns = [(hand.OVERALL.columns[year], hand.PERSISTENT.columns[year]) for year in (2023, 2025)]
    return [
        f"`{hand.ABSENCE[2023]}`, line {first}, `{columns[0][0]}` and `{columns[0][1]}`",
        f"`{hand.CENSUS[2023]}`, line {census}, `NOR`",
        f"`{hand.ABSENCE[2025]}`, line {latest}, `{columns[1][0]}`, `{columns[1][1]}` and `enrolments`",
    ]


def phrase_similar() -> list[str]:
    points, near = hand.standardise(hand.list_pool()), hand.list_similar()
    nearest, distance = near[0]
    apart = [other - own for own, other in zip(points[hand.URN], points[nearest], strict=True)]
    years, others = hand.RWM.years(), [hand.average_others(hand.RWM, year) for year in hand.YEARS]
    count, pupils = hand.add_counts(years)
    among = sum(one.pupils for one in others)
    baseline = hand.find_test(hand.RWM.title, hand.SIMILAR_SCHOOLS).baseline
    did = round(baseline * among / 100)
    scores = sum(hand.average_others(hand.SCORES[0], year).pupils for year in hand.YEARS)
    products = " + ".join(f"{one.value:.2f} × {year.pupils}" for one, year in zip(others, years, strict=True))
    error, _ = hand.find_score_error(years)
    given = f"{pupils},{count + did},{pupils + among}"
    p = hand.hypergeometric_p(count, count, pupils, did, among)
    return [
        f"{len(hand.list_candidates())} candidates",
        f"{', '.join(tell(each, 3) for each in apart)} standard deviations away, with a root mean square of "
        f"{distance:.3f}",
        f"all {len(near)} are taken",
        f"({products}) ÷ {pupils} = {baseline:.2f}, on {among:,} pupils: {did} of them",
        f"The school's {count} of {pupils} beside {did} of {among:,}",
        f"`2*(HYPGEOM.DIST({count - 1},{given},TRUE)+HYPGEOM.DIST({count},{given},FALSE)/2)` = {tell_p(p)}",
        f"√({error:.4f}² + 8²/{scores}) = {math.hypot(error, 8 / math.sqrt(scores)):.3f}",
    ]


def phrase_change() -> list[str]:
    first, *_, latest = hand.RWM.years()
    counts = [hand.count_of(year) for year in (first, latest)]
    shares = [100 * count / year.pupils for count, year in zip(counts, (first, latest), strict=True)]
    low = hand.wilson(counts[1], counts[1], latest.pupils, _vary())[0]
    high = hand.wilson(counts[0], counts[0], first.pupils, _vary())[1]
    change, lower, _ = hand.newcombe(counts[1], latest.pupils, counts[0], first.pupils, _vary())
    squares = f"({shares[1]:.2f} − {low:.2f})² + ({high:.2f} − {shares[0]:.2f})²"
    return [f"{tell(change, 2)} − √({squares}) = {tell(lower)}"]


def write_drawn() -> list[str]:
    country, drawn, years = hand.study(hand.RWM), hand.draw_towards(hand.RWM), hand.RWM.years()
    count, pupils = hand.add_counts(years)
    england = hand.weigh([hand.angle(year.england / 100) for year in years], [year.pupils for year in years])
    tau, own, expected = country.spread, drawn.own.distance, drawn.expected
    moved = expected + drawn.weight * (own - expected)
    other = hand.draw_towards(hand.DISADVANTAGED)
    each = [year.pupils for year in hand.DISADVANTAGED.years()]
    parts = " + ".join(f"({n}/{sum(each)})²/{n + 0.5}" for n in each)
    return [
        f"the school's angle is 2·arcsin √({count + 3 / 8} ÷ {pupils + 3 / 4}) = {own + england:.4f}, England's "
        f"{england:.4f}, so the distance is {tell(own, 4)}",
        f"Chance *v* = 1 ÷ {pupils + 0.5} = {drawn.chance:.5f}",
        f"Weight {tau:.3f}² ÷ ({tau:.3f}² + {drawn.chance:.5f}) = {drawn.weight:.3f}",
        f"Drawn: {tell(expected, 4)} + {drawn.weight:.3f} × ({tell(own, 4)} − {tell(expected, 4)}) = {tell(moved, 4)}",
        f"100 × sin²(({england:.4f} {'+' if moved >= 0 else '−'} {abs(moved):.4f}) ÷ 2) = {drawn.value:.1f}%",
        f"*v* = 1/{sum(each) + 0.5} + {hand.study_drift(hand.DISADVANTAGED).value - 1:.2f} × [{parts}] = "
        f"{other.chance:.5f}",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "write",
    [list_cells, write_shares, write_averages, list_absence_cells, phrase_similar, phrase_change, write_drawn],
)
def test_page_holds_every_step(write):
    expect(*write())


# What the product finds

_SHARES = (
    "rwm_higher",
    "reading_expected",
    "maths_expected",
    "gps_expected",
    "writing_expected",
    "science_expected",
)
MEASURES = {
    "ks2_rwm_expected": hand.RWM,
    "ks2_rwm_expected_disadvantaged": hand.DISADVANTAGED,
    **{f"ks2_{key}": measure for key, measure in zip(_SHARES, hand.SHARES[2:], strict=True)},
    **{f"ks2_{key}_score": measure for key, measure in zip(("reading", "maths", "gps"), hand.SCORES, strict=True)},
    "absence_overall": hand.OVERALL,
    "absence_persistent": hand.PERSISTENT,
}
TITLES = {key: measure.title for key, measure in MEASURES.items()} | {
    f"ks2_{subject.lower()}_progress": title for title, subject in hand.PROGRESS.items()
}


def assert_found(analysis: SchoolAnalysis) -> None:
    """The analysis holds exactly the comparisons worked out by hand."""
    tests = hand.list_tests()
    adjusted = hand.benjamini_hochberg([test.p for test in tests])
    by_hand = {(test.title, test.comparator): (test, q) for test, q in zip(tests, adjusted, strict=True)}
    found = {
        (TITLES[result.indicator], hand.ENGLAND if one.comparator == "england" else one.comparator): (result, one)
        for result in analysis.results
        for one in result.comparisons
        if one.p_value is not None
    }
    assert found.keys() == by_hand.keys()
    assert sum(analysis.tested.values()) == len(tests)
    for key, (result, one) in found.items():
        test, q = by_hand[key]
        assert (result.value, one.baseline) == pytest.approx((test.value, test.baseline)), key
        assert (one.p_value, one.adjusted_p) == pytest.approx((test.p, q)), key
        assert (result.lower, result.upper) == pytest.approx((test.lower, test.upper)), key
        assert one.rating is (Rating.IN_LINE if test.likeness == hand.IN_LINE else Rating.NO_CLEAR_DIFFERENCE), key
    apart = next(result for result in analysis.results if result.indicator == "ks2_rwm_expected_disadvantaged")
    assert (apart.against("england").pupils, apart.own_gap) == (-3, pytest.approx(28.83, abs=0.01))
    years = hand.DISADVANTAGED.years()
    theirs = hand.weigh([hand.OTHER.england(year.year) for year in years], [year.pupils for year in years])
    assert apart.gap.value == pytest.approx(apart.value - theirs)


def list_drifts() -> list[dict]:
    """How years vary, as rows of SPREADS that say nothing else."""
    found = {key: hand.study_drift(measure).value for key, measure in MEASURES.items()}
    found |= {f"ks2_{each.lower()}_progress": hand.study_progress(each).value for each in hand.PROGRESS.values()}
    return [{"indicator": key, "drift": drift, "schools": 30} for key, drift in found.items()]


@pytest.mark.slow
def test_the_product_finds_the_same_from_the_same_cells():
    indicators = {each.key: each for each in load_indicators()}
    own, country, beside = [], [], []
    for key, measure in MEASURES.items():
        each = indicators[key]
        absence = isinstance(measure, hand.Absence)
        about = {"step": 0.1 if absence else 1.0, "unit": str(each.unit)}
        level = Level.ENGLAND_PRIMARY if absence else Level.ENGLAND_STATE
        for year in measure.years():
            place = {"measure": each.measure, "year": year.year}
            own.append(row(**place, value=year.value, cohort=year.pupils, group=str(each.group), **about))
            country.append(england(**place, value=year.england, group=str(each.group), level=level, **about))
            others = hand.average_others(measure, year.year)
            if others:
                figures = {"group": str(each.group), "value": others.value, "pupils": others.pupils}
                beside.append({"urn": hand.URN, **place, **figures})
    for year in hand.OTHER.years():
        own.append(row("ks2_rwm_expected", year.year, year.value, year.pupils, group="other"))
        country.append(england("ks2_rwm_expected", year.year, year.england, group="other", step=1.0))
    for subject in hand.PROGRESS.values():
        value, lower, upper = hand.read_progress(subject)
        measure = f"ks2_{subject.lower()}_progress"
        others = hand.average_progress(subject)
        place = {"urn": hand.URN, "measure": measure, "group": "all", "year": 2023}
        beside.append({**place, "value": others.value, "pupils": 0, "error": others.error})
        own.append(row(measure, 2023, value, None, lower=lower, upper=upper, step=0.1, unit="progress"))
    study = StudySlice(
        notes=shape_frame(pd.DataFrame([{"urn": hand.URN, "schools": 21, "candidates": 21}]), SIMILAR_NOTES),
        figures=shape_frame(pd.DataFrame(beside), SIMILAR_FIGURES),
        spreads=shape_frame(pd.DataFrame(list_drifts()), SPREADS),
    )
    slice = replace(make_slice(own, country), study=study)
    slice = replace(slice, school=replace(slice.school, urn=hand.URN))
    analysis = analyse_school(slice, list(indicators.values()), 2025)
    assert_found(analysis)


@pytest.mark.kernel
def test_the_product_finds_the_same_from_the_published_files(sample):
    slice = sample.load_school(hand.URN)
    analysis = analyse_school(slice, load_indicators(), 2025)
    assert_found(analysis)
    near = [
        (school.urn, pytest.approx(distance))
        for school, (_, distance) in zip(analysis.similar.schools, hand.list_similar(), strict=True)
    ]
    assert [(school.urn, school.distance) for school in analysis.similar.schools] == near
    results = {result.indicator: result for result in analysis.results}
    for key, measure in MEASURES.items():
        if measure in hand.SHARES:
            drawn, shrunk = hand.draw_towards(measure), results[key].shrunk
            expected = (drawn.value, drawn.lower, drawn.upper, drawn.towards, drawn.weight)
            found = (shrunk.value, shrunk.lower, shrunk.upper, shrunk.towards, shrunk.reliability)
            assert found == pytest.approx(expected), key
    first, *_, latest = hand.RWM.years()
    _, low, high = hand.newcombe(hand.count_of(latest), latest.pupils, hand.count_of(first), first.pupils, _vary())
    trend = results["ks2_rwm_expected"].trend
    assert (trend.change, trend.lower, trend.upper) == (-2, pytest.approx(low), pytest.approx(high))


@pytest.mark.kernel
def test_page_tells_the_category_and_how_sure_it_is(sample):
    indicators, policy = load_indicators(), load_policy("worcestershire")
    slice = sample.load_school(hand.URN)
    facts = gather_facts(analyse_school(slice, indicators, 2025))
    assignment = assign_category(policy, facts)
    certainty = find_certainty(policy, slice, facts, indicators, 2025, assignment.category)
    shares = {title: f"{title} {100 * share:.0f} times in 100" for _, title, share in certainty.probabilities}
    assert (assignment.clause, assignment.title, certainty.sureness) == ("otherwise", "Secure", "clear")
    expect(f"`otherwise` decides: **{assignment.title}**", f"{shares['Secure']} and {shares['Light touch support']}")


GAP_SCHOOL, COMPARISONS = 900033, 32


def test_page_works_out_two_gaps():
    rows = []
    for measure in (hand.RWM, hand.DISADVANTAGED):
        years, drift = measure.years(GAP_SCHOOL), hand.study_drift(measure).value
        count, pupils = hand.add_counts(years)
        england = hand.weigh([year.england for year in years], [year.pupils for year in years])
        chance = hand.binomial_p(count, count, pupils, england - 0.5, england + 0.5)
        p, away = hand.widen(chance, drift), england - 100 * count / pupils
        assert p * COMPARISONS <= 0.05 and all(year.value < year.england for year in years)
        rows.append(
            (
                measure.title,
                ", ".join(f"{year.value:.0f}% of {year.pupils}" for year in years),
                f"{count} of {pupils}",
                f"{tell(100 * count / pupils, 2)}%",
                tell(drift, 2),
                " to ".join(tell(limit, 2) for limit in hand.wilson(count, count, pupils, drift)),
                tell(england, 2),
                *map(tell_p, (chance, p, p * COMPARISONS)),
                str(math.floor(away * pupils / 100)),
            )
        )
    first = ("share", "published", "pupils", "pooled", "φ", "range", "weighed", "p by chance", "p")
    expect(format_table((*first, f"p × {COMPARISONS}", "whole pupils"), rows))
    lines = [measure.line(2023, GAP_SCHOOL) for measure in (hand.RWM, hand.DISADVANTAGED)]
    expect(f"(lines {lines[0]} and {lines[1]} of 2022/23, {hand.RWM.line(2025, GAP_SCHOOL)} of the later years)")


@pytest.mark.kernel
def test_the_product_finds_the_same_gaps_and_what_rests_on_them(sample):
    indicators, policy = load_indicators(), load_policy("worcestershire")
    analysis = analyse_school(sample.load_school(GAP_SCHOOL), indicators, 2025)
    assert sum(analysis.tested.values()) == COMPARISONS
    gaps = [one for one in analysis.results if (beside := one.against("england")) and beside.rating == "gap"]
    expect(f"shows {len(gaps)} gaps beside England")
    beside = next(one for one in gaps if one.indicator == "ks2_rwm_expected").against("similar schools")
    expect(f"66 of 164 against {tell(beside.baseline, 2)}%, p = {tell_p(beside.p_value)}: {beside.rating}.")
    facts = gather_facts(analysis)
    assignment = assign_category(policy, facts)
    lighter = find_lighter(policy, facts, assignment)
    assert lighter.gone == (
        ("Reading, writing and maths", "england"),
        ("Disadvantaged: reading, writing, maths", "england"),
    )
    expect(f"a key priority is a gap: **{assignment.title}**", f"it would have been {lighter.title}.")
