"""The closed vocabulary of a policy's clauses: every condition there is, what it means and how it is met.

Nothing else may be asked in a policy file. A new condition is one more entry here, with its field in ``When``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from pipeline.analysis.indicators import load_indicators, load_subjects, load_themes
from pipeline.analysis.indicators.themes import find_theme
from pipeline.analysis.results import AS_NUMBER, NOT_RATED
from pipeline.foundation.vocabulary import CAPACITY, LocalConcern, Rating, count_noun
from pipeline.foundation.yaml_files import Record
from pipeline.policy.evidence.facts import COMPARATORS, PolicyFacts, RatedIndicator
from pipeline.policy.evidence.inspection import TRIGGERS, meet_trigger, name_date, read_trigger
from pipeline.policy.evidence.local_evidence import Concern, takes_word


class Points(Enum):
    """Which way a condition points: which schools can come to meet it by a change for the worse."""

    WORSE = "worse"  # once met, a worse school meets it too
    BETTER = "better"  # once met, a better school meets it too
    NEITHER = "neither"  # about how much is known


#: What is answered for one school, or in arrays for many.
Answers = Any


class Placed(Protocol):
    """What a condition looks at besides ratings: of an indicator, rated or not."""

    @property
    def key_priority(self) -> bool: ...

    @property
    def theme(self) -> str: ...

    @property
    def subjects(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Condition:
    """One word a clause may use."""

    name: str
    title: str  # as printed for an officer: "key-priority gaps"
    plain: str  # as printed for a head: "key priorities that are gaps"
    meaning: str
    values: str
    more: Points = Points.NEITHER  # what a greater number means; counts only
    rating: Rating | None = None  # the rating counted; None counts every rated indicator
    key_only: bool = False
    persistent_only: bool = False

    def looks_at(self, indicator: Placed, count: Count) -> bool:
        """Whether the condition counts this indicator at all, when asked for ``count``."""
        return (indicator.key_priority or not self.key_only) and count.takes_theme(indicator.theme)

    def counts(self, rating: Answers, persistent: Answers) -> Answers:
        """Whether a rating, as a number, is one that the condition counts; for arrays of them, which are."""
        counted = rating != NOT_RATED if self.rating is None else rating == AS_NUMBER[self.rating]
        return counted & persistent if self.persistent_only else counted

    def covers(self, indicator: RatedIndicator, count: Count) -> bool:
        """Whether the condition counts an indicator that was rated, when asked for ``count``."""
        rating = AS_NUMBER[indicator.rating]
        return self.looks_at(indicator, count) and self.counts(rating, indicator.persistent)


_COUNT = (
    "`{at_least: n, against: comparator}` or `{at_most: n, against: comparator}`; optional `of: subjects` or "
    "`of: themes`, and `leaving_out: [theme, …]` or `only: [theme, …]`"
)
_MORE_GAPS = Points.WORSE
_MORE_STRENGTHS = Points.BETTER

#: In the order in which a clause's conditions are printed.
COUNTS: tuple[Condition, ...] = (
    Condition(
        "persistent_key_gaps",
        "persistent key-priority gaps",
        "key priorities that are gaps and were on that side in each of three years",
        "Key-priority indicators rated a gap that were also on the gap side of England in each of three years.",
        _COUNT,
        _MORE_GAPS,
        Rating.GAP,
        key_only=True,
        persistent_only=True,
    ),
    Condition(
        "key_priority_gaps",
        "key-priority gaps",
        "key priorities that are gaps",
        "Key-priority indicators rated a gap.",
        _COUNT,
        _MORE_GAPS,
        Rating.GAP,
        key_only=True,
    ),
    Condition(
        "gaps",
        "gaps",
        "measures that are gaps",
        "All indicators rated a gap, key priorities included.",
        _COUNT,
        _MORE_GAPS,
        Rating.GAP,
    ),
    Condition(
        "key_priority_strengths",
        "key-priority strengths",
        "key priorities that are strengths",
        "Key-priority indicators rated a strength.",
        _COUNT,
        _MORE_STRENGTHS,
        Rating.STRENGTH,
        key_only=True,
    ),
    Condition(
        "strengths",
        "strengths",
        "measures that are strengths",
        "All indicators rated a strength, key priorities included.",
        _COUNT,
        _MORE_STRENGTHS,
        Rating.STRENGTH,
    ),
    Condition(
        "rated_key_priorities",
        "key priorities rated",
        "key priorities that could be judged",
        "Key-priority indicators with enough pupils and years to be rated at all.",
        _COUNT,
        key_only=True,
    ),
    Condition(
        "rated_indicators",
        "measures rated",
        "measures that could be judged",
        "All indicators with enough pupils and years to be rated at all.",
        _COUNT,
    ),
)

INSPECTION = Condition(
    "inspection",
    "latest inspection",
    "the latest inspection",
    "The latest graded inspection or report card meets one of the triggers named (`any_of`), or not one of them "
    "(`none_of`). An inspection of a predecessor counts, and is said to be so. No inspection meets no trigger.",
    "`{any_of: [trigger, …]}` or `{none_of: [trigger, …]}`",
)

SOFT_INTELLIGENCE = Condition(
    "soft_intelligence",
    "soft intelligence",
    "what is known of the school locally",
    "The authority or trust has written down any of the concerns named (`local/soft_intelligence.csv`). Leadership "
    "change, staffing and finance bear on capacity: they may be asked only beside a concern about performance, and "
    "are not looked at where that concern does not hold.",
    "`{any_of: [concern, …]}`",
)

SELF_EVALUATION = Condition(
    "self_evaluation",
    "the school's own word",
    "the school's own summary",
    "The school's own summary grade (`local/self_evaluation.csv`) is any of the words named, or worse on the same "
    "framework's ladder.",
    "`{any_of: [word, …]}`",
)

SELF_REFERRAL = Condition(
    "self_referral",
    "self-referral",
    "the school asked for support itself",
    "The school's latest summary asks for support (`local/self_evaluation.csv`).",
    "`true`",
)

CONDITIONS: tuple[Condition, ...] = (INSPECTION, *COUNTS, SOFT_INTELLIGENCE, SELF_EVALUATION, SELF_REFERRAL)
_ALL_RATED = COUNTS[-1]  # too many to be listed by name

NAMED = 4  # indicators named in a fact told to a head; the report's tables hold them all


@cache
def list_themes() -> tuple[str, ...]:
    """The themes that the product's indicators and their files of themes name, in order."""
    return tuple(dict.fromkeys([*load_themes(), *(one.theme for one in load_indicators())]))


