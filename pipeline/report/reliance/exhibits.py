"""The tables and figures of the page that says how far an edition's categories can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.analysis.country.simulation import LARGE, Count
from pipeline.analysis.statistics.intervals import wilson_interval
from pipeline.foundation.vocabulary import Rating
from pipeline.policy.doubt.calibration import Decile
from pipeline.policy.doubt.sensitivity import ThresholdMove
from pipeline.policy.outcome import BORDERLINE, DOUBTFUL
from pipeline.report.charts import (
    COLOUR,
    FAINT,
    INK,
    NAME_BELOW,
    QUIET,
    TICKED,
    draw_chart,
    draw_ruling,
    keep_style,
    start_drawing,
)
from pipeline.report.exhibits import Chart, Column, Table, clean_text
from pipeline.report.plots import (
    BREAK,
    PAD,
    POINT,
    Place,
    Plot,
    Ruling,
    draw_shape,
    draw_strokes,
    draw_words,
    find_ticks,
    tick_below,
    tick_beside,
)
from pipeline.report.reliance.findings import (
    CALIBRATED_WITHIN,
    COVERAGE,
    COVERAGE_OF_ONE_YEAR,
    COVERAGE_WITHIN,
    MOST_FALSE,
    MOST_FALSE_GAPS,
    NO_FIGURE,
    NOT_COMPARED,
    PROVISIONAL,
    RATED,
    STATES,
    WITHHELD,
    CategoryCertainty,
    Reliance,
    count_certainty,
    count_missing,
    count_reasons,
    share_disadvantaged,
    spread_certainty,
)
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, join_words, start_sentence
from pipeline.report.sentences.rounding import format_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

DASHED = (0, (4, 2))
NAME_BESIDE = 0.36  # inches from a plot to the name of its scale, the ticks' words between

#: Fewer outcomes in a tenth say too little of it.
ENOUGH = 30
MOST_MOVES = 12


def format_share(count: float, of: float, decimals: int = 0) -> str:
    """``12%``; a dash of nothing."""
    return f"{format_number(100 * count / of, decimals)}%" if of else NOTHING


def format_count(count: Count, decimals: int = 1) -> str:
    """A share with its 95% interval: ``3.2% (2.8% to 3.6%)``."""
    if not count.of:
        return NOTHING
    low, high = wilson_interval(count.count, count.count, count.of)
    limits = f"{format_number(low, decimals)}% to {format_number(high, decimals)}%"
    return f"{format_share(count.count, count.of, decimals)} ({limits})"


# Certainty


def tabulate_certainty(reliance: Reliance, *, id: str = "certainty") -> Table | None:
    """How many schools of each category are borderline or doubtful; None where no certainty was worked out."""
    counted = [one for one in count_certainty(reliance) if one.known]
    if not counted:
        return None
    known, borderline, doubtful = count_unsure(counted)
    rows = [
        (
            one.title,
            str(one.known),
            str(one.borderline),
            str(one.doubtful),
            format_share(one.borderline + one.doubtful, one.known),
            NOTHING if one.median is None else _format_probability(one.median),
        )
        for one in counted
    ]
    return Table(
        id,
        "Borderline and doubtful schools by indicative category, from least to most support",
        (
            Column("Category"),
            Column("Schools", numeric=True),
            Column("Borderline", numeric=True),
            Column("Doubtful", numeric=True),
            Column("Share of both", numeric=True),
            Column("Median certainty", numeric=True),
        ),
        (
            *rows,
            (
                "All with a category",
                *(str(count) for count in (known, borderline, doubtful)),
                format_share(borderline + doubtful, known),
                NOTHING,
            ),
        ),
        note=_note_certainty(sum(one.schools - one.known for one in count_certainty(reliance))),
    )


def _is_sure(least: float) -> bool:
    """Whether the categories of the tenth that begins at ``least`` are clear."""
    return least >= BORDERLINE - 1e-9


def _note_certainty(unknown: int) -> str:
    note = (
        f"Borderline: the same category would be given fewer than {round(100 * BORDERLINE)} times in 100. Doubtful: "
        f"fewer than {round(100 * DOUBTFUL)} times."
    )
    if not unknown:
        return note
    left_out = "One school is" if unknown == 1 else f"{unknown} schools are"
    return f"{note} {left_out} not counted: too few figures for a category, or none that can be drawn anew."


def count_unsure(counted: Sequence[CategoryCertainty]) -> tuple[int, int, int]:
    """Schools with a category whose certainty is known, how many of them are borderline, and how many doubtful."""
    return tuple(sum(getattr(one, each) for one in counted) for each in ("known", "borderline", "doubtful"))


def draw_certainty(reliance: Reliance, *, id: str = "certainty-figure") -> Chart | None:
    """Schools with a category by how certain it is; None where no certainty was worked out."""
    tenths = spread_certainty(reliance.schools)
    if not tenths:
        return None
    labels = [f"{round(100 * least)}–{round(100 * least) + 10}" for least, _ in tenths]
    counts = [count for _, count in tenths]
    with keep_style():
        drawing, ruling = start_drawing(2.3), Ruling()
        plot = Plot(0.63, 0.506, 6.16, 1.564, across=(-0.6, len(tenths) - 0.4), up=(0, 1.15 * max(counts)))
        for place, (least, count) in enumerate(tenths):
            sure, at = _is_sure(least), plot.find_across(place)
            bar, colour = plot.outline((place - 0.4, place + 0.4), (0, count)), Rating.STRENGTH if sure else Rating.GAP
            hatch: dict[str, Any] = {} if sure else {"hatch": "//", "edgecolor": "white"}
            draw_shape(drawing, bar, facecolor=COLOUR[colour], linewidth=0, **hatch)
            draw_words(drawing, at, plot.find_up(count) + 2 * POINT, str(count), ha="center", va="baseline")
            tick_below(drawing, ruling, plot.bottom, at, labels[place], size=TICKED)
        whole = [value for value in find_ticks(*plot.up, most=5) if value.is_integer()]  # of schools
        _draw_scale_up(drawing, ruling, plot, {value: f"{value:g}" for value in whole}, "Schools")
        _name_scale_across(drawing, plot, "Times in 100 that the same category would be given")
        edge = plot.find_across(sum(not _is_sure(least) for least, _ in tenths) - 0.5)
        if edge > plot.find_across(-0.5):
            draw_strokes(drawing, [(edge, plot.bottom), (edge, plot.top)], color=INK, linewidth=0.9, linestyle=DASHED)
            draw_words(drawing, edge - 4 * POINT, plot.top - 2 * POINT, "borderline or doubtful", ha="right", va="top")
        draw_ruling(drawing, ruling)
        listed = join_words(f"{label}: {count}" for label, count in zip(labels, counts, strict=True))
        return draw_chart(
            drawing,
            id=id,
            caption="Schools with a category, by how certain it is.",
            alt=f"Bars of schools by times in 100 that the same category would be given. {listed}. Bars left of "
            f"{round(100 * BORDERLINE)} are hatched: borderline, or doubtful below {round(100 * DOUBTFUL)}.",
        )


# Thresholds


def tabulate_moves(reliance: Reliance, *, id: str = "thresholds") -> Table | None:
    """The thresholds that change most categories when moved; None where moving none changes any."""
    found = sorted((move for move in reliance.moves if move.changed), key=lambda move: -move.changed)
    if not found:
        return None
    others = len(found) - MOST_MOVES
    return Table(
        id,
        "Thresholds moved one at a time, and the schools whose category changes, most first",
        (
            Column("Threshold"),
            Column("Moved from, to"),
            Column("Schools changed", numeric=True),
            Column("More support", numeric=True),
            Column("Less support", numeric=True),
        ),
        tuple(
            (
                _name_move(move),
                f"{move.before} to {move.after}",
                str(move.changed),
                str(move.more),
                str(move.less),
            )
            for move in found[:MOST_MOVES]
        ),
        note="The rest of the schools changed move to or from too little evidence."
        + (f" {start_sentence(count_things(others, 'more move'))} change fewer schools." if others > 0 else ""),
    )


def _name_move(move: ThresholdMove) -> str:
    if not move.clause:
        return move.threshold
    return f"{move.category} ({name_clause(move.clause)}): {move.threshold}"


def name_clause(clause: str) -> str:
    """A clause's name as words."""
    return clause.replace("_", " ")


