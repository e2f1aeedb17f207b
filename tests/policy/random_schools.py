"""Schools at random, and schools one step worse, for rules that must hold whatever a school is like."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from pipeline.analysis.indicators import Indicator, load_indicators
from pipeline.analysis.results import AS_NUMBER
from pipeline.foundation.vocabulary import Framework, LocalConcern, Rating
from pipeline.policy.conditions import Count
from pipeline.policy.evidence.facts import PolicyFacts, RatedIndicator, Standing
from pipeline.policy.evidence.inspection import LatestInspection
from pipeline.policy.evidence.local_evidence import Concern, SelfEvaluation

THEMES = ("attainment", "progress", "disadvantaged", "attendance", "destinations")
COMPARATORS = ("england", "similar schools")

SUBJECTS = ((), (), ("reading",), ("maths",), ("english",), ("reading", "writing"))

# From best to worst, each framework on a ladder of its own.
GRADES = ("Outstanding", "Good", "Requires improvement", "Inadequate")
CARD_GRADES = ("Exceptional", "Strong standard", "Expected standard", "Needs attention", "Urgent improvement")
CONCERNS = ("", "Notice to improve", "Serious weaknesses", "Special measures")
LADDERS = {
    Framework.GRADED: (
        ("Overall effectiveness", GRADES),
        ("Quality of education", GRADES),
        ("Leadership", GRADES),
        ("Category of concern", CONCERNS),
        ("Safeguarding", ("Yes", "No")),
    ),
    Framework.REPORT_CARD: (
        ("Achievement", CARD_GRADES),
        ("Inclusion", CARD_GRADES),
        ("Attendance and behaviour", CARD_GRADES),
        ("Category of concern", ("", "Requires significant improvement", "Special measures")),
        ("Safeguarding", ("Met", "Not met")),
    ),
}

# One step worse for one indicator: (rating, persistent) → (rating, persistent).
STEPS_DOWN = {
    (Rating.STRENGTH, False): (Rating.IN_LINE, False),
    (Rating.IN_LINE, False): (Rating.GAP, False),
    (Rating.GAP, False): (Rating.GAP, True),
}

# Two of three indicators are in line, as in life: else every school would have several gaps.
_STATES = [*STEPS_DOWN, (Rating.IN_LINE, False), (Rating.IN_LINE, False), (Rating.GAP, True)]

indicators = st.builds(
    lambda theme, key, state, subjects: RatedIndicator("An indicator", theme, key, *state, subjects=subjects),
    st.sampled_from(THEMES),
    st.booleans(),
    st.sampled_from(_STATES),
    st.sampled_from(SUBJECTS),
)


@st.composite
def counts(draw):
    """Any count that a clause may ask for, against England."""
    themes = draw(st.lists(st.sampled_from(THEMES), max_size=2, unique=True))
    asked = {
        draw(st.sampled_from(("at_least", "at_most"))): draw(st.integers(1, 5)),
        "of": draw(st.sampled_from(("indicators", "subjects", "themes"))),
        "against": "england",
    }
    if themes:
        asked[draw(st.sampled_from(("leaving_out", "only")))] = themes
    return Count.model_validate(asked)


@st.composite
def inspections(draw):
    framework = draw(st.sampled_from(list(LADDERS)))
    outcomes = tuple((area, draw(st.sampled_from(ladder))) for area, ladder in LADDERS[framework])
    return LatestInspection(framework, "2019-03-12", draw(st.booleans()), outcomes)


self_evaluations = st.builds(
    SelfEvaluation, st.sampled_from(("", *GRADES, *CARD_GRADES)), st.just("2019-07-01"), st.booleans()
)

schools = st.builds(
    lambda england, similar, inspection, concerns, said: PolicyFacts(
        100000,
        tuple(Standing(name, tuple(rated)) for name, rated in zip(COMPARATORS, (england, similar), strict=True)),
        inspection,
        tuple(_hear(kind) for kind in sorted(concerns)),
        said,
    ),
    st.lists(indicators, max_size=12),
    st.lists(indicators, max_size=12),
    st.none() | inspections(),
    st.sets(st.sampled_from(LocalConcern), max_size=2),
    self_evaluations,
)


def _hear(kind: LocalConcern) -> Concern:
    return Concern("2019-06-03", str(kind), "adviser")


def worsen(draw, facts: PolicyFacts) -> PolicyFacts:
    """The same school, worse in one thing, as much being known of it."""
    ways = [*_find_indicators(facts), *_find_areas(facts), *_find_words(facts)]
    ways += [lambda kind=kind: replace(facts, concerns=(*facts.concerns, _hear(kind))) for kind in LocalConcern]
    if not facts.self_evaluation.referred:
        ways.append(lambda: replace(facts, self_evaluation=replace(facts.self_evaluation, referred=True)))
    return draw(st.sampled_from(ways))()


def _find_indicators(facts):
    """One indicator one step down, against either comparator."""
    for place, standing in enumerate(facts.standings):
        for number, one in enumerate(standing.rated):
            if (one.rating, one.persistent) in STEPS_DOWN:
                yield lambda place=place, number=number: _lower_indicator(facts, place, number)


def _lower_indicator(facts, place, number):
    standing = facts.standings[place]
    rating, persistent = STEPS_DOWN[standing.rated[number].rating, standing.rated[number].persistent]
    worse = replace(standing.rated[number], rating=rating, persistent=persistent)
    standings = list(facts.standings)
    standings[place] = replace(standing, rated=(*standing.rated[:number], worse, *standing.rated[number + 1 :]))
    return replace(facts, standings=tuple(standings))


def _find_areas(facts):
    """One area of the inspection one grade down, on its own framework's ladder."""
    outcomes = facts.inspection.outcomes if facts.inspection else ()
    for number, (area, outcome) in enumerate(outcomes):
        if outcome != dict(LADDERS[facts.inspection.framework])[area][-1]:
            yield lambda number=number: _lower_area(facts, number)


