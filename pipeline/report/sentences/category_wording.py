"""What is said of a school's category: whose it is, how certain, what it was last year, and how to question it.

Nothing here knows a panel's reason or who sat on it: those are for the officer's tables alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.foundation.vocabulary import count_noun, name_academic_year
from pipeline.policy.conditions import shorten_measures
from pipeline.policy.evidence.facts import COMPARATORS
from pipeline.policy.outcome import Assignment, Lighter, Move, Sureness, count_about, count_times
from pipeline.report.facts import ENGLAND, SIMILAR, SchoolReport
from pipeline.report.sentences.counting import (
    count_things,
    end_sentence,
    join_words,
    spell_count,
    start_sentence,
    start_within,
)
from pipeline.report.sentences.rounding import format_number

STARTING_POINT = (
    "The category is a starting point for discussion, not a prediction of inspection and not an overall judgement of "
    "the school. Published figures cannot show everything that matters."
)

PROVISIONAL = "It is provisional: it rests on figures of one year alone."

_MANY = {
    "the gap": "the gaps",
    "a strength": "strengths",
    "a strength instead of the gap": "strengths instead of the gaps",
}

_SIMILAR = COMPARATORS["similar schools"]

_WITH_OTHERS = "Other pupils like these would give"

# An outcome that comes of as many draws is named beside the two of `between`: else the doubt seems to go one way alone.
_WORTH_NAMING = 0.1


def phrase_early_category(report: SchoolReport) -> str:
    """What early results have to do with the category; empty where the report shows none.

    Where a panel has decided, its category rests on no figure, and what is said is of what the figures show.
    """
    indicated = report.assignment
    if not report.early_years:
        return ""
    years = join_words(name_academic_year(year) for year in report.early_years)
    figures = f"figures of {years} that are marked early are not validated"
    if not indicated.early:
        return f"{start_sentence(figures)} and have no part in the category."
    if indicated.without_early and report.decision is None:
        return f"The category is provisional: {figures}. Without them it would be {indicated.without_early}."
    if indicated.without_early:
        return f"{start_sentence(figures)}. Without them {indicated.without_early} would be proposed."
    return f"{start_sentence(figures)}. Without them the category would be the same."


def phrase_why(indicated: Assignment, lighter: Lighter | None, *, alone: bool = False) -> str:
    """The deciding clause's own sentence, and whose gaps it counted of key priorities.

    Where what would bring the ``lighter`` category names them all, they are named there. ``alone``: the school is
    compared with no similar schools, which is said where the clause speaks of them.
    """
    told = {name.casefold() for name, _ in lighter.gone} if lighter else set()
    counted = indicated.key_priorities
    named = [] if told.issuperset(name.casefold() for name in counted) else shorten_measures(counted)
    which = f"Key {'priority' if len(named) == 1 else 'priorities'} counted: {'; '.join(named)}." if named else ""
    nobody = "No similar schools could be compared." if alone and _SIMILAR in indicated.reason else ""
    return " ".join(words for words in (end_sentence(indicated.reason), nobody, which) if words)


def phrase_sureness(report: SchoolReport) -> str:
    """How sure the category is, in a sentence or two; empty where that is not known or there is none."""
    certainty, indicated = report.certainty, report.assignment
    if certainty is None or certainty.probability is None or indicated.tier is None:
        return ""
    few = _phrase_few_judged(report)
    if certainty.sureness == Sureness.CLEAR:
        clear = "Clear, if the early results hold." if indicated.without_early else "Clear."
        return f"{clear} {_WITH_OTHERS} the same {count_times(certainty.probability)}.{few}"
    likely = {title: probability for _, title, probability in certainty.probabilities}
    first, *rest = certainty.between
    others = [title for title, share in likely.items() if share >= _WORTH_NAMING and title not in certainty.between]
    rest += sorted(others, key=lambda title: -likely[title])
    given = join_words(
        [f"{first} {count_times(likely[first])}", *(f"{one} {count_about(likely[one])}" for one in rest)]
    )
    if certainty.sureness == Sureness.BORDERLINE:
        return f"Borderline. {_WITH_OTHERS} {given}.{few}"
    waits = "" if report.decision is not None else " The panel weighs which."
    return f"Doubtful. {_WITH_OTHERS} {given}.{few}{waits}"


def phrase_unsure(known: int, borderline: int, doubtful: int, *, what_it_means: str) -> str:
    """How many of ``known`` schools with a category are borderline or doubtful, and where any are, what it means."""
    of, unsure = f"Of {count_noun(known, 'school')} with a category", borderline + doubtful
    if not unsure:
        return f"{of} none is borderline or doubtful."
    return (
        f"{of} {borderline} {'is' if borderline == 1 else 'are'} borderline and {doubtful} doubtful "
        f"({format_number(100 * unsure / known, 0)}% together): {what_it_means}."
    )


def _phrase_few_judged(report: SchoolReport) -> str:
    """A caution where most key priorities could not be judged: chance alone is counted, not what is missing."""
    judged, key = _count_key_priorities(report)
    if 2 * judged >= key:
        return ""
    return f" Only {spell_count(judged)} of {spell_count(key)} key priorities could be judged."


def _count_key_priorities(report: SchoolReport) -> tuple[int, int]:
    """How many key priorities could be judged, and how many there are."""
    judged = [result for result in report.compared_with(ENGLAND, SIMILAR) if result.key_priority]
    return len(judged), sum(result.key_priority for result in report.analysis.results)


def phrase_lighter(report: SchoolReport) -> str:
    """What would have made the category the next lighter one; empty where there is none lighter."""
    lighter = report.lighter
    if lighter is None:
        return ""
    if not lighter.title:
        judged, key = _count_key_priorities(report)
        whose = "published figures" if judged == key and not report.assignment.early else "figures of what was judged"
        return f"No other {whose} would have brought less support."
    turned = [one for one in lighter.gone if one in lighter.needed]
    gone, needed = ([one for one in found if one not in turned] for found in (lighter.gone, lighter.needed))
    parts = [
        *(["without what the inspection found"] if lighter.inspection else []),
        *([f"without {_list_findings('the gap', gone)}"] if gone else []),
        *([f"with {_list_findings('a strength instead of the gap', turned)}"] if turned else []),
        *([f"with {_list_findings('a strength', needed)}"] if needed else []),
    ]
    return f"{start_sentence(join_words(parts))}: {lighter.title}."


def _list_findings(what: str, findings: Sequence[tuple[str, str]]) -> str:
    """``the gap in maths beside England``; ``the gaps in maths and reading beside England and in …``."""
    under: dict[str, list[str]] = {}
    for name, comparator in findings:
        under.setdefault(comparator, []).append(name)
    listed = join_words(
        f"in {_join_names(shorten_measures(names))} beside {COMPARATORS.get(comparator, comparator)}"
        for comparator, names in under.items()
    )
    return f"{what if len(findings) == 1 else _MANY[what]} {listed}"


def _join_names(names: Sequence[str]) -> str:
    """Names within a sentence; a semicolon between where one holds a comma of its own."""
    within = [start_within(name) for name in names]
    return join_words(within, between=";" if any("," in name for name in within) else ",")


def list_changes(move: Move | None) -> tuple[str, ...]:
    """What has changed since last year's report, each in a sentence."""
    return tuple(end_sentence(start_sentence(words)) for words in move.changes) if move else ()


