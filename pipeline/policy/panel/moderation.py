"""The panel's decision: found in what was written down, and put in the place of the indicated category."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.policy.assign import grant_entitlement
from pipeline.policy.evidence.inspection import name_date
from pipeline.policy.outcome import Assignment, PanelDecision
from pipeline.policy.policy import Policy

if TYPE_CHECKING:
    import pandas as pd


def list_category_words(policy: Policy) -> tuple[str, ...]:
    """Every word by which a panel may name a category: titles, then keys. Case, spaces and hyphens are forgiven."""
    titles = [category.title for category in policy.categories]
    return tuple(dict.fromkeys([*titles, *(category.key for category in policy.categories)]))


def find_category(policy: Policy, words: str) -> str | None:
    """Give the key of the category that ``words`` name, by title or key; None where the policy has none of the name."""
    known = {_simplify(category.key): category.key for category in policy.categories}
    known |= {_simplify(category.title): category.key for category in policy.categories}
    return known.get(_simplify(words))


def _simplify(words: str) -> str:
    return " ".join(words.casefold().replace("_", " ").replace("-", " ").split())


def find_decision(policy: Policy, assignment: Assignment, moderation: pd.DataFrame) -> PanelDecision | None:
    """Give the latest decision among one school's rows (MODERATION); None where no panel has decided.

    Of two of the same day, the one further down the file counts. Raises FaultyInput, holding every fault with its
    line, where a row names a category that the policy does not have.
    """
    if moderation.empty:
        return None
    rows = moderation.sort_values(["date", "line"], kind="stable").to_dict("records")
    faults = [_name_unknown(policy, row) for row in rows if find_category(policy, str(row["category"])) is None]
    latest = rows[-1]
    category = find_category(policy, str(latest["category"]))
    if faults or category is None:
        raise FaultyInput(sorted(faults))
    return PanelDecision(
        category=category,
        title=policy.outcome(category).title,
        tier=policy.tier(category),
        reason=str(latest["reason"]),
        person=str(latest["person"]),
        date=str(latest["date"]),
        changed=category != assignment.category,
    )


def _name_unknown(policy: Policy, row: dict) -> Fault:
    words = str(row["category"])
    titles = [category.title for category in policy.categories]
    near = get_close_matches(words.casefold(), [word.casefold() for word in list_category_words(policy)], n=1)
    meant = find_category(policy, near[0]) if near else None
    remedy = f"Use one of: {', '.join(titles)}."
    if meant:
        remedy = f"Did you mean {policy.outcome(meant).title!r}? {remedy}"
    what = f"{policy.title} has no category {words!r}"
    return Fault(str(row["file"]), int(row["line"]), "category", what, remedy, int(row["urn"]))


def finalise(policy: Policy, assignment: Assignment, decision: PanelDecision) -> Assignment:
    """Give the assignment with the panel's category in place of the indicated one.

    Clause, facts and checks stay as the record of what was indicated. A head is told that a panel met, when, and
    whether it confirmed the category; never the panel's reason or who decided.
    """
    outcome = policy.outcome(decision.category)
    day = name_date(decision.date)
    reason = f"A panel met on {day} and decided on this category."
    if not decision.changed:
        reason = f"{assignment.reason} A panel met on {day} and confirmed this category."
    return replace(
        assignment,
        category=decision.category,
        title=outcome.title,
        meaning=outcome.meaning,
        tier=policy.tier(decision.category),
        reason=reason,
        provisional=False,
        early=False,
        without_early="",
        entitlement=grant_entitlement(policy, decision.category),
    )
