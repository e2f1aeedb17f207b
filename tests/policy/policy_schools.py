"""Small schools for policy tests, written in one line: ``school("RWM gap persistent, absence strength")``."""

from __future__ import annotations

from pipeline.foundation.vocabulary import Framework, Rating
from pipeline.policy.evidence.facts import PolicyFacts, RatedIndicator, Standing
from pipeline.policy.evidence.inspection import LatestInspection
from pipeline.policy.evidence.local_evidence import Concern, SelfEvaluation

_KNOWN = {
    "RWM": ("Reading, writing and maths", "attainment", True),
    "A8": ("Attainment 8", "attainment", True),
    "P8": ("Progress 8", "progress", True),
    "disadvantaged": ("Disadvantaged pupils' results", "disadvantaged", True),
    "absence": ("Persistent absence", "attendance", True),
    "destinations": ("Destinations", "destinations", False),
}


def school(
    ratings: str = "",
    *,
    others: str = "",
    similar: str = "",
    similar_others: str = "",
    inspection: LatestInspection | None = None,
    heard: str = "",
    says: str = "",
    referred: bool = False,
) -> PolicyFacts:
    """``ratings``: key priorities, comma-separated (``A8 gap persistent``, ``P8 strength``, ``absence in line``), and
    destinations.

    ``others``: how many further indicators (``4 gaps, 1 strengths, 6 in line``), each of a subject of its own but where
    one is named (``4 gaps of maths``). ``similar``: key priorities as they stand beside similar schools;
    ``similar_others``: further indicators beside them, as in ``others``. ``heard``: soft intelligence, comma-separated.
    ``says``: the school's own word.
    """
    england = (*_read_keys(ratings), *_read_others(others))
    alike = (*_read_keys(similar), *_read_others(similar_others))
    return PolicyFacts(
        100000,
        (Standing("england", england), Standing("similar schools", alike)),
        inspection,
        tuple(Concern("2019-06-03", kind.strip(), "adviser's visit") for kind in heard.split(",") if kind.strip()),
        SelfEvaluation(says, "2019-07-01" if says else "", referred),
    )


def _read_keys(ratings: str) -> list[RatedIndicator]:
    return [_read_key(words.split()) for words in ratings.split(",") if words.strip()]


def _read_others(others: str) -> list[RatedIndicator]:
    rated = []
    for words in others.split(","):
        if words.strip():
            what, _, subject = words.partition(" of ")
            number, rating = what.split(maxsplit=1)
            rated += [_other(place, rating, subject or f"subject_{place + 1}") for place in range(int(number))]
    return rated


def _read_key(words: list[str]) -> RatedIndicator:
    title, theme, key = _KNOWN[words[0]]
    persistent = words[-1] == "persistent"
    rating = Rating(" ".join(words[1:-1] if persistent else words[1:]))
    return RatedIndicator(title, theme, key, rating, persistent)


def _other(place: int, rating: str, subject: str) -> RatedIndicator:
    return RatedIndicator(
        f"Figure {place + 1}", "attainment", False, Rating(rating.removesuffix("s")), subjects=(subject,)
    )


def graded(predecessor: bool = False, **outcomes: str) -> LatestInspection:
    """``graded(overall="Good", concern="", quality_of_education="Good")``."""
    return _inspect(Framework.GRADED, predecessor, outcomes)


def report_card(predecessor: bool = False, **outcomes: str) -> LatestInspection:
    """``report_card(achievement="Needs attention", safeguarding="Met")``."""
    return _inspect(Framework.REPORT_CARD, predecessor, outcomes)


def _inspect(framework: Framework, predecessor: bool, outcomes: dict[str, str]) -> LatestInspection:
    areas = {"overall": "Overall effectiveness", "concern": "Category of concern"}
    named = tuple((areas.get(area, area.replace("_", " ").capitalize()), word) for area, word in outcomes.items())
    return LatestInspection(framework, "2019-03-12", predecessor, named)