def tabulate_clauses(reliance: Reliance, *, id: str = "clauses") -> Table:
    """Every clause of the policy: how many schools it decides, and how many change where its numbers move by one."""
    decided = {clause.name: 0 for clause in reliance.policy.clauses}
    for school in reliance.schools:
        decided[school.clause] = decided.get(school.clause, 0) + 1
    titles = {clause.name: clause.category for clause in reliance.policy.clauses}
    titles |= {name: reliance.policy.otherwise.category for name in decided if name not in titles}
    return Table(
        id,
        "The policy's clauses in order: what hangs on each",
        (
            Column("Clause"),
            Column("Gives"),
            Column("Schools it decides", numeric=True),
            Column("Most schools changed by one more or less", numeric=True),
        ),
        tuple(
            (
                start_sentence(name_clause(name)),
                reliance.policy.outcome(titles[name]).title,
                str(count),
                _find_most_changed(reliance.moves, name),
            )
            for name, count in decided.items()
        ),
        note="A dash: the clause counts nothing. A clause's numbers are whole, so one more or one fewer is the least "
        "they can move; that is more than a tenth.",
    )


def _find_most_changed(moves: Sequence[ThresholdMove], clause: str) -> str:
    changed = [move.changed for move in moves if move.clause == clause]
    return str(max(changed)) if changed else NOTHING


# Change


def tabulate_change(reliance: Reliance, *, id: str = "change") -> Table | None:
    """This year's categories beside last year's by size of school; None where last year's are not known."""
    sizes = reliance.change.sizes
    if not sizes:
        return None
    fields = ("schools", "same", "one", "further", "evidence")
    total = tuple(str(reliance.change.count(field)) for field in fields)
    share = format_share(reliance.change.count("same"), reliance.change.count("schools"))
    return Table(
        id,
        "This year's category beside last year's, by pupils a year",
        (
            Column("Pupils a year"),
            Column("Schools", numeric=True),
            Column("Same", numeric=True),
            Column("Next category", numeric=True),
            Column("Two or more away", numeric=True),
            Column("To or from too little evidence", numeric=True),
            Column("Same, share", numeric=True),
        ),
        (
            *(
                (
                    start_sentence(one.size),
                    *(str(getattr(one, field)) for field in fields),
                    format_share(one.same, one.schools),
                )
                for one in sizes
            ),
            ("All", *total, share),
        ),
    )


# Disadvantage


def tabulate_disadvantage(reliance: Reliance, *, id: str = "disadvantage") -> Table | None:
    """The share of disadvantaged pupils in the schools of each category; None where no file says it."""
    found = share_disadvantaged(reliance)
    if not found:
        return None
    return Table(
        id,
        "Pupils eligible for free school meals at any time in six years, by category",
        (
            Column("Category"),
            Column("Schools", numeric=True),
            Column("Lowest", numeric=True),
            Column("Median", numeric=True),
            Column("Highest", numeric=True),
        ),
        tuple(
            (one.title, str(len(one.shares)), *(_format_percent(each) for each in _find_range(one.shares, one.median)))
            for one in found
        ),
    )


def draw_disadvantage(reliance: Reliance, *, id: str = "disadvantage-figure") -> Chart | None:
    """A mark for every school at its share of disadvantaged pupils, a line for each category; None without figures."""
    found = share_disadvantaged(reliance)
    if not found or sum(len(one.shares) for one in found) < ENOUGH:
        return None
    height = 0.65 + 0.32 * len(found)
    with keep_style():
        drawing, ruling = start_drawing(height), Ruling()
        most = 1.05 * max(one.shares[-1] for one in found)
        plot = Plot(1.68, 0.48, 5.04, height - 0.53, across=(0, most), up=(len(found) - 0.5, -0.5))
        stroke: dict[str, Any] = {"marker": "|", "markersize": 9, "markeredgewidth": 0.8}
        for row, one in enumerate(found):
            schools = plot.place((share, row) for share in one.shares)
            draw_strokes(drawing, schools, linestyle="none", color=QUIET, **stroke)
            (median,) = plot.place([(one.median, row)])
            draw_strokes(drawing, [median], color=COLOUR[Rating.STRENGTH], marker="D", markersize=6)
            words, at = clean_text(one.title), plot.find_up(row)
            draw_words(drawing, plot.left - PAD, at, words, ha="right", va="center_baseline", fontsize=TICKED)
        for value in find_ticks(*plot.across, most=8):
            at = plot.find_across(value)
            ruling.grid += [(at, plot.bottom), (at, plot.top), BREAK]
            tick_below(drawing, ruling, plot.bottom, at, f"{value:g}%", size=TICKED)
        _name_scale_across(drawing, plot, "Pupils eligible for free school meals in six years")
        _frame(ruling, plot)
        draw_ruling(drawing, ruling)
        middles = join_words(f"{one.title} {_format_percent(one.median)}" for one in found)
        return draw_chart(
            drawing,
            id=id,
            caption="Each stroke is a school, each diamond the median of its category.",
            alt=f"One row of strokes a category along the share of disadvantaged pupils. Medians: {middles}. "
            "The rows overlap as the table's lowest and highest shares show.",
        )


def _find_range(shares: Sequence[float], middle: float) -> tuple[float, float, float]:
    return shares[0], middle, shares[-1]


# Missing


def tabulate_missing(reliance: Reliance, *, id: str = "missing") -> Table | None:
    """What became of the indicators of which any school has a figure, in the schools they are meant for."""
    counted = [one for one in count_missing(reliance) if one.counts[NO_FIGURE] < one.schools]
    if not counted:
        return None
    states = [state for state in STATES if state == RATED or any(one.counts[state] for one in counted)]
    explained = {
        PROVISIONAL: "From one year: rated too, provisionally, with a wider range.",
        WITHHELD: "Withheld: so few pupils that the publisher gives no figure.",
        NO_FIGURE: "No figure: none in the files given for the school, whether it has such pupils or not.",
        NOT_COMPARED: "Not compared: a figure, but nothing fair to hold it against.",
    }
    return Table(
        id,
        "Indicators, in the schools of the phases they are meant for",
        (Column("Indicator"), Column("Schools", numeric=True), *(Column(state, numeric=True) for state in states)),
        tuple((one.short_title, str(one.schools), *(str(one.counts[state]) for state in states)) for one in counted),
        note=" ".join(words for state, words in explained.items() if state in states),
    )


def tabulate_no_category(reliance: Reliance, *, id: str = "no-category") -> Table | None:
    """Schools without a category or a report, by reason; None where every school has one."""
    title = reliance.policy.insufficient_evidence.title
    without = sum(school.tier is None for school in reliance.schools)
    rows = [*([(f"{title}: reported on, but too little to judge", without)] if without else []), *reliance.unreported]
    if not rows:
        return None
    return Table(
        id,
        "Schools without a category, and why",
        (Column("Why"), Column("Schools", numeric=True)),
        tuple((start_sentence(clean_text(reason)), str(count)) for reason, count in rows),
    )


