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


def find_changes(kept: str, facts: PolicyFacts) -> tuple[str, ...]:
    """Give in a few words each what is found now and was not, or the other way.

    ``kept`` are last year's findings as LAST_YEAR holds them.
    """
    told = json.loads(kept)
    before: _Ratings = {(comparator, name): rating for comparator, name, rating in told["ratings"]}
    now: _Ratings = {
        (standing.comparator, one.name): str(one.rating) for standing in facts.standings for one in standing.rated
    }
    return (*_compare_findings(before, now), *_find_new_inspection(told["inspected"], facts))


def _compare_findings(before: _Ratings, now: _Ratings) -> Iterator[str]:
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
            for words, changed in (
                (f"now {finding} beside {whom}", new),
                (f"no longer {finding} beside {whom}", gone),
                (f"{finding} beside {whom} then, not judged now", unknown),
            ):
                if changed:
                    yield f"{words}: {'; '.join(shorten_measures(changed))}"


def _find_new_inspection(known: list[str], facts: PolicyFacts) -> Iterator[str]:
    latest = facts.inspection
    if latest is not None and latest.date and latest.date not in known:
        yield f"new to the report: {latest.title}"
