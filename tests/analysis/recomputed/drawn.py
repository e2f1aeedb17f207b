"""Figures drawn together (method 10): spread tau, what is expected, and the figure drawn towards it."""

import math

from .measures import MEASURES
from .pooling import angle, anscombe, pool
from .similar import baseline_year
from .stats import Z, three_digits

FEWEST = 20


def on_scale(measure, pooled):
    """A pooled figure on the scale: its place, and the variance of chance among pupils."""
    if measure.kind == "share":
        n = pooled.tested_pupils
        x = sum(y.count for y in pooled.years) * n / pooled.pupils
        return anscombe(x, n), 1 / (n + 0.5)
    if measure.kind == "average":
        return pooled.value, measure.sigma**2 / pooled.tested_pupils + pooled.rounding
    return pooled.value, pooled.error**2


def drift_part(measure, pooled):
    """Sum over years of squared weight times that year's variance: what drift adds, times phi less one."""
    if measure.kind == "share":
        return sum(w * w / (y.pupils + 0.5) for w, y in zip(pooled.weights, pooled.years, strict=True))
    if measure.kind == "average":
        return sum(w * w * measure.sigma**2 / y.pupils for w, y in zip(pooled.weights, pooled.years, strict=True))
    return sum((w * y.error) ** 2 for w, y in zip(pooled.weights, pooled.years, strict=True))


def back(measure, place):
    """From the scale to the unit of the figure, within what is possible."""
    if measure.kind == "share":
        return 100 * math.sin(min(math.pi, max(0.0, place)) / 2) ** 2
    return min(measure.scale[1], max(measure.scale[0], place))


def spread(distances, variances, fitted):
    """Paule and Mandel's tau, and the centre where one is fitted: weighing as 1 over the variance of chance alone."""
    centre = 0.0
    if fitted:
        centre = sum(d / v for d, v in zip(distances, variances, strict=True)) / sum(1 / v for v in variances)

    def excess(t2):
        return sum((d - centre) ** 2 / (v + t2) for d, v in zip(distances, variances, strict=True)) - (
            len(distances) - fitted
        )

    if excess(0.0) <= 0:
        return 0.0, centre
    low, high = 0.0, 1.0
    while excess(high) > 0:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return math.sqrt(low), centre


class Study:
    """What all schools of the files show of one measure."""

    def __init__(self, measure, figures, phi, neighbours, weights):
        self.measure, self.figures, self.phi = measure, figures, phi[0]
        self.places, similar, whole = {}, [], []
        _, _, total, free = phi
        exact = min(5.0, max(1.0, (total + 20 * measure.phi_usual) / (free + 20)))
        for urn, school in figures.schools.items():
            if school.kind != "mainstream" or school.carried_on:
                continue
            pooled = pool(figures.years(urn, measure), measure)
            base = None if pooled is None else self.england(urn, pooled)
            if base is None:
                continue
            own, v = on_scale(measure, pooled)
            expected = self.expected(neighbours.get(urn), pooled, weights)
            self.places[urn] = (pooled, own, v, base, expected)
            whole.append((own - base, exact * v))
            if expected is not None:
                similar.append((own - expected, exact * v))
        self.similar_counts, self.counts = len(similar), len(whole)
        self.tau = self.tau_whole = self.centre = None
        if len(whole) >= FEWEST:
            tau, centre = spread([d for d, _ in whole], [v for _, v in whole], 1)
            self.tau_whole, self.centre = three_digits(tau), round(centre, 3)
        if len(similar) >= FEWEST:
            self.tau = three_digits(spread([d for d, _ in similar], [v for _, v in similar], 0)[0])

    def england(self, urn, pooled):
        """England's place, its years weighing as the school's pupils."""
        if self.measure.kind == "progress":
            return 0.0
        years = [self.figures.england(urn, self.measure, y.year) for y in pooled.years]
        if any(y is None for y in years):
            return None
        share = self.measure.kind == "share"
        return sum(w * (angle(y[0]) if share else y[0]) for w, y in zip(pooled.weights, years, strict=True))

    def expected(self, near, pooled, weights):
        """Similar schools' place at the school's context, or None."""
        if near is None or not near.nearest or self.measure.stage == "local":
            return None
        parts = [baseline_year(near, self.measure, y.year, weights) for y in pooled.years]
        if any(p is None for p in parts):
            return None
        share = self.measure.kind == "share"
        return sum(w * (angle(p[0]) if share else p[0]) for w, p in zip(pooled.weights, parts, strict=True))

    def draw(self, urn):
        """The figure drawn towards what is expected of the school, or None."""
        if urn not in self.places or self.tau_whole is None:
            return None
        pooled, own, v, base, expected = self.places[urn]
        by_similar = expected is not None and self.tau is not None
        towards, tau = (expected, self.tau) if by_similar else (base + self.centre, self.tau_whole)
        v = v + (self.phi - 1) * drift_part(self.measure, pooled)
        weight = tau**2 / (tau**2 + v)
        drawn, wide = towards + weight * (own - towards), Z * math.sqrt(weight * v)
        m = self.measure
        return {
            "value": back(m, drawn),
            "lower": back(m, drawn - wide),
            "upper": back(m, drawn + wide),
            "towards": back(m, towards),
            "reliability": weight,
        }


def studies(figures, phis, neighbours, weights):
    """A study of every measure, by its key."""
    return {m.key: Study(m, figures, phis[m.key], neighbours, weights) for m in MEASURES}
