"""What the bench found, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table

from tests.bench.results import Results


def tabulate(results: Results) -> RenderableType:
    """Every table, in the order to read them: the ways, where the cost lies, growth, what was to be shown."""
    return Group(*_list_tables(results))


def _list_tables(results: Results) -> Iterator[Table]:
    yield _tabulate_ways(results)
    yield _tabulate_breakdown(results)
    yield _tabulate_growth(results)
    yield _tabulate_claims(results)


def _start(title: str, *columns: str) -> Table:
    table = Table(title=f"\n{title}", title_justify="left", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", overflow="fold")
    return table


def _tabulate_ways(results: Results) -> Table:
    table = _start(
        f"What a school costs, on {results.cores} cores (core-seconds; memory in MiB)",
        *("way", "schools", "fixed", "one more school", "whole run per school", "wall per school"),
        *("times the floor", "a is times this", "parent's peak", "kernel's peak"),
    )
    plain, floor = results.by_key["a"], results.by_key["d"]
    for way in results.ways:
        cost = way.largest.cost
        table.add_row(
            f"({way.key}) {way.title}: {way.makes}",
            *(str(way.largest.schools), f"{way.fixed:.1f}", f"{way.marginal:.2f}", f"{way.whole:.2f}"),
            *(f"{way.wall:.2f}", f"{way.marginal / floor.marginal:.1f}", f"{plain.marginal / way.marginal:.1f}"),
            f"{cost.parent_peak_mib:,.0f}",
            f"{cost.kernel_peak_mib:,.0f}" if cost.kernel_peak_mib else "",
        )
    same = "the same bytes" if results.same_bytes else "NOT the same bytes"
    table.caption = f"Ratios are of one more school. Pages and PDFs of b, c and d are {same}."
    table.caption_justify = "left"
    return table


def _tabulate_breakdown(results: Results) -> Table:
    table = _start("Where one more school's cost with direct kernels lies", "part", "core-seconds", "share")
    total = results.by_key["c"].marginal
    for part, cost in results.break_down().items():
        table.add_row(part, f"{cost:.2f}", f"{cost / total:.0%}")
    table.add_row("all", f"{total:.2f}", "100%")
    return table


def _tabulate_growth(results: Results) -> Table:
    table = _start(
        "Whole editions, direct kernels (core-seconds; memory in MiB)",
        *("schools due", "preparing", "reports", "reports per school", "one more school", "wall per school"),
        *("run once more", "wall", "parent's peak", "all processes' peak"),
    )
    steps = {more: f"{cost:.2f}" for _, more, cost in results.step_costs}
    for size in results.growth:
        table.add_row(
            *(f"{size.schools:,}", f"{size.prepare.core_seconds:.1f}", f"{size.reports.core_seconds:.1f}"),
            *(f"{size.reports.core_seconds / size.schools:.2f}", steps.get(size.schools, "")),
            *(f"{size.reports.wall_seconds / size.schools:.2f}", f"{size.again.core_seconds:.1f}"),
            *(f"{size.again.wall_seconds:.1f} s", f"{size.reports.parent_peak_mib:,.0f}"),
            f"{size.reports.all_peak_mib:,.0f}",
        )
    notes = [f"Reports failed in the edition of {schools:,}." for schools in results.failing]
    if results.national:
        found = results.national
        notes.append(
            f"Preparing an edition from {found.schools:,} schools and {found.years} years: "
            f"{found.prepare.core_seconds:.0f} core-seconds, {found.prepare.wall_seconds:.0f} s, "
            f"{found.prepare.all_peak_mib:,.0f} MiB at most."
        )
    table.caption, table.caption_justify = "\n".join(notes), "left"
    return table


def _tabulate_claims(results: Results) -> Table:
    table = _start("What was to be shown", "", "found", "asked", "")
    for claim in results.list_claims():
        asked = f"at {'least' if claim.least else 'most'} {claim.limit:g}"
        table.add_row(claim.what, claim.said, asked, "shown" if claim.holds else "NOT shown")
    return table
