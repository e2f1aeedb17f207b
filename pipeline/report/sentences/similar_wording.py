"""What is said of similar schools, of figures drawn towards theirs, and of how writing was assessed."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.analysis.indicators.themes import find_theme, load_themes
from pipeline.analysis.results import IndicatorResult, SimilarSchool, SimilarSchools, WritingCheck
from pipeline.foundation.vocabulary import Unit
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import SIMILAR, is_rated
from pipeline.report.sentences.counting import count_things, end_sentence, start_sentence
from pipeline.report.sentences.rounding import format_number, format_pupils, format_value
from pipeline.report.sentences.wording import name_years

#: Below this weight of a school's own figure, resting on fewer pupils than this, the figure drawn towards similar
#: schools stands beside it.
LOW_RELIABILITY, FEW_PUPILS = 0.7, 90

#: Similar schools named in the school's copy; the facts hold them all.
NEAREST = 5

#: Distances (root mean square difference, in standard deviations) up to which schools are called so.
_ALIKE = ((0.3, "very alike"), (0.5, "alike"), (0.8, "fairly alike"))


def list_nearest(similar: SimilarSchools) -> Sequence[SimilarSchool]:
    """The schools that the school's copy names."""
    return similar.schools[:NEAREST]


def _is_alike(school: SimilarSchool) -> bool:
    return school.distance <= _ALIKE[-1][0]


def title_nearest(schools: Sequence[SimilarSchool]) -> str:
    """What a table of the nearest schools shows, as its title: how many of them, and how many of those are alike."""
    alike = sum(map(_is_alike, schools))
    named = start_sentence(count_things(len(schools), "school"))
    where = f" in {shared}" if (shared := find_shared_authority(schools)) else ""
    if alike == len(schools):
        return f"{named}{where} most like this one, to ring"
    which = count_things(alike, "is", "are") if alike else "none is"
    return f"{named}{where} nearest to this one, to ring: {which} at least fairly alike"


def find_shared_authority(schools: Sequence[SimilarSchool]) -> str:
    """The authority that all of them are in, which a title says once; empty where there is none."""
    names = {clean_text(school.la_name) for school in schools}
    return names.pop() if len(names) == 1 else ""


def _phrase_unlike(similar: SimilarSchools) -> str:
    """That "similar" here means nearest, where most of those compared with are less alike; else empty."""
    unlike = sum(not _is_alike(school) for school in similar.schools)
    if 2 * unlike <= len(similar.schools):
        return ""
    return "Most of them are less alike: where this report says similar, read nearest of those in the files."


def format_telephone(figures: str) -> str:
    """``01632 960001``, ``0121 496 0001``, ``020 7946 0018``: grouped by the length of its area's code."""
    if figures.startswith("02"):
        groups = figures[:3], figures[3:7], figures[7:]
    elif figures.startswith("011") or (figures.startswith("01") and figures[3:4] == "1"):
        groups = figures[:4], figures[4:7], figures[7:]
    else:
        groups = figures[:5], figures[5:], ""
    return " ".join(filter(None, groups))


def phrase_telephones(schools: Sequence[SimilarSchool]) -> str:
    """Where to look for the telephone numbers that no file gives; empty where it gives them all."""
    lacking = [school for school in schools if not school.telephone]
    if not lacking:
        return ""
    whose = "the schools' telephone numbers" if len(lacking) == len(schools) else "every telephone number"
    return f"No file here gives {whose}: see Get Information about Schools or the school's website."


def describe_likeness(distance: float) -> str:
    """How alike two schools' pupils are, in words."""
    return next((words for most, words in _ALIKE if distance <= most), "less alike")


def phrase_similar(similar: SimilarSchools) -> str:
    """With whom the school is compared and how they were chosen, or why there is nobody."""
    left_out = _list_titles("Left out", similar.missing) if similar.used else ""
    if similar.reason or not similar.schools:
        reason = clean_text(similar.reason) or "Not compared with similar schools."
        return " ".join(one for one in (end_sentence(reason), left_out) if one)
    kind = f" {clean_text(similar.kind)}" if similar.kind else ""
    count = format_number(len(similar.schools), 0)
    if similar.candidates > len(similar.schools):
        chosen = (
            f"The school is compared with the {count} schools whose pupils are most like its own, of "
            f"{format_number(similar.candidates, 0)} in its phase{kind}. Results played no part in the choice."
        )
    else:
        chosen = f"The school is compared with all the {count} others in its phase{kind} that these files tell of."
    adjusted = "Their results are adjusted for how this school's pupils differ from theirs."
    used = _list_titles("Compared on", similar.used)
    return " ".join(one for one in (chosen, adjusted, _phrase_unlike(similar), used, left_out) if one)


def phrase_only_fair(rated: Sequence[IndicatorResult]) -> str:
    """That only similar schools are a fair comparison of a school's results; empty where progress was ``rated`` too, or
    no results beside similar schools.
    """
    themes = load_themes()
    results = any(find_theme(one.theme, themes).results and is_rated(one, SIMILAR) for one in rated)
    if not results or any(one.unit == Unit.PROGRESS for one in rated):
        return ""
    return (
        "No measure of progress could be judged. How results stand beside England is mostly a matter of who the pupils "
        "are; only beside similar schools is that allowed for here."
    )


def _list_titles(lead: str, titles: Sequence[str]) -> str:
    """Semicolons between, because titles and reasons hold commas of their own."""
    return f"{lead}: {'; '.join(map(clean_text, titles))}." if titles else ""


def is_small(result: IndicatorResult) -> bool:
    """Whether a rated figure rests on so few pupils that the one drawn towards similar schools stands beside it."""
    if not is_rated(result) or result.shrunk is None or result.cohort is None:
        return False
    return result.cohort < FEW_PUPILS and result.shrunk.reliability < LOW_RELIABILITY


def explain_shrinkage(whom: str) -> str:
    """Why a figure is drawn towards others' and what it is good for."""
    return (
        f"Where a figure rests on few pupils, chance has a large part in it. The estimate draws it towards what {whom} "
        f"would lead one to expect, the further the larger that part: a better guide to how the school really stands. "
        f"Strengths and gaps rest on the published figures, not on it."
    )


def phrase_writing_question(check: WritingCheck) -> str:
    """The question that writing assessment raises: the figures behind it and what may lie behind them."""
    side = "higher" if check.writing > check.upper else "lower"
    return (
        f"{_phrase_writing(check)} That is {side} than in nearly all schools with such test results. There can be good "
        f"reasons. How was writing assessed, and with whom was it moderated? This is a question, not a gap, and does "
        f"not count towards the category."
    )


def phrase_writing_checked(check: WritingCheck) -> str:
    """That writing assessment raises no question, in a line."""
    lower, upper, writing = (_percent(share) for share in (check.lower, check.upper, check.writing))
    return (
        f"Writing as teachers assessed it ({writing} at the expected standard) is where the reading and maths tests "
        f"would lead one to expect ({lower} to {upper})."
    )


def _phrase_writing(check: WritingCheck) -> str:
    lower, upper, writing, suggested = (
        _percent(share) for share in (check.lower, check.upper, check.writing, check.suggested)
    )
    return (
        f"Teachers assessed {writing} of {format_pupils(check.pupils)} as reaching the expected standard in writing "
        f"{name_years(check.years)}. The same pupils' reading and maths tests would lead one to expect about "
        f"{suggested}, and anything from {lower} to {upper} would be usual."
    )


def _percent(share: float) -> str:
    return format_value(share, Unit.PERCENT, 0)
