"""What the first page says: short sentences, each a thing a head can act on. The numbers stand in the tables."""

from __future__ import annotations

from pipeline.analysis.indicators.subjects import load_subjects
from pipeline.analysis.indicators.themes import find_theme, load_themes
from pipeline.analysis.results import IndicatorResult
from pipeline.foundation.vocabulary import Direction, KeyStage, Rating, format_date, name_academic_year
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import ENGLAND, SIMILAR, SchoolReport, is_rated
from pipeline.report.sentences.category_wording import PROVISIONAL, list_changes
from pipeline.report.sentences.counting import count_things, end_sentence, join_words, start_sentence, start_within
from pipeline.report.sentences.early_wording import NOT_VALIDATED
from pipeline.report.sentences.rounding import format_difference, format_number
from pipeline.report.sentences.wording import (
    compare,
    counts_pupils,
    find_standing,
    has_changed,
    name_short,
    phrase_change_between,
)

ROLL = "roll"
TOGETHER = "Subjects together"
ALSO = 2  # further subjects named
CHANGES = 2  # told on the first page; the last page holds them all


def describe_school(report: SchoolReport) -> str:
    """Who the school is: its kind, ages, roll, authority and trust, and up to which year its results are."""
    school = report.school
    ages = "" if school.low_age is None or school.high_age is None else f"ages {school.low_age} to {school.high_age}"
    phase = "" if school.phase == "unknown" else start_sentence(str(school.phase))
    kind = ", ".join(
        word for word in (phase, school.type[:1].lower() + school.type[1:], ages, _count_roll(report)) if word
    )
    where = " · ".join(filter(None, (clean_text(school.la_name), clean_text(_name_trust(report)))))
    return " ".join(end_sentence(words) for words in (start_sentence(kind), where, _date_results(report)) if words)


def _name_trust(report: SchoolReport) -> str:
    """The school's trust: the edition's own as the edition prints its name, another as the files spell it."""
    is_own = report.school.trust is not None and report.school.trust == report.edition.trust
    return (report.edition.area_name if is_own else "") or report.school.trust_name


def _count_roll(report: SchoolReport) -> str:
    roll = next((one.value for one in report.analysis.context if one.measure == ROLL and one.value is not None), None)
    return f"{format_number(roll, 0)} pupils" if roll is not None else ""


def _date_results(report: SchoolReport) -> str:
    """``Results to 2024/25``, and whether the latest are said to be provisional."""
    latest = [
        figure
        for result in report.analysis.results
        for figure in result.by_year[-1:]
        if figure.value is not None and result.key_stage != KeyStage.ALL
    ]
    if not latest:
        return ""
    year = max(figure.year for figure in latest)
    named = any("provisional" in figure.file.casefold() for figure in latest if figure.year == year)
    early = any(figure.early for figure in latest if figure.year == year)
    kind = f", {NOT_VALIDATED}" if early else ", provisional" if named else ""
    return f"Results to {name_academic_year(year)}{kind}"


def phrase_place(report: SchoolReport) -> str:
    """Whether a panel has decided on the category, and whether it rests on one year alone."""
    final, decision = report.final, report.decision
    if decision is not None:
        said = "decided on it" if decision.changed else "confirmed it"
        return f"A panel met on {format_date(decision.date)} and {said}."
    if final.tier is None:
        return "No category is proposed."
    of_one_year = final.provisional and not final.without_early  # of the other kind is told with early results
    return f"Proposed; a panel decides.{f' {PROVISIONAL}' if of_one_year else ''}"


def list_points(report: SchoolReport, rating: Rating, most: int) -> tuple[tuple[str, str], ...]:
    """What stands out so, a subject each: its name, and in what and by how much. Key priorities come first."""
    told: dict[str, str] = {}
    subjects = set[str]()
    for result in find_standing(report, rating):
        subject = name_subject(result)
        name = clean_text(result.short_title) if result.key_priority or subject == TOGETHER else subject
        told.setdefault(name, _phrase_point(result, rating, named=name))
        subjects.add(subject)
    for result in _list_changed(report, better=rating == Rating.STRENGTH):
        subject = name_subject(result)
        if len(told) < most and (subject not in subjects or subject == TOGETHER):
            told.setdefault(clean_text(result.short_title), end_sentence(phrase_change_between(result)))
            subjects.add(subject)
    shown = list(told.items())[:most]
    if rest := list(told)[most:]:
        named = [start_within(one) for one in rest[: ALSO if len(rest) > ALSO + 1 else None]]
        more = ["more overleaf"] if len(named) < len(rest) else []
        between = ";" if any("," in one for one in named) else ","
        shown.append(("Also:", f"{join_words([*named, *more], between=between)}."))
    return tuple((f"{name}{'' if name.endswith(':') else ':'}", words) for name, words in shown)


