"""One school as the area's site tells of it, read from its facts: where it stands, and why one would ring it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.edition.brokering import BrokeredSchool, Place, read_brokered_school
from pipeline.edition.support.activities import STANDING
from pipeline.foundation.vocabulary import Rating, format_date, place_by_name, read_academic_year
from pipeline.policy.outcome import count_in_100
from pipeline.report.area.findings import SchoolStanding, order_standings, read_standing
from pipeline.report.area.site.pieces import Link
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import ENGLAND
from pipeline.report.sentences.counting import count_things, join_words

FAR = 2  # categories that a school has moved from which on it is rung

#: Why a school is rung, in the order in which such schools are listed: what a school or a person said comes first.
REASONS = {
    "asked": "Asked for support",
    "heard": "Heard of",
    "moved": "Moved two categories or more",
    "inspected": "Inspected since",
    "panel": "Panel due",
    "doubtful": "Doubtful",
    "evidence": "Too little evidence",
    "borderline": "Borderline",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to ring a school: a key of REASONS, and what is known of it, in a sentence."""

    key: str
    words: str

    @property
    def title(self) -> str:
        return REASONS[self.key]


@dataclass(frozen=True, slots=True)
class Finding:
    """What the school's own report rates a strength or a gap, beside one comparator."""

    title: str
    comparator: str
    rating: str
    key_priority: bool
    theme: str
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToClose:
    """A school's pupils of a group beside England's others, in one indicator: shown, never rated."""

    indicator: str
    title: str
    to: str  # England's pupils to whom it is measured
    unit: str
    decimals: int
    years: tuple[str, ...]
    pupils: float | None
    value: float | None
    others: float | None
    gap: float | None
    lower: float | None
    upper: float | None
    trend: str
    rating: str  # beside England's pupils of the same group


@dataclass(frozen=True, slots=True)
class SiteVisit:
    """One activity of a school's year of support. ``day`` is an ISO date, "" where none is set."""

    day: str
    due_by: bool  # due by that day, and no meeting
    term: str
    what: str
    about: str
    who: str  # the person by an agreed plan, else the roles of those who may
    why: str
    status: str

    @property
    def takes_place(self) -> bool:
        return self.status in STANDING

    @property
    def when(self) -> str:
        """The day in words, which begin with it."""
        return f"{format_date(self.day)}{', due by then' if self.due_by else ''}" if self.day else ""


@dataclass(frozen=True, slots=True)
class SiteSchool:
    """A school on the site. ``last_year`` is the key of last year's category, "" where it is not known."""

    standing: SchoolStanding
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    rated: frozenset[str]  # subjects, and themes of what is of no subject, in which anything is rated
    to_close: tuple[ToClose, ...]
    brokered: BrokeredSchool  # its areas for improvement, and what it might help others with
    last_year: str = ""
    last_title: str = ""
    district: str = ""
    adviser: str = ""
    support: tuple[SiteVisit, ...] = ()  # its year of support; none where the edition has no terms

    @property
    def urn(self) -> int:
        return self.standing.urn

    @property
    def name(self) -> str:
        return self.standing.name

    @property
    def place(self) -> tuple[str, str, int]:
        """Where it stands in a list by name."""
        return place_by_name(self.name, self.urn)

    @property
    def link(self) -> Link:
        """Its name, told apart from another school's of that name, which leads to its record."""
        return Link(self.standing.told_name, name_record(self.urn))

    def find(self, rating: Rating, comparator: str = ENGLAND) -> tuple[Finding, ...]:
        """What is of that rating beside the comparator, key priorities first."""
        found = (one for one in self.findings if one.rating == rating and one.comparator == comparator)
        return tuple(sorted(found, key=lambda one: not one.key_priority))


def name_record(urn: int) -> str:
    """Where a school's record stands, from the site's first page."""
    return f"schools/{urn}.html"


def read_school(
    facts: Mapping[str, Any], *, district: str = "", adviser: str = "", place: Place | None = None
) -> SiteSchool:
    """Read from a school's facts what the site says of it."""
    standing, move = read_standing(facts), facts["last_year"]
    return SiteSchool(
        standing,
        tuple(_find_reasons(facts, standing)),
        tuple(_find_findings(facts["indicators"])),
        frozenset(name for one in facts["indicators"] if _is_rated(one) for name in place_indicator(one)),
        tuple(_read_gap(one) for one in facts["indicators"] if one["gap"]),
        read_brokered_school(facts, place),
        move["category"] if move else "",
        clean_text(move["title"]) if move else "",
        clean_text(district),
        clean_text(adviser),
        tuple(_read_visits(facts)),
    )


def _read_visits(facts: Mapping[str, Any]) -> Iterator[SiteVisit]:
    planned = (facts.get("support") or {}).get("activities", [])
    given_by = {(one["activity"], one["number"]): one["person"] for one in facts["officer"]["given_by"]}
    times = Counter(one["activity"] for one in planned)
    for one in planned:
        number = f" {one['number']}" if times[one["activity"]] > 1 else ""
        yield SiteVisit(
            one["day"] or "",
            one["due_by"],
            clean_text(one["term"]),
            f"{clean_text(one['what'])}{number}",
            clean_text(one["about"]),
            clean_text(given_by.get((one["activity"], one["number"]), "") or join_words(one["who_may"], last="or")),
            clean_text(one["why"]),
            one["status"],
        )


