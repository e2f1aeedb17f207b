"""The sentences of the page that says how far to trust an edition, made from what was found and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.analysis.country.simulation import LARGE, ONE_YEAR, Count, FalseFindings, KnownDifferences
from pipeline.analysis.country.worth_a_look import FALSE_SHARE
from pipeline.foundation.vocabulary import count_noun, name_academic_year
from pipeline.policy.outcome import BORDERLINE
from pipeline.report.reliance.exhibits import count_unsure, format_share, judge_decile, name_clause
from pipeline.report.reliance.findings import (
    COVERAGE,
    COVERAGE_OF_ONE_YEAR,
    COVERAGE_WITHIN,
    MOST_FALSE,
    MOST_FALSE_GAPS,
    NO_FIGURE,
    PROVISIONAL,
    RATED,
    KnownWorld,
    Reliance,
    Simulations,
    count_certainty,
    count_missing,
    share_disadvantaged,
)
from pipeline.report.sentences.category_wording import phrase_unsure
from pipeline.report.sentences.counting import count_things, join_words
from pipeline.report.sentences.rounding import format_number

_ONE_POINT = 0.01
_FEW = 5  # fewer schools of a category say little of it

NOTHING_SIMULATED = "No school of this edition has a figure that could be compared, so there is nothing to simulate."


def phrase_borderline(reliance: Reliance) -> str:
    """How many schools are borderline or doubtful, in a sentence."""
    known, borderline, doubtful = count_unsure(count_certainty(reliance))
    if not known:
        return "How certain the categories are was not worked out."
    return phrase_unsure(
        known,
        borderline,
        doubtful,
        what_it_means="had another set of pupils just like these been there, the same rules would have given another "
        f"outcome more than {100 - round(100 * BORDERLINE)} times in 100, or more often than not",
    )


def phrase_most_borderline(reliance: Reliance) -> str:
    """The category in which the largest share of at least five schools is not clear, in a sentence; "" for none."""
    counted = [one for one in count_certainty(reliance) if one.known >= _FEW and one.unsure]
    if len(counted) < 2:
        return ""
    most = max(counted, key=lambda one: one.unsure / one.known)
    return (
        f"The share is largest in {most.title}: {most.unsure} of {most.known}. A category that rests on one or two "
        "findings hangs on whether chance lets them be found."
    )


def phrase_tenths(reliance: Reliance) -> str:
    """What thresholds moved by a tenth would change, in a sentence."""
    tenths = [move for move in reliance.moves if not move.whole]
    most = max(tenths, key=lambda move: move.changed, default=None)
    if most is None:
        return ""
    if not most.changed:
        return "Moving any threshold of the judgement by a tenth changes no school's category."
    return (
        f"Moving a threshold of the judgement by a tenth changes the category of at most "
        f"{count_things(most.changed, 'school')} of {len(reliance.schools)} ({most.threshold[:1].lower()}"
        f"{most.threshold[1:]}, {most.before} to {most.after})."
    )


def phrase_whole_steps(reliance: Reliance) -> str:
    """What the policy's whole numbers would change, in a sentence."""
    steps = sorted((move for move in reliance.moves if move.clause and move.changed), key=lambda move: -move.changed)
    if not steps:
        return "No number in the policy's clauses changes a category when it is one more or one less."
    named = join_words(dict.fromkeys(f"“{name_clause(move.clause)}”" for move in steps[:3]))
    return (
        "The policy counts whole things, so its numbers can move by one at the least, which is much more than a tenth. "
        f"Most hangs on {named}."
    )


def phrase_change(reliance: Reliance) -> str:
    """How many schools keep last year's category, in a sentence."""
    change = reliance.change
    schools, same = change.count("schools"), change.count("same")
    if not schools:
        return "Last year's categories are not known, so change cannot be shown."
    further = change.count("further")
    kept = f"{same} of {count_noun(schools, 'school')} ({format_share(same, schools)})"
    return f"{kept} {'keeps' if same == 1 else 'keep'} last year's category; {further} moved by two or more."


def explain_last_year(reliance: Reliance) -> str:
    """Where last year's categories come from, in a sentence or two."""
    change = reliance.change
    if not change.sizes:
        return ""
    last = name_academic_year(reliance.edition.year - 1)
    if change.recorded:
        return f"Last year's are the categories recorded for {last}."
    return (
        f"No category is recorded for {last}: last year's are what the same rules make of the figures up to {last}, "
        "from the same files, with today's inspections. Two of the three years are then in both, so real change and "
        "chance are both damped; and the earlier window may lack a year."
    )


