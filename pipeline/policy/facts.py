"""The facts of one school that a policy may ask about, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.analysis.results import SchoolAnalysis
from pipeline.errors import PipelineError
from pipeline.policy.inspection import LatestInspection, find_latest
from pipeline.vocabulary import Rating


@dataclass(frozen=True)
class RatedIndicator:
    """One indicator that was rated against one comparator."""

    title: str
    theme: str
    key_priority: bool
    rating: Rating  # strength, in line or gap; an indicator that is not rated is no fact of a policy
    persistent: bool = False  # a gap, and on the gap side of England in each of three years
    short_title: str = ""

    @property
    def name(self) -> str:
        """What a list of several calls it."""
        return self.short_title or self.title


@dataclass(frozen=True)
class Standing:
    """How a school stands against one comparator."""

    comparator: str  # "england"
    rated: tuple[RatedIndicator, ...]


@dataclass(frozen=True)
class PolicyFacts:
    """All that a policy may know of a school."""

    urn: int
    standings: tuple[Standing, ...]
    inspection: LatestInspection | None = None
    self_referred: bool = False  # the school asked for support itself; from the authority's or trust's own record

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


def gather_facts(analysis: SchoolAnalysis, *, self_referred: bool = False) -> PolicyFacts:
    """Gather what a policy may ask about from a school's analysis.

    England is always among the comparators, with nothing rated where the school has no figures.
    """
    named = {comparison.comparator for result in analysis.results for comparison in result.comparisons}
    comparators = sorted(named | set(analysis.tested) | {"england"})
    return PolicyFacts(
        urn=analysis.urn,
        standings=tuple(_stand_against(comparator, analysis) for comparator in comparators),
        inspection=find_latest(analysis.inspections),
        self_referred=self_referred,
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
            RatedIndicator(result.title, result.theme, result.key_priority, rating, persistent, result.short_title)
        )
    return Standing(comparator, tuple(rated))
