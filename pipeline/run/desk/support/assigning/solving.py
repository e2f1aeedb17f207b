"""Wishes settled one after another by HiGHS (``scipy.optimize.milp``): what one has reached, those that follow keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

_NODES = 1  # of branch and bound for one wish
_SHARE = 0.05  # how near its bound a wish that is no whole number is settled


@dataclass(frozen=True)
class Wish:
    """How far one wish came: its cost, and the least it could be, as proven."""

    name: str
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """The share of the cost that is not proven to be needed: 0 where it is the least."""
        return 0.0 if self.cost <= self.bound + 1e-6 else (self.cost - self.bound) / self.cost


class Program:
    """Columns between 0 and 1, the first ``whole`` of them whole numbers; the last has no upper end."""

    def __init__(self, size: int, *, whole: int) -> None:
        self.size, self.whole, self.relaxed = size, whole, False  # relaxed: parts of one are as good
        self.top = np.ones(size)
        self.top[-1] = np.inf
        self.chosen = np.zeros(size)
        self._entries: list[tuple[int, int, float]] = []
        self._lower: list[float] = []
        self._upper: list[float] = []
        self._solved = False

    def add(self, entries: Iterable[tuple[int, float]], lower: float, upper: float) -> None:
        """Add a row of columns and their weights, whose sum must lie between ``lower`` and ``upper``."""
        row = len(self._lower)
        self._entries += [(row, column, weight) for column, weight in entries]
        self._lower.append(lower)
        self._upper.append(upper)

    def settle(
        self, name: str, cost: np.ndarray, least: float = 0.0, *, whole: bool = True, must: bool = False
    ) -> Wish | None:
        """Make ``cost`` as small as may be found, and keep it so; None where the rows leave nothing to choose.

        No cost can be below ``least``. Costs are whole numbers where ``whole``. Where ``must``, the least is found and
        proven however many nodes it takes.
        """
        reached, bound = (float(cost @ self.chosen) if self._solved else np.inf), least
        if reached > least + 1e-6:
            found, bound = self._solve(cost, least, whole=whole, must=must)
            if found is None and not self._solved:
                return None
            if found is not None and float(cost @ found) < reached - 1e-9:
                self.chosen, self._solved, reached = found, True, float(cost @ found)
        self._keep(cost, reached, whole=whole and not self.relaxed)
        return Wish(name, reached, min(bound, reached))

    def _keep(self, cost: np.ndarray, reached: float, *, whole: bool) -> None:
        """Let ``cost`` be no more than what was ``reached``."""
        allowed = reached + (0.5 if whole else 1e-7)
        self.top[cost > allowed] = 0.0
        self.add([(column, float(cost[column])) for column in np.flatnonzero(cost).tolist()], -np.inf, allowed)

    def _solve(self, cost: np.ndarray, least: float, *, whole: bool, must: bool) -> tuple[np.ndarray | None, float]:
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        kinds = np.zeros(self.size)
        kinds[: 0 if self.relaxed else self.whole] = 1
        rows, columns, weights = zip(*self._entries, strict=True)
        matrix = coo_array((weights, (rows, columns)), shape=(len(self._lower), self.size)).tocsr()
        options: dict[str, Any] = {"mip_rel_gap": 0.0 if whole else _SHARE}
        if not must:
            options["node_limit"] = _NODES
        found = milp(
            cost,
            integrality=kinds,
            bounds=Bounds(np.zeros(self.size), self.top),
            constraints=LinearConstraint(matrix, np.array(self._lower), np.array(self._upper)),
            options=options,
        )
        proven = found.fun if self.relaxed else found.mip_dual_bound
        bound = least if proven is None else float(proven)
        bound = max(least, float(np.ceil(bound - 1e-6)) if whole else bound)
        if found.x is None:
            return None, bound
        solved = np.array(found.x)
        if self.relaxed:
            return solved, bound
        solved[: self.whole] = np.round(solved[: self.whole])  # the solver gives 0.9999999999999998 where it means 1
        return solved, bound