def _know_theme(theme: str) -> str:
    known = list_themes()
    if theme not in known:
        expected = ", ".join(map(repr, known))
        raise PydanticCustomError("literal_error", "a theme is one of {expected}", {"expected": expected})
    return theme


Theme = Annotated[str, AfterValidator(_know_theme)]


def _know_trigger(words: str) -> str:
    try:
        read_trigger(words)
    except ValueError as error:
        near = get_close_matches(words, [trigger.words for trigger in TRIGGERS], n=1)
        hint = f"did you mean {near[0]!r}?" if near else "docs/policies.md lists the triggers"
        raise ValueError(f"{error}: {hint}") from None
    return words


TriggerWords = Annotated[str, AfterValidator(_know_trigger)]


class Count(Record):
    """How many, of what, against whom. Just one of ``at_least`` and ``at_most`` is given, and at most one of
    ``leaving_out`` and ``only``.

    Subjects and themes are counted once, however many of their indicators the condition counts. Indicators that are of
    no subject by themselves (Attainment 8, absence) are together one subject where no other is named, and else none. So
    one more indicator never gives a smaller number.
    """

    at_least: int | None = Field(default=None, ge=1, le=50)
    at_most: int | None = Field(default=None, ge=0, le=50)
    of: Literal["indicators", "subjects", "themes"] = "indicators"
    against: Literal["england", "similar schools"]  # the comparators of ``facts.COMPARATORS``
    leaving_out: tuple[Theme, ...] = ()  # themes whose indicators do not count here
    only: tuple[Theme, ...] | None = Field(default=None, min_length=1)  # the themes whose indicators alone count here

    @model_validator(mode="after")
    def _ask_one_thing(self) -> Count:
        if self.leaving_out and self.only:
            raise ValueError("give `leaving_out` or `only`, not both: a theme that is not among `only` is left out")
        low, high = self.at_least, self.at_most
        if low is not None and high is not None:
            if low > high:
                raise ValueError(f"no number is both at least {low} and at most {high}")
            raise ValueError("give `at_least` or `at_most`, not both: earlier clauses have taken the rest")
        if low is None and high is None:
            raise ValueError("give `at_least: n` or `at_most: n`")
        return self

    def takes_theme(self, theme: str) -> bool:
        """Whether indicators of that theme count here."""
        return theme in self.only if self.only is not None else theme not in self.leaving_out

    def name_headings(self, indicator: Placed) -> tuple[str, ...]:
        """The keys of the subjects or of the theme under which an indicator is counted, where such are counted."""
        return indicator.subjects if self.of == "subjects" else (indicator.theme,)

    def add_up(self, named: Answers, counted: Answers) -> Answers:
        """How many subjects or themes there are, of which ``named`` are named by indicators, if any is ``counted``;
        for arrays of both, how many for each.
        """
        return named + (counted & (named == 0))

    def count_one(self, counted: Sequence[Placed]) -> int:
        """How many of what it counts there are among the indicators that the condition counts of one school."""
        if self.of == "indicators":
            return len(counted)
        return self.add_up(len({heading for one in counted for heading in self.name_headings(one)}), bool(counted))

    def holds(self, number: Answers) -> Answers:
        """Whether ``number`` is enough, or few enough; for an array of numbers, which are."""
        return number >= self.at_least if self.at_least is not None else number <= (self.at_most or 0)

    @property
    def words(self) -> str:
        """``at least 2``, ``at most 1`` or ``none``."""
        if self.at_least is not None:
            return f"at least {self.at_least}"
        return f"at most {self.at_most}" if self.at_most else "none"

    @property
    def choice(self) -> str:
        """Which themes count, by their keys: ``leaving out attendance``, ``only progress``; empty where all do."""
        if self.only is not None:
            return f"only {' and '.join(self.only)}"
        return f"leaving out {' and '.join(self.leaving_out)}" if self.leaving_out else ""

    def name_counted(self, words: str) -> str:
        """A condition's ``words`` for what it counts, as they are asked here: ``subjects with gaps``."""
        return words if self.of == "indicators" else f"{self.of} with {words}"


