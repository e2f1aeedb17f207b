"""The fictional country: two small areas written out school by school (schools.yaml), and a whole England by lot.

Nothing here is real. What a school is there to show stands in its ``shows``; docs/sample.md is written from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources

import numpy as np
from pydantic import Field

from pipeline.foundation.yaml_files import Record, read_record

#: The academic years of every edition, by the calendar year in which they end.
YEARS = (2023, 2024, 2025)

AUTHORITY_NAMES = {996: "Ambershire", 997: "Northmere", 998: "Marlshire"}
TRUST_NAMES = {99001: "The Larkmere Schools Trust", 99002: "Marl Valley Learning Trust"}
TRUST_UID = 99001
COUNTY = 998

#: The district of each of the county's towns, as the register has it.
DISTRICTS = {
    "Brackmere": "North Marl",
    "Dunwick Heath": "North Marl",
    "Harrowfold": "North Marl",
    "Ottercombe": "North Marl",
    "Tamsley": "North Marl",
    "Fennicote": "Larkstead",
    "Larkstead": "Larkstead",
    "Pellbury": "Larkstead",
    "Quenford": "Larkstead",
    "Sallowby": "Marl Vale",
    "Thornmarsh": "Marl Vale",
    "Upper Sallow": "Marl Vale",
    "Wychlade": "Marl Vale",
}

#: Where each town lies, in metres on the National Grid: in the North Sea, as the country is invented.
TOWNS = {
    "Brackmere": (641_000, 488_000),
    "Dunwick Heath": (646_500, 492_000),
    "Harrowfold": (636_000, 494_500),
    "Ottercombe": (632_500, 486_500),
    "Tamsley": (648_000, 484_000),
    "Fennicote": (622_000, 476_500),
    "Larkstead": (628_000, 474_000),
    "Pellbury": (634_000, 471_500),
    "Quenford": (626_500, 467_000),
    "Sallowby": (646_000, 470_000),
    "Thornmarsh": (652_500, 475_500),
    "Upper Sallow": (650_000, 466_500),
    "Wychlade": (643_500, 463_000),
    "Larkmere": (604_000, 452_000),
    "Fellmoor": (592_500, 463_500),
    "Harle Tarn": (588_000, 449_000),
    "Hollin Amber": (613_500, 444_500),
    "Moorcross": (597_000, 440_500),
    "Northmere": (607_500, 461_000),
    "Quillbrook": (617_000, 455_000),
    "Sorrelby": (601_500, 445_500),
    "Staithe": (584_500, 456_500),
}

#: How many times the rest of England is counted in the England rows.
REST_OF_ENGLAND_TIMES = 20

TYPE_NAMES = {
    "CY": "Community school",
    "VA": "Voluntary aided school",
    "VC": "Voluntary controlled school",
    "FD": "Foundation school",
    "AC": "Academy sponsor led",
    "ACC": "Academy converter",
    "F": "Free school",
    "CYS": "Community special school",
    "ACCS": "Academy special converter",
    "PRU": "Pupil referral unit",
    "IND": "Other independent school",
}


class Inspection(Record):
    """One inspection as its publisher words it. Grades are 1 to 4, 9 where a judgement was not made."""

    kind: str  # "graded", "ungraded" or "report card"
    date: str  # ISO date it started
    published: str  # ISO date
    overall: str = ""  # "2", "Not judged", or an ungraded outcome in words
    quality: str = "9"
    leadership: str = "2"
    concern: str = ""  # "SM" special measures, "SWK" serious weaknesses
    urn: int | None = None  # where it was inspected under another URN
    name: str = ""  # the name it had then
    areas: dict[str, str] = Field(default_factory=dict)  # report cards: area → grade
    safeguarding: str = "Yes"


class School(Record):
    """One invented school under one URN."""

    urn: int
    estab: int
    name: str = ""
    town: str = ""
    shows: str = ""
    la: int = COUNTY
    code: str = "CY"  # NFTYPE as the results files abbreviate it
    ages: tuple[int, int] = (4, 11)
    ks2: int = 0  # pupils a year at the end of key stage 2
    ks4: int = 0
    roll: int = 0
    strength: float = 0.0  # in pupil standard deviations above a school of its intake
    disadvantaged: float = 0.27  # share of pupils
    eal: float = 0.06
    absence: float = 1.0  # times the usual absence of its phase
    religion: str = "Does not apply"
    gender: str = "Mixed"
    years: tuple[int, ...] = YEARS  # academic years with pupils on roll
    opened: str = ""  # ISO dates
    closed: str = ""
    trust: int | None = None
    predecessors: tuple[int, ...] = ()
    successor: int | None = None
    merged: bool = False
    new: bool = False  # no results yet: its row stops at the word NEW
    low_coverage: bool = False
    inspections: tuple[Inspection, ...] = ()
    aside: bool = False  # the rest of England: counted, never printed

    @property
    def laestab(self) -> int:
        return self.la * 10_000 + self.estab

    @property
    def special(self) -> bool:
        return self.code in {"CYS", "ACCS"}

    @property
    def independent(self) -> bool:
        return self.code == "IND"

    @property
    def academy(self) -> bool:
        return self.code in {"AC", "ACC", "ACCS", "F"}

    @property
    def type_group(self) -> str:
        """How the tidy files group kinds of school."""
        if self.independent:
            return "Independent schools"
        if self.special:
            return "Special schools"
        names = {"AC": "Sponsored academies", "ACC": "Converter academies", "F": "Free schools"}
        return names.get(self.code, "Local authority maintained schools")

    @property
    def census_phase(self) -> str:
        """Which England row covers the school: a middle school is deemed secondary by its age range."""
        if self.special or self.code == "PRU":
            return "special"
        return "secondary" if self.ages[1] > 11 else "primary"


class _Schools(Record):
    usual_inspections: tuple[Inspection, ...]
    county: tuple[School, ...]
    trust: tuple[School, ...]
    rest_of_england: tuple[School, ...] = Field(min_length=4)


@cache
def _read_schools() -> _Schools:
    with resources.as_file(resources.files("pipeline.sample") / "schools.yaml") as path:
        return read_record(path, _Schools)


def found_county() -> tuple[School, ...]:
    """The schools of Marlshire, predecessors included."""
    return _read_schools().county


def found_trust() -> tuple[School, ...]:
    """The nine secondary schools of the trust."""
    return _read_schools().trust


def found_rest_of_england() -> tuple[School, ...]:
    """Four stand-ins that are counted in England's rows and printed nowhere."""
    return _read_schools().rest_of_england


