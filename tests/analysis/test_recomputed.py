"""The whole sample recomputed by a statistician who saw docs/method.md and the published files, and no code.

``recomputed/`` shares nothing with the product but numpy, pandas and scipy. Where the page was not enough to go by,
what was missing was written into it; all ratings and numbers agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.edition.editions import load_edition
from pipeline.foundation.paths import Workspace
from pipeline.policy import load_policy
from pipeline.policy.policy import FOLDER as POLICIES
from pipeline.report.facts import build_school_facts
from pipeline.report.school.notebook import read_edition_note, study_school
from pipeline.run.due.digests import list_schools
from pipeline.sources.prepared import open_prepared

from .recomputed import recompute

pytestmark = pytest.mark.slow

NAMES = ("value", "lower", "upper", "pupils", "own_gap", "authority")
COMPARED = ("baseline", "difference", "p_value", "adjusted_p", "pupils_apart")


@pytest.fixture(scope="module")
def facts(prepared_sample) -> dict[int, dict[str, Any]]:
    edition = load_edition(Workspace(prepared_sample), "sample")
    tables, note = open_prepared(edition.paths.prepared), read_edition_note(edition.paths)
    policy = load_policy(note.policy, beside=edition.paths.folder, organisation=note.organisation)
    urns = [school.urn for school in list_schools(edition, tables) if not school.not_due]
    return {urn: build_school_facts(study_school(tables.load_school(urn), note, policy)) for urn in urns}


@pytest.fixture(scope="module")
def recomputed(prepared_sample) -> dict[int, dict[str, Any]]:
    folder = Path(prepared_sample) / "data" / "editions" / "sample"
    clauses = yaml.safe_load((POLICIES / "worcestershire.yaml").read_text(encoding="utf-8"))
    found = recompute(folder / "published", folder / "local", clauses=clauses)
    return {int(urn): one for urn, one in found.items()}


def agree(mine: object, theirs: object) -> bool:
    if isinstance(mine, bool) or not isinstance(mine, int | float) or not isinstance(theirs, int | float):
        return mine == theirs
    return abs(mine - theirs) <= 0.51e-4  # facts hold four decimals


def list_pairs(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[tuple[str, object, object]]:
    """What both say of one school, name by name."""
    rows = {(row["measure"], row["against"]): row for row in mine["comparisons"]}
    pairs: list[tuple[str, object, object]] = []
    for indicator in theirs["indicators"]:
        for comparison in indicator["comparisons"]:
            key = (indicator["indicator"], comparison["comparator"])
            row = rows.pop(key, {"rating": "not rated"})
            pairs.append((f"{key} rating", row["rating"], comparison["rating"]))
            pairs += [(f"{key} {name}", row.get(name), comparison[name]) for name in COMPARED]
            if key[1] == "england":
                pairs += [(f"{key} {name}", row.get(name), indicator[name]) for name in NAMES]
                pairs.append((f"{key} years", list(row.get("years", [])), indicator["years"]))
                pairs.append((f"{key} persistent", bool(row.get("persistent")), indicator["persistent"]))
                for part in ("change", "lower", "upper"):
                    own, other = row.get("change") or {}, indicator["trend"] or {}
                    pairs.append((f"{key} trend {part}", own.get(part), other.get(part)))
    pairs += [(f"{key} only recomputed", row["rating"], "not rated") for key, row in rows.items()]
    similar = theirs["similar"] or {"schools": [], "candidates": 0}
    pairs.append(("similar", [int(urn) for urn, _ in mine["similar"]], [one["urn"] for one in similar["schools"]]))
    pairs += [(name, mine[name], theirs["assignment"][name]) for name in ("category", "clause", "provisional")]
    pairs.append(("final", mine["final"], theirs["final"]["category"]))
    return pairs


def test_every_rating_and_number_of_every_school_is_recomputed_from_the_page(facts, recomputed):
    assert set(recomputed) == set(facts)
    apart, compared = [], 0
    for urn, theirs in facts.items():
        pairs = list_pairs(recomputed[urn], theirs)
        compared += len(pairs)
        apart += [
            f"{urn} {name}: recomputed {own}, found {other}" for name, own, other in pairs if not agree(own, other)
        ]
    assert not apart, "\n".join(apart[:20])
    assert compared > 8_000