def _list_counts(asked: Any) -> Any:
    """One count is written by itself, several as a list."""
    return asked if isinstance(asked, list | tuple) else (asked,)


#: What is asked of one condition: as a rule one count; several must all hold.
Counts = Annotated[tuple[Count, ...], BeforeValidator(_list_counts), Field(min_length=1)]


class InspectionTriggers(Record):
    """Triggers of which the latest inspection must meet any, or none."""

    any_of: tuple[TriggerWords, ...] = ()
    none_of: tuple[TriggerWords, ...] = ()

    @model_validator(mode="after")
    def _ask_one_thing(self) -> InspectionTriggers:
        if bool(self.any_of) == bool(self.none_of):
            raise ValueError("give `any_of: [trigger, …]` or `none_of: [trigger, …]`")
        return self


class SoftIntelligence(Record):
    """Concerns of which the authority or trust must have written down any."""

    any_of: tuple[LocalConcern, ...] = Field(min_length=1)

    @property
    def asks_capacity(self) -> bool:
        """Whether any concern named bears on the school's capacity to improve by itself."""
        return any(kind in CAPACITY for kind in self.any_of)


class OwnWords(Record):
    """Words of which the school's own must be any, or worse."""

    any_of: tuple[Literal["requires improvement", "inadequate", "needs attention", "urgent improvement"], ...] = Field(
        min_length=1
    )  # the words of ``local_evidence.OWN_WORDS``


class When(Record):
    """A clause's conditions; every one must hold."""

    inspection: InspectionTriggers | None = None
    persistent_key_gaps: Counts | None = None
    key_priority_gaps: Counts | None = None
    gaps: Counts | None = None
    key_priority_strengths: Counts | None = None
    strengths: Counts | None = None
    rated_key_priorities: Counts | None = None
    rated_indicators: Counts | None = None
    soft_intelligence: SoftIntelligence | None = None
    self_evaluation: OwnWords | None = None
    self_referral: Literal[True] | None = None

    @model_validator(mode="after")
    def _ask_something(self) -> When:
        if not self.named:
            raise ValueError("a clause needs at least one condition; what is left over belongs under `otherwise:`")
        return self

    @property
    def named(self) -> tuple[str, ...]:
        """The conditions asked, in the vocabulary's order."""
        return tuple(condition.name for condition in CONDITIONS if getattr(self, condition.name) is not None)

    @property
    def counts(self) -> Iterator[tuple[Condition, Count]]:
        """The conditions that count indicators, each with one of its bounds."""
        return ((condition, count) for condition in COUNTS for count in getattr(self, condition.name) or ())

    @property
    def ways(self) -> frozenset[Points]:
        """Which ways the conditions point, as they are asked here; leaving out those about how much is known."""
        ways = {_point(condition, count) for condition, count in self.counts} - {Points.NEITHER}
        if self.soft_intelligence or self.self_evaluation or self.self_referral:
            ways.add(Points.WORSE)
        if self.inspection:
            ways.add(Points.WORSE if self.inspection.any_of else Points.BETTER)
        return frozenset(ways)

    def move_count(self, condition: Condition, count: Count, moved: Count) -> When:
        """Give the same conditions with ``moved`` in place of one ``count``."""
        counts = tuple(moved if one is count else one for one in getattr(self, condition.name))
        return self.model_copy(update={condition.name: counts})


