"""Which of the columns that failing checks look at are to blame: the fewest that explain every failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

#: A number of pupils that as many shares of it hold for is not to blame for one that does not.
SHARES_THAT_CLEAR = 3


def find_culprits(
    failing: Sequence[Collection[str]],
    clearing: Counter[str],
    shares: Counter[str],
    counts: Collection[str],
) -> dict[str, int]:
    """Every column to blame and the place in ``failing`` of the check that shows it.

    ``failing`` are the columns of each check that fails. Most failures decide, then the fewest exact checks that hold
    (``clearing`` counts them by column); of columns that nothing tells apart, all are blamed. ``counts`` are columns
    of pupils: they are cleared by the ``shares`` of them that hold.
    """
    left, blamed = dict(enumerate(failing)), {}
    while left:
        fails = Counter(column for columns in left.values() for column in columns)
        order = {column: (-number, clearing[column]) for column, number in fails.items()}
        worst = min(order.values())
        tied = [column for column in fails if order[column] == worst]
        cleared = [column for column in tied if column in counts and shares[column] >= SHARES_THAT_CLEAR]
        if len(cleared) < len(tied):
            tied = [column for column in tied if column not in cleared]
        first = next(columns for columns in left.values() if tied[0] in columns)
        for column in tied:
            if column in first:
                blamed[column] = next(place for place, columns in left.items() if column in columns)
        left = {place: columns for place, columns in left.items() if not blamed.keys() & set(columns)}
    return blamed
