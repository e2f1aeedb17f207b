"""How schools that were given something did beside others, once what was known before is allowed for.

Schools are given support because their results are low, and low results are partly bad luck, which does not come twice:
they rise by themselves (Galton 1886). So their later results are held beside what schools with the same earlier ones
reached. Earlier results are first drawn towards the average by as much as their pupils are few (Efron & Morris 1975):
a small school that was low was more likely unlucky than a large one. What is left is an analysis of covariance
(Fisher 1932; Rubin 1977 for choice by what was measured), each school weighing by how surely its figure is known.

Every function takes one area (arrays over schools) or many at once (areas × schools).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

#: The least share of the spread between schools that is taken to be real, though chance alone could explain it all.
_LEAST_REAL = 0.05


@dataclass(frozen=True)
class Before:
    """What was known of schools before: ``drawn`` is how far each lies from the average, drawn towards it.

    ``spread`` is the variance between schools that pupils' chance does not explain.
    """

    average: np.ndarray
    spread: np.ndarray
    drawn: np.ndarray


@dataclass(frozen=True)
class Effect:
    """The supported schools' later results less what is expected of them, in the results' unit, with its range.

    ``moved`` is how far they moved in all, later less earlier results, and ``by_itself`` how far schools with such
    results moved without support: the difference is between the two, for schools weigh the same in all three. ``lasts``
    is how much of a difference between schools is still there later, as a share; ``year`` the variance of a school's
    later results that neither its earlier ones nor its pupils' chance explain.
    """

    difference: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    moved: np.ndarray
    by_itself: np.ndarray
    lasts: np.ndarray
    year: np.ndarray


def weigh_before(earlier: np.ndarray, variance: np.ndarray) -> Before:
    """Draw ``earlier`` results towards their average; ``variance`` is what pupils' chance adds to each."""
    total = earlier.var(axis=-1, ddof=1)
    spread = np.maximum(total - variance.mean(axis=-1), _LEAST_REAL * total)[..., None]
    weight = 1 / (spread + variance)
    average = (weight * earlier).sum(axis=-1, keepdims=True) / weight.sum(axis=-1, keepdims=True)
    return Before(average[..., 0], spread[..., 0], (earlier - average) * spread * weight)


def estimate_effect(
    earlier: np.ndarray,
    earlier_variance: np.ndarray,
    later: np.ndarray,
    later_variance: np.ndarray,
    supported: np.ndarray,
    context: np.ndarray | None = None,
    *,
    confidence: float = 0.95,
) -> Effect:
    """Estimate what ``supported`` schools reached beyond what others with the same earlier results did.

    Results are in one unit, higher being better; a variance is what pupils' chance adds to each. ``context``
    (schools × measures) is allowed for too. The range holds the true difference with ``confidence`` where schools were
    chosen by what is allowed for. Raises ValueError where a school more would be needed than there are.
    """
    before = weigh_before(earlier, earlier_variance)
    terms = [np.ones_like(before.drawn), supported.astype(float), before.drawn]
    if context is not None:
        terms += [np.broadcast_to(one, before.drawn.shape) for one in context.T]
    design = np.stack(terms, axis=-1)
    free = design.shape[-2] - design.shape[-1]
    if free < 1:
        raise ValueError(f"{design.shape[-2]} schools are too few to allow for {design.shape[-1]} things")
    plain, inverse = _solve(design, later, np.ones_like(later))
    held = 1 - np.einsum("...nj,...jk,...nk->...n", design, inverse, design)
    residuals = later - _predict(design, plain)
    year = np.maximum(((residuals**2).sum(-1) - (held * later_variance).sum(-1)) / free, 0.0)
    weight = 1 / (year[..., None] + later_variance)
    found, inverse = _solve(design, later, weight)
    scale = (weight * (later - _predict(design, found)) ** 2).sum(-1) / free
    reach = stdtrit(free, 0.5 + confidence / 2) * np.sqrt(scale * inverse[..., 1, 1])
    difference = found[..., 1]
    unsupported = _predict(design, found) - difference[..., None] * supported
    return Effect(
        difference,
        difference - reach,
        difference + reach,
        _average(later - earlier, weight * supported),
        _average(unsupported - earlier, weight * supported),
        found[..., 2],
        year,
    )


def _solve(design: np.ndarray, results: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted least squares: the coefficients, and the inverse of what they are solved from."""
    weighted = design * weight[..., None]
    inverse = np.linalg.pinv(np.einsum("...nj,...nk->...jk", weighted, design), hermitian=True)
    return np.einsum("...jk,...nk,...n->...j", inverse, weighted, results), inverse


def _predict(design: np.ndarray, found: np.ndarray) -> np.ndarray:
    predicted: np.ndarray = np.einsum("...nj,...j->...n", design, found)
    return predicted


def _average(results: np.ndarray, weight: np.ndarray) -> np.ndarray:
    averaged: np.ndarray = (results * weight).sum(-1) / weight.sum(-1)
    return averaged


def simulate_areas(
    earlier: np.ndarray,
    earlier_variance: np.ndarray,
    later: np.ndarray,
    later_variance: np.ndarray,
    supported: np.ndarray,
    *,
    effect: float,
    areas: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw areas like a real one in which support does exactly ``effect``: earlier and later results, and who has it.

    Each has the real area's schools with their numbers of pupils, their spread, and as much of it lasting. Support goes
    to the schools at the same places in the order of earlier results as the real ones held: to unlucky schools, too.
    Results come as (areas × schools), whose variances are the real ones'.
    """
    before, after = weigh_before(earlier, earlier_variance), weigh_before(later, later_variance)
    lasts = estimate_effect(earlier, earlier_variance, later, later_variance, supported).lasts
    lasting = min(float(np.clip(lasts, 0, 1)) * float(before.spread), float(after.spread))
    random = np.random.default_rng(seed)
    true = random.normal(0, np.sqrt(lasting), (areas, len(earlier)))
    drawn_before = before.average + random.normal(true, np.sqrt(before.spread - lasting + earlier_variance))
    drawn_after = after.average + random.normal(true, np.sqrt(after.spread - lasting + later_variance))
    places = np.argsort(np.argsort(earlier, kind="stable"), kind="stable")[supported]
    chosen = np.isin(np.argsort(np.argsort(drawn_before, axis=-1), axis=-1), places)
    return drawn_before, drawn_after + effect * chosen, chosen
