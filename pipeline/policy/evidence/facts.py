"""The facts of one school that a policy may ask about, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.analysis.results import SchoolAnalysis
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.vocabulary import Rating
from pipeline.policy.evidence.inspection import LatestInspection, find_latest
from pipeline.policy.evidence.local_evidence import Concern, SelfEvaluation, list_concerns, read_self_evaluation

if TYPE_CHECKING:
    from pipeline.sources.frames import LocalSlice

#: The comparators a policy may name, each with how it is printed. A school has a standing against every one.
COMPARATORS: dict[str, str] = {"england": "England", "similar schools": "similar schools"}


@dataclass(frozen=True)
class RatedIndicator:
    """One indicator that was rated against one comparator."""

    title: str
    theme: str
    key_priority: bool
    rating: Rating  # any but not rated: such an indicator is no fact of a policy
    persistent: bool = False  # a gap, and on the gap side of England in each of three years
    short_title: str = ""
    subjects: tuple[str, ...] = ()  # of the curriculum; none where it is of several together
    provisional: bool = False  # rated from one year alone
    early: bool = False  # rated from early results too, which nobody has validated

    @property
    def name(self) -> str:
        """What a list of several calls it."""
        return self.short_title or self.title

    @property
    def marked_name(self) -> str:
        """The same, marked where it rests on early results: as a reader is told what decided."""
        return f"{self.name}, early" if self.early else self.name


@dataclass(frozen=True)
class Standing:
    """How a school stands against one comparator."""

    comparator: str  # "england" or "similar schools"
    rated: tuple[RatedIndicator, ...]


@dataclass(frozen=True)
class PolicyFacts:
    """All that a policy may know of a school."""

    urn: int
    standings: tuple[Standing, ...]
    inspection: LatestInspection | None = None
    concerns: tuple[Concern, ...] = ()  # from the authority's or trust's own record, as what follows
    self_evaluation: SelfEvaluation = field(default_factory=SelfEvaluation)

    def leave_out_provisional(self) -> PolicyFacts:
        """The same without what is known from one year alone."""
        firm = (tuple(one for one in standing.rated if not one.provisional) for standing in self.standings)
        kept = (replace(standing, rated=rated) for standing, rated in zip(self.standings, firm, strict=True))
        return replace(self, standings=tuple(kept))

    def against(self, comparator: str) -> Standing:
        """Give the standing against ``comparator``.

        Raises PipelineError where the school was not compared with it: a policy must not take that for "no gap".
        """
        for standing in self.standings:
            if standing.comparator == comparator:
                return standing
        compared = ", ".join(standing.comparator for standing in self.standings) or "nothing"
        raise PipelineError(
            f"the policy asks how the school stands against {comparator!r}, but it was compared with {compared}",
            where=f"URN {self.urn}",
            remedy="Write a comparator that the analysis has after `against:` in the policy's clauses.",
        )


def gather_facts(analysis: SchoolAnalysis, local: LocalSlice | None = None, on: str = "") -> PolicyFacts:
    """Gather what a policy may ask about from a school's analysis and from what its authority or trust itself knows.

    ``on`` is the ISO date of the review, which says what was inspected only after it; "" where nobody is told.
    Every comparator a policy may name is there, with nothing rated where the school was not compared with it.
    """
    named = {comparison.comparator for result in analysis.results for comparison in result.comparisons}
    return PolicyFacts(
        urn=analysis.urn,
        standings=tuple(_stand_against(comparator, analysis) for comparator in sorted(named | COMPARATORS.keys())),
        inspection=find_latest(analysis.inspections, on),
        concerns=list_concerns(local.soft_intelligence) if local is not None else (),
        self_evaluation=read_self_evaluation(local.self_evaluation) if local is not None else SelfEvaluation(),
    )


def _stand_against(comparator: str, analysis: SchoolAnalysis) -> Standing:
    rated = []
    for result in analysis.results:
        comparison = result.against(comparator)
        if comparison is None or comparison.rating == Rating.NOT_RATED:
            continue
        rating = Rating(comparison.rating)
        persistent = rating == Rating.GAP and result.persistent
        rated.append(
            RatedIndicator(
                result.title,
                result.theme,
                result.key_priority,
                rating,
                persistent,
                result.short_title,
                result.telling.subjects,
                result.provisional,
                result.early,
            )
        )
    return Standing(comparator, tuple(rated))