def _point(condition: Condition, count: Count) -> Points:
    if condition.more is Points.NEITHER or count.at_least is not None:
        return condition.more
    return Points.BETTER if condition.more is Points.WORSE else Points.WORSE


@dataclass(frozen=True)
class Answer:
    """One condition put to one school."""

    asked: str
    found: str
    held: bool
    plain: str  # what was found, for a head; ``{organisation}`` stands for whoever's policy it is
    key_priorities: tuple[str, ...] = ()  # those that were counted as gaps, by name


def ask_conditions(when: When, facts: PolicyFacts) -> tuple[Answer, ...]:
    """Put every condition of a clause to a school's facts. Raises PipelineError for a comparator it was not given."""
    answers = [ask_inspection(when.inspection, facts)] if when.inspection else []
    answers += [ask_count(condition, count, facts) for condition, count in when.counts]
    if when.soft_intelligence:
        looked_at = not when.soft_intelligence.asks_capacity or all(answer.held for answer in answers)
        answers.append(ask_soft_intelligence(when.soft_intelligence, facts, looked_at=looked_at))
    return (*answers, *_ask_school(when, facts))


def meets_beside_counts(when: When, facts: PolicyFacts) -> bool:
    """Whether everything a clause asks besides counts of indicators holds: what other results would not change."""
    asked = [*_ask_school(when, facts)]
    if when.inspection:
        asked.append(ask_inspection(when.inspection, facts))
    if when.soft_intelligence:
        asked.append(ask_soft_intelligence(when.soft_intelligence, facts))
    return all(answer.held for answer in asked)


def _ask_school(when: When, facts: PolicyFacts) -> Iterator[Answer]:
    """What the school says of itself."""
    said = facts.self_evaluation
    if when.self_evaluation:
        asked = f"the school's own summary says any of: {'; '.join(when.self_evaluation.any_of)}"
        found = f"the school's own summary of {_name_day(said.date)}: {said.word}"
        if not said.word:
            found = "the school has given no word of its own"
        yield Answer(asked, found, takes_word(when.self_evaluation.any_of, said.word), found)
    if when.self_referral:
        plain = SELF_REFERRAL.plain if said.referred else "the school did not ask for support"
        found = f"self-referral: {'yes' if said.referred else 'no'}"
        yield Answer("the school asked for support itself", found, said.referred, plain)


def ask_count(condition: Condition, count: Count, facts: PolicyFacts) -> Answer:
    """Count the school's indicators, subjects or themes.

    Where subjects or themes are counted, both readers are told these by name instead of every indicator, and an officer
    on how many they rest. Key priorities, which are few, are named within. Raises PipelineError for a comparator the
    school was not compared with.
    """
    rated = facts.against(count.against).rated
    counted = [one for one in rated if condition.covers(one, count)]
    number = count.count_one(counted)
    subject = f"{count.name_counted(condition.title)} against {name_comparator(count.against)}"
    if count.choice:
        subject += f" ({count.choice})"
    if count.of == "indicators":
        listed = (
            ""
            if condition is _ALL_RATED
            else _list_names([f"{one.title}{', early' if one.early else ''}" for one in counted])
        )
        names = _shorten([one.marked_name for one in counted])
    else:
        names = _name_headings(condition, count, counted)
        listed = f"{_list_names(names)}, in {count_noun(len(counted), 'indicator')}" if counted else ""
    return Answer(
        f"{subject}: {count.words}",
        f"{subject}: {number or 'none'}{listed}",
        count.holds(number),
        f"{_phrase_plainly(condition, count)}: {number or 'none'}{_list_names(names)}",
        tuple(one.marked_name for one in counted) if condition.key_only and condition.rating is Rating.GAP else (),
    )


