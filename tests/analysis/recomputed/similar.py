"""Similar schools: who they are, and what they achieve at the school's own context (method 4)."""

import math
from dataclasses import dataclass

import numpy as np

from .measures import MEASURES, window
from .pooling import angle
from .schools import VARIABLES

NEAREST, FEWEST, RIDGE = 50, 10, 100.0


@dataclass
class Baseline:
    """Similar schools' figure at a school's context, pooled as the school's years are."""

    value: float
    pupils: int = None  # they count as
    error: float = None  # of progress


class Pool:
    """One pool of schools of a phase, standardised, with its members' contexts."""

    def __init__(self, schools):
        self.urns = sorted(s.urn for s in schools)
        raw = np.array([[_variable(s, v) for v in VARIABLES] for s in sorted(schools, key=lambda s: s.urn)], float)
        self.mean, self.spread = np.nanmean(raw, axis=0), np.nanstd(raw, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.standard = (raw - self.mean) / self.spread
        self.row = {u: i for i, u in enumerate(self.urns)}


def _variable(school, name):
    value = school.context.get(name)
    if value is None:
        return np.nan
    return math.log(value) if name == "NOR" else value


def pools(schools):
    """The pool of every open mainstream school: its phase, and whether it is tiny."""
    groups = {}
    for s in schools.values():
        if s.kind == "mainstream" and not s.closed and not s.carried_on:
            groups.setdefault((s.phase, s.tiny), []).append(s)
    return {s.urn: pool for members in groups.values() for pool in [Pool(members)] for s in members}


class Neighbours:
    """Candidates and similar schools of one school."""

    def __init__(self, urn, pool, figures, results):
        self.urn, self.pool, self.figures = urn, pool, figures
        own = pool.standard[pool.row[urn]]
        self.used = [i for i in range(len(VARIABLES)) if not np.isnan(own[i]) and pool.spread[i] > 0]
        self.candidates, self.nearest, self.distance = [], [], {}
        if len(self.used) < 3:
            return
        for other in pool.urns:
            there = pool.standard[pool.row[other]][self.used]
            if other == urn or np.isnan(there).any() or not results[urn] <= results[other]:
                continue
            self.candidates.append(other)
            self.distance[other] = float(np.sqrt(np.mean((there - own[self.used]) ** 2)))
        if len(self.candidates) >= FEWEST:
            self.nearest = sorted(self.candidates, key=lambda u: (self.distance[u], u))[:NEAREST]

    def context(self, urns):
        """The standardised variables of some schools."""
        return np.array([self.pool.standard[self.pool.row[u]][self.used] for u in urns])


def results_of(figures):
    """Key stages and years of which each school has results: a figure of any measure."""
    out = {}
    for urn in figures.schools:
        out[urn] = {
            (m.stage, y)
            for m in MEASURES
            if m.stage in ("ks2", "ks4")
            for y in window(figures.year, m)
            for f in [figures.counted(urn, m.key, y)]
            if f is not None and f.value is not None
        }
    return out


def baseline_year(near, measure, year, all_precisions):
    """One year's figure of similar schools moved to the school's context: value, pupils they count as, variance."""
    known = {u: near.figures.single(u, measure, year) for u in [*near.candidates, near.urn]}
    known = {u: y for u, y in known.items() if y is not None}
    chosen = [u for u in near.nearest if u in known]
    if len(chosen) < FEWEST:
        return None
    by_precision = measure.kind == "progress"
    weight = {u: 1 / y.error**2 if by_precision else y.pupils for u, y in known.items()}
    values = {u: y.value for u, y in known.items()}
    m = np.array([weight[u] for u in chosen])
    average = float(m @ np.array([values[u] for u in chosen]) / m.sum())
    share = measure.kind == "share"
    place = angle(average) if share else average
    move, variance = 0.0, 0.0
    urns = [u for u in [*near.candidates, near.urn] if u in known]
    if len(urns) >= 3 * len(near.used):
        ridge = 2 * all_precisions[measure.key, year] if by_precision else RIDGE
        move, variance = _move(near, urns, chosen, weight, values, share, ridge)
    moved = place + move
    if share:
        moved = 100 * math.sin(min(math.pi, max(0.0, moved)) / 2) ** 2
    moved = min(measure.scale[1], max(measure.scale[0], moved))
    if by_precision:
        return moved, None, 1 / m.sum() + variance
    spread = 1.0 if share else measure.sigma**2
    return moved, math.floor(1 / (1 / m.sum() + variance / spread) + 1e-9), None


def _move(near, urns, chosen, weight, values, share, ridge):
    """Delta times the slopes without the school, and the variance of that move."""
    context = near.context(urns)
    x = np.column_stack([np.ones(len(urns)), context])
    w = np.array([weight[u] for u in urns], float)
    y = np.array([angle(values[u]) if share else values[u] for u in urns])
    penalty = np.diag([0.0] + [ridge] * context.shape[1])
    inverse = np.linalg.inv(x.T @ (w[:, None] * x) + penalty)
    b = inverse @ (x.T @ (w * y))
    e = y - x @ b
    s2 = float(np.sum(w * e * e)) / (len(urns) - x.shape[1])
    if near.urn in urns:
        i = urns.index(near.urn)
        h = w[i] * x[i] @ inverse @ x[i]
        b = b - inverse @ x[i] * w[i] * e[i] / (1 - h)
    share_of = np.array([weight[u] for u in chosen], float)
    delta = near.context([near.urn])[0] - share_of @ near.context(chosen) / share_of.sum()
    whole = np.concatenate([[0.0], delta])
    return float(delta @ b[1:]), float(s2 * whole @ inverse @ whole)


def precisions(figures):
    """The average weight (1 over error squared) of all schools with a figure of progress, by measure and year."""
    out = {}
    for measure in MEASURES:
        if measure.kind != "progress":
            continue
        for year in window(figures.year, measure):
            found = [figures.single(u, measure, year) for u, s in figures.schools.items() if not s.carried_on]
            weights = [1 / y.error**2 for y in found if y is not None]
            if weights:
                out[measure.key, year] = sum(weights) / len(weights)
    return out


def baseline(near, measure, pooled, all_precisions):
    """Similar schools' figure over the school's years, or None where a year has none."""
    if not near.nearest:
        return None
    parts = [baseline_year(near, measure, y.year, all_precisions) for y in pooled.years]
    if any(p is None for p in parts):
        return None
    value = sum(w * p[0] for w, p in zip(pooled.weights, parts, strict=True))
    if measure.kind == "progress":
        return Baseline(value, None, math.sqrt(sum(w * w * p[2] for w, p in zip(pooled.weights, parts, strict=True))))
    m = sum(p[1] for p in parts)
    if measure.same_pupils:
        m = round(m / len(parts))  # halves to the even number (report.md, A4)
    return Baseline(value, m)
