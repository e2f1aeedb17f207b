"""The whole way to a category, clause by clause, for a terminal without colour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import fill
from typing import TYPE_CHECKING

from pipeline.policy.evidence.inspection import name_date
from pipeline.policy.outcome import Assignment, Certainty, ClauseCheck, Move, PanelDecision, count_times

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.sources.frames import LocalSlice

_WIDTH = 100
_PROVISIONAL = "Provisional: without figures of one year alone it would be another category, or none."
_PROVISIONAL_EARLY = "Provisional: it rests on early results, which nobody has validated."
_MAY_DIFFER = "This is the category the published figures indicate. A panel may decide otherwise, with a reason."


def explain_assignment(
    assignment: Assignment,
    *,
    certainty: Certainty | None = None,
    move: Move | None = None,
    decision: PanelDecision | None = None,
    decided: Assignment | None = None,
    local: LocalSlice | None = None,
) -> str:
    """Say which clause decided and why, what every clause tried asked and found, and what the category brings.

    ``assignment`` is the indicated one, ``decided`` the one after a panel. Beside it stand how certain it is, last
    year's, what a panel decided, and what the authority or trust itself knows: all of that is for officers.
    """
    parts = [
        _name_outcome(assignment),
        *([_wrap(_PROVISIONAL)] if assignment.provisional and not assignment.without_early else []),
        *([_wrap(_tell_early(assignment))] if assignment.early else []),
        _wrap(assignment.meaning),
        "",
        _wrap(f"Why: {assignment.reason}"),
        *(_wrap(fact, "  - ") for fact in assignment.facts),
        *(_explain_decision(decision, assignment) if decision else ()),
        *(_explain_certainty(certainty, assignment) if certainty else ()),
        *(_explain_move(move) if move else ()),
        *(_list_local_evidence(local) if local else ()),
        "",
        _wrap(
            "How the policy came to this. Clauses are tried in order; the first whose every condition holds decides."
        ),
        *(_explain_check(number, check) for number, check in enumerate(assignment.checks, start=1)),
        "",
        *(
            (
                *_list_support("What the decided category brings:", decided),
                *_list_support("What the indicated category would have brought:", assignment),
            )
            if decided and decided.category != assignment.category
            else _list_support("What it brings:", assignment)
        ),
        _wrap(assignment.notice),
        *([] if decision else [_wrap(_MAY_DIFFER)]),
    ]
    return "\n".join(parts) + "\n"


def _tell_early(assignment: Assignment) -> str:
    if assignment.without_early:
        return f"{_PROVISIONAL_EARLY} Without them it would be {assignment.without_early}."
    return "Early results, not validated, are among the figures; without them it would be the same category."


def _explain_decision(decision: PanelDecision, assignment: Assignment) -> Iterator[str]:
    yield ""
    verb = "decided otherwise" if decision.changed else "confirmed it"
    yield _wrap(f"The panel of {name_date(decision.date)} {verb}: {decision.title}.")
    yield _wrap(decision.reason, "  reason      ")
    yield _wrap(decision.person, "  decided by  ")
    if decision.changed:
        yield _wrap(f"{decision.title} is final. {assignment.title}, which the figures indicate, is kept beside it.")


def _explain_certainty(certainty: Certainty, assignment: Assignment) -> Iterator[str]:
    yield ""
    if certainty.probability is None:
        yield _wrap(f"How certain: not known. {certainty.reason}")
        return
    yield _wrap(
        f"How certain: with other pupils just like these, the same rules would say {assignment.title} "
        f"{count_times(certainty.probability)} (drawn {certainty.resamples:,} times). It says nothing of next year."
    )
    if certainty.between and certainty.sureness:
        yield _wrap(f"{certainty.sureness.capitalize()} between {' and '.join(certainty.between)}.")
    width = max(len(title) for _, title, _ in certainty.probabilities)
    for _, title, share in certainty.probabilities:
        yield f"  {title:<{width}}  {count_times(share)}"


def _list_support(heading: str, assignment: Assignment) -> Iterator[str]:
    yield heading
    yield from (_wrap(line, "  - ") for line in assignment.entitlement.lines)
    yield from (_wrap(f"{what}: {amount}", "  - ") for what, amount in assignment.entitlement.amounts)
    yield ""


def _explain_move(move: Move) -> Iterator[str]:
    yield ""
    if move.tier is None:
        compared = "not compared with this year's: it has no place among this policy's categories"
    elif move.tiers:
        support = "more" if move.tiers > 0 else "less"
        far = "one category" if abs(move.tiers) == 1 else f"{abs(move.tiers)} categories"
        compared = f"a move of {far} towards {support} support"
    else:
        compared = "no move since"
    yield _wrap(f"Last year: {move.title} ({move.source}); {compared}.")
    if move.flagged:
        yield _wrap("Look again: the move is of two categories or more, and no inspection explains it.", "  ! ")


def _list_local_evidence(local: LocalSlice) -> Iterator[str]:
    rows = [*_list_rows(local.self_evaluation, _say_self_evaluation), *_list_rows(local.soft_intelligence, _say_heard)]
    if rows:
        yield ""
        yield _wrap("What the authority or trust itself knows (for officers only):")
        yield from (_wrap(row, "  - ") for row in rows)


def _list_rows(frame: pd.DataFrame, say: Callable[[dict], str]) -> list[str]:
    return [say(row) for row in frame.sort_values(["date", "line"], kind="stable").to_dict("records")]


def _say_self_evaluation(row: dict) -> str:
    word = str(row["summary_grade"]).strip() or "gives no word of its own"
    asks = "; asks for support" if row["self_referral"] is True else ""
    return f"{_name_day(row)}: the school's own summary: {word}{asks}"


def _say_heard(row: dict) -> str:
    note = f": {row['note']}" if str(row["note"]).strip() else ""
    return f"{_name_day(row)}: {row['kind']}, from {row['source']}{note}"


def _name_day(row: dict) -> str:
    return name_date(str(row["date"])) if row["date"] else "unknown date"


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
    """Text from files may hold anything: no character of it may steer the terminal."""
    return fill(
        "".join(each if each.isprintable() else " " for each in text),
        _WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )
