"""From a school's facts to the category its policy indicates, with every step kept for whoever questions it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.policy.conditions import COUNTS, Answer, Count, ask_conditions, ask_count
from pipeline.policy.evidence.facts import PolicyFacts
from pipeline.policy.outcome import Assignment, ClauseCheck, Entitlement
from pipeline.policy.policy import Clause, Otherwise, Policy

#: The name under which the last resort, ``otherwise``, is recorded.
OTHERWISE = "otherwise"

_EVIDENCE = "rated_key_priorities"
_SUMMARY = ("key_priority_gaps", "gaps", "key_priority_strengths")


def assign_category(policy: Policy, facts: PolicyFacts, published: PolicyFacts | None = None) -> Assignment:
    """Give the indicative category: the first clause whose every condition holds decides, else ``otherwise``.

    ``published`` are the same facts from published figures alone, where ``facts`` rest on early results too: a category
    that would be another without them is provisional. Raises PipelineError where a clause asks about a comparator the
    school was not compared with.
    """
    assignment = _assign(policy, facts)
    without = assignment if published is None else _assign(policy, published)
    firm = (published or facts).leave_out_provisional()
    moved = firm != facts and _assign(policy, firm).category != assignment.category
    moved |= without.category != assignment.category
    return replace(
        assignment,
        provisional=assignment.tier is not None and moved,
        early=published is not None and any(one.early for standing in facts.standings for one in standing.rated),
        without_early=without.title if without.category != assignment.category else "",
    )


def _assign(policy: Policy, facts: PolicyFacts) -> Assignment:
    from pipeline.policy.many import OneRow, find_deciding  # numpy: only where a category is asked for

    place = int(find_deciding(policy, OneRow(facts), facts)[0])
    tried = policy.clauses[: place + 1]
    answers = [ask_conditions(clause.when, facts) for clause in tried]
    checks = [
        _record(policy, clause, asked, held=number == place)
        for number, (clause, asked) in enumerate(zip(tried, answers, strict=True))
    ]
    if place < len(policy.clauses):
        clause, told = tried[place], [answer.plain for answer in answers[place]]
        named = tuple(dict.fromkeys(name for answer in answers[place] for name in answer.key_priorities))
        concluded = _conclude(policy, clause.name, clause, checks, _add_evidence(told, facts))
        return replace(concluded, key_priorities=named)
    title = policy.outcome(policy.otherwise.category).title
    found, plain = _sum_up(facts)
    checks.append(
        ClauseCheck(OTHERWISE, policy.otherwise.category, ("none of the clauses above holds",), found, True, title)
    )
    return _conclude(policy, OTHERWISE, policy.otherwise, checks, _add_evidence(plain, facts))


def _add_evidence(plain: Sequence[str], facts: PolicyFacts) -> list[str]:
    """A category that rests on one key priority must say so."""
    (rated,) = (condition for condition in COUNTS if condition.name == _EVIDENCE)
    said = ask_count(rated, Count(at_least=1, against="england"), facts).plain
    return [*plain, *([] if said in plain else [said])]


def _record(policy: Policy, clause: Clause, answers: Sequence[Answer], *, held: bool) -> ClauseCheck:
    return ClauseCheck(
        clause=clause.name,
        category=clause.category,
        asked=tuple(answer.asked for answer in answers),
        found=tuple(answer.found for answer in answers),
        held=held,
        title=policy.outcome(clause.category).title,
    )


def _conclude(
    policy: Policy, name: str, deciding: Clause | Otherwise, checks: list[ClauseCheck], plain: Sequence[str]
) -> Assignment:
    outcome, tier = policy.outcome(deciding.category), policy.tier(deciding.category)
    return Assignment(
        policy=policy.key,
        policy_title=policy.title,
        organisation=policy.organisation,
        category=deciding.category,
        title=outcome.title,
        meaning=outcome.meaning,
        tier=tier,
        tiers=len(policy.categories),
        clause=name,
        reason=deciding.reason,
        facts=tuple(_tell(fact, policy) for fact in plain),
        checks=tuple(checks),
        entitlement=grant_entitlement(policy, deciding.category),
        thresholds_adopted=policy.thresholds_adopted,
        notice=policy.thresholds_notice.replace("{organisation}", policy.organisation),
    )


def grant_entitlement(policy: Policy, category: str) -> Entitlement:
    """What the outcome of that key brings. Raises KeyError for one the policy does not know."""
    brings = policy.outcome(category).entitlement
    common = policy.entitlement_for_all if policy.tier(category) is not None else ()
    return Entitlement(
        lines=(*brings.lines, *common),
        amounts=tuple((what, str(amount)) for what, amount in brings.amounts.items()),
    )


def _tell(fact: str, policy: Policy) -> str:
    told = fact.replace("{organisation}", policy.organisation)
    return f"{told[:1].upper()}{told[1:]}."


def _sum_up(facts: PolicyFacts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What matters where no clause has asked for anything, as recorded and as told to a head."""
    england = Count(at_least=1, against="england")
    counts = [ask_count(condition, england, facts) for condition in COUNTS if condition.name in _SUMMARY]
    inspection = facts.inspection.title if facts.inspection else "no graded inspection or report card is known"
    latest = f"latest {inspection}" if facts.inspection else inspection
    return (*(count.found for count in counts), inspection), (*(count.plain for count in counts), latest)
