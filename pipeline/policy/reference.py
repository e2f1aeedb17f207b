"""The tables of docs/policies.md, made from the vocabulary and the shipped policies so that they cannot fall behind.

``make docs`` writes them into the page; a test says when that is due.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.foundation.vocabulary import CAPACITY, LocalConcern
from pipeline.foundation.writing import format_table
from pipeline.policy.conditions import CONDITIONS, When, name_comparator
from pipeline.policy.evidence.inspection import TRIGGERS
from pipeline.policy.evidence.local_evidence import OWN_WORDS
from pipeline.policy.loading import list_policies, load_policy
from pipeline.policy.policy import Category, Insufficient, Policy, Provision, Support

PAGE = Path("docs") / "policies.md"

_COMPARED_WITH = {
    "england": "England's state-funded schools. Disadvantaged pupils stand beside England's disadvantaged pupils.",
    "similar schools": "Up to 50 schools of the same phase and kind whose pupils are most like the school's own. "
    "Disadvantaged pupils stand beside theirs. Where there are none, nothing is rated against them.",
}


def refresh_page(text: str) -> str:
    """Give the page with every table between ``<!-- begin … -->`` and ``<!-- end … -->`` made anew.

    Raises KeyError where the page names a table there is none of.
    """
    tables = {
        "conditions": list_conditions(),
        "comparators": list_comparators(),
        "triggers": list_triggers(),
        "concerns": list_concerns(),
        "own words": list_own_words(),
    }
    for name in list_policies():
        policy = load_policy(name)
        tables |= {f"categories {name}": list_categories(policy), f"clauses {name}": list_clauses(policy)}
        tables[f"recipients {name}"] = list_roles(policy)
        tables[f"kept {name}"] = tabulate_kept_words(policy)

    def put(match: re.Match[str]) -> str:
        return f"<!-- begin {match[1]} -->\n{tables[match[1]]}\n<!-- end {match[1]} -->"

    return re.sub(r"<!-- begin ([a-z -]+?) -->.*?<!-- end \1 -->", put, text, flags=re.S)


def list_conditions() -> str:
    """Every condition a clause may ask, as a Markdown table."""
    rows = [(f"`{one.name}`", one.meaning, one.values) for one in CONDITIONS]
    return format_table(("condition", "what it counts or asks", "how it is written"), rows)


def list_triggers() -> str:
    """Every outcome of an inspection a clause may name, as a Markdown table."""
    rows = [(f"`{one.words}`", " and ".join(one.frameworks), one.meaning) for one in TRIGGERS]
    return format_table(("trigger", "framework", "holds when"), rows)


def list_comparators() -> str:
    """Every comparator a count may name, as a Markdown table."""
    return format_table(("comparator", "who that is"), [(f"`{name}`", who) for name, who in _COMPARED_WITH.items()])


def list_concerns() -> str:
    """Every concern of soft intelligence a clause may name, with its bounds, as a Markdown table."""
    beside = ("only beside gaps or an inspection trigger", "is told which")
    alone = ("yes", "is told only that there is a matter to raise")
    rows = [(f"`{kind}`", *(beside if kind in CAPACITY else alone)) for kind in LocalConcern]
    return format_table(("concern", "may be asked alone", "a head"), rows)


def list_own_words() -> str:
    """Every word of a school's own summary that a clause may name, as a Markdown table."""
    rows = [(f"`{own.words}`", str(own.framework), " or ".join(own.taken)) for own in OWN_WORDS]
    return format_table(("word", "framework", "holds where the school says"), rows)


def list_categories(policy: Policy) -> str:
    """The categories with their tier and what each brings."""
    rows = []
    for tier, category in enumerate(policy.categories, start=1):
        brings = [f"{what}: {amount}" for what, amount in category.entitlement.amounts.items()]
        rows.append((str(tier), category.title, category.meaning, "; ".join([*category.entitlement.lines, *brings])))
    last = policy.insufficient_evidence
    rows.append(("none", last.title, last.meaning, "; ".join(last.entitlement.lines)))
    return format_table(("tier", "category", "meaning", "what it brings"), rows)


def list_clauses(policy: Policy) -> str:
    """The clauses in the order in which they are tried."""
    rows = [
        (str(number), f"`{clause.name}`", "; ".join(_describe(clause.when)), policy.outcome(clause.category).title)
        for number, clause in enumerate(policy.clauses, start=1)
    ]
    rows.append(("last", "`otherwise`", "none of the clauses above", policy.outcome(policy.otherwise.category).title))
    return format_table(("", "clause", "holds when", "category"), rows)


def list_kept_words(policy: Policy) -> list[tuple[str, str, str]]:
    """Each word of each entitlement: the category, the line or amount as printed, and the activities that keep it."""
    support = policy.support
    if support is None:
        return []
    rows = []
    everything = [(one.title, one.entitlement.activities) for one in policy.categories]
    common = [provision for _, provisions in everything for provision in provisions] + [*policy.activities_for_all]
    outcomes: tuple[Category | Insufficient, ...] = (*policy.categories, policy.insufficient_evidence)
    for outcome in outcomes:
        own = outcome.entitlement
        for line in own.lines:
            rows.append(
                (outcome.title, line, _name_kept([one for one in own.activities if line in one.keeps], support))
            )
        for what, amount in own.amounts.items():
            counted = [one for one in own.activities if what in one.towards]
            rows.append((outcome.title, f"{what}: {amount}", _name_kept(counted, support)))
    for line in policy.entitlement_for_all:
        rows.append(("every category", line, _name_kept([one for one in common if line in one.keeps], support)))
    return rows


def tabulate_kept_words(policy: Policy) -> str:
    """The same as a Markdown table."""
    return format_table(("category", "as reports print it", "activities that keep it"), list_kept_words(policy))


def _name_kept(provisions: Iterable[Provision], support: Support) -> str:
    titles = dict.fromkeys(support.activities[one.activity].title for one in provisions)
    return "; ".join(titles)


def list_roles(policy: Policy) -> str:
    """The roles that may receive a report, and whether the message that brings it may name the category."""
    rows = [
        (f"`{key}`", role.title, "named in the message" if role.category_in_message else "in the report alone")
        for key, role in policy.recipients.items()
    ]
    return format_table(("role", "who that is", "category"), rows)


def _describe(when: When) -> Iterable[str]:
    if when.inspection:
        which = "any of" if when.inspection.any_of else "none of"
        yield f"inspection: {which} {', '.join(when.inspection.any_of or when.inspection.none_of)}"
    for condition, count in when.counts:
        choice = f", {count.choice}" if count.choice else ""
        beside = "" if count.against == "england" else f" beside {name_comparator(count.against)}"
        yield f"{count.name_counted(condition.title)}{beside}: {count.words}{choice}"
    if when.soft_intelligence:
        yield f"soft intelligence: any of {', '.join(when.soft_intelligence.any_of)}"
    if when.self_evaluation:
        yield f"the school's own word: any of {', '.join(when.self_evaluation.any_of)}"
    if when.self_referral:
        yield "the school asked for support itself"