def phrase_disadvantage(reliance: Reliance) -> str:
    """How category and disadvantage go together, in words that claim no cause."""
    found = reliance.disadvantage
    if found is None:
        few = (
            "Too few schools have both a category and a known share of disadvantaged pupils to say how the two relate."
        )
        return few if share_disadvantaged(reliance) else f"The files do not state the share. {few}"
    number = format_number(found.value, 2)
    limits = f"95% interval {format_number(found.lower, 2)} to {format_number(found.upper, 2)}"
    told = f"rank correlation {number} ({limits}; 0 is no relation, 1 or −1 a complete one), {found.schools} schools"
    if found.lower <= 0 <= found.upper:
        return f"Category and share of disadvantaged pupils show no clear relation: {told}."
    more = "more" if found.value > 0 else "less"
    return (
        f"Schools with a larger share of disadvantaged pupils are in categories of {more} support more often than "
        f"others: {told}. This does not say why. Results of disadvantaged pupils are lower in England as a whole, so "
        "a comparison with England alone gives such schools more gaps, whatever the school adds."
    )


def phrase_missing(reliance: Reliance) -> str:
    """How much could be rated, in a sentence."""
    counted = count_missing(reliance)
    possible = sum(one.schools for one in counted)
    rated = sum(one.counts[RATED] + one.counts[PROVISIONAL] for one in counted)
    without, schools = sum(school.tier is None for school in reliance.schools), len(reliance.schools)
    made = (
        f"{format_number(rated, 0)} of {format_number(possible, 0)} possible ratings ({format_share(rated, possible)})"
    )
    few = f"{without} of {count_noun(schools, 'school')} ({format_share(without, schools)})"
    lack = f"{few} {'has' if without == 1 else 'have'} too little evidence for a category."
    return f"{made} could be made. {lack if without else 'Every school has enough evidence for a category.'}"


def phrase_absent(reliance: Reliance) -> str:
    """The indicators of which no school has a figure, in a sentence; "" where there are none."""
    absent = [one.short_title for one in count_missing(reliance) if one.counts[NO_FIGURE] == one.schools]
    return f"The files hold no figure of any school for: {join_words(absent, between=';')}." if absent else ""


def phrase_similar(reliance: Reliance) -> str:
    """How many schools were compared with similar schools, in a sentence."""
    looked = [school for school in reliance.schools if school.similar is not None]
    if not looked:
        return "Similar schools were not sought in this edition, so every comparison is with England."
    found = sum(bool(school.similar) for school in looked)
    return f"{found} of {count_noun(len(looked), 'school')} could be compared with similar schools."


def phrase_false_findings(found: FalseFindings) -> str:
    """The shares of schools with a false finding and a false gap beside their targets, in a sentence."""
    told = [
        f"{format_share(one.count, one.of, 1)} of schools show {what} "
        f"({'within' if (one.share or 0.0) <= most else 'over'} the target of at most {round(100 * most)}%)"
        for one, what, most in (
            (found.any_finding, "a false strength or gap", MOST_FALSE),
            (found.any_gap, "a false gap", MOST_FALSE_GAPS),
        )
    ]
    return (
        f"In a simulated country without real differences, its years varying as the files show, {told[0]}; {told[1]}."
    )


def phrase_no_differences(simulations: Simulations) -> str:
    """What a country without real differences showed, beside the targets, in two sentences."""
    return f"{phrase_false_findings(simulations.without)} {phrase_coverage(simulations.without_coverage)}"


def phrase_coverage(counts: Sequence[Count]) -> str:
    """The coverage of all intervals, the first of ``counts``, beside its target, in a sentence.

    The more of them are of one year alone, the more they are meant to hold.
    """
    count, *parts = counts
    alone = sum(one.of for one in parts if one.name == ONE_YEAR) / count.of if count.of else 0.0
    target = COVERAGE + alone * (COVERAGE_OF_ONE_YEAR - COVERAGE)
    kept = abs((count.share or 0.0) - target) <= COVERAGE_WITHIN
    return (
        f"There {format_share(count.count, count.of, 1)} of the 95% intervals hold the true figure "
        f"({'within' if kept else 'outside'} the target of {round(100 * target)}%, give or take "
        f"{round(100 * COVERAGE_WITHIN)})."
    )


def phrase_power(found: Count) -> str:
    """How many true gaps are found, in a sentence."""
    share = format_share(found.count, found.of)
    return (
        f"In a simulated country with known differences {share} of the true gaps are found in heads' reports: no "
        "finding does not mean no difference."
    )