def pick_year(schools: Iterable[School], year: int) -> list[School]:
    """The schools with pupils in ``year``, in order."""
    return [school for school in schools if year in school.years]


def invent_england(schools: int, seed: int, differences: bool) -> tuple[School, ...]:
    """Draw a country of ``schools`` schools: seven in ten primary, one in seven secondary, the rest special or private.

    ``differences`` false makes every school the same but for chance and size: one intake, one strength, one absence.
    """
    rng = np.random.default_rng([seed, 1])
    kinds = np.searchsorted([0.70, 0.842, 0.892], rng.random(schools), side="right")
    sizes = rng.random(schools)
    strengths = (rng.random((schools, 4)).sum(axis=1) - 2) * 0.52  # standard deviation 0.3
    intakes = 0.04 + 0.74 * rng.random(schools) ** 2
    if not differences:
        strengths, intakes = np.zeros(schools), np.full(schools, 0.29)
    draws = zip(kinds.tolist(), sizes.tolist(), strengths.tolist(), intakes.tolist(), strict=True)
    return tuple(_invent_school(number, *draw) for number, draw in enumerate(draws))


def _invent_school(number: int, kind: int, size: float, strength: float, intake: float) -> School:
    primary_pupils, secondary_pupils, few = 8 + int(size * 62), 90 + int(size * 190), 4 + int(size * 12)
    by_kind: tuple[dict[str, object], ...] = (
        {"code": ("CY", "ACC", "VC", "VA")[number % 4], "ks2": primary_pupils, "roll": primary_pupils * 7},
        {"code": ("ACC", "AC")[number % 2], "ages": (11, 16), "ks4": secondary_pupils, "roll": secondary_pupils * 5},
        {"code": "CYS", "ages": (3, 19), "ks2": few, "ks4": few + 1, "roll": few * 9, "strength": -3.0},
        {"code": "IND", "ages": (11, 18), "ks4": 15 + int(size * 80), "roll": 300, "strength": -0.9},
    )
    drawn: dict[str, object] = {
        "urn": 200_001 + number,
        "la": 201 + number % 152,
        "estab": (2001, 4001, 7001, 6001)[kind] + number // 152,
        "name": f"School {number + 1}",
        "strength": strength,
        "disadvantaged": intake,
        "absence": 0.71 + intake,
    }
    return School.model_validate(drawn | by_kind[kind])