def tabulate_no_similar(reliance: Reliance, *, id: str = "no-similar") -> Table | None:
    """Why schools were compared with no similar schools, by reason; None where every school was, or nobody looked."""
    reasons = count_reasons(school.no_similar for school in reliance.schools if not school.similar)
    if not reasons:
        return None
    return Table(
        id,
        "Schools not compared with similar schools, and why",
        (Column("Why"), Column("Schools", numeric=True)),
        tuple((start_sentence(reason), str(count)) for reason, count in reasons),
    )


# Simulated countries


def tabulate_false_findings(reliance: Reliance, *, id: str = "false-findings") -> Table | None:
    """What was found where there is nothing to find; None where nothing was simulated."""
    found = reliance.simulations
    if found is None:
        return None
    rows = (
        ("Any strength or gap", found.without.any_finding, MOST_FALSE),
        ("A gap", found.without.any_gap, MOST_FALSE_GAPS),
    )
    return Table(
        id,
        "Schools with a false finding in a country without real differences",
        (
            Column("Found"),
            Column("Schools", numeric=True),
            Column("Share", numeric=True),
            Column("At most", numeric=True),
        ),
        tuple(
            (name, format_number(one.count, 0), format_count(one), format_share(most, 1)) for name, one, most in rows
        ),
        note=f"Of {format_number(found.without.any_finding.of, 0)} schools simulated. In brackets: how exactly the "
        "simulation knows the share.",
    )


def tabulate_false_categories(reliance: Reliance, *, id: str = "false-categories") -> Table | None:
    """The categories that schools without real differences would get by their figures alone; None where none are."""
    found = reliance.simulations
    if found is None:
        return None
    total = sum(count for _, count in found.without_categories)
    return Table(
        id,
        "The category that figures alone would give in a country without real differences",
        (Column("Category"), Column("Share of schools", numeric=True)),
        tuple((title, format_share(count, total, 1)) for title, count in found.without_categories),
        note="Schools of the edition with a figure to compare; inspections and local evidence left aside.",
    )


def tabulate_coverage(reliance: Reliance, *, id: str = "coverage") -> Table | None:
    """How many 95% intervals hold the truth, by country; None where nothing was simulated."""
    found = reliance.simulations
    if found is None:
        return None
    worlds = [("No differences", found.without_coverage), ("Known differences", found.known.coverage)]
    named = {one.name: one.of for one in found.without_coverage}
    columns = [{one.name: one for one in counts} for _, counts in worlds]
    return Table(
        id,
        "Share of 95% intervals that hold the true figure",
        (Column("Figures"), *(Column(name, numeric=True) for name, _ in worlds), Column("Intervals", numeric=True)),
        tuple(
            (
                start_sentence(name),
                *(_format_coverage(column.get(name)) for column in columns),
                format_number(of, 0),
            )
            for name, of in named.items()
        ),
        note=f"Target: {round(100 * COVERAGE)}%, of one year alone {round(100 * COVERAGE_OF_ONE_YEAR)}%, give or take "
        f"{round(100 * COVERAGE_WITHIN)}. Lines of few intervals stray by chance of the simulation.",
    )


def _format_coverage(count: Count | None) -> str:
    return NOTHING if count is None or not count.of else format_share(count.count, count.of, 1)


def tabulate_known(reliance: Reliance, *, id: str = "known-differences") -> Table | None:
    """What was found of differences that are there; None where nothing was simulated."""
    found = reliance.simulations
    if found is None:
        return None
    findings, listed = found.known.findings, found.known.listed
    rows: list[tuple[str, Count | None, Count | None]] = [("True gaps found", findings.found, listed.found)]
    rows += [(f"… {count.name}", count, None) for count in findings.found_by_size if count.of]
    rows += [
        (f"… of {round(LARGE)} points or more", findings.found_large, listed.found_large),
        ("Findings the wrong way round", findings.wrong_way, None),
        ("Findings smaller than counts", findings.too_small, None),
        ("Entries that are no true gap", None, listed.false),
    ]
    return Table(
        id,
        "A country with known differences: what was found of them",
        (Column("What"), Column("In heads' reports", numeric=True), Column("On the officer's list", numeric=True)),
        tuple((name, *(NOTHING if one is None else format_count(one) for one in counts)) for name, *counts in rows),
        note="A true gap is a true difference on the worse side, as large as the indicator counts or larger; those of "
        f"{round(LARGE)} points are of shares of pupils. Findings are strengths and gaps; smaller than counts: right "
        "way round, but truly under the least difference.",
    )


