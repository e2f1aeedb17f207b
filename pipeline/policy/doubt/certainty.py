"""How sure a category is: what the same rules would say, had other pupils like these been there.

The school's figures are resampled many times from what is known of it (analysis/country/resampling.py), each resample
is judged and put to the policy, and the outcomes are counted. Inspections and local evidence stay as they are. The
seed is the school's URN and the year, so the answer is the same in whatever order schools are done.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.analysis.country.resampling import resample
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.ratings.judging import judge
from pipeline.analysis.school_grid import lay_out_school
from pipeline.policy.evidence.facts import PolicyFacts
from pipeline.policy.many import assign_many, list_outcomes
from pipeline.policy.outcome import BORDERLINE, Certainty
from pipeline.policy.policy import Policy
from pipeline.sources.frames import SchoolSlice

RESAMPLES = 1_000


def find_certainty(
    policy: Policy,
    slice: SchoolSlice,
    facts: PolicyFacts,
    indicators: Sequence[Indicator],
    year: int,
    category: str,
    *,
    resamples: int = RESAMPLES,
) -> Certainty:
    """Give the probability of every outcome of ``policy`` for one school whose indicated ``category`` is known."""
    known = lay_out_school(slice, indicators, year).known
    if not known.grid.indicators:
        return Certainty(reason="No published figure can be judged, so there is nothing to draw anew.")
    rng = np.random.default_rng([slice.school.urn, year])
    sampled = resample(known.grid, known.england, known.similar, known.spread, resamples=resamples, rng=rng)
    outcomes = assign_many(policy, judge(sampled, [known.england, known.similar]), facts)
    return count_outcomes(policy, outcomes, category)


def count_outcomes(policy: Policy, outcomes: np.ndarray, category: str) -> Certainty:
    """The share of each outcome among ``outcomes`` (places in ``list_outcomes``), beside the indicated ``category``."""
    keys = list_outcomes(policy)
    shares = np.bincount(outcomes, minlength=len(keys)) / len(outcomes)
    titles = {key: policy.outcome(key).title for key in keys}
    probabilities = tuple((key, titles[key], float(share)) for key, share in zip(keys, shares, strict=True))
    probability = float(shares[keys.index(category)])
    others = sorted((-share, place) for place, share in enumerate(shares) if keys[place] != category)
    between = () if probability >= BORDERLINE else (titles[category], titles[keys[others[0][1]]])
    return Certainty(len(outcomes), probabilities, probability, between)
