"""What an authority or trust itself knows of a school, as far as a policy may ask about it.

A school's own word for how it stands keeps to its framework: the graded judgements' words are never turned into the
report card's, nor the other way. Naming a word takes that word and what is worse on the same ladder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.foundation.vocabulary import Framework

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, order=True)
class Concern:
    """One thing the authority or trust has heard of a school and written down."""

    date: str  # ISO
    kind: str  # vocabulary.LocalConcern
    source: str  # who said so


@dataclass(frozen=True)
class SelfEvaluation:
    """What a school last said of itself."""

    word: str = ""  # its own word for how it stands, as written; "" where it gave none
    date: str = ""  # ISO, of that word
    referred: bool = False  # its latest summary asks for support


@dataclass(frozen=True)
class OwnWord:
    """A word with which a school may say that it stands in need of improvement."""

    words: str
    framework: Framework
    taken: tuple[str, ...]  # in lower case: the word and what is worse


#: Every word of a school's own that a policy may name; docs/policies.md prints the list.
OWN_WORDS: tuple[OwnWord, ...] = (
    OwnWord("requires improvement", Framework.GRADED, ("requires improvement", "inadequate")),
    OwnWord("inadequate", Framework.GRADED, ("inadequate",)),
    OwnWord("needs attention", Framework.REPORT_CARD, ("needs attention", "urgent improvement")),
    OwnWord("urgent improvement", Framework.REPORT_CARD, ("urgent improvement",)),
)


def takes_word(named: Iterable[str], said: str) -> bool:
    """Whether what a school said of itself is one of the words ``named``, or worse on the same ladder."""
    spoken = " ".join(said.casefold().split())
    return any(spoken in own.taken for own in OWN_WORDS if own.words in set(named))


def list_concerns(soft_intelligence: pd.DataFrame) -> tuple[Concern, ...]:
    """Give the concerns of one school (SOFT_INTELLIGENCE), oldest first; each counts while it stands in the file."""
    if soft_intelligence.empty:
        return ()
    columns = (soft_intelligence[name].astype(str) for name in ("date", "kind", "source"))
    return tuple(sorted({Concern(*row) for row in zip(*columns, strict=True)}))


def read_self_evaluation(self_evaluation: pd.DataFrame) -> SelfEvaluation:
    """Give what one school (SELF_EVALUATION) last said of itself.

    Its word is the latest it gave; whether it asks for support is what its latest summary says.
    """
    if self_evaluation.empty:
        return SelfEvaluation()
    rows = self_evaluation.sort_values(["date", "line"], kind="stable")
    latest = rows[rows["date"] == rows["date"].iloc[-1]]
    referred = bool(latest["self_referral"].fillna(False).any())
    given = rows[rows["summary_grade"].fillna("").str.strip() != ""]
    if given.empty:
        return SelfEvaluation(referred=referred)
    return SelfEvaluation(str(given["summary_grade"].iloc[-1]), str(given["date"].iloc[-1]), referred)
