"""What the invented pupils sat at key stage 4, subject by subject, and the grades they reached.

English, maths, science, humanities and languages are the same pupils' grades as in the other files; the rest is drawn
apart, so that nothing else of the sample depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

GCSE, DOUBLE = "GCSE (9-1) Full Course", "GCSE (9-1) Full Course (Double Award)"
BTEC = "BTEC Technical Award L1 / 2 - Band E - P1-D*2"
_NINE_TO_ONE = ("9", "8", "7", "6", "5", "4", "3", "2", "1", "U")
_DOUBLE = ("99", "88", "77", "66", "55", "44", "33", "22", "11", "U")
_BTEC = ("Level 2 Distinction *", "Level 2 Distinction", "Level 2 Merit", "Level 2 Pass", "Level 1 Pass", "U")


@dataclass(frozen=True)
class Subject:
    """One subject as the department's files word it; ``grades`` are listed from the highest."""

    title: str
    code: str
    group: str
    qualification: str = GCSE
    grades: tuple[str, ...] = _NINE_TO_ONE


SUBJECTS = {
    "english": Subject("English Language", "FK2B", "English Language"),
    "maths": Subject("Mathematics", "RB1", "Maths (General)"),
    "science": Subject("Combined Science", "RA1E", "Science: Double Award", DOUBLE, _DOUBLE),
    "biology": Subject("Biology", "RH3", "Biology"),
    "chemistry": Subject("Chemistry", "RD1", "Chemistry (General)"),
    "physics": Subject("Physics", "RC1", "Physics (General)"),
    "history": Subject("History", "DB", "History"),
    "geography": Subject("Geography", "RF4", "Geography"),
    "french": Subject("French", "FKB", "French Language"),
    "german": Subject("German", "FKC", "German Language"),
    "religion": Subject("Religious Studies", "DD1", "Religious Studies"),
    "art": Subject("Art & Design", "JA2", "Art & Design"),
    "computing": Subject("Computer Science", "CK1", "Computer Studies/Computing"),
    "drama": Subject("Drama & Theatre Studies", "LC11", "Speech & Drama"),
    "sport": Subject("Sports Studies", "MA1", "Sports Studies", BTEC, _BTEC),
}
_SCIENCES = ("biology", "chemistry", "physics")
_GRADES_BELOW = (0, 0, 1, 1, 2, 3, 4)  # how far a grade in one of them lies below the pupil's science, as likely each
#: Subjects drawn apart: the share of pupils who take each, how far above the pupils' other grades, and the top grade.
_OPTIONS = {
    "religion": (0.4, 0.3),
    "art": (0.24, 0.4),
    "computing": (0.16, 0.2),
    "drama": (0.06, 0.4),
    "sport": (0.1, 0),
}


def name_count(subject: str, grade: str) -> str:
    """Under which name a tally counts the entries of ``subject`` that reached ``grade``."""
    return f"subject_{subject}_{grade}"


def count_grades(
    school: np.ndarray, schools: int, core: Mapping[str, np.ndarray], takes: Mapping[str, np.ndarray], seed: list[int]
) -> dict[tuple[str, str], np.ndarray]:
    """Entries by subject and grade, int64, one a school.

    ``school`` numbers each pupil's school; ``core`` holds the pupils' grades (english, maths, science, humanities,
    language) and ``takes`` who takes triple science, a humanity, a language.
    """
    rng, of_sciences = np.random.default_rng([*seed, 45]), np.random.default_rng([*seed, 46])
    every = np.ones(len(school), bool)
    pupil = np.arange(len(school))
    even, french = pupil % 2 == 0, pupil % 3 > 0
    entered = {
        "english": (every, core["english"]),
        "maths": (every, core["maths"]),
        "science": (~takes["triple"], core["science"]),
        **{
            name: (takes["triple"], core["science"] - of_sciences.choice(_GRADES_BELOW, size=len(school)))
            for name in _SCIENCES
        },
        "history": (takes["humanities"] & even, core["humanities"]),
        "geography": (takes["humanities"] & ~even, core["humanities"]),
        "french": (takes["language"] & french, core["language"]),
        "german": (takes["language"] & ~french, core["language"]),
    }
    middle = (core["english"] + core["maths"] + core["science"]) / 3
    for name, (share, above) in _OPTIONS.items():
        chosen = rng.random(len(school)) < share
        reached = np.clip(np.floor(middle + above + 3.0 * (rng.random(len(school)) - 0.5) + 0.5), 0, 9).astype(int)
        entered[name] = (chosen, reached)
    counts = {}
    for name, (chosen, reached) in entered.items():
        grades = SUBJECTS[name].grades
        place = np.clip(9 - reached, 0, 9) * len(grades) // 10
        for number, grade in enumerate(grades):
            found = np.bincount(school[chosen & (place == number)], minlength=schools)
            counts[name_count(name, grade), "all"] = found.astype(np.int64)
    return counts