def phrase_move(move: Move) -> str:
    """How far the category has moved since last year, where that is known from, and whether to look again."""
    source = f" ({move.source})" if move.source else ""
    if move.tiers == 0:
        return f"Last year's category was {move.title}{source}."
    side = "more" if move.tiers > 0 else "less"
    moved = f"a move of {count_things(abs(move.tiers), 'category', 'categories')} towards {side} support"
    said = f"Last year's category was {move.title}{source}: {moved}"
    return f"{said}, which no inspection explains. It is worth a second look." if move.flagged else f"{said}."


def phrase_challenge(report: SchoolReport) -> str:
    """How a school questions its category, or its figures where there is none."""
    whom = report.organisation or "your school improvement adviser"
    if report.decision is not None:
        return (
            f"If you think a figure or the category is wrong, tell {whom}. Say which, and what you know that the "
            f"figures do not show. The panel has given its reason in writing."
        )
    if report.final.tier is None:
        return (
            f"If you think a figure is wrong, or can show what published figures do not, tell {whom} before the panel "
            f"meets. It gives its reason in writing."
        )
    return (
        f"If you think a figure or the category is wrong, tell {whom} before it is confirmed. Say which, and what you "
        f"know that the figures do not show. The panel may set another category and must give its reason in writing."
    )


def phrase_defaults(assignment: Assignment) -> str:
    """That nobody has adopted the thresholds, in a few words; ``phrase_thresholds`` says it whole."""
    return "" if assignment.thresholds_adopted else "Default thresholds, not yet adopted."


def phrase_thresholds(assignment: Assignment) -> str:
    """Who set the thresholds; defaults that nobody has adopted are labelled as such."""
    label = "" if assignment.thresholds_adopted else "Default thresholds. "
    whom = assignment.organisation or "The organisation"
    said = assignment.notice or (
        f"{whom} has adopted the thresholds behind this category."
        if assignment.thresholds_adopted
        else f"The thresholds behind this category came with the software. {whom} has not adopted them."
    )
    return f"{label}{end_sentence(said)}"
