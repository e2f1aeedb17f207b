"""Which of the columns that failing checks look at are to blame: the fewest that explain every failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence


def find_culprits(
    failing: Sequence[Collection[str]],
    exact: Collection[int],
    clearing: Counter[str],
    counts: Collection[str],
) -> dict[str, int]:
    """Every column to blame and the place in ``failing`` of the check that shows it.

    ``failing`` are the columns of each check that fails. Most failures decide, then the fewest exact checks that hold
    (``clearing`` counts them by column); of columns that nothing tells apart, all are blamed. ``counts`` are columns of
    pupils: such a number stands behind many figures, and were it wrong, more than one would say so; it is not blamed
    for the failure of one check that is not ``exact`` (places in ``failing``).
    """
    left, blamed = dict(enumerate(failing)), {}
    while left:
        fails = Counter(column for columns in left.values() for column in columns)
        order = {column: (-number, clearing[column]) for column, number in fails.items()}
        worst = min(order.values())
        tied = [column for column in fails if order[column] == worst]
        if not any(place in exact for place, columns in left.items() if set(tied) & set(columns)):
            tied = [column for column in tied if column not in counts] or tied
        first = next(columns for columns in left.values() if tied[0] in columns)
        for column in tied:
            if column in first:
                blamed[column] = next(place for place, columns in left.items() if column in columns)
        left = {place: columns for place, columns in left.items() if not blamed.keys() & set(columns)}
    return blamed
