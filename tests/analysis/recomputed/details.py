"""What is told beside the ratings: single years, change, the gap to close, the school's own gap (method 4 and 7)."""

import math

from .measures import BY_KEY, window
from .pooling import pool, year_figure
from .stats import Z, wilson

OTHER = {
    "ks2_rwm_expected_disadvantaged": "ks2_rwm_expected_other",
    "ks4_attainment8_disadvantaged": "ks4_attainment8_other",
}


def details(figures, urn, measure, pooled, phi):
    """All of it, as keys of a comparison's row."""
    out = {
        "by_year": by_year(figures, urn, measure),
        "change": change(measure, pooled, phi),
        "authority": authority(figures, measure, pooled),
    }
    if measure.key == "ks4_progress8":
        last = pooled.years[-1]
        out["band"] = band(last.value, last.low, last.high)
    if measure.group == "disadvantaged":
        out["gap"] = gap_to_close(figures, urn, measure, pooled, phi)
        out["own_gap"] = own_gap(figures, urn, measure, pooled)
    return out


EXPECTED = {"ks2": ("junior", "primary", "middle", "all-through"), "ks4": ("secondary", "high", "all-through")}


def shown(figures, urn, measure):
    """Whether a measure without a figure to pool is shown all the same: expected of the phase, or in a file."""
    school = figures.schools[urn]
    whose = (urn, *school.predecessors)
    told = any((u, measure.key, y) in figures.tellings for u in whose for y in window(figures.year, measure))
    if measure.stage == "absence":
        return True
    return told or school.phase in EXPECTED.get(measure.stage, ())


def by_year(figures, urn, measure):
    """Single years beside England's, each with the interval of its own pupils' chance."""
    out = []
    for year in window(figures.year, measure):
        found = figures.counted(urn, measure.key, year)
        base = figures.england(urn, measure, year) if measure.kind != "progress" else (0.0, 0.0)
        if not comparable(figures.schools[urn], measure):
            base = None
        row = {
            "year": year,
            "value": found and found.value,
            "pupils": found and found.pupils,
            "england": base and base[0],
            "lower": None,
            "upper": None,
        }
        y = year_figure(found, measure)
        if y is not None and measure.kind == "progress":
            row.update(lower=y.low, upper=y.high)
        elif y is not None and measure.kind == "share":
            row.update(lower=wilson(y.least, y.pupils)[0], upper=wilson(y.most, y.pupils)[1])
        elif y is not None and comparable(figures.schools[urn], measure):
            half = Z * math.sqrt(measure.sigma**2 / y.pupils + y.step**2 / 12)
            row.update(lower=max(measure.scale[0], y.value - half), upper=min(measure.scale[1], y.value + half))
        out.append(row)
    return out


def comparable(school, measure):
    """Whether a school stands beside England in a measure, and the spread between pupils holds of it: a mainstream
    school, and a special school in absence (report.md, A2)."""
    return school.kind == "mainstream" or (school.kind == "special" and measure.stage == "absence")


def persistent(figures, urn, measure):
    """On the worse side of England in each of three years, as published."""
    for year in window(figures.year, measure):
        own = figures.counted(urn, measure.key, year)
        base = 0.0 if measure.kind == "progress" else (figures.england(urn, measure, year) or (None,))[0]
        if own is None or base is None or (own.value <= base if measure.lower_better else own.value >= base):
            return False
    return True


def change(measure, pooled, phi):
    """The latest year against the first: change, its limits."""
    if len(pooled.years) < 2 or pooled.lower is None:
        return None
    first, last = pooled.years[0], pooled.years[-1]
    printed = last.value - first.value
    if measure.kind == "share":
        lower = newcombe(last.least, last.pupils, first.most, first.pupils, phi)[0]
        upper = newcombe(last.most, last.pupils, first.least, first.pupils, phi)[1]
    else:
        if measure.kind == "average":
            variance = sum(measure.sigma**2 / y.pupils + y.step**2 / 12 for y in (first, last))
        else:
            variance = first.error**2 + last.error**2
        half = Z * math.sqrt(phi * variance)
        lower, upper = printed - half, printed + half
    return {
        "change": printed,
        "lower": lower,
        "upper": upper,
        "first": first.year,
        "latest": last.year,
        "words": words(measure, lower, upper, first.year),
    }


def words(measure, lower, upper, first):
    """The change in words: only where its interval leaves out zero."""
    if lower <= 0 <= upper:
        return "no clear change"
    if measure.lower_better:
        return ("rose since %s (worse)" if lower > 0 else "fell since %s (better)") % first
    return ("improved since %s" if lower > 0 else "declined since %s") % first


def newcombe(x2, n2, x1, n1, phi):
    """Newcombe's interval (method 10) of the second share less the first, in points."""
    p2, p1 = 100 * x2 / n2, 100 * x1 / n1
    (l2, u2), (l1, u1) = wilson(x2, n2, phi), wilson(x1, n1, phi)
    return p2 - p1 - math.hypot(p2 - l2, u1 - p1), p2 - p1 + math.hypot(u2 - p2, p1 - l1)


def gap_to_close(figures, urn, measure, pooled, phi):
    """The pooled figure less that of England's other pupils, with the interval of the pooled figure."""
    if figures.schools[urn].kind != "mainstream":
        return None
    others = [figures.other_pupils(OTHER[measure.key], y.year) for y in pooled.years]
    if any(o is None for o in others):
        return None
    base = sum(w * o for w, o in zip(pooled.weights, (o[0] for o in others), strict=True))
    out = {
        "others": base,
        "value": pooled.value - base,
        "lower": None,
        "upper": None,
        "by_year": [(y.year, o[0], y.value - o[0]) for y, o in zip(pooled.years, others, strict=True)],
    }
    if pooled.lower is not None:
        out.update(lower=pooled.lower - base, upper=pooled.upper - base)
    own = change(measure, pooled, phi)
    if own:
        theirs, slack = others[-1][0] - others[0][0], (others[-1][1] + others[0][1]) / 2
        out["trend"] = {
            "change": own["change"] - theirs,
            "lower": own["lower"] - theirs - slack,
            "upper": own["upper"] - theirs + slack,
        }
        out["trend"]["words"] = gap_words(out["trend"], out["value"], own["first"])
    return out


def gap_words(trend, value, first):
    """Narrowing or widening, of a school ahead further or less far; only where the interval leaves out zero."""
    if trend["lower"] <= 0 <= trend["upper"]:
        return "no clear change"
    better = trend["lower"] > 0
    if value > 0:
        return ("further ahead since %s" if better else "less far ahead since %s") % first
    return ("narrowing since %s" if better else "widening since %s") % first


def band(value, low, high):
    """The department's band of Progress 8 (method 8)."""
    if low > 0:
        return "well above average" if value >= 0.5 else "above average"
    if high < 0:
        return "well below average" if value < -0.5 else "below average"
    return "average"


def own_gap(figures, urn, measure, pooled):
    """The school's other pupils less its disadvantaged ones, over the same years."""
    plain = BY_KEY[measure.key.replace("_disadvantaged", "")]
    others = [year_figure(figures.counted(urn, OTHER[measure.key], y.year), plain) for y in pooled.years]
    if any(o is None for o in others):
        return None
    return pool(others, plain).value - pooled.value


def authority(figures, measure, pooled):
    """The authority's figure of the same years, weighing as the school's pupils do."""
    values = [figures.authority(measure, y.year) for y in pooled.years]
    if any(v is None for v in values):
        return None
    return sum(w * v for w, v in zip(pooled.weights, values, strict=True))
