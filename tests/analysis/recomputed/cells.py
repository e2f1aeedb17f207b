"""From the cells of the published files to tellings, and from tellings to the figure that counts (method 1)."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

WITHHELD = {"SUPP", "c", "RE", "u", "SUPP!", "SN", "k", "low"}
SAYS_WHY = {"LOWCOV", "NE", "NP"}
ENGLAND, AUTHORITY = "England", "Authority"
KS2_COLUMNS = {
    "ks2_rwm_expected": "PTRWM_EXP",
    "ks2_rwm_higher": "PTRWM_HIGH",
    "ks2_reading_expected": "PTREAD_EXP",
    "ks2_reading_score": "READ_AVERAGE",
    "ks2_maths_expected": "PTMAT_EXP",
    "ks2_maths_score": "MAT_AVERAGE",
    "ks2_gps_expected": "PTGPS_EXP",
    "ks2_gps_score": "GPS_AVERAGE",
    "ks2_writing_expected": "PTWRITTA_EXP",
    "ks2_science_expected": "PTSCITA_EXP",
    "ks2_reading_progress": "READPROG",
    "ks2_writing_progress": "WRITPROG",
    "ks2_maths_progress": "MATPROG",
}
KS2_TIDY = {
    "Reading, writing and maths": {"ks2_rwm_expected": "expected", "ks2_rwm_higher": "higher"},
    "Reading": {"ks2_reading_expected": "expected", "ks2_reading_score": "score", "ks2_reading_progress": "progress"},
    "Writing": {"ks2_writing_expected": "expected", "ks2_writing_progress": "progress"},
    "Maths": {"ks2_maths_expected": "expected", "ks2_maths_score": "score", "ks2_maths_progress": "progress"},
    "Grammar, punctuation and spelling": {"ks2_gps_expected": "expected", "ks2_gps_score": "score"},
    "Science": {"ks2_science_expected": "expected"},
}
TIDY_COLUMN = {
    "expected": "expected_standard_pupil_percent",
    "higher": "higher_standard_pupil_percent",
    "score": "average_scaled_score",
    "progress": "progress_measure_score",
}
KS4_COLUMNS = {
    "ks4_attainment8": "ATT8SCR",
    "ks4_attainment8_english": "ATT8SCRENG",
    "ks4_attainment8_maths": "ATT8SCRMAT",
    "ks4_attainment8_ebacc": "ATT8SCREBAC",
    "ks4_attainment8_open": "ATT8SCROPEN",
    "ks4_english_maths_94": "PTL2BASICS_94",
    "ks4_english_maths_95": "PTL2BASICS_95",
    "ks4_ebacc_points": "EBACCAPS",
}
KS4_TIDY = {
    "ks4_attainment8": "attainment8_average",
    "ks4_attainment8_english": "attainment8eng_average",
    "ks4_attainment8_maths": "attainment8mat_average",
    "ks4_attainment8_ebacc": "attainment8ebacc_average",
    "ks4_attainment8_open": "attainment8open_average",
    "ks4_english_maths_94": "engmath_94_percent",
    "ks4_english_maths_95": "engmath_95_percent",
    "ks4_ebacc_points": "ebacc_aps_average",
}
LOCAL = {
    "phonics_expected": "local_phonics",
    "multiplication_check_score": "local_multiplication_check",
    "early_years_good_level": "local_early_years",
}


@dataclass
class Figure:
    """One telling: school (or England) x measure x year, with what its file says of it."""

    who: str
    measure: str
    year: str
    text: str
    pupils: float = None
    low: float = None
    high: float = None
    step: float = 1.0
    back: int = 0  # 0 in the row of its own year, else how many years later it was told
    source: str = ""

    @property
    def value(self):
        """The number in the cell, or None."""
        return number(self.text)


def number(text):
    """A cell as a number, or None where it holds a word."""
    try:
        return float(str(text).strip().rstrip("%").replace(",", ""))
    except ValueError:
        return None


def decimals(text):
    """How many decimals a cell needs: trailing noughts are left out."""
    text = str(text).strip().rstrip("%")
    return len(text.split(".")[1].rstrip("0")) if number(text) is not None and "." in text else 0


def step_of(column, england=None):
    """The step to which a column is rounded: of its school cells, and of England's where those are finer."""
    school = 10.0 ** -max([decimals(t) for t in column] or [0])
    if england is None:
        return school
    return min(school, 10.0 ** -max([decimals(t) for t in england] or [0]))


