"""The whole way to a category, clause by clause, for a terminal without colour."""

from __future__ import annotations

from textwrap import fill

from pipeline.policy.outcome import Assignment, ClauseCheck

_WIDTH = 100


def explain_assignment(assignment: Assignment) -> str:
    """Say which clause decided and why, what every clause tried asked and found, and what the category brings."""
    parts = [
        _name_outcome(assignment),
        _wrap(assignment.meaning),
        "",
        _wrap(f"Why: {assignment.reason}"),
        *(_wrap(fact, "  - ") for fact in assignment.facts),
        "",
        _wrap(
            "How the policy came to this. Clauses are tried in order; the first whose every condition holds decides."
        ),
        *(_explain_check(number, check) for number, check in enumerate(assignment.checks, start=1)),
        "",
        "What it brings:",
        *(_wrap(line, "  - ") for line in assignment.entitlement.lines),
        *(_wrap(f"{what}: {amount}", "  - ") for what, amount in assignment.entitlement.amounts),
        "",
        _wrap(assignment.notice),
        _wrap("This is the category the published figures indicate. A panel may decide otherwise, with a reason."),
    ]
    return "\n".join(parts) + "\n"


def _name_outcome(assignment: Assignment) -> str:
    place = ""
    if assignment.tier is not None:
        place = f" (category {assignment.tier} of {assignment.tiers}, 1 being the least support)"
    return _wrap(f"{assignment.title}{place}. {assignment.organisation}: {assignment.policy_title}.")


def _explain_check(number: int, check: ClauseCheck) -> str:
    verdict = "HOLDS, and decides" if check.held else "does not hold"
    lines = ["", _wrap(f"{number}. {check.clause} -> {check.title or check.category}: {verdict}")]
    for position, asked in enumerate(check.asked):
        lines.append(_wrap(asked, "     asked  "))
        lines += [_wrap(found, "     found  ") for found in check.found[position : position + 1]]
    lines += [_wrap(found, "     found  ") for found in check.found[len(check.asked) :]]  # `otherwise` finds more
    return "\n".join(lines)


def _wrap(text: str, start: str = "") -> str:
    return fill(
        text,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )
