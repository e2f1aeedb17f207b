"""Tests, one control for all comparisons of a school, and the ratings (method 5 and 7)."""

import math

from .details import by_year, comparable, details, persistent, shown
from .measures import MEASURES
from .pooling import pool, set_interval
from .stats import benjamini_hochberg, binomial, hypergeometric, normal_p, widen

EPS = 1e-9
NAMES = {"england": "england", "similar": "similar schools"}


def nearest_share_p(pooled, base, slack):
    """Share beside England: the count and the national share nearest one another; p = 1 where ranges meet."""
    n = int(pooled.tested_pupils)
    low, high = max(0.0, base - slack) / 100, min(100.0, base + slack) / 100
    if pooled.most / n < low - EPS:
        return binomial(int(pooled.most), n, low)
    if pooled.least / n > high + EPS:
        return binomial(int(pooled.least), n, high)
    return 1.0


def nearest_similar_p(pooled, value, m):
    """Share beside similar schools: Fisher's mid-P of the nearest count that rounding allows."""
    n, y = int(pooled.tested_pupils), math.floor(value * m / 100 + 0.5)
    if pooled.least / n <= y / m <= pooled.most / n:
        return 1.0
    nearest = min(range(int(pooled.least), int(pooled.most) + 1), key=lambda x: abs(x / n - y / m))
    return hypergeometric(nearest, n, y, m)


def england_baseline(figures, urn, measure, pooled):
    """England's figure over the school's years and what its rounding leaves open, or None."""
    if measure.kind == "progress":
        return 0.0, 0.0
    years = [figures.england(urn, measure, y.year) for y in pooled.years]
    if any(y is None or y[0] is None for y in years):
        return None
    value = sum(w * y[0] for w, y in zip(pooled.weights, years, strict=True))
    if measure.kind == "share":
        return value, sum(w * y[1] / 2 for w, y in zip(pooled.weights, years, strict=True))
    return value, sum((w * y[1]) ** 2 for w, y in zip(pooled.weights, years, strict=True)) / 12


def england_p(measure, pooled, base, slack):
    """p by chance beside England."""
    if measure.kind == "share":
        return nearest_share_p(pooled, base, slack)
    distance = abs(pooled.value - base)
    if measure.kind == "progress":
        return normal_p(max(0.0, distance - pooled.rounding) / pooled.error)
    error = math.sqrt(measure.sigma**2 / pooled.tested_pupils + pooled.rounding + slack)
    return normal_p(distance / error)


def similar_p(measure, pooled, base):
    """p by chance beside similar schools."""
    if measure.kind == "share":
        return nearest_similar_p(pooled, base.value, base.pupils)
    distance = abs(pooled.value - base.value)
    if measure.kind == "progress":
        return normal_p(max(0.0, distance - pooled.rounding) / math.hypot(pooled.error, base.error))
    spread = measure.sigma**2
    error = math.sqrt(spread / pooled.tested_pupils + pooled.rounding + spread / base.pupils)
    return normal_p(distance / error)


def enough(measure, pooled):
    """Whether there are pupils and years enough to rate; a figure without numbers of pupils is let pass."""
    if len(pooled.years) < measure.minimum_years:
        return False
    return pooled.pupils is None or pooled.pupils >= measure.minimum_pupils


def matters(measure, pooled, difference):
    """Enough to matter: one whole pupil, or the least difference."""
    if measure.kind == "share":
        return abs(difference) * pooled.tested_pupils / 100 >= 1 - EPS
    return abs(difference) >= measure.least - EPS


def word(measure, pooled, row):
    """Strength, gap, in line or no clear difference of a tested comparison."""
    difference = row["value"] - row["baseline"]
    if row["adjusted_p"] <= 0.05 and matters(measure, pooled, difference):
        return "gap" if (difference > 0) == measure.lower_better else "strength"
    low, high = row["baseline"] - measure.margin, row["baseline"] + measure.margin
    return "in line" if low - EPS <= pooled.lower and pooled.upper <= high + EPS else "no clear difference"


def rate_school(urn, figures, phis, near, baselines):
    """All comparisons of one school."""
    school, rows, tested = figures.schools[urn], [], []
    for measure in MEASURES:
        years = figures.years(urn, measure)
        pooled = pool(years, measure)
        if pooled is None:
            if shown(figures, urn, measure):
                single = by_year(figures, urn, measure)
                rows += [
                    {
                        "measure": measure.key,
                        "group": measure.group,
                        "against": NAMES[a],
                        "value": None,
                        "lower": None,
                        "upper": None,
                        "pupils": None,
                        "years": [],
                        "baseline": None,
                        "difference": None,
                        "p_value": None,
                        "adjusted_p": None,
                        "rating": "not rated",
                        "provisional": False,
                        "persistent": False,
                        "by_year": single,
                    }
                    for a in NAMES
                ]
            continue
        phi = phis[measure.key][0]
        if measure.kind != "average" or comparable(school, measure):
            set_interval(pooled, measure, phi)
        for against in ("england", "similar"):
            row = {
                "measure": measure.key,
                "group": measure.group,
                "against": NAMES[against],
                "value": pooled.value,
                "lower": pooled.lower,
                "upper": pooled.upper,
                "pupils": pooled.tested_pupils,
                "years": [y.year for y in years],
                "phi": phi,
                "baseline": None,
                "difference": None,
                "p_value": None,
                "adjusted_p": None,
                "rating": "not rated",
                "provisional": False,
                "persistent": False,
            }
            p = _compare(urn, school, figures, measure, pooled, against, near, baselines, row)
            if p is not None:
                row["p_by_chance"], row["p_value"] = p, widen(p, phi, pooled.one_year)
                row["provisional"] = pooled.one_year
                tested.append((row, measure, pooled))
            if against == "england":
                row.update(details(figures, urn, measure, pooled, phi))
            rows.append(row)
    if tested:
        for (row, measure, pooled), q in zip(
            tested, benjamini_hochberg([r["p_value"] for r, _, _ in tested]), strict=True
        ):
            row["adjusted_p"] = float(q)
            row["rating"] = word(measure, pooled, row)
            row["persistent"] = persistent(figures, urn, measure)
    return rows


def _compare(urn, school, figures, measure, pooled, against, near, baselines, row):
    """Fill in baseline and difference; the p by chance, or None where the comparison is not rated."""
    base = england_baseline(figures, urn, measure, pooled) if against == "england" else None
    if against == "similar":
        base = baselines(near, measure, pooled) if near is not None and measure.stage != "local" else None
    if base is None or not comparable(school, measure):
        return None
    value = base[0] if against == "england" else base.value
    row["baseline"], row["difference"] = value, pooled.value - value
    if measure.kind == "share":
        apart = row["difference"] * pooled.tested_pupils / 100
        row["pupils_apart"] = math.trunc(apart + math.copysign(EPS, apart))
    if against == "similar":
        row["counted_as"] = base.pupils
    if not enough(measure, pooled) or pooled.lower is None:
        return None
    return england_p(measure, pooled, *base) if against == "england" else similar_p(measure, pooled, base)
