"""What a policy file may hold: categories, what each brings, and the ordered clauses that lead to them.

What a category brings stands there twice: as the organisation's own lines and amounts, which reports print, and as the
activities that keep them, which a plan of support is made from. ``checking`` holds the two against each other.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from pipeline.foundation.yaml_files import Record
from pipeline.policy.conditions import When
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE

#: Where the product's own policies lie, one file each, named by its key.
FOLDER = Path(__file__).parent / "policies"

_KEY = r"^[a-z][a-z0-9_]*$"


class EarlyResults(StrEnum):
    """What becomes of results that are not published yet (local/early_results.csv, local/early_pupils.csv)."""

    SHOWN_ONLY = "shown_only"  # in reports, marked; the category rests on published figures alone
    MAY_DECIDE = "may_decide"  # rated and counted like published ones; provisional where they make the difference


#: A moment of the year of support: "the review", "end of term one", "2 weeks before end of term one".
MOMENT = r"^(\d{1,2} weeks? (before|after) )?(the review|(start|end) of year|(start|half|end) of term (one|two|three))$"
_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"

#: How often: so many times in what is left of the year, or once in each term or half term of it.
Often = Annotated[int, Field(ge=0, le=60)] | Literal["every term", "every half term"]


#: What papers for a meeting can show of a school.
PaperPart = Literal[
    "actions", "category", "figures", "history", "inspections", "local_evidence", "decision", "to_agree"
]


class Provision(Record):
    """An activity as a category brings it: how often, from when, by when, what starts it, and which words it keeps.

    ``starts`` says what has to be so: ``category`` is enough by itself; ``progress``, that progress on the areas for
    improvement is an issue; ``agreement``, that school and organisation agree on it; ``self_referral``, that the school
    asked for support; ``concern``, that a figure is a gap. Of the first two after the category a person says when they
    are so (``local/support_plan.csv``); the last two are known from the school's own word and figures.
    """

    activity: str  # a key of support.activities
    keeps: tuple[str, ...] = ()  # the lines of the entitlement that it keeps, word for word
    towards: dict[str, Literal["days", "times", "people"]] = Field(default_factory=dict)  # amounts, and what it adds
    often: Often | dict[str, Often] = 1  # or by need: {some: every term, much: every half term}
    earliest: str = Field("the review", pattern=MOMENT)
    latest: str = Field("end of year", pattern=MOMENT)
    after: str = ""  # the activity that has to come first
    starts: Literal["category", "progress", "agreement", "self_referral", "concern"] = "category"
    instead_of: str = ""  # the activity whose place it takes where it starts


class EntitlementText(Record):
    """What a category brings."""

    lines: tuple[str, ...] = ()
    amounts: dict[str, str | int] = Field(default_factory=dict)  # "Days a year": 6
    activities: tuple[Provision, ...] = ()


class SupportRole(Record):
    """People who may give support. Where ``serving``, only those who work in a school now: they know it as it is."""

    title: str = Field(min_length=2)
    serving: bool = False


class Need(Record):
    """A step of need, by how many areas (subjects, and themes without one) a school has gaps in."""

    name: str = Field(pattern=_KEY)
    areas: int = Field(ge=0)


class SupportActivity(Record):
    """A kind of activity. ``hours`` is how long one takes; ``by`` says that it is no meeting, only due by a day."""

    title: str = Field(min_length=3)
    strand: str
    roles: tuple[str, ...] = Field(min_length=1)  # any of these may do it
    hours: float = Field(gt=0, le=24)
    by: bool = False
    focus: bool = False  # whether it is about the school's areas for improvement, in turn
    report: bool = False  # whether the school's report is the activity, so that nobody has to log it


class Support(Record):
    """What the activities of every category share: who gives them, what they are about, how a day is counted."""

    term_one_needs_weeks: int = Field(ge=0, le=12)  # term one is the first with so many weeks left after the review
    hours_a_day: float = Field(gt=0, le=24)
    day_begins: str = Field(pattern=_CLOCK)
    need: tuple[Need, ...] = Field(min_length=1)  # from none upwards; the last step that is reached counts
    roles: dict[Annotated[str, Field(pattern=_KEY)], SupportRole] = Field(min_length=1)
    strands: dict[Annotated[str, Field(pattern=_KEY)], str] = Field(min_length=1)
    activities: dict[Annotated[str, Field(pattern=_KEY)], SupportActivity] = Field(min_length=1)

    def find_need(self, areas: int) -> str:
        """The name of the step of need of a school with gaps in so many areas."""
        return next(step.name for step in reversed(self.need) if areas >= step.areas)

    def find_days(self, activity: str) -> float:
        """How many days one activity takes."""
        return self.activities[activity].hours / self.hours_a_day


class Triads(Record):
    """That schools review each other, three and three. ``mixed_is_worth_miles`` is how many miles further apart two
    schools may lie for one of them to have a strength where the other has a gap."""

    mixed_is_worth_miles: float = Field(ge=0, le=100)


class Brokering(Record):
    """Who might help whom: a start for brokering, never a ranking.

    ``helpers`` are categories whose schools may help others; that of least support where none is named. Where
    ``departments_linked`` is 0, departments are not linked; where there are no ``triads``, none are formed.
    """

    helpers: tuple[str, ...] = ()
    most_named: Annotated[int, Field(ge=1, le=10)] = 3  # schools named for one need
    most_schools: Annotated[int, Field(ge=1, le=50)] = 3  # schools for which one is named
    departments_linked: Annotated[int, Field(ge=0, le=5)] = 0  # with how many others of its subject a department is
    triads: Triads | None = None


class Category(Record):
    """One category, as the organisation words it."""

    key: str = Field(pattern=_KEY)
    title: str = Field(min_length=3)
    meaning: str = Field(min_length=20)
    entitlement: EntitlementText


class Insufficient(Record):
    """The outcome that is no category: too little is known for data to propose one."""

    title: str = Field(min_length=3)
    meaning: str = Field(min_length=20)
    entitlement: EntitlementText


class KeyPriority(Record):
    """One thing the organisation wants watched above others."""

    title: str
    watched: str


class Clause(Record):
    """When every condition holds, the school's category is this one. The first clause that holds decides."""

    name: str = Field(pattern=_KEY)
    category: str  # a category's key, or insufficient_evidence
    reason: str = Field(min_length=20)  # one sentence for a head
    when: When


