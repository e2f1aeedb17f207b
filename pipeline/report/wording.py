"""Every sentence a head or a chair of governors reads, made from the facts and nowhere else.

Plain British English; a term is explained where it first stands. Names are never given an article of ours, so that
"The Chase" does not become "the The Chase". Numbers come from ``rounding``; what a figure means comes from the
analysis and the policy: nothing is judged here.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from pipeline.analysis.results import IndicatorResult, InspectionFact, Position
from pipeline.policy.outcome import Assignment
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import ENGLAND, SchoolReport, is_rated
from pipeline.report.rounding import (
    round_half_up,
    write_difference,
    write_interval,
    write_number,
    write_pupils,
    write_value,
)
from pipeline.vocabulary import Availability, Direction, Framework, PupilGroup, Rating, Unit, name_academic_year

#: National tests and examinations were not held, or no school figures published, in these years.
YEARS_WITHOUT_FIGURES = (2020, 2021)

STARTING_POINT = (
    "The category is a starting point for discussion, not a prediction of inspection and not an overall judgement of "
    "the school. Published figures cannot show everything that matters."
)

#: Why a figure whose range leaves England's out is in line all the same.
ALONE = (
    "On its own that would stand out from England; but among as many comparisons as are made for one school, a "
    "difference this large can come by chance, so it is in line."
)

# Written out because strftime follows the machine's locale.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


# Small parts of sentences


def join_words(words: Iterable[str], *, last: str = "and", between: str = ",") -> str:
    """Join as a sentence does: ``a``, ``a and b``, ``a, b and c``; with semicolons ``a; b; and c``."""
    listed = [word for word in words if word]
    if len(listed) < 2:
        return "".join(listed)
    comma = between if between != "," else ""
    return f"{f'{between} '.join(listed[:-1])}{comma} {last} {listed[-1]}"


def count_things(count: int, thing: str, things: str = "") -> str:
    """``one gap``, ``two gaps``, ``no gaps``; figures from eleven on."""
    number = _SMALL[count] if 0 <= count < len(_SMALL) else str(count)
    return f"{number} {thing if count == 1 else things or thing + 's'}"


def start_sentence(words: str) -> str:
    """Give ``words`` a capital at the start and leave the rest as it is."""
    return words[:1].upper() + words[1:]


def end_sentence(words: str) -> str:
    """Give ``words`` a full stop unless they end with one."""
    words = words.rstrip()
    return words if words.endswith((".", "!", "?")) else f"{words}."


def name_years(years: Sequence[int]) -> str:
    """When, as part of a sentence: ``in 2018/19``; ``in the three years to 2018/19``; years apart are named."""
    ordered = sorted(years)
    if len(ordered) > 1 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"in the {_SMALL[len(ordered)]} years to {name_academic_year(ordered[-1])}"
    named = join_words(name_academic_year(year) for year in ordered)
    return f"in {named} together" if len(ordered) > 1 else f"in {named}"


def name_span(years: Sequence[int]) -> str:
    """The same, short, for a table: ``2016/17 to 2018/19`` where no year between is missing."""
    ordered = sorted(years)
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{name_academic_year(ordered[0])} to {name_academic_year(ordered[-1])}"
    return join_words(name_academic_year(year) for year in ordered)


def write_date(date: str) -> str:
    """Write an ISO date as ``1 November 2019``; any other text is given back."""
    try:
        day = datetime.date.fromisoformat(date)
    except ValueError:
        return date
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def name_indicator(result: IndicatorResult) -> str:
    """An indicator's title fit to stand before a colon: ``Persistent absence (pupils missing a tenth …)``."""
    parts = result.title.split(": ", maxsplit=1)
    if len(parts) < 2:
        return result.title
    known = [part for part in parts if part.casefold() == result.short_title.casefold()]
    name = known[0] if known else parts[0]
    (rest,) = [part for part in parts if part != name] or [""]
    return f"{start_sentence(name)} ({rest[:1].lower()}{rest[1:]})" if rest else start_sentence(name)