def tabulate_year_ahead(reliance: Reliance, *, id: str = "year-ahead") -> Table | None:
    """How many latest figures lay where the years before led one to expect; None where none could be asked."""
    counts = reliance.foresight.ahead
    if not counts:
        return None
    return Table(
        id,
        "Latest figures that lay where the years before led one to expect",
        (
            Column("Figures"),
            Column("Latest figures", numeric=True),
            Column("As expected", numeric=True),
            Column("Share", numeric=True),
        ),
        tuple(
            (start_sentence(one.name), format_number(one.of, 0), format_number(one.count, 0), format_count(one))
            for one in counts
        ),
        note=f"Expected: {round(100 * COVERAGE)}%. In brackets: what chance leaves open, each figure counted as if it "
        "stood alone; figures of one school rise and fall together, so it is really wider.",
    )


def tabulate_staying(reliance: Reliance, *, id: str = "staying") -> Table | None:
    """How many findings of the years before stayed on their side of England; None where there were none."""
    real, simulations = reliance.foresight.staying, reliance.simulations
    simulated = {} if simulations is None else {one.name: one for one in simulations.known.staying}
    rows = [(one, simulated.get(one.name)) for one in real if one.of]
    if not rows:
        return None
    return Table(
        id,
        "Findings of the years before that stayed on their side of England in the latest year",
        (
            Column("Found in the years before"),
            Column("Findings", numeric=True),
            Column("Stayed", numeric=True),
            Column("Share", numeric=True),
            Column("In the simulated country", numeric=True),
        ),
        tuple(
            (
                start_sentence(one.name),
                format_number(one.of, 0),
                format_number(one.count, 0),
                format_count(one),
                _format_coverage(beside),
            )
            for one, beside in rows
        ),
        note="Beside England. The simulated country is the one with known differences, its years varying as the "
        "files show.",
    )


def tabulate_calibration(reliance: Reliance, *, id: str = "calibration") -> Table | None:
    """Stated probabilities beside what happened, by tenths; None where nothing was simulated."""
    if reliance.simulations is None:
        return None
    found = reliance.simulations.calibration
    given = {one.least: one for one in found.given}
    return Table(
        id,
        "Stated probabilities beside what happened on other sets of pupils, times in 100",
        (
            Column("Stated between"),
            Column("Category given: schools", numeric=True),
            Column("Stated, happened", numeric=True),
            Column("Every outcome: cases", numeric=True),
            Column("Stated, happened (every outcome)", numeric=True),
            Column("Apart"),
        ),
        tuple(
            (
                f"{round(100 * one.least)} and {round(100 * one.least) + 10}",
                *_format_decile(given.get(one.least)),
                *_format_decile(one),
                judge_decile(one),
            )
            for one in found.any_outcome
        ),
        note=f"Target: within {round(100 * CALIBRATED_WITHIN)} points. Judged over every outcome that a school's "
        f"resamples do not rule out; fewer than {ENOUGH} cases say too little.",
    )


def _format_decile(decile: Decile | None) -> tuple[str, str]:
    if decile is None:
        return "0", NOTHING
    return str(decile.outcomes), f"{_format_probability(decile.stated)}, {_format_probability(decile.achieved)}"


