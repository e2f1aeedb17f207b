"""The page on impact: what cannot be concluded first, then names, results and ratings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.edition.support import LEAST, MOST
from pipeline.foundation.vocabulary import Unit, name_academic_year
from pipeline.report.area.site.pieces import (
    Bulleted,
    Piece,
    SiteColumn,
    SitePage,
    SiteRow,
    SiteTable,
    Title,
    Words,
)
from pipeline.report.exhibits import clean_text
from pipeline.report.sentences.counting import count_things, join_words, spell_count, start_sentence
from pipeline.report.sentences.rounding import format_number
from pipeline.run.desk.impact.gathering import ImpactSources
from pipeline.run.desk.impact.movements import Move, group_moves, list_moves
from pipeline.run.desk.impact.outcomes import (
    LEAST_BESIDE,
    LEAST_SUPPORTED,
    Outcome,
    Wave,
    compare_outcomes,
    list_waves,
    name_wave,
)
from pipeline.run.desk.impact.ratings import Seen, sum_up_ratings

_NOT_TO_CONCLUDE = (
    "That a move between categories is support's doing. Chance moves categories too, most of all those that were "
    "borderline; and the school, its pupils and its staff changed as well.",
    "That a rise since support began is support's doing. Support goes to schools whose results are low; low results "
    "are partly bad luck, and rise by themselves. Only the difference beside schools like them speaks of support.",
    "That support did nothing where no difference is shown. With few schools only a large difference can be shown; the "
    "range says how large one might still be.",
    "That one school gained or lost by support. Nothing here is about a single school.",
    "That a difference is support's alone. Schools are alike only in what is allowed for here: their results before, "
    "and their pupils' background where it is named. What else they were chosen by, and other help they had, is "
    "not known here. Schools beside them had the support of their own categories.",
    "That the work is good, or not, from its ratings. They are given by those who do the work, and beside no other "
    "school.",
)


@dataclass(frozen=True)
class Impact:
    """All that was found, as the page and the tables tell it. ``moves`` are by academic year, newest first."""

    sources: ImpactSources
    moves: dict[str, tuple[Move, ...]]
    waves: tuple[Wave, ...]
    outcomes: tuple[Outcome, ...]
    seen: tuple[Seen, ...]


def find_impact(sources: ImpactSources) -> Impact:
    """Find the impact of support from all that is known of it."""
    return Impact(
        sources,
        list_moves(sources),
        list_waves(sources),
        compare_outcomes(sources),
        sum_up_ratings(sources.programmes),
    )


def lay_out_impact(impact: Impact) -> SitePage:
    """Lay out the page."""
    return SitePage(
        "index.html",
        "Impact",
        "Impact of support",
        "What became of schools after support. For officers.",
        (
            Title("What cannot be concluded"),
            Words(("From this page it does not follow:",)),
            Bulleted(_NOT_TO_CONCLUDE),
            Title("Schools that moved between categories"),
            *_tell_moves(impact),
            Title("Results of schools in programmes"),
            *_tell_outcomes(impact),
            Title("How programmes were seen to go"),
            *_tell_ratings(impact),
            Title("How the difference is found"),
            *_explain(),
        ),
    )


def _tell_moves(impact: Impact) -> Iterator[Piece]:
    order = [category.title for category in impact.sources.policy.categories]
    for year, moves in impact.moves.items():
        yield Title(f"Into {year}", 3)
        if not moves:
            yield Words(("The categories of the year before are not known.",))
            continue
        yield Words((_count_moves(moves),))
        yield SiteTable(
            f"moves-{year.replace('/', '-')}",
            f"Categories of the year before and of {year}, with the schools' names",
            (SiteColumn("Before"), SiteColumn(year), SiteColumn("Schools", numeric=True), SiteColumn("Names")),
            tuple(
                SiteRow((before, now, str(len(moved)), "; ".join(_name_move(move) for move in moved)))
                for before, now, moved in group_moves(moves, order)
            ),
            "A star marks a category that is borderline or doubtful: other pupils just like these could have brought "
            "another.",
        )
    if impact.sources.missing:
        yield Words((f"Earlier editions are not told: {impact.sources.missing}.",))


def _name_move(move: Move) -> str:
    return clean_text(move.name) + ("*" if move.unsure else "")


def _count_moves(moves: Sequence[Move]) -> str:
    lighter, heavier = (
        [move for move in moves if move.tiers is not None and move.tiers * sign > 0] for sign in (-1, 1)
    )
    unsure = sum(move.unsure for move in (*lighter, *heavier))
    said = (
        f"Of {count_things(len(moves), 'school')} whose category before is known, {_count(len(lighter))} moved to a "
        f"category of less support and {_count(len(heavier))} to one of more."
    )
    return f"{said} The category of {_count(unsure)} of those that moved is not certain." if unsure else said


def _count(count: int) -> str:
    return "none" if count == 0 else spell_count(count)


def _tell_outcomes(impact: Impact) -> Iterator[Piece]:
    year = impact.sources.editions[0].year
    if not impact.waves:
        yield Words(("No programme is written down in local/programmes.csv.",))
    for number, wave in enumerate(impact.waves, start=1):
        yield Title(name_wave(wave), 3)
        yield Words(("; ".join(clean_text(impact.sources.name_school(urn)) for urn in wave.urns),), lead="Schools:")
        outcomes = [one for one in impact.outcomes if one.wave == wave]
        if wave.first > year:
            yield Words((f"It began too late for results of {name_academic_year(year)}.",))
        elif not outcomes:
            yield Words(("Nothing that is a key priority is known of these schools.",))
        yield from _tabulate_outcomes(number, [one for one in outcomes if not one.reason])
        untold = [one for one in outcomes if one.reason]
        if untold:
            yield Words(("Nothing is said of these, for too few schools:",))
            yield Bulleted(tuple(f"{one.title}: {one.reason}." for one in untold))


def _tabulate_outcomes(number: int, outcomes: Sequence[Outcome]) -> Iterator[Piece]:
    if not outcomes:
        return
    yield SiteTable(
        f"outcomes-{number}",
        "What changed beside England since before the programme; more is better in every row",
        (
            SiteColumn("Result"),
            SiteColumn("Schools", numeric=True),
            SiteColumn("Beside them", numeric=True),
            SiteColumn("Changed by", numeric=True),
            SiteColumn("By itself", numeric=True),
            SiteColumn("Difference", numeric=True),
            SiteColumn("Its range", numeric=True),
            SiteColumn("What it shows"),
        ),
        tuple(SiteRow(_tell_outcome(one)) for one in outcomes),
        "Changed by: the programme's schools, those whose figures are surest counting most. By itself: how schools "
        "with the same results before, and no programme, changed. The difference is between the two. "
        + _describe_ranges(outcomes),
    )
    yield SiteTable(
        f"simulated-{number}",
        "What low schools do without support: simulated areas with these schools' numbers of pupils",
        (
            SiteColumn("Result"),
            SiteColumn("Changed by, with no support", numeric=True),
            SiteColumn("In 95 of 100", numeric=True),
            SiteColumn("Seemed to have an effect"),
            SiteColumn("An effect that was there lay in its range"),
        ),
        tuple(SiteRow(_tell_simulated(one)) for one in outcomes),
        "Support goes to the schools at the same places in the order of results before. Where it has no effect, "
        f"{format_number(100 * (1 - outcomes[0].confidence), 1)} in 100 may seem to have one.",
    )
    left = {name: why for one in outcomes for name, why in one.left_out}
    if left:
        yield Words(("Not counted in every row:",))
        yield Bulleted(tuple(f"{clean_text(name)}: {why}" for name, why in left.items()))


def _describe_ranges(outcomes: Sequence[Outcome]) -> str:
    allowed = join_words(dict.fromkeys(title for one in outcomes for title in one.allowed_for))
    also = f" Also allowed for: {allowed}." if allowed else ""
    if len(outcomes) == 1:
        return f"The range holds the difference in 95 of 100 programmes.{also}"
    return f"The ranges of these {count_things(len(outcomes), 'result')} together hold in 95 of 100 programmes.{also}"


def _name_unit(one: Outcome) -> str:
    return "percentage points" if one.unit == Unit.PERCENT else "points"


def _tell_outcome(one: Outcome) -> tuple[str, ...]:
    assert one.effect is not None
    found = one.effect
    years = join_words(name_academic_year(year) for year in one.earlier_years)
    lower, upper = float(found.lower), float(found.upper)
    shown = (
        "more than such schools do" if lower > 0 else "less than such schools do" if upper < 0 else "no effect shown"
    )
    return (
        f"{clean_text(one.title)}, {name_academic_year(one.later_year)} less {years} ({_name_unit(one)})",
        str(len(one.named)),
        str(one.beside),
        *(_format(float(value), one) for value in (found.moved, found.by_itself, found.difference)),
        f"{_format(lower, one)} to {_format(upper, one)}",
        start_sentence(shown),
    )


def _tell_simulated(one: Outcome) -> tuple[str, ...]:
    assert one.simulated is not None
    found = one.simulated
    return (
        clean_text(one.title),
        _format(found.moved, one),
        f"{_format(found.moved_from, one)} to {_format(found.moved_to, one)}",
        f"{format_number(100 * found.false, 1)} in 100",
        f"{format_number(100 * found.held, 1)} in 100 (of {_format(found.effect, one)})",
    )


def _format(value: float, one: Outcome) -> str:
    return format_number(value, max(one.decimals, 1), signed=True)


def _tell_ratings(impact: Impact) -> Iterator[Piece]:
    if not impact.seen:
        yield Words(("No programme is written down in local/programmes.csv.",))
        return
    yield Words((f"Rated from {LEAST} (much to do) to {MOST} (secure without help) by those who give the support.",))
    for number, programme in enumerate(dict.fromkeys(one.programme for one in impact.seen), start=1):
        seen = [one for one in impact.seen if one.programme == programme]
        yield Title(programme, 3)
        told = [one for one in seen if one.first is not None]
        if len(told) < len(seen):
            said = join_words(one.aspect for one in seen if one.first is None)
            yield Words((f"{said}: rated more than once in fewer than {LEAST_SUPPORTED} schools.",))
        if told:
            yield _tabulate_ratings(number, told)


def _tabulate_ratings(number: int, seen: Sequence[Seen]) -> SiteTable:
    years = sorted({year for one in seen for year, _ in one.by_year})
    return SiteTable(
        f"ratings-{number}",
        "Average ratings of the schools rated more than once",
        (
            SiteColumn("What was rated"),
            SiteColumn("Schools", numeric=True),
            SiteColumn("At first", numeric=True),
            *(SiteColumn(f"End of {name_academic_year(year)}", numeric=True) for year in years),
            SiteColumn("Latest", numeric=True),
            SiteColumn("Rose", numeric=True),
            SiteColumn("Same", numeric=True),
            SiteColumn("Fell", numeric=True),
        ),
        tuple(
            SiteRow(
                (
                    one.aspect,
                    str(one.schools),
                    format_number(one.first or 0, 1),
                    *(
                        format_number(dict(one.by_year)[year], 1) if year in dict(one.by_year) else "–"
                        for year in years
                    ),
                    format_number(one.latest or 0, 1),
                    *(str(count) for count in (one.rose, one.same, one.fell)),
                )
            )
            for one in seen
        ),
    )


def _explain() -> Iterator[Piece]:
    yield Words(
        (
            "A school's figures of the years before its programme are taken together, and each is held beside "
            "England's of its year. What schools without a programme reached with the same figures before is what is "
            "expected; small schools' figures count for less, for they hold more luck. Programmes that began from May "
            "on are held beside the next year's results. Left out are early results and figures that are not rated.",
        )
    )
    yield Words(
        (
            f"With fewer than {LEAST_SUPPORTED} schools in a programme, or {LEAST_BESIDE} beside it, names are all "
            "that is given.",
        )
    )