def _phrase_point(result: IndicatorResult, rating: Rating, *, named: str) -> str:
    """``about 16 pupils a year fewer than in England``; in points where it is no count of pupils."""
    comparator = ENGLAND if is_rated(result, ENGLAND) and compare(result, ENGLAND).rating == rating else SIMILAR
    whom = "England" if comparator == ENGLAND else "similar schools"
    what = "" if named == clean_text(result.short_title) else f"{_name_measure(result, named)}, "
    count = count_a_year(result, comparator)
    comparison = compare(result, comparator)
    above = (comparison.difference or 0.0) > 0
    if count is not None:
        told = f"about {count_things(count, 'pupil')} a year {'more' if above else 'fewer'} than in {whom}"
    else:
        apart_in = clean_text(result.telling.apart_in)
        size = format_difference(comparison.difference or 0.0, result.unit, result.decimals, apart_in=apart_in)
        told = f"{size} {'above' if above else 'below'} {whom}"
    lasting = ", lasting" if rating == Rating.GAP and result.persistent else ""
    early = ", with early results" if result.early else ""
    return end_sentence(f"{what}{told}{lasting}{early}")


def _name_measure(result: IndicatorResult, subject: str) -> str:
    title = name_short(result)
    for name in (subject, start_within(subject)):
        title = title.removeprefix(f"{name}, ").removeprefix(f"{name} ")
    return title


def _list_changed(report: SchoolReport, *, better: bool) -> list[IndicatorResult]:
    """What has clearly changed over the years, for the better or the worse; key priorities first."""
    changed = [one for one in report.analysis.results if has_changed(one) and _is_better(one) == better]
    return sorted(changed, key=lambda one: not one.key_priority)


def _is_better(result: IndicatorResult) -> bool:
    """Whether what has changed over the years is for the better."""
    change = (result.trend.change if result.trend is not None else None) or 0.0
    return (change < 0) == (result.direction == Direction.LOWER_IS_BETTER)


def phrase_nothing(report: SchoolReport, rating: Rating) -> str:
    """That nothing stands out so, without blame or praise."""
    if not report.compared_with(ENGLAND, SIMILAR):
        return "Too few figures are published for this school to say."
    side = "above" if rating == Rating.STRENGTH else "below"
    whom = "England or similar schools" if report.compared_with(SIMILAR) else "England"
    return f"No measure stands clearly {side} {whom}."


def phrase_no_points(report: SchoolReport) -> str:
    """That little is published of a school, and nothing of it stands out."""
    if not report.compared_with(ENGLAND, SIMILAR):
        return "Too few figures are published for this school to say what stands out."
    return "Little is published of this school, and nothing of it stands clearly above or below other schools."


def phrase_change(report: SchoolReport) -> str:
    """What has changed since last year's report: the category, and which findings and inspections."""
    move = report.move
    if move is None:
        return ""
    same = move.category == report.final.category
    if same and report.final.tier is None:
        return "None was proposed last year either."
    by_panel = report.decision is not None and report.decision.changed
    year = "" if by_panel else _name_newest(report)
    said = (
        "The category is the same" if same else f"It was {move.title}{f' before the figures of {year}' if year else ''}"
    )
    if not move.compared:
        unknown = "what moved it is not known here"
        return f"{said}." if same or by_panel else f"It was {move.title}; {unknown}."
    if not move.changes:
        cause = "" if same else "; the panel moved it" if by_panel else "; what moved it stands under Why"
        return f"{said}. Every strength and gap is as it was{cause}."
    told = list_changes(move)
    more = len(told) - CHANGES
    rest = [f"{start_sentence(count_things(more, 'more change'))} on the last page."] if more > 0 else []
    return " ".join([f"{said}.", *told[:CHANGES], *rest])


def _name_newest(report: SchoolReport) -> str:
    """The year under review where any figure is of it: what has come in since last year's report."""
    year = report.analysis.year
    found = any(
        one.year == year and one.value is not None for result in report.analysis.results for one in result.by_year
    )
    return name_academic_year(year) if found else ""


def phrase_whom_to_tell(report: SchoolReport) -> str:
    """Whom a school tells that something is wrong."""
    whom = report.organisation or "your school improvement adviser"
    what = "a figure or the category" if report.final.tier is not None else "a figure"
    return f"If you think {what} is wrong, tell {whom}. The last page says how."


def name_subject(result: IndicatorResult) -> str:
    """The subject a measure is of; what several together show, or something else than a subject, by its theme."""
    subjects = load_subjects()
    if len(result.telling.subjects) == 1 and result.telling.subjects[0] in subjects:
        return clean_text(subjects[result.telling.subjects[0]].title)
    theme = find_theme(result.theme, load_themes())
    return TOGETHER if theme.results else theme.title


def count_a_year(result: IndicatorResult, comparator: str = ENGLAND) -> int | None:
    """How many pupils a year the difference from ``comparator`` is; None where it is no count, no finding or none."""
    if not is_rated(result, comparator):
        return None
    comparison = compare(result, comparator)
    if not Rating(comparison.rating).is_finding or not counts_pupils(result) or comparison.pupils is None:
        return None
    years = 1 if result.same_pupils else max(1, len(result.years))  # the same pupils are pooled as one year's
    return int(abs(comparison.pupils) / years + 0.5) or None
