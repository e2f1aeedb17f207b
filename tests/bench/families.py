"""The families of later years for an invented country: 16 to 18, suspensions, workforce, tidy absence, destinations,
subjects at key stage 4, and what authorities' results are compared by: key stage 4, early years, LAIT with phonics.

Their numbers are drawn without a school behind them: what is measured is how many there are and in which layout
(``headings.yaml``). What the sample writes is written by the sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from pipeline.foundation.vocabulary import Unit
from pipeline.sample.country import School
from pipeline.sample.files.attendance import write_destinations
from pipeline.sample.files.ees import print_ees_absence, write_ees_ks4_subjects
from pipeline.sample.printing import Texts, as_texts, print_numbers, print_percent, round_half_up, write_csv
from pipeline.sample.results import invent_absence, invent_destinations, invent_ks4
from pipeline.sources.families.tidy.ees import load_tidy_aliases
from pipeline.sources.tabular.columns import Figure, load_aliases

_HEADINGS = yaml.safe_load((Path(__file__).parent / "headings.yaml").read_text(encoding="utf-8"))
_SHARES, _NUMBERS = ("pt_", "avg_", "average_"), ("t_", "sess_", "enrolments_")
_EVERYWHERE = {"time_identifier": "Academic year", "country_code": "E92000001", "country_name": "England"}
_PHASES = {"primary": "State-funded primary", "secondary": "State-funded secondary", "special": "Special"}
_WORKFORCE = (
    *("LA Number", "Establishment Number", "URN", "School Phase", "Total Number of Teachers (Headcount)"),
    *("Total Number of Teachers (Full-Time Equivalent)", "Pupil:     Teacher Ratio"),
    "Mean Gross FTE Salary of All Teachers (£s)",
)
_SUSPENSIONS = (
    *("time_identifier", "time_period", "geographic_level", "country_code", "country_name", "region_code"),
    *("region_name", "old_la_code", "new_la_code", "la_name", "estab", "school_laestab", "school_urn", "school_name"),
    *("trust_name", "academy_type", "academy_open_date", "education_phase", "headcount", "perm_excl"),
    *("perm_excl_rate", "suspension", "susp_rate", "one_plus_susp", "one_plus_susp_rate"),
)


def write_families(folder: Path, country: Sequence[School], years: Sequence[int], seed: int, *, reported: int) -> None:
    """Write into the year folders of ``folder`` what ``write_england`` leaves out.

    Every year has tidy absence in its layout of 80 columns, destinations of the leavers of two years before, 16 to 18,
    the workforce and authorities' early years. Of all years in one file are suspensions, authorities' key stage 4 and
    LAIT. Subjects at key stage 4 are of the last year and of the first ``reported`` schools, as the department's
    service gives them of an area: a row a grade, a country's are 240 MB.
    """
    authorities = sorted({school.la for school in country})
    taught = [school for school in country if school.census_phase in _PHASES]
    leavers = {}
    for year in years:
        place, rng = folder / f"{year - 1}-{year}", np.random.default_rng([seed, year, 50])
        ks4 = invent_ks4(country, year, seed)
        absence = print_ees_absence(invent_absence(country, year, seed), year, authorities)
        _write_all(place / "1a_absence_3term_school.csv", "absence", absence, rng)
        leavers[year - 2] = invent_destinations(country, ks4, year - 2, seed)
        write_destinations(place / "england_ks4-pupdest.csv", leavers, year - 2, authorities)
        _write_ks5(place / "england_ks5final.csv", [one for one in taught if one.ks4 and one.ages[1] > 16], rng)
        _write_workforce(place / "england_swf.csv", taught, rng)
        early = _print_authorities(authorities, [year], {"characteristic": "Total"}, "characteristic_type")
        _write_all(place / "1_eyfsp_headline_measures.csv", "early_years", early, rng)
    of_area = invent_ks4(country[:reported], year, seed)
    write_ees_ks4_subjects(place / "subject_school_all_exam_entriesgrades.csv", of_area, year)
    _write_suspensions(place / "exc_school.csv", taught, years, seed)
    of_schools = {"establishment_type": "State-funded schools (LA)", "version": "Revised"}
    results = _print_authorities(authorities, years, of_schools, "gender")
    progress = Figure(value="avg_p8score", lower="p8score_ci_low", upper="p8score_ci_upp")
    results |= _print_progress(progress, rng.integers(-80, 80, len(results["gender"])))
    apart = rng.integers(-50, 50, len(results["gender"]))
    for name, middle in (("avg_att8", 460), ("pt_l2basics_95", 450), ("pt_l2basics_94", 650)):
        results[name] = print_numbers(middle + apart, 1)  # they are held against each other
    _write_all(place / "la_data_revised.csv", "authority_ks4", results, rng)
    _write_lait(place / "lait_bds_long.csv", authorities, years, rng)


def _write_all(path: Path, layout: str, known: Mapping[str, Texts], rng: np.random.Generator) -> None:
    """Write a file of ``headings.yaml``: what is ``known``, shares and numbers drawn, and blank what is neither."""
    header, rows = _HEADINGS[layout], len(next(iter(known.values())))
    columns = dict(known)
    for name in header:
        if name in known:
            continue
        if name.startswith(_SHARES) or name.endswith(("_percent", "_percentage", "_rate")):
            columns[name] = print_numbers(rng.integers(0, 800, rows), 1, strip=True)
        elif name.startswith(_NUMBERS) or name.endswith("_number"):
            columns[name] = print_numbers(rng.integers(10, 2000, rows))
    write_csv(path, header, columns, encoding="utf-8", newline="\n")


def _print_authorities(
    authorities: Sequence[int], years: Sequence[int], about: Mapping[str, str], parted_by: str
) -> dict[str, Texts]:
    """The key columns of a tidy file: England and each authority in each of ``years``, all pupils and two halves."""
    rows = [(year, la, part) for year in years for la in ("", *authorities) for part in ("Total", "Girls", "Boys")]
    period, number, part = zip(*rows, strict=True)
    columns = {
        "time_period": [f"{year - 1}{year % 100:02d}" for year in period],
        "geographic_level": ["Local authority" if la else "National" for la in number],
        "old_la_code": number,
        "gender": part,
        parted_by: part,
    }
    columns |= {name: [text] * len(rows) for name, text in {**_EVERYWHERE, **about}.items()}
    return {name: as_texts(cells) for name, cells in columns.items()}


def _write_lait(path: Path, authorities: Sequence[int], years: Sequence[int], rng: np.random.Generator) -> None:
    """A row a measure that is read, year and place; values with the binary tails that LAIT has."""
    parts = load_tidy_aliases("lait").parts
    rows = [(kind, year, la) for kind in parts for year in years for la in (970, *authorities)]
    kind, year, number = zip(*rows, strict=True)
    middle = [0 if measure.unit is Unit.PROGRESS else 50 for name in kind for measure in parts[name].values()]
    values = np.array(middle) + rng.integers(-80, 80, len(rows)) / 50 + 1e-12
    columns = {
        "Short Desc": kind,
        "Data item": kind,
        "Years": year,
        "LA and Regions": ["England" if la == 970 else f"Authority {la}" for la in number],
        "Values": [repr(value) for value in values.tolist()],
        "LA Number": [f"{la}.0" for la in number],
    }
    write_csv(path, _HEADINGS["lait"], {name: as_texts(cells) for name, cells in columns.items()})


def _name_keys(schools: Sequence[School]) -> dict[str, np.ndarray]:
    about = {"la": [one.la for one in schools], "estab": [one.estab for one in schools]}
    about |= {"urn": [one.urn for one in schools], "name": [one.name for one in schools]}
    return {name: as_texts(cells) for name, cells in about.items()}


def _write_ks5(path: Path, schools: Sequence[School], rng: np.random.Generator) -> None:
    """A row a sixth form and England's two: every column that is read, an upper end before its lower one."""
    table, number = load_aliases("ks5"), len(schools) + 2
    keys = {name: np.append(texts, ["", ""]) for name, texts in _name_keys(schools).items()}
    keys |= {"record": as_texts([1] * len(schools) + [5, 7]), "ages": as_texts(["11-18"] * len(schools) + ["", ""])}
    columns = {name: keys.get(key, as_texts([""] * number)) for key, name in table.keys.items()}
    students = rng.integers(20, 200, number)
    for measure in table.measures.values():
        for choice in measure.columns.values():
            figure = choice if isinstance(choice, Figure) else Figure(value=str(choice))
            if measure.unit == "pupils":
                columns[figure.value] = print_numbers(students)
            elif measure.unit == "percent":
                columns[figure.value] = print_percent(rng.integers(0, students + 1), students, 1)
            elif measure.unit == "points":
                columns[figure.value] = print_numbers(rng.integers(1500, 4500, number), 2)
            else:
                columns |= _print_progress(figure, rng.integers(-80, 80, number))
            if isinstance(figure.cohort, str):
                columns[figure.cohort] = print_numbers(students)
    write_csv(path, list(columns), columns)


