"""What the bench found, as one picture: ratios to the floor, and cost and memory beside the number of schools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.report.figures import INK, QUIET, draw_exhibit, keep_style
from tests.bench.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's blue and orange, darkened to stand out against white; told apart by hatching and marker as well.
BLUE, ORANGE = "#0b5c99", "#a84300"
COLOURS = {"a": ORANGE, "b": "#7a7a7a", "c": BLUE, "d": "#c9c9c9", "e": "#6b4a8c"}
HATCHES = {"a": "//", "b": "..", "c": "", "d": "", "e": "xx"}


def draw_results(results: Results) -> bytes:
    """The picture as SVG; the same results give the same bytes."""
    from matplotlib.figure import Figure

    with keep_style():
        drawing = Figure(figsize=(8.0, 5.6), facecolor="white", layout="constrained")
        above, below = drawing.subfigures(2, 1, height_ratios=[1.0, 1.1])
        _draw_ways(above.subplots(), results)
        cost, memory = below.subplots(1, 2)
        _draw_cost(cost, results)
        _draw_memory(memory, results)
        alt = describe_picture(results)
        return draw_exhibit(drawing, id="bench", caption="What a school's report costs", alt=alt).svg


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


def _draw_ways(axes: Axes, results: Results) -> None:
    floor = results.by_key["d"].marginal
    for place, way in enumerate(results.ways):
        times = way.marginal / floor
        axes.barh(place, times, color=COLOURS[way.key], hatch=HATCHES[way.key], edgecolor="white", height=0.62)
        axes.barh(place, times, fill=False, edgecolor=QUIET, height=0.62, linewidth=0.6)
        axes.annotate(f"{times:.1f}", (times, place), xytext=(4, 0), textcoords="offset points", va="center", color=INK)
    axes.set_yticks(range(len(results.ways)), [f"({way.key}) {way.title}\n{way.makes}" for way in results.ways])
    axes.invert_yaxis()
    axes.margins(x=0.08)
    axes.set_title("One more school: core-seconds, times the floor's", loc="left")


def _draw_cost(axes: Axes, results: Results) -> None:
    sizes = [size.schools for size in results.growth]
    costs = [size.reports.core_seconds / size.schools for size in results.growth]
    axes.plot(sizes, costs, color=BLUE, marker="o", label="whole run, per school")
    warm = results.by_key["c"]
    steps = [(warm.largest.schools, warm.marginal), *((more, cost) for _, more, cost in results.step_costs)]
    axes.plot(*zip(*steps, strict=True), color=ORANGE, marker="s", linestyle="--", label="one more school")
    axes.legend(frameon=False)
    _finish(axes, sizes, "Core-seconds a school, by schools in the edition")


def _draw_memory(axes: Axes, results: Results) -> None:
    sizes = [size.schools for size in results.growth]
    axes.plot(sizes, [size.reports.parent_peak_mib for size in results.growth], color=BLUE, marker="o")
    _finish(axes, sizes, "Parent's peak memory in MiB, by schools")


def _finish(axes: Axes, sizes: list[int], title: str) -> None:
    from matplotlib.ticker import NullLocator

    axes.set_ylim(0, 1.1 * axes.get_ylim()[1])  # from nothing, and room for the uppermost marker
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_title(title, loc="left")
