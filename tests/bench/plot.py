"""What the bench found, as one picture: ratios to the floor, and cost and memory beside the number of schools."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.report.charts import QUIET, TICKED, draw_chart, draw_ruling, keep_style
from pipeline.report.plots import (
    BREAK,
    PAD,
    POINT,
    Plot,
    Ruling,
    draw_shape,
    draw_strokes,
    draw_words,
    find_ticks,
    tick_below,
    tick_beside,
)
from tests.bench.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

WIDTH, HEIGHT = 8.0, 5.6  # inches
TITLE = 10.0  # points

# Okabe and Ito's blue and orange, darkened to stand out against white; told apart by hatching and marker as well.
BLUE, ORANGE = "#0b5c99", "#a84300"
COLOURS = {"a": ORANGE, "b": "#7a7a7a", "c": BLUE, "d": "#c9c9c9", "e": "#6b4a8c", "f": "#2f7d5b"}
HATCHES = {"a": "//", "b": "..", "c": "", "d": "", "e": "xx", "f": "--"}


def invent_results(results: Results) -> bytes:
    """The picture as SVG; the same results give the same bytes."""
    from matplotlib.figure import Figure

    with keep_style():
        drawing, ruling = Figure(figsize=(WIDTH, HEIGHT), facecolor="white"), Ruling()
        _draw_ways(drawing, ruling, results)
        _draw_cost(drawing, ruling, results)
        _draw_memory(drawing, ruling, results)
        draw_ruling(drawing, ruling)
        alt = describe_picture(results)
        return draw_chart(drawing, id="bench", caption="What a school's report costs", alt=alt).svg


def describe_picture(results: Results) -> str:
    """What a sighted reader sees in the picture, in words."""
    floor = results.by_key["d"].marginal
    times = "; ".join(f"{way.title} {way.marginal / floor:.1f}" for way in results.ways if way.key != "d")
    sizes = ", ".join(f"{size.schools:,}" for size in results.growth)
    return (
        f"Three charts. The first has a bar for each way of making a report, as long as one more school's cost is times"
        f" the floor: {times}. The second and third are lines over editions of {sizes} schools: core-seconds per school"
        f" of a whole run, which fall towards the cost of one more school as the fixed part is shared, and the parent's"
        f" peak memory."
    )


def _draw_ways(drawing: Drawing, ruling: Ruling, results: Results) -> None:
    floor, ways = results.by_key["d"].marginal, results.ways
    most = max(way.marginal / floor for way in ways)
    plot = Plot(2.6, 3.1, 5.2, 2.2, across=(0, 1.08 * most), up=(len(ways) - 0.5, -0.5))
    for row, way in enumerate(ways):
        times, at = way.marginal / floor, plot.find_up(row)
        bar = plot.outline((0, times), (row - 0.31, row + 0.31))
        draw_shape(drawing, bar, facecolor=COLOURS[way.key], hatch=HATCHES[way.key], edgecolor="white", linewidth=0)
        draw_shape(drawing, bar, fill=False, edgecolor=QUIET, linewidth=0.6)
        words = f"({way.key}) {way.title}\n{way.makes}"
        draw_words(drawing, plot.left - PAD, at, words, ha="right", va="center", fontsize=TICKED)
        draw_words(drawing, plot.find_across(times) + 4 * POINT, at, f"{times:.1f}", va="center")
    for value in find_ticks(*plot.across, most=8):
        tick_below(drawing, ruling, plot.bottom, plot.find_across(value), f"{value:g}", size=TICKED)
    _frame(drawing, ruling, plot, "One more school: core-seconds, times the floor's")


def _draw_cost(drawing: Drawing, ruling: Ruling, results: Results) -> None:
    sizes = [size.schools for size in results.growth]
    warm = results.by_key["c"]
    whole = [(size.schools, size.reports.core_seconds / size.schools) for size in results.growth]
    steps = [(warm.largest.schools, warm.marginal), *((more, cost) for _, more, cost in results.step_costs)]
    plot = _span(0.55, sizes, [warm.largest.schools], max(cost for _, cost in [*whole, *steps]))
    _draw_line(drawing, plot, whole, color=BLUE, marker="o")
    _draw_line(drawing, plot, steps, color=ORANGE, marker="s", linestyle="--")
    for line, (words, look) in enumerate(
        (
            ("whole run, per school", {"color": BLUE, "marker": "o"}),
            ("one more school", {"color": ORANGE, "marker": "s", "linestyle": "--"}),
        )
    ):
        at, left = plot.top - 0.12 - 0.18 * line, plot.right - 1.75
        draw_strokes(drawing, [(left, at), (left + 0.15, at), (left + 0.3, at)], markevery=[1], **look)
        draw_words(drawing, left + 0.4, at, words, va="center", fontsize=TICKED)
    _dress(drawing, ruling, plot, sizes, "Core-seconds a school, by schools in the edition")


def _draw_memory(drawing: Drawing, ruling: Ruling, results: Results) -> None:
    peaks = [(size.schools, size.reports.parent_peak_mib) for size in results.growth]
    sizes = [schools for schools, _ in peaks]
    plot = _span(4.65, sizes, [], max(peak for _, peak in peaks))
    _draw_line(drawing, plot, peaks, color=BLUE, marker="o")
    _dress(drawing, ruling, plot, sizes, "Parent's peak memory in MiB, by schools")


def _span(left: float, sizes: Sequence[int], more: Sequence[int], most: float) -> Plot:
    """A plot over sizes of edition, each ten times the last as far apart, up from nothing to ``most`` and a little."""
    ends = [math.log10(size) for size in (*sizes, *more)]
    room = 0.08 * (max(ends) - min(ends)) or 0.5
    return Plot(left, 0.35, 3.2, 2.0, across=(min(ends) - room, max(ends) + room), up=(0, 1.1 * most))


def _draw_line(drawing: Drawing, plot: Plot, points: Sequence[tuple[int, float]], **look: Any) -> None:
    draw_strokes(drawing, plot.place((math.log10(size), height) for size, height in points), **look)


def _dress(drawing: Drawing, ruling: Ruling, plot: Plot, sizes: Sequence[int], title: str) -> None:
    for value in find_ticks(*plot.up, most=6):
        tick_beside(drawing, ruling, plot.left, plot.find_up(value), f"{value:,g}", size=TICKED)
    for size in sizes:
        at = plot.find_across(math.log10(size))
        tick_below(drawing, ruling, plot.bottom, at, f"{size:,}", size=TICKED)
    _frame(drawing, ruling, plot, title)


def _frame(drawing: Drawing, ruling: Ruling, plot: Plot, title: str) -> None:
    ruling.edges += [(plot.left, plot.top), (plot.left, plot.bottom), (plot.right, plot.bottom), BREAK]
    draw_words(drawing, plot.left, plot.top + 5 * POINT, title, fontsize=TITLE)