def _print_progress(figure: Figure, middle: np.ndarray) -> dict[str, np.ndarray]:
    shown = {figure.value: print_numbers(middle, 2)}
    for name, apart in ((figure.upper, 20), (figure.lower, -20)):
        if name is not None:
            shown[name] = print_numbers(middle + apart, 2)
    return shown


def _write_workforce(path: Path, schools: Sequence[School], rng: np.random.Generator) -> None:
    teachers = np.maximum(np.array([one.roll for one in schools]) // 20, 2) + rng.integers(0, 3, len(schools))
    ratio = round_half_up(np.array([one.roll for one in schools]), teachers, 1)
    keys = _name_keys(schools)
    shown = [keys["la"], keys["estab"], keys["urn"], as_texts([_PHASES[one.census_phase] for one in schools])]
    shown += [print_numbers(teachers), print_numbers(teachers * 9, 1), print_numbers(ratio, 1)]
    shown.append(as_texts([f"£{pounds:,}" for pounds in rng.integers(38_000, 52_000, len(schools)).tolist()]))
    write_csv(path, _WORKFORCE, dict(zip(_WORKFORCE, shown, strict=True)))


def _write_suspensions(path: Path, schools: Sequence[School], years: Sequence[int], seed: int) -> None:
    """A row a school and year, and England's by phase."""
    parts = [_print_suspensions(schools, year, np.random.default_rng([seed, year, 51])) for year in years]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    write_csv(path, _SUSPENSIONS, columns, encoding="utf-8", newline="\n")


def _print_suspensions(schools: Sequence[School], year: int, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
    roll = np.maximum(np.array([one.roll for one in schools]), 1)
    secondary = np.array([one.census_phase == "secondary" for one in schools])
    pupils = rng.poisson(roll * np.where(secondary, 0.05, 0.008))
    counts = {"perm_excl": rng.poisson(roll * 0.0008), "suspension": pupils * 2, "one_plus_susp": pupils}
    phases = np.array([_PHASES[one.census_phase] for one in schools])
    of = {phase: phases == phase for phase in _PHASES.values()}
    areas, number = len(of), len(schools) + len(of)

    def add_areas(values: np.ndarray) -> np.ndarray:
        return np.append(values, [values[those].sum() for those in of.values()])

    everyone = add_areas(roll)
    shown = {name: np.append(texts, [""] * areas) for name, texts in _name_keys(schools).items()}
    constant = {**_EVERYWHERE, "time_period": f"{year - 1}{year % 100:02d}", "academy_type": "Total"}
    columns = {name: as_texts([text] * number) for name, text in constant.items()} | {
        "geographic_level": as_texts(["School"] * len(schools) + ["National"] * areas),
        "old_la_code": shown["la"],
        "estab": shown["estab"],
        "school_laestab": as_texts([one.laestab for one in schools] + [""] * areas),
        "school_urn": shown["urn"],
        "school_name": shown["name"],
        "education_phase": as_texts([*phases, *of]),
        "headcount": print_numbers(everyone),
    }
    rates = {"perm_excl": "perm_excl_rate", "suspension": "susp_rate", "one_plus_susp": "one_plus_susp_rate"}
    for name, count in counts.items():
        columns[name] = print_numbers(add_areas(count))
        columns[rates[name]] = print_percent(add_areas(count), everyone, 9, ending="")
    return columns
