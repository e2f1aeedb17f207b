"""The field's own terms, as closed lists that every floor shares.

Nothing here reads a file. A new word enters the product by being added to one of these lists.
"""

from __future__ import annotations

import datetime
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


class Availability(StrEnum):
    """Why a published figure is, or is not, a number. An absent figure is never zero."""

    AVAILABLE = "available"
    SUPPRESSED = "suppressed"
    NOT_APPLICABLE = "not applicable"
    NOT_AVAILABLE = "not available"
    NOT_PUBLISHED = "not published"
    NO_ENTRIES = "no entries"
    LOW_COVERAGE = "low coverage"
    SMALL = "small"
    UNRELIABLE = "unreliable"
    NEW_SCHOOL = "new school"
    QUESTIONED = "questioned"
    UNKNOWN = "unknown"

    @property
    def reason(self) -> str:
        """One plain sentence for a reader who has never met the published codes."""
        return _REASONS[self]


_REASONS = {
    Availability.AVAILABLE: "Published as a number.",
    Availability.SUPPRESSED: "Withheld by the publisher because so few pupils are covered.",
    Availability.NOT_APPLICABLE: "Does not apply to this school or this year.",
    Availability.NOT_AVAILABLE: "Left empty by the publisher.",
    Availability.NOT_PUBLISHED: "Not published for this kind of school.",
    Availability.NO_ENTRIES: "No pupils were entered.",
    Availability.LOW_COVERAGE: "Too few of the pupils could be included for a fair figure.",
    Availability.SMALL: "Above zero but too small to state.",
    Availability.UNRELIABLE: "Withdrawn by the publisher as unreliable.",
    Availability.NEW_SCHOOL: "A new school with no results yet.",
    Availability.QUESTIONED: "Left out because it cannot be right beside the school's other figures.",
    Availability.UNKNOWN: "The file holds a word we do not know; it is shown as it stands.",
}

# The publishers' words. Compared without regard to case or surrounding blanks; sources:
# the department's abbreviations list (wide files), the Explore Education Statistics symbols (z x c low k u).
AVAILABILITY_OF_WORD: dict[str, Availability] = {
    "": Availability.NOT_AVAILABLE,
    "SUPP": Availability.SUPPRESSED,
    "SUPP!": Availability.SUPPRESSED,
    "SUPPMAT": Availability.SUPPRESSED,
    "SN": Availability.SUPPRESSED,
    "C": Availability.SUPPRESSED,
    "NA": Availability.NOT_APPLICABLE,
    "NELIG": Availability.NOT_APPLICABLE,  # trusts' results: no eligible schools
    "Z": Availability.NOT_APPLICABLE,
    "NULL": Availability.NOT_AVAILABLE,
    "X": Availability.NOT_AVAILABLE,
    "NP": Availability.NOT_PUBLISHED,
    "NE": Availability.NO_ENTRIES,
    "LOWCOV": Availability.LOW_COVERAGE,
    "SP": Availability.SMALL,
    "LOW": Availability.SMALL,
    "K": Availability.SMALL,
    "RE": Availability.UNRELIABLE,
    "U": Availability.UNRELIABLE,
    "NEW": Availability.NEW_SCHOOL,
}


class Level(StrEnum):
    """Whom a row of figures is about."""

    SCHOOL = "school"
    AUTHORITY = "authority"
    TRUST = "trust"
    ENGLAND_ALL = "england, all schools"
    ENGLAND_STATE = "england, state-funded"
    ENGLAND_PRIMARY = "england, state-funded primary"
    ENGLAND_SECONDARY = "england, state-funded secondary"
    ENGLAND_SPECIAL = "england, special"


class PupilGroup(StrEnum):
    """The pupils a figure covers. *Disadvantaged* and *other* are the department's own two groups."""

    ALL = "all"
    DISADVANTAGED = "disadvantaged"
    OTHER = "other"
    GIRLS = "girls"
    BOYS = "boys"
    EAL = "english as an additional language"
    NON_MOBILE = "non-mobile"
    PRIOR_LOW = "low prior attainment"
    PRIOR_MIDDLE = "middle prior attainment"
    PRIOR_HIGH = "high prior attainment"

    @property
    def words(self) -> str:
        """The pupils of the group, within a sentence."""
        return _PUPILS_OF[self]


_PUPILS_OF = {
    PupilGroup.ALL: "all pupils",
    PupilGroup.DISADVANTAGED: "disadvantaged pupils",
    PupilGroup.OTHER: "other pupils",
    PupilGroup.GIRLS: "girls",
    PupilGroup.BOYS: "boys",
    PupilGroup.EAL: "pupils with English as an additional language",
    PupilGroup.NON_MOBILE: "non-mobile pupils",
    PupilGroup.PRIOR_LOW: "pupils with low prior attainment",
    PupilGroup.PRIOR_MIDDLE: "pupils with middle prior attainment",
    PupilGroup.PRIOR_HIGH: "pupils with high prior attainment",
}