def _lower_area(facts, number):
    outcomes = list(facts.inspection.outcomes)
    area, outcome = outcomes[number]
    ladder = dict(LADDERS[facts.inspection.framework])[area]
    outcomes[number] = (area, ladder[ladder.index(outcome) + 1])
    return replace(facts, inspection=replace(facts.inspection, outcomes=tuple(outcomes)))


def _find_words(facts):
    """The school's own word one step down on its framework's ladder."""
    said = facts.self_evaluation
    for ladder in (GRADES, CARD_GRADES):
        if said.word in ladder[:-1]:
            worse = ladder[ladder.index(said.word) + 1]
            yield lambda worse=worse: replace(facts, self_evaluation=replace(said, word=worse))


# Many schools at once, by the product's own indicators


@dataclass(frozen=True)
class ManySchools:
    """Schools by rows, in the form that ``many.find_deciding`` takes; their ratings as numbers (rows, indicators)."""

    ratings: dict[str, np.ndarray]  # by comparator
    persistent: np.ndarray
    beside: list[PolicyFacts]  # by row: what is known besides ratings
    indicators: tuple[Indicator, ...] = load_indicators()

    def against(self, comparator: str) -> np.ndarray:
        return self.ratings[comparator]

    def take_facts(self, row: int) -> PolicyFacts:
        """One school as a policy's facts tell of it."""
        words = {number: rating for rating, number in AS_NUMBER.items()}
        standings = []
        for comparator, numbers in self.ratings.items():
            rated = [(one, words[number], lasted) for one, number, lasted in
                     zip(self.indicators, numbers[row], self.persistent[row], strict=True)]  # fmt: skip
            standings.append(
                Standing(
                    comparator,
                    tuple(
                        RatedIndicator(
                            one.title,
                            one.theme,
                            one.key_priority,
                            rating,
                            bool(lasted) and comparator == "england",
                            one.short_title,
                            one.subjects,
                        )
                        for one, rating, lasted in rated
                        if rating != Rating.NOT_RATED
                    ),
                )
            )
        return replace(self.beside[row], standings=tuple(standings))


_FEW_OR_MANY = (0.02, 0.1, 0.4)  # shares of the indicators that stand out
_SIDES = ((Rating.STRENGTH,), (Rating.GAP,), tuple(Rating))
_USUAL = (Rating.IN_LINE, Rating.NO_CLEAR_DIFFERENCE, Rating.NOT_RATED)


def draw_many(seed: int, rows: int) -> ManySchools:
    """Schools of which few or many indicators stand out, on one side or on both, beside each comparator by itself."""
    rng = np.random.default_rng(seed)
    ratings = {comparator: _draw_ratings(rng, rows) for comparator in COMPARATORS}
    lasting = rng.random((rows, 1)) < 0.5
    persistent = (ratings["england"] == AS_NUMBER[Rating.GAP]) & lasting
    kinds = _list_beside()
    return ManySchools(ratings, persistent, [kinds[place] for place in rng.integers(0, len(kinds), rows)])


def _draw_ratings(rng: np.random.Generator, rows: int) -> np.ndarray:
    shape = rows, len(load_indicators())
    apart = rng.random(shape) < rng.choice(_FEW_OR_MANY, (rows, 1))
    usual = rng.choice([AS_NUMBER[rating] for rating in _USUAL], (rows, 1))
    sides = [rng.choice([AS_NUMBER[rating] for rating in side], shape) for side in _SIDES]
    return np.where(apart, np.choose(rng.integers(0, len(_SIDES), (rows, 1)), sides), usual)


def _list_beside() -> list[PolicyFacts]:
    """Whatever may be known of a school besides its ratings, one thing at a time; half of the list is nothing."""
    nothing = PolicyFacts(100000, ())
    outcomes = [
        (framework, (area, word)) for framework, areas in LADDERS.items() for area, words in areas for word in words
    ]
    known = [
        *(
            replace(nothing, inspection=LatestInspection(framework, "2019-03-12", False, (one,)))
            for framework, one in outcomes
        ),
        *(replace(nothing, concerns=(_hear(kind),)) for kind in LocalConcern),
        *(replace(nothing, self_evaluation=SelfEvaluation(word, "2019-07-01")) for word in (*GRADES, *CARD_GRADES)),
        replace(nothing, self_evaluation=SelfEvaluation("", "2019-07-01", referred=True)),
    ]
    return [*known, *len(known) * [nothing]]
