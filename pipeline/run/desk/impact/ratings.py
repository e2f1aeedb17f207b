"""How programmes were seen to go: ratings at first and since, of the same schools."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.edition.support import ASPECTS, ProgrammeRating
from pipeline.run.desk.impact.outcomes import LEAST_SUPPORTED


@dataclass(frozen=True)
class Seen:
    """One aspect of a programme in the schools where it was rated more than once.

    ``means`` are the averages at first and at the end of each academic year (its last calendar year) in which all of
    ``schools`` were rated; None for each where they are fewer than may be counted, and so are the numbers that rose,
    stayed and fell since the first rating.
    """

    programme: str
    aspect: str
    schools: int
    first: float | None = None
    latest: float | None = None
    by_year: tuple[tuple[int, float], ...] = ()
    rose: int | None = None
    same: int | None = None
    fell: int | None = None


def sum_up_ratings(rows: Sequence[ProgrammeRating]) -> tuple[Seen, ...]:
    """Sum up the ratings of each programme and aspect, in the order of the rows, which is by programme."""
    programmes = dict.fromkeys(row.programme for row in rows)
    return tuple(
        _sum_up(programme, title, _list_by_school([row for row in rows if row.programme == programme], aspect))
        for programme in programmes
        for aspect, title in ASPECTS.items()
    )


def _list_by_school(rows: Iterable[ProgrammeRating], aspect: str) -> list[list[tuple[datetime.date, int]]]:
    """Day and rating of each school that was rated more than once."""
    found: dict[int, list[tuple[datetime.date, int]]] = defaultdict(list)
    for row in rows:  # by day
        if aspect in row.ratings:
            found[row.urn].append((row.day, row.ratings[aspect]))
    return [rated for rated in found.values() if len(rated) > 1]


def _sum_up(programme: str, title: str, schools: Sequence[Sequence[tuple[datetime.date, int]]]) -> Seen:
    if len(schools) < LEAST_SUPPORTED:
        return Seen(programme, title, len(schools))
    first, latest = ([rated[place][1] for rated in schools] for place in (0, -1))
    ends = [{_end_of_year(day): rating for day, rating in rated} for rated in schools]
    whole = sorted(set.intersection(*(set(one) for one in ends)))
    return Seen(
        programme,
        title,
        len(schools),
        _average(first),
        _average(latest),
        tuple((year, _average([one[year] for one in ends])) for year in whole),
        rose=sum(now > then for then, now in zip(first, latest, strict=True)),
        same=sum(now == then for then, now in zip(first, latest, strict=True)),
        fell=sum(now < then for then, now in zip(first, latest, strict=True)),
    )


def _end_of_year(day: datetime.date) -> int:
    return day.year + (day.month > 8)


def _average(ratings: Sequence[int]) -> float:
    return sum(ratings) / len(ratings)