class Unit(StrEnum):
    """What a figure is counted in, and the range it can have."""

    PERCENT = "percent"  # 0 to 100
    POINTS = "points"  # Attainment 8, EBacc average points; rates, ratios and pounds
    SCALED_SCORE = "scaled score"  # 80 to 120, 100 the expected standard
    PROGRESS = "progress"  # difference from pupils with the same start; 0 is England
    PUPILS = "pupils"  # a count
    DIFFERENCE = "difference"  # between two figures of one unit
    BAND = "band"  # the department's own band, 1 to 5


class Direction(StrEnum):
    """Which way is better."""

    HIGHER_IS_BETTER = "higher is better"
    LOWER_IS_BETTER = "lower is better"
    NEITHER = "neither"  # context: shown, never rated


class Phase(StrEnum):
    """The kind of school as its community names it. Three-tier areas have first, middle and high schools."""

    NURSERY = "nursery"
    FIRST = "first"
    INFANT = "infant"
    JUNIOR = "junior"
    PRIMARY = "primary"
    MIDDLE = "middle"
    SECONDARY = "secondary"
    HIGH = "high"
    ALL_THROUGH = "all-through"
    SPECIAL = "special"
    ALTERNATIVE_PROVISION = "alternative provision"
    INDEPENDENT = "independent"
    SIXTEEN_PLUS = "16 plus"
    UNKNOWN = "unknown"


class KeyStage(StrEnum):
    """The stage of schooling that an indicator is about."""

    KS2 = "key stage 2"
    KS4 = "key stage 4"
    POST_16 = "16 to 18"
    ALL = "all"


class Rating(StrEnum):
    """How a school's figure stands beside a comparator's."""

    STRENGTH = "strength"
    IN_LINE = "in line"
    NO_CLEAR_DIFFERENCE = "no clear difference"
    GAP = "gap"
    NOT_RATED = "not rated"

    @property
    def is_finding(self) -> bool:
        """Whether a difference was found: a strength or a gap. *In line* was shown to be close, the rest nothing."""
        return self in (Rating.STRENGTH, Rating.GAP)


class Framework(StrEnum):
    """Inspection frameworks. Outcomes keep the words of their own; one is never converted into another."""

    GRADED = "graded judgements"
    REPORT_CARD = "report card"


class LocalConcern(StrEnum):
    """What an authority or trust may write down of a school beside its published figures."""

    LEADERSHIP_CHANGE = "leadership change"
    STAFFING = "staffing"
    FINANCE = "finance"
    COMPLAINTS = "complaints"
    SAFEGUARDING = "safeguarding"


#: The concerns that bear on a school's capacity to improve by itself.
CAPACITY = (LocalConcern.LEADERSHIP_CHANGE, LocalConcern.STAFFING, LocalConcern.FINANCE)


def place_by_name(name: str, number: int) -> tuple[str, str, int]:
    """Where a school stands in a list by name, as the key of a sort; ``number`` (its URN) tells namesakes apart.

    Capitals and accents make no difference until all else is equal: É stands beside E, on every machine, whatever its
    locale. Marks and spaces count as they are written.
    """
    folded = unicodedata.normalize("NFC", name).casefold()
    letters = unicodedata.normalize("NFKD", folded).casefold().translate(_LETTERS_OF_THEIR_OWN)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)), folded, number


# Letters that Unicode does not take apart, by the letters beside which an English reader looks for them.
_LETTERS_OF_THEIR_OWN = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŋ": "n"}
)


def round_half_up(value: float, decimals: int) -> Decimal:
    """Round ``value`` to ``decimals``, a half away from zero, as the department does.

    The value is first read at ten decimals, so that 0.285 stored as 0.28499999999999998 rounds as 0.285 does.
    """
    exact = Decimal(format(float(value), ".10f"))
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def count_noun(number: float, noun: str) -> str:
    """``1 school``, ``2,000 schools``, ``1.5 points``: for nouns whose plural adds an s."""
    return f"{number:g} {noun}" if number == 1 else f"{number:,g} {noun}s" if number % 1 else f"{number:,.0f} {noun}s"


def name_place(trust: int | None) -> str:
    """What an edition is about, in a word: a trust where it has a trust's group UID, else an area."""
    return "area" if trust is None else "trust"


MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def format_date(date: str) -> str:
    """Write an ISO date as ``1 November 2019``; any other text is given back."""
    try:
        day = datetime.date.fromisoformat(date)
    except ValueError:
        return date
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def name_academic_year(year: int) -> str:
    """Name the academic year that ends in calendar ``year``: ``2019`` is ``2018/19``."""
    return f"{year - 1}/{year % 100:02d}"


def read_academic_year(text: str) -> int:
    """Give the calendar year in which an academic year ends: ``2018/19``, ``2018-2019``, ``201819`` are 2019.

    Raises ValueError where the text names no academic year or its two halves do not follow each other.
    """
    digits = [part for part in text.strip().replace("/", "-").split("-") if part]
    if len(digits) == 1 and len(digits[0]) == 6 and digits[0].isdigit():
        digits = [digits[0][:4], digits[0][4:]]
    if len(digits) == 2 and all(part.isdigit() for part in digits) and len(digits[0]) == 4:
        start, end = int(digits[0]), digits[1]
        if len(end) in (2, 4) and (start + 1) % 10 ** len(end) == int(end):
            return start + 1
    raise ValueError(f"{text!r} is not an academic year; write it like 2018/19")
