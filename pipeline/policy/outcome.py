"""What a policy says of one school."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.foundation.vocabulary import round_half_up

#: The outcome that is no category: too little is known, and the panel decides.
INSUFFICIENT_EVIDENCE = "insufficient_evidence"

#: Below this probability the indicated outcome is borderline, and below that doubtful.
BORDERLINE, DOUBTFUL = 0.8, 0.5

#: The same as numbers of draws in 100.
SURE_IN_100, LIKELY_IN_100 = round(100 * BORDERLINE), round(100 * DOUBTFUL)


class Sureness(StrEnum):
    """How sure an indicated outcome is, in a word. A doubtful one is for a panel: others together are likelier."""

    CLEAR = "clear"
    BORDERLINE = "borderline"
    DOUBTFUL = "doubtful"


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
    """The category a policy indicates, and everything needed to question it. A panel may still decide otherwise.

    What was found may rest on what only officers know: shown bare in a notebook, it stays unsaid.
    """

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
    facts: tuple[str, ...] = field(repr=False)  # the facts that decided, in words
    checks: tuple[ClauseCheck, ...] = field(repr=False)  # every clause up to and including the one that held
    entitlement: Entitlement
    thresholds_adopted: bool  # false: shipped defaults, labelled as such wherever printed
    notice: str = ""  # who set the thresholds, printed in every report
    provisional: bool = False  # without what is known from one year alone, or early, it would be another category
    early: bool = False  # early results, not validated, are among the figures that were judged
    without_early: str = ""  # the title of the category without them; "" where it is the same
    key_priorities: tuple[str, ...] = ()  # those whose gaps the deciding clause counted, by name


@dataclass(frozen=True)
class Certainty:
    """How often the policy would indicate each outcome, had another set of pupils just like these been there.

    ``reason`` says why that could not be worked out; "" where it could.
    """

    resamples: int = 0
    probabilities: tuple[tuple[str, str, float], ...] = ()  # (key, title, 0 to 1), least to most support, then the rest
    probability: float | None = None  # of the indicated outcome
    between: tuple[str, ...] = ()  # titles: where it is not clear, the indicated outcome and the likeliest other
    reason: str = ""

    @property
    def sureness(self) -> Sureness | None:
        """None where the probability is not known."""
        if self.probability is None:
            return None
        if self.probability < DOUBTFUL:
            return Sureness.DOUBTFUL
        return Sureness.BORDERLINE if self.probability < BORDERLINE else Sureness.CLEAR


@dataclass(frozen=True)
class Lighter:
    """The least that would have brought less support, of what the published figures and the inspection could say.

    Each of ``gone`` and ``needed`` is a subject or theme with the comparator it is beside. Without any change, nothing
    that was tried would have.
    """

    title: str = ""  # of the category it would have brought
    gone: tuple[tuple[str, str], ...] = ()  # gaps that would not be there: ("maths", "england")
    needed: tuple[tuple[str, str], ...] = ()  # strengths that would
    inspection: bool = False  # what the inspection found would not be there


@dataclass(frozen=True)
class Move:
    """This year's category beside last year's."""

    category: str  # last year's key
    title: str
    tier: int | None
    source: str  # where last year's category comes from, in words
    tiers: int = 0  # towards more support where positive
    flagged: bool = False  # two tiers or more, and no inspection explains it
    compared: bool = False  # whether last year's findings are known as well
    changes: tuple[str, ...] = ()  # what was found then and is not now, or the other way, for a head


@dataclass(frozen=True)
class PanelDecision:
    """What a panel decided, with its reason. The indicated category stands beside it."""

    category: str
    title: str
    tier: int | None
    reason: str = field(repr=False)  # for officers, as is who wrote it
    person: str = field(repr=False)
    date: str  # ISO
    changed: bool  # the panel's category is not the indicated one


def count_times(probability: float) -> str:
    """A probability as a reader takes it: ``about 86 times in 100``, never finer than that."""
    times = count_in_100(probability)
    if times == "1":
        return "about once in 100"
    if times == "less than 1":
        return "less than once in 100"
    return f"{count_about(probability)} times in 100"


def count_about(probability: float) -> str:
    """The same without the word for it: ``about 86``, ``just under 80``, ``less than 1``."""
    times = count_in_100(probability)
    return f"about {times}" if times.isdigit() else times


def count_in_100(probability: float) -> str:
    """The same as a number: ``86``, ``more than 99``, ``less than 1``; what is not clear never reads as if it were."""
    if probability > 0.99:
        return "more than 99"
    if probability < 0.01:
        return "less than 1"
    times = int(round_half_up(100 * probability, 0))
    missed = [bound for bound in (SURE_IN_100, LIKELY_IN_100) if times >= bound > 100 * probability]
    return f"just under {missed[0]}" if missed else str(times)