class Otherwise(Record):
    """The category of a school that no clause has taken."""

    category: str
    reason: str = Field(min_length=20)


class RoleOfRecipient(Record):
    """People who may receive a school's report, which names its category."""

    title: str = Field(min_length=3)  # as a message addresses one whose name is not known: "headteacher"
    category_in_message: bool  # whether the message itself may say the category, or only the report


class Owner(Record):
    """The authority (three digits) or trust (group UID) that a policy was written for."""

    authority: int | None = None
    trust: int | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Owner:
        if (self.authority is None) == (self.trust is None):
            raise ValueError("say exactly one of `authority:` or `trust:`")
        return self


class AgendaItem(Record):
    """One item of a meeting's agenda, and which parts of the school's papers stand under it (docs/packs.md)."""

    title: str = Field(min_length=3)
    shows: tuple[PaperPart, ...] = ()


class Meeting(Record):
    """A meeting about one school, for which papers are made: all schools of ``categories``, or every school."""

    key: str = Field(pattern=_KEY)
    title: str = Field(min_length=3)
    purpose: str = Field(min_length=20)
    people: tuple[str, ...] = ()  # who meets
    categories: tuple[str, ...] = ()  # keys of those whose schools have it; none where every school has
    decides: bool = False  # on the school's category: its papers hold a record of the decision
    schools_in_a_binder: int = Field(default=60, ge=1)  # at most: of more schools, several binders are made
    agenda: tuple[AgendaItem, ...] = Field(min_length=1)

    def is_for(self, category: str) -> bool:
        """Whether a school of that category has the meeting."""
        return not self.categories or category in self.categories


class Policy(Record):
    """A school-improvement policy. ``categories`` stand from least to most support: the position is the tier."""

    key: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str = Field(min_length=3)
    organisation: str = ""  # whose it is; empty where it is for nobody in particular
    written_for: Owner | None = None  # whose edition needs no other organisation named
    summary: str = Field(min_length=20)
    ambition: str = ""
    source: str = Field(min_length=10)
    reviewed: date
    review_by: date
    thresholds_adopted: bool
    thresholds_notice: str = Field(min_length=20)  # printed in every report
    early_results: EarlyResults = EarlyResults.SHOWN_ONLY
    key_priorities: tuple[KeyPriority, ...] = ()
    entitlement_for_all: tuple[str, ...] = ()  # lines every category brings
    activities_for_all: tuple[Provision, ...] = ()  # and the activities that keep them
    support: Support | None = None  # without it no year of support can be planned
    brokering: Brokering = Brokering()  # no report rests on it
    categories: tuple[Category, ...] = Field(min_length=2)
    insufficient_evidence: Insufficient
    clauses: tuple[Clause, ...] = Field(min_length=1)
    otherwise: Otherwise
    recipients: dict[Annotated[str, Field(pattern=_KEY)], RoleOfRecipient] = Field(default_factory=dict)
    meetings: tuple[Meeting, ...] = ()
    watched: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)  # worse by it: worth a look

    def dump_rules(self) -> dict[str, Any]:
        """Give all of the policy that can change a report, as JSON values: not who receives it, for whom it was, who
        might help whom, the meetings that follow it, nor what a review between two autumns watches."""
        apart = {"recipients", "written_for", "brokering", "meetings", "watched"}
        return self.model_dump(mode="json", exclude=apart)

    def tier(self, category: str) -> int | None:
        """1 is the least support; None for insufficient evidence. Raises KeyError for a category it does not know."""
        if category == INSUFFICIENT_EVIDENCE:
            return None
        return {known.key: position for position, known in enumerate(self.categories, start=1)}[category]

    def outcome(self, category: str) -> Category | Insufficient:
        """The category of that key, or insufficient evidence. Raises KeyError for a category it does not know."""
        if category == INSUFFICIENT_EVIDENCE:
            return self.insufficient_evidence
        return {known.key: known for known in self.categories}[category]

    @property
    def helpers(self) -> tuple[str, ...]:
        """The categories whose schools may help others, from least to most support."""
        named = self.brokering.helpers or (self.categories[0].key,)
        return tuple(category.key for category in self.categories if category.key in named)

    def list_provisions(self, category: str) -> tuple[Provision, ...]:
        """The activities an outcome brings, those that all categories bring last.

        Raises KeyError for a category it does not know.
        """
        common = self.activities_for_all if self.tier(category) is not None else ()
        return (*self.outcome(category).entitlement.activities, *common)