def _name_headings(condition: Condition, count: Count, counted: Sequence[RatedIndicator]) -> list[str]:
    """The subjects or themes of what is counted, in the words of their files and in their order."""
    under: dict[str, list[str]] = {}
    for one in counted:
        for heading in count.name_headings(one):
            under.setdefault(heading, []).append(one.marked_name)
    if counted and not under:
        first, *more = _shorten([one.marked_name for one in counted])
        return [f"no single subject: {first}", *more]
    described = load_subjects() if count.of == "subjects" else load_themes()
    plain = {key: one.plain for key, one in described.items()}
    plain |= {key: find_theme(key, {}).plain for key in sorted(under.keys() - plain.keys())}
    return [
        f"{words}: {' and '.join(under[key])}" if condition.key_only else words
        for key, words in plain.items()
        if key in under
    ]


def shorten_measures(names: Sequence[str]) -> list[str]:
    """As many measures by name as a head can take in at once, and how many more there are; never ``1 more``."""
    more = len(names) - NAMED
    return [*names] if more <= 1 else [*names[:NAMED], count_noun(more, "more measure")]


def _shorten(names: list[str]) -> list[str]:
    """No more names of indicators than can be taken in at once, and how many are left."""
    rest = len(names) - NAMED
    return [*names[:NAMED], *([f"and {rest} more"] if rest > 0 else [])]


def _list_names(names: Sequence[str]) -> str:
    return f" ({'; '.join(names)})" if names else ""


def _phrase_plainly(condition: Condition, count: Count) -> str:
    """What is counted, in a head's words."""
    themes = load_themes()
    but = ""
    if count.only is not None:
        but = f", counting only {' and '.join(find_theme(theme, themes).plain for theme in count.only)}"
    elif count.leaving_out:
        but = f", not counting {' or '.join(find_theme(theme, themes).plain for theme in count.leaving_out)}"
    against = "" if count.against == "england" else f" (beside {name_comparator(count.against)})"
    return f"{count.name_counted(condition.plain)}{against}{but}"


def ask_inspection(triggers: InspectionTriggers, facts: PolicyFacts) -> Answer:
    """Ask the school's latest inspection; without one, no trigger is met."""
    wanted = triggers.any_of or triggers.none_of
    met = list(dict.fromkeys(outcome for words in wanted for outcome in meet_trigger(words, facts.inspection)))
    if facts.inspection is None:
        found = "no graded inspection or report card is known"
    else:
        found = f"{facts.inspection.title}: {'; '.join(met) or 'nothing of the kind'}"
    asked = f"latest inspection, {'any of' if triggers.any_of else 'none of'}: {'; '.join(wanted)}"
    nothing = "nothing that asks for more support" if triggers.none_of else "nothing that decides here"
    plain = found if met or facts.inspection is None else f"{facts.inspection.title}: {nothing}"
    return Answer(asked, found, bool(met) == bool(triggers.any_of), plain)


def ask_soft_intelligence(asked: SoftIntelligence, facts: PolicyFacts, *, looked_at: bool = True) -> Answer:
    """Ask what the authority or trust has written down; capacity is ``looked_at`` only where performance is a concern.

    An officer reads kind, date and source. A head reads the kind of what bears on capacity; of complaints and
    safeguarding only that there is a matter to raise.
    """
    question = f"soft intelligence, any of: {'; '.join(asked.any_of)}"
    if not looked_at:
        nothing = "soft intelligence: not looked at, because the concern about performance does not hold"
        return Answer(question, nothing, False, "capacity was not looked at")
    met = [concern for concern in facts.concerns if concern.kind in asked.any_of]
    listed = "; ".join(f"{one.kind} ({_name_day(one.date)}, {one.source})" for one in met)
    return Answer(question, f"soft intelligence: {listed or 'none of these'}", bool(met), _tell_concerns(met))


def _tell_concerns(met: list[Concern]) -> str:
    if not met:
        return "{organisation} has noted no concern of this kind"
    named = [kind for kind in CAPACITY if any(one.kind == kind for one in met)]
    told = [f"{{organisation}} has noted: {', '.join(named)}"] if named else []
    if any(one.kind not in CAPACITY for one in met):
        told.append("there is a matter that {organisation} will raise with the school")
    return "; ".join(told)


def _name_day(iso: str) -> str:
    return name_date(iso) if iso else "unknown date"


def name_comparator(comparator: str) -> str:
    """The comparator as printed."""
    return COMPARATORS.get(comparator, comparator)