def phrase_large(known: KnownWorld) -> str:
    """How many large gaps heads' reports and the officer's list find, and how much of the list is false."""
    head, listed, false = known.findings.found_large, known.listed.found_large, known.listed.false
    if not false.of:
        return "The officer's list of schools worth a look would be empty there."
    held = "within" if (false.share or 0.0) <= FALSE_SHARE + _ONE_POINT else "over"
    wrong = (
        f"{format_share(false.count, false.of, 1)} of the list's entries are no true gap ({held} what the list allows: "
        f"{round(100 * FALSE_SHARE)}%, give or take one point)."
    )
    if not head.of:
        return f"The officer's list of schools worth a look was made there too: {wrong}"
    return (
        f"Of true gaps of {round(LARGE)} percentage points or more, heads' reports name "
        f"{format_share(head.count, head.of)} and the officer's list of schools worth a look "
        f"{format_share(listed.count, listed.of)}; {wrong}"
    )


def phrase_year_ahead(reliance: Reliance) -> str:
    """Whether the latest year lay where the years before led one to expect, in a sentence or two."""
    found = reliance.foresight
    if not found.ahead:
        return f"Whether the latest year was to be expected cannot be shown. {_explain_few_years(found.years)}"
    (every, *_) = found.ahead
    return (
        f"Of {count_noun(every.of, 'figure')} of the latest year, {format_share(every.count, every.of, 1)} lay "
        f"where the years before led one to expect them {round(100 * COVERAGE)} times in 100. This is counted in the "
        "edition's own files, not simulated."
    )


def phrase_staying(reliance: Reliance) -> str:
    """How many findings of the years before stay on their side of England, in a sentence or two."""
    found, simulations = reliance.foresight, reliance.simulations
    every = found.staying[0] if found.staying else None
    if every is None or not every.of:
        few = _explain_few_years(found.years)
        nothing = "In the years before the latest alone no strength or gap beside England is found."
        return f"Whether findings last cannot be shown. {few if found.years < 2 else nothing}"
    beside = None if simulations is None else simulations.known.staying[0]
    told = (
        f" In the simulated country, whose differences last, it is {format_share(beside.count, beside.of)}."
        if beside is not None and beside.of
        else ""
    )
    things = "strength or gap" if every.of == 1 else "strengths and gaps"
    return (
        f"Judged without the latest year, the schools show {format_number(every.of, 0)} {things} beside England of "
        f"which the latest figure is known: {format_share(every.count, every.of)} of them stayed on their side of "
        f"England in it.{told}"
    )


def _explain_few_years(years: int) -> str:
    """Why nothing can be said of the latest year from those before, in a sentence."""
    if years < 2:
        held = "one year of results" if years else "no year of results"
        return f"The files hold {held}: there is no year before to hold it against."
    return (
        "Of no figure of the latest year do the files hold years enough before it, and schools enough to know how far "
        "schools differ."
    )


def phrase_calibration(reliance: Reliance) -> str:
    """Whether stated probabilities keep their word, in a sentence."""
    if reliance.simulations is None:
        return ""
    judged = [judge_decile(one) for one in reliance.simulations.calibration.any_outcome]
    enough = [words for words in judged if words != "Too few to say"]
    if not enough:
        return "Too few probabilities could be put to the test to say whether they keep their word."
    kept = sum(words == "Within 5 points" for words in enough)
    far = sum(words == "More than 5 points" for words in enough)
    rest = f"; {far} clearly further" if far else "; none is clearly further"
    return (
        f"Stated probabilities were held against other sets of pupils at the same simulated schools: in {kept} of "
        f"{count_noun(len(enough), 'tenth')} with enough cases they came within 5 points of what happened{rest}."
    )


def phrase_agreement(reliance: Reliance) -> str:
    """How many schools' categories come out as in their reports, in a sentence."""
    schools = len(reliance.schools)
    told = f"All {schools} schools of the edition" if schools != 1 else "The edition's one school"
    same = "all of them" if reliance.agreeing == schools else f"{reliance.agreeing} of them"
    return (
        f"{told} {'were' if schools != 1 else 'was'} judged again from the prepared files, many at once: {same} with "
        "the category that the report gives."
    )


def phrase_findings(found: KnownDifferences) -> str:
    """What is wrong with the strengths and gaps that were found, in a sentence."""
    wrong, small = (format_share(one.count, one.of, 1) for one in (found.wrong_way, found.too_small))
    return (
        f"Of the strengths and gaps in heads' reports, {wrong} are the wrong way round and {small} stand for a true "
        "difference too small to count."
    )