def read(path):
    """A file of texts; headings in capitals, as files differ in them."""
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UnicodeDecodeError:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="cp1252")
    return frame


def year_of(path, frame):
    """The academic year a file is of: by its own column, else by its folder."""
    for name in ("time_period", "TIME_PERIOD"):
        if name in frame and len(frame):
            t = frame[name].iloc[0]
            return t[:4] + "/" + t[4:]
    found = re.search(r"(20\d\d)-(20\d\d)", str(Path(path).parent.name))
    return found.group(1) + "/" + found.group(2)[2:] if found else None


def back_year(year, back):
    """The academic year so many years before."""
    start = int(year[:4]) - back
    return f"{start}/{(start + 1) % 100:02d}"


class Collector:
    """Takes cells in and hands figures out."""

    def __init__(self):
        self.figures = []

    def add_column(self, frame, names, measure, year, column, pupils=None, limits=None, back=0, source=""):
        """One column of a frame; `names` says whose each row is (a URN, England, or None)."""
        if column not in frame:
            return
        cells = list(frame[column])
        step = step_of(
            [t for t, n in zip(cells, names, strict=True) if n and n not in (AUTHORITY,) and not n.startswith(ENGLAND)]
        )
        step_england = step_of(
            [t for t, n in zip(cells, names, strict=True) if n and not n.startswith(ENGLAND)],
            [t for t, n in zip(cells, names, strict=True) if n and n.startswith(ENGLAND)],
        )
        counts = [number(t) for t in pupils] if pupils is not None else [None] * len(cells)
        lows = [number(t) for t in frame[limits[0]]] if limits else [None] * len(cells)
        highs = [number(t) for t in frame[limits[1]]] if limits else [None] * len(cells)
        for name, text, count, low, high in zip(names, cells, counts, lows, highs, strict=True):
            if name:
                self.figures.append(
                    Figure(
                        name,
                        measure,
                        year,
                        text.strip(),
                        count,
                        low,
                        high,
                        step_england if name.startswith(ENGLAND) else step,
                        back,
                        source,
                    )
                )


def collect(published, local):
    """All tellings of all files, by (who, measure, year)."""
    frames = {}
    for path in sorted(Path(published).rglob("*.csv")):
        frame = read(path)
        frames[path] = (frame, year_of(path, frame))
    out = Collector()
    pupils = {}
    for frame, year in frames.values():
        columns = {c.upper() for c in frame}
        if "TELIG" in columns and "school_urn" in frame:
            _ks2_pupils(frame, pupils, year)
        if "SCHOOLTYPE" in columns and "NOR" in columns:
            _census_pupils(frame, pupils, year)
    for frame, year in frames.values():
        name = path.name
        if "PTRWM_EXP" in frame:
            _ks2_wide(out, frame, year, name)
        elif "expected_standard_pupil_percent" in frame:
            _ks2_tidy(out, frame, year, name, pupils)
        elif "attainment8_average" in frame:
            _ks4_tidy(out, frame, year, name)
        elif "ATT8SCR" in frame and "RECTYPE" in frame:
            _ks4_wide(out, frame, year, name)
        elif "OVERALL_DESTPER" in frame:
            _destinations(out, frame, year, name)
        elif "PPERSABS10" in frame:
            _absence(out, frame, year, name, pupils)
        elif "enrolments_pa_10_exact_percent" in frame:
            _absence_tidy(out, frame, year, name)
    _local_returns(out, Path(local) / "local_returns.csv")
    tellings = defaultdict(list)
    for f in out.figures:
        tellings[f.who, f.measure, f.year].append(f)
    return tellings


def _ks2_pupils(frame, pupils, year):
    for _, row in frame.iterrows():
        if row["geographic_level"] == "School":
            pupils["ks2", row["school_urn"], year] = (row["telig"], row["tfsm6cla1a"], row["tnotfsm6cla1a"])


def _census_pupils(frame, pupils, year):
    for urn, nor in zip(frame["URN"], frame["NOR"], strict=True):
        pupils["nor", urn, year] = nor


