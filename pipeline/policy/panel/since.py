"""What has changed since last year's report: which findings are new, which are gone, and whether an inspection came."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from pipeline.foundation.vocabulary import Rating
from pipeline.policy.conditions import shorten_measures
from pipeline.policy.evidence.facts import COMPARATORS, PolicyFacts

_FINDINGS = {Rating.GAP: "a gap", Rating.STRENGTH: "a strength"}

#: (comparator, name of the measure) → rating; what was not rated is not there.
_Ratings = Mapping[tuple[str, str], str]


def find_changes(kept: str, facts: PolicyFacts, *, lighter: bool = False) -> tuple[str, ...]:
    """Give in a few words each what is found now and was not, or the other way.

    ``kept`` are last year's findings as LAST_YEAR holds them. What is for the worse comes first, or what is for the
    better where the category has become ``lighter``: what may have moved it.
    """
    told = json.loads(kept)
    before: _Ratings = {(comparator, name): rating for comparator, name, rating in told["ratings"]}
    now: _Ratings = {
        (standing.comparator, one.name): str(one.rating) for standing in facts.standings for one in standing.rated
    }
    changed = list(_compare_findings(before, now))
    if "lasting" in told:  # not of an edition that was made before it was kept
        changed += _compare_lasting(set(told["lasting"]), before, facts)
    changed.sort(key=lambda change: change[0] == lighter)
    return (*(words for _, words in changed), *_find_new_inspection(told["inspected"], facts))


def find_other_ground(kept: str, policy: str, category: str) -> tuple[str, ...]:
    """Why ``category``, last year's key, is not what this ``policy`` (its key) makes of last year's figures."""
    told = json.loads(kept)
    other_rules = told.get("policy", policy) != policy
    by_hand = told.get("indicated", category) != category
    return (
        *(["judged by other rules last year"] if other_rules else []),
        *(["last year's category was not the one that the figures gave"] if by_hand else []),
    )


def _compare_findings(before: _Ratings, now: _Ratings) -> Iterator[tuple[bool, str]]:
    """Whether each change is for the worse, and its words."""
    names = list(dict.fromkeys(name for _, name in [*now, *before]))
    for comparator, whom in COMPARATORS.items():
        for rating, finding in _FINDINGS.items():
            new, gone, unknown = [], [], []
            for name in names:
                was, is_now = before.get((comparator, name)), now.get((comparator, name))
                if is_now == rating and was != rating:
                    new.append(name)
                elif was == rating and is_now is None:
                    unknown.append(name)
                elif was == rating and is_now != rating:
                    gone.append(name)
            worse = rating == Rating.GAP
            for for_worse, words, changed in (
                (worse, f"now {finding} beside {whom}", new),
                (not worse, f"no longer {finding} beside {whom}", gone),
                (not worse, f"{finding} beside {whom} then, not judged now", unknown),
            ):
                if changed:
                    yield for_worse, f"{words}: {'; '.join(shorten_measures(changed))}"


def _compare_lasting(before: set[str], ratings: _Ratings, facts: PolicyFacts) -> Iterator[tuple[bool, str]]:
    """Gaps beside England in both years, which have begun or ceased to be in each of three: worse or not, and words."""
    gaps = [
        one
        for one in facts.against("england").rated
        if one.rating == Rating.GAP and ratings.get(("england", one.name)) == Rating.GAP
    ]
    begun = [one.name for one in gaps if one.persistent and one.name not in before]
    ceased = [one.name for one in gaps if not one.persistent and one.name in before]
    for for_worse, words, names in ((True, "now lasting", begun), (False, "no longer lasting", ceased)):
        if names:
            yield for_worse, f"{words}: {'; '.join(shorten_measures(names))}"


def _find_new_inspection(known: list[str], facts: PolicyFacts) -> Iterator[str]:
    latest = facts.inspection
    if latest is not None and latest.date and latest.date not in known:
        yield f"new to the report: {latest.title}"