def name_short(result: IndicatorResult) -> str:
    """An indicator's short title within a sentence: ``overall absence``, but ``Attainment 8``."""
    title = clean_text(result.short_title)
    return title if any(mark.isdigit() for mark in title) or title[:2].isupper() else title[:1].lower() + title[1:]


def name_population(result: IndicatorResult) -> str:
    """Whose figure England's is: disadvantaged pupils are set against England's other pupils."""
    if result.group == PupilGroup.DISADVANTAGED:
        return "for other pupils in England (those who are not disadvantaged)"
    return "in England"


def name_authority(report: SchoolReport) -> str:
    """The authority whose figures are drawn for reference; empty where none of them is there."""
    if all(result.authority is None for result in report.compared):
        return ""
    return clean_text(report.school.la_name) or "the local authority"


# What stands out


def write_headline(report: SchoolReport) -> str:
    """The first sentence of the report: how many indicators, how many strengths, gaps and in line."""
    compared = report.compared
    if not compared:
        return (
            "None of this school's published figures could be compared fairly with England's, so nothing here is "
            "called a strength or a gap."
        )
    counts = {rating: len(find_rated(report, rating)) for rating in (Rating.STRENGTH, Rating.GAP, Rating.IN_LINE)}
    if len(compared) == 1:
        (only,) = compared
        rating = only.against(ENGLAND).rating  # type: ignore[union-attr]
        said = {Rating.STRENGTH: "it is a strength", Rating.GAP: "it is a gap"}.get(rating, "it is in line")
        return f"Only one published figure could be compared fairly with England's, {name_short(only)}: {said}."
    opening = f"Of {count_things(len(compared), 'indicator')} (published measures) compared with England, "
    if counts[Rating.IN_LINE] == len(compared):
        return f"{opening}none stands out: all are in line."
    parts = [
        _count_rated(counts[Rating.STRENGTH], "is a strength", "are strengths"),
        _count_rated(counts[Rating.GAP], "is a gap", "are gaps"),
        _count_rated(counts[Rating.IN_LINE], "is in line", "are in line"),
    ]
    return f"{opening}{join_words(parts)}."


def _count_rated(count: int, one: str, many: str) -> str:
    number = "none" if count == 0 else _SMALL[count] if count < len(_SMALL) else str(count)
    return f"{number} {one if count == 1 else many}"


def find_rated(report: SchoolReport, rating: Rating) -> tuple[IndicatorResult, ...]:
    """The indicators with a rating against England, key priorities first, else in the analysis's order."""
    found = [result for result in report.compared if result.against(ENGLAND).rating == rating]  # type: ignore[union-attr]
    return tuple(sorted(found, key=lambda result: not result.key_priority))


def write_brief(result: IndicatorResult) -> str:
    """One strength or gap for the summary: figure, England's, how far apart, and whether it has lasted."""
    comparison, decimals = result.against(ENGLAND), result.decimals
    if comparison is None or result.value is None or comparison.baseline is None:
        raise ValueError(f"{result.indicator} has no comparison with England to put into words")
    beside = "for other pupils in England" if result.group == PupilGroup.DISADVANTAGED else "in England"
    said = (
        f"{start_sentence(str(comparison.rating))}. {name_indicator(result)}: {_write_figure(result)}, against "
        f"{write_value(comparison.baseline, result.unit, decimals)} {beside}"
    )
    amounts = []
    if counts_pupils(result) and comparison.pupils is not None and abs(comparison.pupils) >= 1:
        amounts.append(f"about {write_pupils(abs(comparison.pupils))} {'more' if comparison.pupils > 0 else 'fewer'}")
    if result.persistent:
        side = "lower" if result.direction == Direction.HIGHER_IS_BETTER else "higher"
        amounts.append(f"{side} in each of three years")
    return f"{said}{f': {join_words(amounts)}' if amounts else ''}."


