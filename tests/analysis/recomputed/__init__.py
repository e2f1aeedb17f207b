"""The review's figures recomputed from the published files: method.md, with the readings that report.md lists."""

from pathlib import Path

from . import policy
from .cells import collect
from .drawn import studies
from .pooling import Figures, drift
from .rating import rate_school
from .schools import load
from .similar import Neighbours, baseline, pools, precisions, results_of


def recompute(published: Path, local: Path, year="2024/25", clauses=None) -> dict:
    """Every reported school's comparisons and, where a policy is given, its category: {urn: {...}}.

    `clauses` is the policy's file as read (a dict), with its categories, clauses and otherwise.
    """
    published, local = Path(published), Path(local)
    schools = load(published, year)
    figures = Figures(collect(published, local), schools, year)
    phis, weights = drift(figures), precisions(figures)
    pool_of, results = pools(schools), results_of(figures)
    evidence = policy.Evidence(published, local)
    nears = {u: Neighbours(u, pool_of[u], figures, results) for u in pool_of}
    study, out = studies(figures, phis, nears, weights), {}
    for urn, school in schools.items():
        if school.closed or school.carried_on or "independent" in school.type.lower():
            continue
        near = nears.get(urn)
        rows = rate_school(urn, figures, phis, near, lambda n, m, p: baseline(n, m, p, weights))
        for row in rows:
            row["shrunk"] = study[row["measure"]].draw(urn)
        entry = {
            "school": school.name,
            "phase": school.phase,
            "comparisons": rows,
            "similar": [(u, near.distance[u]) for u in near.nearest] if near else [],
            "candidates": len(near.candidates) if near else 0,
        }
        if clauses:
            entry.update(policy.decide(clauses, rows, evidence, urn))
        out[urn] = entry
    return out
