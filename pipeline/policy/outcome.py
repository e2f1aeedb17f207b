"""What a policy says of one school."""

from __future__ import annotations

from dataclasses import dataclass

#: The outcome that is no category: too little is known, and the panel decides.
INSUFFICIENT_EVIDENCE = "insufficient_evidence"


@dataclass(frozen=True)
class ClauseCheck:
    """One clause that was tried: what it asked, what was found, whether it held."""

    clause: str
    category: str
    asked: tuple[str, ...]  # "key-priority gaps against England: at least 3"
    found: tuple[str, ...]  # "key-priority gaps against England: 1 (Attainment 8)"
    held: bool
    title: str = ""  # the category as printed


@dataclass(frozen=True)
class Entitlement:
    """What the category brings: lines as the organisation words them, and a table where it has one (days a year)."""

    lines: tuple[str, ...]
    amounts: tuple[tuple[str, str], ...] = ()  # ("Days a year", "6")


@dataclass(frozen=True)
class Assignment:
    """The category a policy indicates, and everything needed to question it. A panel may still decide otherwise."""

    policy: str  # key of the policy
    policy_title: str
    organisation: str
    category: str  # key, or INSUFFICIENT_EVIDENCE
    title: str  # as printed: "Focus support"
    meaning: str  # one or two sentences
    tier: int | None  # 1 the least support; None for insufficient evidence
    tiers: int
    clause: str  # name of the clause that decided
    reason: str  # the clause's own sentence, for a head
    facts: tuple[str, ...]  # the facts that decided, in words
    checks: tuple[ClauseCheck, ...]  # every clause up to and including the one that held
    entitlement: Entitlement
    thresholds_adopted: bool  # false: shipped defaults, labelled as such wherever printed
    notice: str = ""  # who set the thresholds, printed in every report
