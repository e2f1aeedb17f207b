"""Pooling up to three years, intervals and how years vary (method 2 and 3)."""

import math
from dataclasses import dataclass, field

from .cells import AUTHORITY, ENGLAND, choose
from .measures import MEASURES, window
from .stats import T, Z, three_digits, wilson

EPS = 1e-9


@dataclass
class Year:
    """One school's figure of one year, turned back into pupils where it is a share."""

    year: str
    value: float
    pupils: float
    step: float
    low: float = None  # published limits, of progress
    high: float = None
    count: float = None  # best, least and most pupils, of a share
    least: float = None
    most: float = None

    @property
    def error(self):
        """Standard error that published limits imply."""
        return (self.high - self.low) / (2 * Z)


@dataclass
class Pooled:
    """A figure over the years used."""

    value: float
    years: list
    pupils: float = None  # all pupils of the years
    tested_pupils: float = None  # on whom chance is judged
    least: float = None
    most: float = None
    rounding: float = 0.0  # variance that rounding adds (averages), or half a step weighed (progress)
    error: float = None  # progress: 1 / sqrt(sum of weights)
    weights: list = field(default_factory=list)
    lower: float = None
    upper: float = None

    @property
    def one_year(self):
        """Whether the figure is of one year alone."""
        return len(self.years) == 1


def turn_back(value, n, step):
    """Best, least and most pupils behind a rounded per cent of n pupils."""
    exact, half = value * n / 100, step / 2 * n / 100
    if half < 0.5 - EPS:
        near = math.floor(exact + 0.5)
        if abs(near - exact) <= half + EPS:
            return near, near, near
        return exact, math.floor(exact), math.ceil(exact)
    least, most = max(0, math.ceil(exact - half - EPS)), min(n, math.floor(exact + half + EPS))
    return exact, least, most


def year_figure(figure, measure):
    """A figure that counts as a Year, or None where it cannot be pooled."""
    if figure is None or figure.value is None:
        return None
    if measure.kind == "progress":
        if figure.low is None or figure.high is None:
            return None
        return Year(figure.year, figure.value, figure.pupils, figure.step, figure.low, figure.high)
    if not figure.pupils:
        return None
    out = Year(figure.year, figure.value, figure.pupils, figure.step)
    if measure.kind == "share":
        out.count, out.least, out.most = turn_back(figure.value, int(figure.pupils), figure.step)
    return out


def pool(years, measure):
    """The pooled figure, without its interval."""
    if not years:
        return None
    counted = all(y.pupils for y in years)
    n = sum(y.pupils for y in years) if counted else None
    if measure.kind == "progress":
        weights = [1 / y.error**2 for y in years]
        total = sum(weights)
        value = sum(w * y.value for w, y in zip(weights, years, strict=True)) / total
        half = sum(w * y.step / 2 for w, y in zip(weights, years, strict=True)) / total
        return Pooled(
            value, years, n, n, rounding=half, error=1 / math.sqrt(total), weights=[w / total for w in weights]
        )
    weights = [y.pupils / n for y in years]
    tested = n
    if measure.same_pupils:
        tested = round(n / len(years))
    if measure.kind == "average":
        value = sum(w * y.value for w, y in zip(weights, years, strict=True))
        rounding = sum((w * y.step) ** 2 for w, y in zip(weights, years, strict=True)) / 12
        return Pooled(value, years, n, tested, rounding=rounding, weights=weights)
    count, least, most = (sum(getattr(y, a) for y in years) for a in ("count", "least", "most"))
    if measure.same_pupils:
        least, most = math.floor(least * tested / n + EPS), math.ceil(most * tested / n - EPS)
    return Pooled(100 * count / n, years, n, tested, least, most, weights=weights)


def set_interval(pooled, measure, phi):
    """Give the pooled figure its 95% interval."""
    z = T if pooled.one_year else Z
    if measure.kind == "share":
        wide = phi * (z / Z) ** 2
        pooled.lower = wilson(pooled.least, pooled.tested_pupils, wide)[0]
        pooled.upper = wilson(pooled.most, pooled.tested_pupils, wide)[1]
        return
    if measure.kind == "average":
        half = z * math.sqrt(phi * (measure.sigma**2 / pooled.tested_pupils + pooled.rounding))
        pooled.lower = max(measure.scale[0], pooled.value - half)
        pooled.upper = min(measure.scale[1], pooled.value + half)
        return
    if pooled.one_year:
        only, times = pooled.years[0], math.sqrt(phi) * T / Z
        pooled.lower = only.value - times * (only.value - only.low)
        pooled.upper = only.value + times * (only.high - only.value)
        return
    half = Z * math.sqrt(phi) * pooled.error
    pooled.lower, pooled.upper = pooled.value - half, pooled.value + half


class Figures:
    """The figures that count, of every school, measure and year, a predecessor's as its successor's."""

    def __init__(self, tellings, schools, year):
        self.tellings, self.schools, self.year = tellings, schools, year
        self._cache = {}

    def single(self, urn, measure, year):
        """A Year that can be pooled, or None."""
        key = (urn, measure.key, year)
        if key not in self._cache:
            self._cache[key] = year_figure(self.counted(urn, measure.key, year), measure)
        return self._cache[key]

    def counted(self, urn, key, year):
        """The figure that counts, a predecessor's where the school has none of its own."""
        own = self.tellings.get((urn, key, year), [])
        found = choose(own)
        if found is not None and found.pupils is not None:
            return found
        for old in self.schools[urn].predecessors if urn in self.schools else ():
            before = choose(self.tellings.get((old, key, year), []))
            if before is not None and (found is None or before.pupils is not None):
                return before
        return found

    def years(self, urn, measure):
        """The years of the window that can be pooled."""
        out = [self.single(urn, measure, y) for y in window(self.year, measure)]
        return [y for y in out if y is not None]

    def authority(self, measure, year):
        """The authority's value of one year, or None."""
        found = choose(self.tellings.get((AUTHORITY, measure.key, year), []))
        return None if found is None else found.value

    def other_pupils(self, key, year):
        """England's other pupils (not disadvantaged) of one year with the step of the figure, or None."""
        found = choose(self.tellings.get((ENGLAND, key, year), []))
        return None if found is None else (found.value, found.step)

    def england(self, urn, measure, year):
        """England's value and step of one year, of the school's phase where absence is compared; or None."""
        name = ENGLAND
        if measure.stage == "absence":
            phases = self.schools[urn].census  # of a year without a census another year's stands (report.md, A6)
            name = ENGLAND + " " + phases.get(year, phases[max(phases)] if phases else "?")
        found = choose(self.tellings.get((name, measure.key, year), []))
        return None if found is None else (found.value, found.step)


def anscombe(x, n):
    """A share of x among n pupils on the scale of section 10. In the estimate of drift x is the published per cent
    of n, not the whole pupils: the page's table of S agrees with nothing else (report.md, A1)."""
    return 2 * math.asin(math.sqrt((x + 0.375) / (n + 0.75)))


def angle(percent):
    """A baseline's percentage as an angle."""
    return 2 * math.asin(math.sqrt(min(1.0, max(0.0, percent / 100))))


def drift(figures):
    """phi of every measure, with schools, S and f; from mainstream schools with two years or more."""
    out = {}
    for measure in MEASURES:
        total, free, many = 0.0, 0, 0
        for urn, school in figures.schools.items():
            if school.kind != "mainstream" or school.carried_on:
                continue
            points = []
            for y in figures.years(urn, measure):
                base = (0.0, 0.0) if measure.kind == "progress" else figures.england(urn, measure, y.year)
                if base is None:
                    continue
                if measure.kind == "share":
                    d = anscombe(y.value * y.pupils / 100, y.pupils) - angle(base[0])
                    v = 1 / (y.pupils + 0.5)
                else:
                    d = y.value - base[0]
                    v = y.error**2 if measure.kind == "progress" else measure.sigma**2 / y.pupils
                points.append((d, v))
            if len(points) > 1:
                weights = [1 / v for _, v in points]
                mean = sum(w * d for w, (d, _) in zip(weights, points, strict=True)) / sum(weights)
                total += sum(w * (d - mean) ** 2 for w, (d, _) in zip(weights, points, strict=True))
                free, many = free + len(points) - 1, many + 1
        phi = (total + 20 * measure.phi_usual) / (free + 20)
        out[measure.key] = (three_digits(min(5.0, max(1.0, phi))), many, total, free)
    return out
