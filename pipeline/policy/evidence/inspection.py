"""What a policy may ask of a school's latest inspection, in the words of each inspection framework.

A graded judgement is never turned into a report card's grade, nor the other way: every trigger belongs to a
framework and is looked for in that framework alone. A trigger also holds for anything worse on its own framework's
ladder, so that a worse inspection can never meet fewer triggers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pipeline.analysis.results import InspectionFact
from pipeline.foundation.vocabulary import Framework

OVERALL, CONCERN, SAFEGUARDING = "Overall effectiveness", "Category of concern", "Safeguarding"

OF_THE_WHOLE = frozenset((OVERALL.lower(), CONCERN.lower()))  # a finding of these is of no one area

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class LatestInspection:
    """The latest inspection that graded the school, whichever framework it was held under."""

    framework: Framework
    date: str  # ISO, "" where not known
    about_predecessor: bool
    outcomes: tuple[tuple[str, str], ...]  # (area, outcome) in the framework's own words
    review: str = ""  # the ISO date of the review, where any of it is of a later day

    @property
    def title(self) -> str:
        """How a reader is told of it: ``graded inspection of 12 March 2019``."""
        kind = "report card" if self.framework == Framework.REPORT_CARD else "graded inspection"
        day = f" of {name_date(self.date)}" if self.date else ", date not known"
        whose = ", of a predecessor of this school" if self.about_predecessor else ""
        return f"{kind}{day}{whose}" + (f", after the review of {name_date(self.review)}" if self.review else "")


@dataclass(frozen=True)
class Trigger:
    """One finding a clause may name. ``area`` "" means any area that carries a grade of its own."""

    words: str  # as written in a policy; N stands for a whole number
    frameworks: tuple[Framework, ...]
    area: str
    outcomes: tuple[str, ...]  # in lower case; the named one and all that are worse
    meaning: str


_GRADED, _CARD = (Framework.GRADED,), (Framework.REPORT_CARD,)

#: Every trigger there is. The word list of a policy's ``inspection`` conditions; docs/policies.md prints it.
TRIGGERS: tuple[Trigger, ...] = (
    Trigger(
        "special measures",
        (Framework.GRADED, Framework.REPORT_CARD),
        CONCERN,
        ("special measures",),
        "The school is in special measures.",
    ),
    Trigger(
        "serious weaknesses",
        _GRADED,
        CONCERN,
        ("serious weaknesses", "requires significant improvement", "special measures"),
        "The category of concern is serious weaknesses, which the law calls requires significant improvement, or "
        "special measures.",
    ),
    Trigger(
        "notice to improve",
        _GRADED,
        CONCERN,
        ("notice to improve", "serious weaknesses", "requires significant improvement", "special measures"),
        "The category of concern is notice to improve (in use until 2012), or worse.",
    ),
    Trigger(
        "requires significant improvement",
        _CARD,
        CONCERN,
        ("requires significant improvement", "significant improvement", "serious weaknesses", "special measures"),
        "The report card places the school in a category of concern.",
    ),
    Trigger("inadequate overall", _GRADED, OVERALL, ("inadequate",), "Overall effectiveness is Inadequate."),
    Trigger(
        "inadequate in any area",
        _GRADED,
        "",
        ("inadequate",),
        "Any graded area (quality of education, leadership and management, …) is Inadequate.",
    ),
    Trigger(
        "requires improvement overall",
        _GRADED,
        OVERALL,
        ("requires improvement", "inadequate"),
        "Overall effectiveness is Requires improvement or Inadequate.",
    ),
    Trigger(
        "requires improvement in any area",
        _GRADED,
        "",
        ("requires improvement", "inadequate"),
        "Any graded area is Requires improvement or Inadequate; since September 2024 there is no overall grade.",
    ),
    Trigger(
        "safeguarding not effective",
        _GRADED,
        SAFEGUARDING,
        ("no", "not effective", "ineffective"),
        "Safeguarding is not effective.",
    ),
    Trigger("safeguarding not met", _CARD, SAFEGUARDING, ("not met",), "Safeguarding standards are not met."),
    Trigger(
        "urgent improvement in any area",
        _CARD,
        "",
        ("urgent improvement",),
        "The report card says Urgent improvement in any area.",
    ),
    Trigger(
        "needs attention in N or more areas",
        _CARD,
        "",
        ("needs attention", "urgent improvement"),
        "The report card says Needs attention, or Urgent improvement, in at least N areas (write a number: "
        "`needs attention in 2 or more areas`).",
    ),
)


@lru_cache(maxsize=256)
def read_trigger(words: str) -> tuple[Trigger, int]:
    """Give the trigger that ``words`` name and how many areas it needs (1 unless the words say).

    Raises ValueError where no trigger is so named.
    """
    for trigger in TRIGGERS:
        match = re.fullmatch(re.escape(trigger.words).replace("N", r"([1-9]\d?)"), words)
        if match:
            return trigger, int(match[1]) if match.groups() else 1
    raise ValueError(f"{words!r} is not an inspection trigger")


def meet_trigger(words: str, inspection: LatestInspection | None) -> tuple[str, ...]:
    """Give the outcomes that meet the trigger, as ``area: outcome``; empty where the inspection does not meet it."""
    trigger, areas = read_trigger(words)
    if inspection is None or inspection.framework not in trigger.frameworks:
        return ()
    met = tuple(
        f"{area}: {outcome}"
        for area, outcome in inspection.outcomes
        if outcome.strip().lower() in trigger.outcomes and _is_area(area, trigger)
    )
    return met if len(met) >= areas else ()


def find_latest(inspections: Iterable[InspectionFact], on: str = "") -> LatestInspection | None:
    """Give the latest graded inspection or report card; ungraded and previous inspections carry no grade of today.

    One dated after the review of the ISO date ``on`` counts like any other that the files know of, and says so.
    Areas of a report card may be judged again later, each with its own date: the latest judgement of each counts.
    Its category of concern counts unless every area has been judged since.
    """
    graded = [fact for fact in inspections if fact.kind in ("graded", "report card")]
    if not graded:
        return None
    newest = max(graded, key=lambda fact: (fact.date, fact.framework == Framework.REPORT_CARD))
    same = sorted((fact for fact in graded if fact.framework == newest.framework), key=lambda fact: fact.date)
    if newest.framework == Framework.GRADED:
        same = [fact for fact in same if fact.date == newest.date]
    latest = {fact.area: fact for fact in same}
    since = min((fact.date for area, fact in latest.items() if area != CONCERN), default=newest.date)
    counted = [fact for fact in latest.values() if fact.date >= since]
    return LatestInspection(
        framework=Framework(newest.framework),
        date=since,
        about_predecessor=any(fact.about_predecessor for fact in counted),
        outcomes=tuple((fact.area, fact.outcome) for fact in counted),
        review=on if on and any(fact.date > on for fact in counted) else "",
    )


def list_asked(inspection: LatestInspection) -> tuple[str, ...]:
    """The areas in which it asked for improvement: those that meet any trigger of its framework, each once.

    What is said of the school as a whole stands only where no area has a finding of its own.
    """
    found = dict.fromkeys(
        area
        for area, outcome in inspection.outcomes
        for trigger in TRIGGERS
        if inspection.framework in trigger.frameworks
        and outcome.strip().lower() in trigger.outcomes
        and _is_area(area, trigger)
    )
    areas = tuple(area for area in found if area.strip().lower() not in OF_THE_WHOLE)
    return areas or tuple(found)


def name_date(iso: str) -> str:
    """``2019-03-12`` is 12 March 2019, whatever the machine's language."""
    day = date.fromisoformat(iso)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _is_area(area: str, trigger: Trigger) -> bool:
    named = area.strip().lower()
    if trigger.area:
        return named == trigger.area.lower()
    return named not in OF_THE_WHOLE and not named.startswith(SAFEGUARDING.lower())