def _names(frame, levels):
    """Whose each row of a wide file is, by its RECTYPE: 1 and 2 are schools."""
    return [u if t in ("1", "2") else levels.get(t) for t, u in zip(frame["RECTYPE"], frame["URN"], strict=True)]


def _ks2_wide(out, frame, year, source):
    names = _names(frame, {"5": ENGLAND, "3": AUTHORITY})
    other = "TNOTFSM6CLA1A" if "TNOTFSM6CLA1A" in frame else "TNotFSM6CLA1A"
    for key, column in KS2_COLUMNS.items():
        limits = (column + "_LOWER", column + "_UPPER") if key.endswith("progress") else None
        people = None if limits else frame["TELIG"]
        out.add_column(frame, names, key, year, column, people, limits, 0, source)
        for suffix, back in _suffixes(frame, column, year):
            lim = (column + "_LOWER" + suffix, column + "_UPPER" + suffix) if limits else None
            people = None if limits else frame["TELIG" + suffix]
            out.add_column(frame, names, key, back_year(year, back), column + suffix, people, lim, back, source)
    for key, column, people in (
        ("ks2_rwm_expected_disadvantaged", "PTRWM_EXP_FSM6CLA1A", "TFSM6CLA1A"),
        ("ks2_rwm_expected_other", "PTRWM_EXP_NotFSM6CLA1A", other),
    ):
        out.add_column(frame, names, key, year, column, frame[people], None, 0, source)
        for suffix, back in _suffixes(frame, column, year):
            out.add_column(frame, names, key, back_year(year, back), column + suffix, None, None, back, source)


def _suffixes(frame, column, year):
    """Look-backs PTRWM_EXP_24 and the like: the suffix is the year in which that academic year ended."""
    end = int(year[:4]) + 1
    return [(f"_{(end - b) % 100:02d}", b) for b in (1, 2) if column + f"_{(end - b) % 100:02d}" in frame]


def _ks2_tidy(out, frame, year, source, pupils):
    level = frame["geographic_level"]
    whose = [
        u if lv == "School" else {"National": ENGLAND, "Local authority": AUTHORITY}.get(lv)
        for lv, u in zip(level, frame["school_urn"], strict=True)
    ]
    for subject, parts in KS2_TIDY.items():
        for key, part in parts.items():
            here = (frame["subject"] == subject) & (frame["breakdown_topic"] == "All pupils")
            _tidy_part(out, frame, whose, here, key, year, part, source, pupils, 0)
    for key, breakdown, at in (
        ("ks2_rwm_expected_disadvantaged", "Disadvantaged", 1),
        ("ks2_rwm_expected_other", "Not known to be disadvantaged", 2),
    ):
        here = (frame["subject"] == "Reading, writing and maths") & (frame["breakdown"] == breakdown)
        _tidy_part(out, frame, whose, here, key, year, "expected", source, pupils, at)


def _tidy_part(out, frame, whose, here, key, year, part, source, pupils, at):
    rows = frame[here]
    names = [n for n, h in zip(whose, here, strict=True) if h]
    limits = ("progress_measure_lower_conf_interval", "progress_measure_upper_conf_interval")
    people = None if part == "progress" else [pupils.get(("ks2", n, year), ("",) * 3)[at] for n in names]
    out.add_column(rows, names, key, year, TIDY_COLUMN[part], people, limits if part == "progress" else None, 0, source)


def _ks4_tidy(out, frame, year, source):
    rows = frame[frame["breakdown_topic"].isin(["Total", "Disadvantage status"])]
    state = rows["establishment_type_group"] == "All state-funded"
    names = [
        u if lv == "School" else {"National": ENGLAND, "Local authority": AUTHORITY}.get(lv) if s else None
        for lv, u, s in zip(rows["geographic_level"], rows["school_urn"], state, strict=True)
    ]
    for breakdown, tail in (
        ("Total", ""),
        ("Disadvantaged", "_disadvantaged"),
        ("Not known to be disadvantaged", "_other"),
    ):
        here = rows["breakdown"] == breakdown
        part = rows[here]
        whose = [n for n, h in zip(names, here, strict=True) if h]
        for key, column in KS4_TIDY.items():
            if not tail or key == "ks4_attainment8":
                out.add_column(part, whose, key + tail, year, column, part["pupil_count"], None, 0, source)
        if not tail:
            out.add_column(
                part,
                whose,
                "ks4_progress8",
                year,
                "progress8_average",
                part["progress8_pupil_count"],
                ("progress8_lower_95_ci", "progress8_upper_95_ci"),
                0,
                source,
            )