def write_rated(result: IndicatorResult) -> str:
    """One strength or gap: figure, pupils, years, England's figure, the interval in plain words, what it amounts to."""
    comparison, decimals = result.against(ENGLAND), result.decimals
    if comparison is None or result.value is None or comparison.baseline is None:
        raise ValueError(f"{result.indicator} has no comparison with England to put into words")
    sentences = [
        f"{name_indicator(result)}: {_write_figure(result)}, against "
        f"{write_value(comparison.baseline, result.unit, decimals)} {name_population(result)}.",
        _write_size(result),
        write_uncertainty(result),
        _write_persistence(result),
        write_own_gap(result),
        f"The department describes this as {result.band}." if result.band else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def write_unrated(result: IndicatorResult) -> str:
    """An indicator that is not rated: its figure where there is one, and why it is not rated."""
    comparison = result.against(ENGLAND)
    reason = explain_not_rated(result)
    if result.value is None:
        return f"{name_indicator(result)}: no figure. {reason}"
    england = ""
    if comparison is not None and comparison.baseline is not None:
        baseline = write_value(comparison.baseline, result.unit, result.decimals)
        england = f", against {baseline} {name_population(result)}"
    return f"{name_indicator(result)}: {_write_figure(result)}{england}. {reason}"


def write_compared(result: IndicatorResult) -> str:
    """An indicator that is in line: the figure, England's, the interval, and why the difference does not count."""
    comparison = result.against(ENGLAND)
    if comparison is None or comparison.baseline is None:
        raise ValueError(f"{result.indicator} has no comparison with England to put into words")
    england = write_value(comparison.baseline, result.unit, result.decimals)
    reason = ALONE if stands_out_alone(result) else f"That is in line with England. {comparison.reason}".rstrip()
    sentences = [
        f"{name_indicator(result)}: {_write_figure(result)}, against {england} {name_population(result)}.",
        write_uncertainty(result),
        reason,
        write_own_gap(result),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def stands_out_alone(result: IndicatorResult) -> bool:
    """Whether the interval leaves England's figure out though the difference is in line among all comparisons."""
    comparison = result.against(ENGLAND)
    if comparison is None or comparison.baseline is None or result.lower is None or result.upper is None:
        return False
    return comparison.rating == Rating.IN_LINE and not result.lower <= comparison.baseline <= result.upper


def _write_figure(result: IndicatorResult) -> str:
    """``52% of 174 pupils in the two years to 2017/18``; absence is a share of sessions, not of pupils."""
    value = write_value(result.value, result.unit, result.decimals)  # type: ignore[arg-type]
    years = f" {name_years(result.years)}" if result.years else ""
    if result.cohort is None:
        return f"{value}{years}"
    return f"{value} {'of' if counts_pupils(result) else 'for'} {write_pupils(result.cohort)}{years}"


def counts_pupils(result: IndicatorResult) -> bool:
    """Whether the figure is a share of pupils. Overall absence is a share of sessions."""
    return result.unit == Unit.PERCENT and result.indicator != "absence_overall"


def _write_size(result: IndicatorResult) -> str:
    comparison = result.against(ENGLAND)
    if comparison is None or comparison.difference is None:
        return ""
    side = "above" if comparison.difference > 0 else "below"
    size = f"{write_difference(comparison.difference, result.unit, result.decimals)} {side}"
    if counts_pupils(result) and comparison.pupils is not None and abs(comparison.pupils) >= 1:
        size += f", or about {write_pupils(abs(comparison.pupils))}"
    better = (comparison.difference > 0) == (result.direction == Direction.HIGHER_IS_BETTER)
    note = " (lower is better)" if result.direction == Direction.LOWER_IS_BETTER else ""
    return f"That is {size}{note}: {'a strength' if better else 'a gap'}."


def write_uncertainty(result: IndicatorResult) -> str:
    """The 95% interval in plain words; empty where there is none."""
    if result.lower is None or result.upper is None:
        return ""
    interval = write_interval(result.lower, result.upper, result.unit, result.decimals)
    return f"Allowing for chance, the figure could fairly be anything from {interval}."


def _write_persistence(result: IndicatorResult) -> str:
    if not result.persistent:
        return ""
    side = "below" if result.direction == Direction.HIGHER_IS_BETTER else "above"
    return f"The school has been {side} England in each of three years."


def write_own_gap(result: IndicatorResult) -> str:
    """How far disadvantaged pupils stand from other pupils within the school; empty where that is not known."""
    if result.own_gap is None:
        return ""
    size = write_difference(result.own_gap, result.unit, result.decimals)
    if round_half_up(result.own_gap, result.decimals) == 0:
        return "Within the school, disadvantaged pupils and other pupils have the same figure."
    side = "below" if result.own_gap > 0 else "above"
    return f"Within the school, the figure for disadvantaged pupils is {size} {side} that for other pupils."


def write_in_line(report: SchoolReport) -> str:
    """How many indicators are in line and what that means; empty where there are none. The table names them."""
    count = len(find_rated(report, Rating.IN_LINE))
    if not count:
        return ""
    return (
        f"{start_sentence(_count_rated(count, 'indicator is', 'indicators are'))} in line with England: the difference "
        f"is no more than chance could make among so many comparisons, or too small to matter."
    )


# Not rated


def explain_not_rated(result: IndicatorResult) -> str:
    """Why an indicator is not rated, as a sentence: the analysis's reason, else that of its latest year."""
    comparison = result.against(ENGLAND)
    if comparison is not None and comparison.reason:
        return end_sentence(start_sentence(comparison.reason))
    if result.by_year:
        availability = Availability(result.by_year[-1].availability)
        if availability is not Availability.AVAILABLE:
            return availability.reason
    return end_sentence(start_sentence(result.note)) if result.note else "No figure was published."


def write_not_rated(report: SchoolReport) -> str:
    """How many indicators are not rated; says so too where all are."""
    count = sum(not is_rated(result) for result in report.analysis.results)
    if not report.analysis.results:
        return "None of the indicators applies to this school."
    if count == 0:
        return "Every indicator that applies to this school could be rated."
    named = start_sentence(count_things(count, "indicator"))
    return f"{named} could not be rated. {'It does' if count == 1 else 'They do'} not count against the school."


# Trend and position


def write_trend(result: IndicatorResult) -> str:
    """The change between two years in the analysis's own words; a sentence, empty where there is no trend."""
    trend = result.trend
    if trend is None:
        return ""
    words = f"{name_indicator(result)}: {trend.words}"
    if "since" not in trend.words:
        words += f" from {name_academic_year(trend.first_year)} to {name_academic_year(trend.latest_year)}"
    if trend.change is None or trend.lower is None or trend.upper is None:
        return f"{words}."
    unit = "percentage points" if result.unit == Unit.PERCENT else "points"
    change, lower, upper = (
        write_number(number, result.decimals, signed=True) for number in (trend.change, trend.lower, trend.upper)
    )
    return f"{words} ({change} {unit}; allowing for chance, anything from {lower} to {upper})."


_FIFTHS = ("highest fifth", "second highest fifth", "middle fifth", "second lowest fifth", "lowest fifth")


def write_position(position: Position, direction: str) -> str:
    """Where a figure stands nationally, as part of a sentence. It is a position, not a rating."""
    year = name_academic_year(position.year)
    place = position.fifth if direction != Direction.LOWER_IS_BETTER else 6 - position.fifth
    fifth = f"in the {_FIFTHS[place - 1]} of schools nationally in {year}"
    if direction == Direction.LOWER_IS_BETTER:
        fifth += " (lower is better)"
    if not position.tenth:
        return fifth
    highest = (position.tenth == "top tenth") == (direction != Direction.LOWER_IS_BETTER)
    return f"{fifth}, and in the {'highest' if highest else 'lowest'} tenth"


def explain_gap_in_years(result: IndicatorResult, year: int) -> str:
    """Why a year has no figure, in a few words for a figure: ``suppressed``, ``no tests``."""
    found = next((figure for figure in result.by_year if figure.year == year), None)
    if found is not None and found.availability != Availability.AVAILABLE:
        if year in YEARS_WITHOUT_FIGURES and found.availability in (
            Availability.NOT_AVAILABLE,
            Availability.NOT_PUBLISHED,
        ):
            return _name_cancelled(result)
        return str(found.availability)
    if year in YEARS_WITHOUT_FIGURES:
        return _name_cancelled(result)
    return "no figure"


def _name_cancelled(result: IndicatorResult) -> str:
    cancelled = {"key stage 2": "no tests", "key stage 4": "no school figures"}
    return "not published" if result.theme == "attendance" else cancelled.get(result.key_stage, "not published")


# Category


def write_category(assignment: Assignment) -> str:
    """What is said beside the category's name: where it stands among the others, and that a panel decides."""
    if assignment.tier is None:
        return "No category is indicated."
    if assignment.tier == 1:
        place = "the least support"
    elif assignment.tier == assignment.tiers:
        place = "the most support"
    else:
        place = "1 being the least support"
    return f"Indicative category {assignment.tier} of {assignment.tiers}, {place}; a panel decides."


def write_challenge(organisation: str, *, indicated: bool = True) -> str:
    """How a school questions its category, or its figures where none is indicated."""
    whom = organisation or "your school improvement adviser"
    if not indicated:
        return (
            f"If you think a figure is wrong, or can show what published figures do not, tell {whom} before the panel "
            f"meets. It gives its reason in writing."
        )
    return (
        f"If you think a figure or the category is wrong, tell {whom} before it is confirmed: say which, and what you "
        f"know that the figures do not show. The panel may set another category and must give its reason in writing."
    )


def write_thresholds(assignment: Assignment) -> str:
    """Who set the thresholds; defaults that nobody has adopted are labelled as such."""
    label = "" if assignment.thresholds_adopted else "Default thresholds. "
    whom = assignment.organisation or "The organisation"
    said = assignment.notice or (
        f"{whom} has adopted the thresholds behind this category."
        if assignment.thresholds_adopted
        else f"The thresholds behind this category came with the software. {whom} has not adopted them."
    )
    return f"{label}{end_sentence(said)}"


# Inspections


def write_inspection(fact: InspectionFact, edition_date: str = "") -> str:
    """Which kind of inspection, its date and whose it was; said where it came after ``edition_date`` (ISO)."""
    kind = start_sentence(fact.kind) or "Inspection"
    date = f", {write_date(fact.date)}" if fact.date else ", date not given"
    notes = [
        "of a predecessor school" if fact.about_predecessor else "",
        "after the date of this report" if edition_date and fact.date > edition_date else "",
    ]
    said = "; ".join(note for note in notes if note)
    return f"{kind}{date}{f' ({said})' if said else ''}"


def explain_frameworks(facts: Sequence[InspectionFact]) -> str:
    """What a reader must know to read outcomes of the frameworks that are there."""
    frameworks = {fact.framework for fact in facts}
    said = ["Each outcome stands in the words of its own time; one is never turned into another."]
    if Framework.GRADED in frameworks:
        said.append("Inspections up to August 2024 gave an overall grade; later graded inspections did not.")
    if Framework.REPORT_CARD in frameworks:
        said.append("Report cards, since November 2025, grade each area of a school's work.")
    return " ".join(said)


# Checks and method


def write_checks(report: SchoolReport) -> str:
    """How many checks of the school's figures were made and how many found something."""
    if not report.checks:
        return "The school's figures were not checked."
    found = len(report.warnings)
    made = start_sentence(count_things(report.checks, "check was", "checks were"))
    if found == 0:
        return f"{made} made of this school's published figures. All held."
    return (
        f"{made} made of this school's published figures. "
        f"{start_sentence(count_things(found, 'found something', 'found something'))} a reader should know:"
    )


def explain_method(report: SchoolReport) -> tuple[tuple[str, str], ...]:
    """How the judgements came about, as pairs of a lead and a paragraph."""
    first, last = name_academic_year(report.analysis.year - 2), name_academic_year(report.analysis.year)
    years = [year for result in report.analysis.results for year in result.by_year]
    files = sorted({clean_text(year.file) for year in years if year.file})
    tested = report.analysis.tested.get(ENGLAND, len(report.compared))
    among = f" ({count_things(tested, 'indicator')} here)" if tested else ""
    said = [
        (
            "Figures.",
            f"All are published figures. Years from {first} to {last} are taken together where a measure allows it, "
            f"so that one small year group does not decide. Progress is taken from its latest year alone.",
        ),
        (
            "Chance.",
            "A year group is a sample of what a school does. The range printed with a figure (its 95% interval) is "
            "where it could fairly lie, given the number of pupils: the fewer they are, the wider it is.",
        ),
        (
            "Ratings.",
            f"A strength or a gap needs two things: the difference from England is larger than chance is likely to "
            f"make, allowing for how many indicators were compared{among}, by the Benjamini-Hochberg rule at 5%; and "
            f"it is large enough to matter: at least one whole pupil, or the least difference the indicator states. "
            f"Everything else is in line. Disadvantaged pupils are compared with England's other pupils.",
        ),
        (
            "Missing figures.",
            "A figure that the publisher withheld is not shown, not guessed and not counted against the school.",
        ),
    ]
    if files:
        said.append(("Files.", f"{'; '.join(files)}."))
    return tuple(said)


# Alternative text


def describe_position_figure(report: SchoolReport, rated: Sequence[IndicatorResult]) -> str:
    """What a sighted reader sees in the figure of positions against England, in a sentence or three."""
    sentences = [
        f"{start_sentence(count_things(len(rated), 'indicator'))} beside England, with 95% intervals"
        f"{f' and the figures of {name_authority(report)}' if name_authority(report) else ''}."
    ]
    for rating, one, many in (
        (Rating.STRENGTH, "strength", "strengths"),
        (Rating.GAP, "gap", "gaps"),
    ):
        found = [result for result in rated if result.against(ENGLAND).rating == rating]  # type: ignore[union-attr]
        if found:
            named = [_describe_briefly(result) for result in found[:4]]
            if len(found) > 4:
                named.append(f"{len(found) - 4} more")
            label = start_sentence(count_things(len(found), one, many))
            sentences.append(f"{label}: {join_words(named, between=';')}.")
    in_line = sum(result.against(ENGLAND).rating == Rating.IN_LINE for result in rated)  # type: ignore[union-attr]
    if in_line:
        sentences.append(f"{start_sentence(count_things(in_line, 'indicator is', 'indicators are'))} in line.")
    return shorten_sentences(sentences)


def _describe_briefly(result: IndicatorResult) -> str:
    comparison, decimals = result.against(ENGLAND), result.decimals
    school = write_value(result.value, result.unit, decimals)  # type: ignore[arg-type]
    return f"{result.short_title} at {school}, England {write_value(comparison.baseline, result.unit, decimals)}"  # type: ignore[union-attr,arg-type]


def describe_trend_figure(report: SchoolReport, shown: Sequence[IndicatorResult]) -> str:
    """What a sighted reader sees in the small multiples, in a sentence for each where there is room."""
    opening = f"{start_sentence(count_things(len(shown), 'indicator'))} by year beside England."
    sentences = [opening]
    for result in shown:
        decimals = result.decimals
        withheld = [figure for figure in result.by_year if figure.availability != Availability.AVAILABLE]
        figures = [figure for figure in result.by_year if figure not in withheld and figure.value is not None]
        if not figures:
            sentences.append(f"{result.short_title}: no figures.")
            continue
        values = [
            f"{write_value(figure.value, result.unit, decimals)} in {name_academic_year(figure.year)}"  # type: ignore[arg-type]
            for figure in figures
        ]
        said = f"{result.short_title}: {join_words(values)}"
        england = figures[-1].england
        if england is not None:
            said += f"; England {write_value(england, result.unit, decimals)}"
        if withheld:
            said += f"; {join_words(f'{name_academic_year(gone.year)} {gone.availability}' for gone in withheld)}"
        sentences.append(f"{said}.")
    return shorten_sentences(sentences)


def shorten_sentences(sentences: Sequence[str], longest: int = 580) -> str:
    """Join sentences up to ``longest`` characters; what does not fit is left to the table beside the figure."""
    kept: list[str] = []
    rest = "The table below gives every figure."
    for position, sentence in enumerate(sentences):
        last = position == len(sentences) - 1
        if len(" ".join([*kept, sentence, *([] if last else [rest])])) > longest:
            return " ".join([*kept, rest]) if kept else sentence[: longest - 1] + "…"
        kept.append(sentence)
    return " ".join(kept)
