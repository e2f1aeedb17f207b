"""The sentences of the page that says how far to trust an edition, made from what was found and nowhere else."""

from __future__ import annotations

from pipeline.analysis.country.simulation import Count, KnownDifferences
from pipeline.foundation.vocabulary import count_noun, name_academic_year
from pipeline.policy.outcome import BORDERLINE
from pipeline.report.reliance.exhibits import count_borderline, format_share, judge_decile, name_clause
from pipeline.report.reliance.findings import (
    COVERAGE,
    COVERAGE_WITHIN,
    MOST_FALSE,
    NO_FIGURE,
    RATED,
    Reliance,
    Simulations,
    count_certainty,
    count_missing,
    share_disadvantaged,
)
from pipeline.report.sentences.counting import count_things, join_words
from pipeline.report.sentences.rounding import format_number

_FEW = 5  # fewer schools of a category say little of it

NOTHING_SIMULATED = "No school of this edition has a figure that could be compared, so there is nothing to simulate."


def phrase_borderline(reliance: Reliance) -> str:
    """How many schools are borderline, in a sentence."""
    known, borderline = count_borderline(count_certainty(reliance))
    if not known:
        return "How certain the categories are was not worked out."
    return (
        f"{borderline} of {count_noun(known, 'school')} with a category ({format_share(borderline, known)}) "
        f"{'is' if borderline == 1 else 'are'} borderline: had another set of pupils just like these been there, the "
        f"same rules would have given another outcome more than {100 - round(100 * BORDERLINE)} times in 100."
    )


def phrase_most_borderline(reliance: Reliance) -> str:
    """The category in which the largest share of at least five schools is borderline, in a sentence; "" for none."""
    counted = [one for one in count_certainty(reliance) if one.category and one.known >= _FEW and one.borderline]
    if len(counted) < 2:
        return ""
    most = max(counted, key=lambda one: one.borderline / one.known)
    return (
        f"The share is largest in {most.title}: {most.borderline} of {most.known}. A category that rests on one or two "
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
    possible, rated = sum(one.schools for one in counted), sum(one.counts[RATED] for one in counted)
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


def phrase_false_findings(count: Count) -> str:
    """The share of false findings beside its target, in a sentence."""
    kept = (count.share or 0.0) <= MOST_FALSE
    return (
        f"In a simulated country without real differences {format_share(count.count, count.of, 1)} of schools "
        f"show a false strength or gap ({'within' if kept else 'over'} the target of at most "
        f"{round(100 * MOST_FALSE)}%)."
    )


def phrase_no_differences(simulations: Simulations) -> str:
    """What countries whose years vary as the files show came to, beside the targets, in two sentences.

    Where the files show no more than chance between years, what a country without real differences came to.
    """
    years, known = simulations.without_but_years, simulations.known_years
    if years is None or known is None:
        first = simulations.without
        return f"{phrase_false_findings(first.any_finding)} {phrase_coverage(simulations.without_coverage[0])}"
    return f"{phrase_false_findings(years.any_finding)} {phrase_lasting_coverage(known.coverage[0])}"


def phrase_coverage(count: Count) -> str:
    """The coverage of the intervals beside its target, in a sentence."""
    kept = abs((count.share or 0.0) - COVERAGE) <= COVERAGE_WITHIN
    return (
        f"There {format_share(count.count, count.of, 1)} of the 95% intervals hold the true figure "
        f"({'within' if kept else 'outside'} the target of {round(100 * COVERAGE)}%, give or take "
        f"{round(100 * COVERAGE_WITHIN)})."
    )


def phrase_power(found: Count) -> str:
    """How many true gaps are found, in a sentence."""
    share = format_share(found.count, found.of)
    return (
        f"In a simulated country with known differences {share} of the true gaps are found: no finding does not mean "
        "no difference."
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


def phrase_years(found: Count) -> str:
    """What is found where years differ by chance alone, for which the judgement allows more, in a sentence or two."""
    return (
        "In this edition's files single years of a school differ by more than chance among pupils explains, and ranges "
        f"and tests allow for it. Where years differ by chance alone, {format_share(found.count, found.of, 1)} of "
        "schools show a false strength or gap: there the judgement is more careful than it would need to be."
    )


def phrase_lasting_coverage(count: Count) -> str:
    """How many intervals hold what a school's figures tend to over the years, beside the target, in a sentence."""
    kept = abs((count.share or 0.0) - COVERAGE) <= COVERAGE_WITHIN
    return (
        f"Where single years differ as the files show, {format_share(count.count, count.of, 1)} of the 95% intervals "
        f"hold what a school's figures tend to over the years ({'within' if kept else 'outside'} the target of "
        f"{round(100 * COVERAGE)}%, give or take {round(100 * COVERAGE_WITHIN)})."
    )


def phrase_findings(found: KnownDifferences) -> str:
    """What is wrong with the strengths and gaps that were found, in a sentence."""
    wrong, small = (format_share(one.count, one.of, 1) for one in (found.wrong_way, found.too_small))
    return (
        f"Of the strengths and gaps that were found, {wrong} are the wrong way round and {small} stand for a true "
        "difference too small to count."
    )