def place_indicator(one: Mapping[str, Any]) -> tuple[str, ...]:
    """Under what an indicator stands among the gaps: each subject it is of, else its theme."""
    return tuple(one["subjects"]) or (one["theme"],)


def mark_title(one: Mapping[str, Any]) -> str:
    """An indicator's short title, marked where it rests on early results."""
    return f"{clean_text(one['short_title'])}{', early' if one['early'] else ''}"


def _is_rated(one: Mapping[str, Any]) -> bool:
    return any(beside["rating"] != Rating.NOT_RATED for beside in one["comparisons"])


def _find_findings(indicators: Sequence[Mapping[str, Any]]) -> list[Finding]:
    return [
        Finding(
            mark_title(one),
            beside["comparator"],
            beside["rating"],
            one["key_priority"],
            one["theme"],
            tuple(one["subjects"]),
        )
        for one in indicators
        for beside in one["comparisons"]
        if Rating(beside["rating"]).is_finding
    ]


def _read_gap(one: Mapping[str, Any]) -> ToClose:
    gap, trend = one["gap"], one["gap"]["trend"]
    ratings = {beside["comparator"]: beside["rating"] for beside in one["comparisons"]}
    return ToClose(
        one["indicator"],
        mark_title(one),
        clean_text(gap["to"]),
        one["unit"],
        one["decimals"],
        tuple(one["years"]),
        one["pupils"],
        one["value"],
        gap["others"],
        gap["value"],
        gap["lower"],
        gap["upper"],
        clean_text(trend["words"]) if trend else "",
        ratings.get(ENGLAND, str(Rating.NOT_RATED)),
    )


def _find_reasons(facts: Mapping[str, Any], school: SchoolStanding) -> list[Reason]:
    found = {
        "asked": _tell_asked(facts["officer"]["self_evaluation"]) if school.self_referral else "",
        "heard": _tell_heard(facts["officer"]["soft_intelligence"]),
        "moved": _tell_moved(facts["last_year"], school.title),
        "inspected": _tell_inspected(facts["inspections"], facts["edition"]["year"]),
        **_tell_unsure(school),
    }
    return [Reason(key, found[key]) for key in REASONS if found.get(key)]


def _tell_asked(said: Sequence[Mapping[str, Any]]) -> str:
    return f"The school asked for support itself ({format_date(said[0]['date'])})."


def _tell_heard(heard: Sequence[Mapping[str, Any]]) -> str:
    told = (f"{clean_text(one['kind'])} ({format_date(one['date'])})" for one in heard)
    return f"Heard of {join_words(dict.fromkeys(told))}." if heard else ""


def _tell_moved(move: Mapping[str, Any] | None, title: str) -> str:
    if not move or abs(move["tiers_moved"] or 0) < FAR:
        return ""
    tiers = move["tiers_moved"]
    said = f"{count_things(abs(tiers), 'category', 'categories')} towards {'more' if tiers > 0 else 'less'} support"
    unexplained = "; no inspection explains it" if move["flagged"] else ""
    return f"Moved from {clean_text(move['title'])} to {clean_text(title)}, {said}{unexplained}."


def _tell_inspected(inspections: Sequence[Mapping[str, Any]], year: str) -> str:
    """An inspection after the year under review ended: the figures cannot know of it."""
    ended = f"{read_academic_year(year)}-08-31"
    latest = max((one["date"] for one in inspections if one["date"] > ended), default="")
    if not latest:
        return ""
    kinds = dict.fromkeys(clean_text(one["kind"]) for one in inspections if one["date"] == latest)
    return f"Inspected on {format_date(latest)} ({join_words(kinds)}), after the year that the figures are of."


def _tell_unsure(school: SchoolStanding) -> dict[str, str]:
    """What a panel has yet to weigh; nothing where it has decided."""
    if school.panel is not None:
        return {}
    if school.tier is None:
        return {"panel": "No panel has decided yet.", "evidence": "The published figures are too few for a category."}
    if not school.between or school.certainty is None:
        return {}
    given = f"the same rules give {school.between[0]} {count_in_100(school.certainty)} times in 100"
    said = f"{given}; the likeliest other outcome is {school.between[-1]}."
    if school.sureness == "doubtful":
        return {"doubtful": f"Doubtful: {said}", "panel": "No panel has decided yet: its report waits for that."}
    return {"borderline": f"Borderline: {said}"}


def order_schools(schools: Sequence[SiteSchool]) -> tuple[SiteSchool, ...]:
    """By name, the only order there is of schools; those of one name are told apart."""
    by_urn = {school.urn: school for school in schools}
    return tuple(replace(by_urn[one.urn], standing=one) for one in order_standings(one.standing for one in schools))


def list_titles(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Their titles, each once; a star marks a key priority."""
    return tuple(dict.fromkeys(f"{one.title}{'*' if one.key_priority else ''}" for one in findings))
