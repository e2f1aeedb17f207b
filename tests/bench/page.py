"""The bench's results put where readers find them: docs/bench.json, docs/bench.svg and docs/performance.md."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.foundation.writing import format_table, write_beside
from tests.bench.plot import describe_picture, invent_results
from tests.bench.results import Results, Size

BLOCK = re.compile(r"<!-- begin results -->.*?<!-- end results -->", re.S)


def read_results(docs: Path) -> Results:
    """The results last written to ``docs``; raises pydantic's ValidationError where they are not of this form."""
    return Results.model_validate_json((docs / "bench.json").read_text(encoding="utf-8"))


def write_results(docs: Path, results: Results) -> None:
    """Write the results and their picture to ``docs``, and quote them in its performance.md where that is there."""
    write_beside(docs / "bench.json", results.model_dump_json(indent=1) + "\n")
    write_beside(docs / "bench.svg", invent_results(results).decode("utf-8"))
    page = docs / "performance.md"
    if page.is_file():
        write_beside(page, refresh_page(page.read_text(encoding="utf-8"), results))


def refresh_page(text: str, results: Results) -> str:
    """The page with what stands between ``<!-- begin results -->`` and ``<!-- end results -->`` written anew."""
    return BLOCK.sub(lambda _: f"<!-- begin results -->\n{quote_results(results)}\n<!-- end results -->", text)


def quote_results(results: Results) -> str:
    """What was found, in Markdown: ratios in sentences and tables, and the picture in words."""
    return "\n\n".join(
        (
            _quote_claims(results),
            _quote_ways(results),
            _quote_parts(results),
            _quote_growth(results),
            f"![{describe_picture(results)}](bench.svg)",
            _describe_machine(results),
        )
    )


def _quote_claims(results: Results) -> str:
    rows = [
        (
            claim.what,
            claim.said,
            f"{'at least' if claim.least else 'at most'} {claim.limit:g}",
            "shown" if claim.holds else "**not shown**",
        )
        for claim in results.list_claims()
    ]
    return format_table(("what was to be shown", "found", "asked", ""), rows)


def _quote_ways(results: Results) -> str:
    plain, floor = results.by_key["a"], results.by_key["d"]
    rows = [
        (
            f"({way.key}) {way.title}",
            way.makes,
            str(way.largest.schools),
            f"{way.marginal / floor.marginal:.1f}",
            f"{plain.marginal / way.marginal:.1f}",
            f"{plain.whole / way.whole:.1f}",
            f"{way.fixed / way.marginal:.0f}" if way.fixed else "none",
        )
        for way in results.ways
    ]
    header = (
        *("way", "makes", "schools", "times the floor, one more school", "(a) is times this, one more school"),
        *("(a) is times this, whole run per school", "fixed part, in schools"),
    )
    same = "are the same bytes in all three" if results.same_bytes else "are **not** the same bytes"
    return f"{format_table(header, rows)}\n\nThe pages and PDFs of (b), (c) and (d) {same}."


def _quote_parts(results: Results) -> str:
    total = results.by_key["c"].marginal
    rows = [(part, f"{cost / total:.0%}") for part, cost in results.break_down().items()]
    return format_table(("part of one more school's cost, direct kernels", "share"), rows)


def _quote_growth(results: Results) -> str:
    first = results.growth[0]
    plain, base = results.by_key["a"], results.by_key["c"].marginal
    pace = plain.largest.cost.pace_seconds
    steps = {more: cost for _, more, cost in results.step_costs}
    rows = [
        (
            f"{size.schools:,}",
            f"{_per_school(size) / _per_school(first):.2f}",
            f"{plain.whole * size.schools / size.reports.find_at_pace(pace):.1f}",
            f"{steps[size.schools] / base:.2f}" if size.schools in steps else "",
            f"{size.reports.parent_peak_mib / first.reports.parent_peak_mib:.2f}",
            f"{size.again.core_seconds / size.reports.core_seconds:.1%}",
        )
        for size in results.growth
    ]
    header = (
        *("schools due in the edition", f"whole run per school, times that of {first.schools:,}"),
        *("(a) is times this, whole run per school", "one more school, times that of (c)"),
        *(f"parent's peak memory, times that of {first.schools:,}", "unchanged rerun, share of the run"),
    )
    failing = "".join(f"\n\n**Reports failed** in the edition of {schools:,}." for schools in results.failing)
    return format_table(header, rows) + failing + _quote_national(results)


def _per_school(size: Size) -> float:
    return size.reports.core_seconds / size.schools


def _quote_national(results: Results) -> str:
    if results.national is None:
        return ""
    found, most = results.national, results.growth[-1]
    times = found.prepare.core_seconds / most.prepare.core_seconds
    gibibytes = found.prepare.all_peak_mib / 1024
    return (
        f"\n\nPreparing an edition from files of {found.schools:,} schools and {found.years} years costs {times:.1f}"
        f" times what it costs from {most.country:,} schools, and at most {gibibytes:.1f} GiB of memory."
    )


def _describe_machine(results: Results) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in results.packages.items())
    return f"Measured in one run on {results.cores} cores with Python {results.python}; {packages}."