def judge_decile(decile: Decile) -> str:
    """Whether what was stated kept its word, in words; chance of the simulation is allowed for."""
    if decile.outcomes < ENOUGH:
        return "Too few to say"
    if abs(decile.apart) <= CALIBRATED_WITHIN:
        return "Within 5 points"
    sure = abs(decile.apart) - 1.96 * decile.error > CALIBRATED_WITHIN
    return "More than 5 points" if sure else "Over 5 points, perhaps by chance"


def draw_calibration(reliance: Reliance, *, id: str = "calibration-figure") -> Chart | None:
    """Stated against happened with the line on which both are the same; None where too little was simulated."""
    if reliance.simulations is None:
        return None
    shown = [one for one in reliance.simulations.calibration.any_outcome if one.outcomes >= ENOUGH]
    if len(shown) < 3:
        return None
    with keep_style():
        drawing, ruling = start_drawing(3.0), Ruling()
        plot = Plot(2.24, 0.48, 2.52, 2.4, across=(0, 100), up=(0, 100))
        off = 100 * CALIBRATED_WITHIN
        band = [(0, 0), (off, 0), (100, 100 - off), (100, 100), (100 - off, 100), (0, off)]
        draw_shape(drawing, plot.place(band), facecolor=FAINT, edgecolor="none", zorder=0.4)
        draw_strokes(drawing, plot.place([(0, 0), (100, 100)]), color=QUIET, linewidth=1, linestyle=DASHED)
        spans: list[Place] = []
        for one in shown:
            at, middle, reach = 100 * one.stated, 100 * one.achieved, 196 * one.error
            spans += [(at, middle - reach), (at, middle + reach), BREAK]
        colour = COLOUR[Rating.STRENGTH]
        draw_strokes(drawing, plot.hold(spans), color=colour, linewidth=1, solid_capstyle="butt")
        points = plot.place((100 * one.stated, 100 * one.achieved) for one in shown)
        draw_strokes(drawing, points, linestyle="none", color=colour, marker="o", markersize=4.5)
        ticks = {value: f"{value:g}" for value in find_ticks(0, 100, most=5)}
        for value, words in ticks.items():
            tick_below(drawing, ruling, plot.bottom, plot.find_across(value), words, size=TICKED)
        _draw_scale_up(drawing, ruling, plot, ticks, "Happened, times in 100")
        _name_scale_across(drawing, plot, "Stated, times in 100")
        draw_ruling(drawing, ruling)
        listed = join_words(
            f"{_format_probability(one.stated)} stated, {_format_probability(one.achieved)}" for one in shown
        )
        return draw_chart(
            drawing,
            id=id,
            caption="Stated probabilities beside what happened, with the simulation's own 95% intervals.",
            alt=f"Points along the line on which both are the same, five points either side shaded. Times in 100: "
            f"{listed} happened.",
        )


# Scales


def _frame(ruling: Ruling, plot: Plot) -> None:
    """Rule the panel's left and lower edges."""
    ruling.edges += [(plot.left, plot.top), (plot.left, plot.bottom), (plot.right, plot.bottom), BREAK]


def _draw_scale_up(drawing: Drawing, ruling: Ruling, plot: Plot, ticks: Mapping[float, str], name: str) -> None:
    """Rule the plot, make its ticks (a value, and what is written at it) and write what they count."""
    _frame(ruling, plot)
    for value, words in ticks.items():
        tick_beside(drawing, ruling, plot.left, plot.find_up(value), words, size=TICKED)
    middle = plot.bottom + plot.height / 2
    draw_words(drawing, plot.left - NAME_BESIDE, middle, name, rotation=90, ha="right", va="center")


def _name_scale_across(drawing: Drawing, plot: Plot, name: str) -> None:
    draw_words(drawing, plot.left + plot.width / 2, plot.bottom - NAME_BELOW, name, ha="center", va="top")


def _format_probability(share: float) -> str:
    return format_number(100 * share, 0)


def _format_percent(value: float) -> str:
    return f"{format_number(value, 0)}%"