def _ks4_wide(out, frame, year, source):
    names = _names(frame, {"7": ENGLAND, "4": AUTHORITY})
    groups = (
        ("ks4_attainment8_disadvantaged", "ATT8SCR_FSM6CLA1A", "TFSM6CLA1A"),
        ("ks4_attainment8_other", "ATT8SCR_NFSM6CLA1A", "TNOTFSM6CLA1A"),
    )
    for suffix, back in (("", 0), ("_PREV", 1), ("_PREV2", 2)):
        of = back_year(year, back)
        count = frame.get("TPUP" + suffix, None)
        for key, column in KS4_COLUMNS.items():
            out.add_column(frame, names, key, of, column + suffix, count, None, back, source)
        if "P8MEA" + suffix in frame:
            out.add_column(
                frame,
                names,
                "ks4_progress8",
                of,
                "P8MEA" + suffix,
                frame["P8PUP" + suffix],
                ("P8CILOW" + suffix, "P8CIUPP" + suffix),
                back,
                source,
            )
        for key, column, people in groups:
            if column + suffix in frame:
                out.add_column(frame, names, key, of, column + suffix, frame[people + suffix], None, back, source)


def _destinations(out, frame, year, source):
    names = _names(frame, {"NAT": ENGLAND, "LA": AUTHORITY})
    out.add_column(
        frame, names, "ks4_destinations", back_year(year, 2), "OVERALL_DESTPER", frame["COHORT"], None, 0, source
    )
    for suffix, back in (("_22", 1), ("_21", 2)):
        out.add_column(
            frame,
            names,
            "ks4_destinations",
            back_year(year, 2 + back),
            "OVERALL_DESTPER" + suffix,
            frame["COHORT" + suffix],
            None,
            back,
            source,
        )


def _absence(out, frame, year, source, pupils):
    names = [
        ENGLAND + " " + e if la == "NAT" else u
        for la, e, u in zip(frame["LA"], frame["ESTAB"], frame["URN"], strict=True)
    ]
    people = [pupils.get(("nor", n, year), "") for n in names]
    out.add_column(frame, names, "absence_overall", year, "PERCTOT", people, None, 0, source)
    out.add_column(frame, names, "absence_persistent", year, "PPERSABS10", people, None, 0, source)


def _absence_tidy(out, frame, year, source):
    phase = {"State-funded primary": "PRI", "State-funded secondary": "SEC", "Special": "SPE"}
    names = [
        u
        if lv == "School"
        else ENGLAND + " " + phase.get(p, "")
        if lv == "National"
        else AUTHORITY
        if lv == "Local authority" and p == "Total"
        else None
        for lv, u, p in zip(frame["geographic_level"], frame["school_urn"], frame["education_phase"], strict=True)
    ]
    for key, column in (
        ("absence_overall", "sess_overall_percent"),
        ("absence_persistent", "enrolments_pa_10_exact_percent"),
    ):
        out.add_column(frame, names, key, year, column, frame["enrolments"], None, 0, source)


def _local_returns(out, path):
    if not path.exists():
        return
    frame = read(path)
    frame = frame[~frame["urn"].str.startswith("#")]
    for (measure, year), rows in frame.groupby(["measure", "year"]):
        if measure in LOCAL:
            out.add_column(
                rows, list(rows["urn"]), LOCAL[measure], year, "value", rows["pupils"], None, 0, "local_returns.csv"
            )


def choose(tellings):
    """The telling that counts among several of one school, measure and year; None where it is withheld or untold."""
    if any(t.text in WITHHELD for t in tellings):
        return None
    own_words = [t for t in tellings if t.back == 0 and t.text in SAYS_WHY]
    if own_words:
        return None
    told = [t for t in tellings if t.value is not None]
    if not told:
        return None
    return min(told, key=lambda t: (t.pupils is None, t.back))
