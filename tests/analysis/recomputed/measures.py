"""The measures (indicators.md) as one table: what each is, how chance is modelled, and what counts as much."""

from dataclasses import dataclass

PHI_USUAL = {"share": 1.4, "average": 1.7, "progress": 2.7}


@dataclass(frozen=True)
class Measure:
    """One indicator: kind of figure, spread between pupils, least difference, margin, theme and so on."""

    key: str
    kind: str  # share, average or progress
    stage: str  # ks2, ks4, absence or local
    theme: str
    sigma: float = 0.0  # spread between pupils of an average
    least: float = 0.0  # least difference that counts; of a share one whole pupil
    margin: float = 8.0  # of "in line"
    scale: tuple = (0.0, 100.0)  # possible values
    lower_better: bool = False
    key_priority: bool = False
    subjects: tuple = ()
    group: str = "all"
    same_pupils: bool = False  # the years count the same pupils
    behind: int = 0  # years published behind
    minimum_years: int = 1
    minimum_pupils: int = 11

    @property
    def phi_usual(self):
        """What drift is usual of such figures (method 3)."""
        return 1.0 if self.same_pupils else PHI_USUAL[self.kind]


def _share(key, stage, theme="attainment", **more):
    return Measure(key, "share", stage, theme, **more)


def _average(key, stage, sigma, least, margin, scale, **more):
    return Measure(key, "average", stage, more.pop("theme", "attainment"), sigma, least, margin, scale, **more)


def _progress(key, stage, least, margin, **more):
    return Measure(key, "progress", stage, "progress", 0.0, least, margin, (float("-inf"), float("inf")), **more)


MEASURES = [
    _share("ks2_rwm_expected", "ks2", key_priority=True),
    _share("ks2_rwm_expected_disadvantaged", "ks2", "disadvantaged", key_priority=True, group="disadvantaged"),
    _share("ks2_rwm_higher", "ks2"),
    _share("ks2_reading_expected", "ks2", subjects=("reading",)),
    _average("ks2_reading_score", "ks2", 8, 1, 2, (80, 120), subjects=("reading",)),
    _share("ks2_maths_expected", "ks2", subjects=("maths",)),
    _average("ks2_maths_score", "ks2", 8, 1, 2, (80, 120), subjects=("maths",)),
    _share("ks2_gps_expected", "ks2", subjects=("grammar",)),
    _average("ks2_gps_score", "ks2", 8, 1, 2, (80, 120), subjects=("grammar",)),
    _share("ks2_writing_expected", "ks2", subjects=("writing",)),
    _share("ks2_science_expected", "ks2", subjects=("science",)),
    _progress("ks2_reading_progress", "ks2", 0.5, 1.5, subjects=("reading",)),
    _progress("ks2_writing_progress", "ks2", 0.5, 1.5, subjects=("writing",)),
    _progress("ks2_maths_progress", "ks2", 0.5, 1.5, subjects=("maths",)),
    _average("ks4_attainment8", "ks4", 19, 1, 4, (0, 90), key_priority=True),
    _progress("ks4_progress8", "ks4", 0.1, 0.3, key_priority=True),
    _average(
        "ks4_attainment8_disadvantaged",
        "ks4",
        19,
        1,
        4,
        (0, 90),
        key_priority=True,
        group="disadvantaged",
        theme="disadvantaged",
    ),
    _average("ks4_attainment8_english", "ks4", 4.3, 0.5, 1, (0, 18), subjects=("english",)),
    _average("ks4_attainment8_maths", "ks4", 4.7, 0.5, 1, (0, 18), subjects=("maths",)),
    _average("ks4_attainment8_ebacc", "ks4", 6.8, 0.5, 1.5, (0, 27), subjects=("sciences_humanities_languages",)),
    _average("ks4_attainment8_open", "ks4", 6.6, 0.5, 1.5, (0, 27)),
    _share("ks4_english_maths_94", "ks4"),
    _share("ks4_english_maths_95", "ks4"),
    _average("ks4_ebacc_points", "ks4", 2.1, 0.1, 0.4, (0, 9)),
    _share("ks4_destinations", "ks4", "destinations", behind=2),
    _average(
        "absence_overall", "absence", 9, 0.3, 1, (0, 100), theme="attendance", lower_better=True, same_pupils=True
    ),
    _share(
        "absence_persistent",
        "absence",
        "attendance",
        margin=4.0,
        lower_better=True,
        key_priority=True,
        same_pupils=True,
    ),
    _share("local_early_years", "local"),
    _share("local_phonics", "local", subjects=("reading",)),
    _average("local_multiplication_check", "local", 6, 1, 2, (0, 25), subjects=("maths",)),
]
BY_KEY = {m.key: m for m in MEASURES}


def window(year, measure):
    """The three academic years looked at, such as 2022/23 to 2024/25, earliest first."""
    last = int(year[:4]) - measure.behind
    return [f"{y}/{(y + 1) % 100:02d}" for y in range(last - 2, last + 1)]
