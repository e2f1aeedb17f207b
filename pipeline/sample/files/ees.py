"""The tidy files of Explore Education Statistics: one row a school or area, pupil group and subject.

Numbers are bare; z is not applicable, c withheld, x not available, low (or k) under half a unit, u unreliable.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.sample.country import AUTHORITY_NAMES
from pipeline.sample.files.attendance import print_absence
from pipeline.sample.files.ks2 import (
    PUPILS_A_LANGUAGE_UNKNOWN,
    band_progress,
    count_disclosed,
    measure_progress,
    print_score,
)
from pipeline.sample.files.ks4 import measure_progress8, print_average
from pipeline.sample.printing import (
    FEWEST,
    Rows,
    Texts,
    as_texts,
    choose_rows,
    name_columns,
    print_numbers,
    print_percent,
    round_figures,
    round_half_up,
    withhold,
    write_csv,
)
from pipeline.sample.results import PROGRESS_SUBJECTS, Tally
from pipeline.sample.subjects import BTEC, SUBJECTS, name_count

#: Pupil group → topic and breakdown as key stage 2 and key stage 4 files word them.
_KS2_BREAKDOWNS = {
    "all": ("All pupils", "Total"),
    "boys": ("Sex", "Boys"),
    "girls": ("Sex", "Girls"),
    "disadvantaged": ("Disadvantaged status", "Disadvantaged"),
    "other": ("Disadvantaged status", "Not known to be disadvantaged"),
}
_KS4_BREAKDOWNS = {"all": ("Total", "Total"), **{group: _KS2_BREAKDOWNS[group] for group in ("boys", "girls")}} | {
    "disadvantaged": ("Disadvantage status", "Disadvantaged"),
    "other": ("Disadvantage status", "Not known to be disadvantaged"),
}
_SUBJECTS = {
    "rwm": "Reading, writing and maths",
    "reading": "Reading",
    "writing": "Writing",
    "maths": "Maths",
    "gps": "Grammar, punctuation and spelling",
    "science": "Science",
}
_BANDS = ("Well above average", "Above average", "Average", "Below average", "Well below average")
_PHASES = {"primary": "State-funded primary", "secondary": "State-funded secondary", "special": "Special"}
_SESSIONS_A_PUPIL = 380  # half-days in a school year


def _print_keys(rows: Rows, year: int, version: str = "Revised") -> dict[str, Texts]:
    schools, areas = rows.schools, rows.areas
    everywhere = {
        "time_period": f"{year - 1}{year % 100:02d}",
        "time_identifier": "Academic year",
        "country_code": "E92000001",
        "country_name": "England",
        "version": version,
    }
    keys = {name: as_texts([text] * len(rows)) for name, text in everywhere.items()}
    las = rows.authorities
    return keys | {
        "geographic_level": rows.spell(
            ["School"] * len(schools), ["Local authority" if la else "National" for la in las]
        ),
        "old_la_code": rows.spell([one.la for one in schools], las),
        "new_la_code": rows.spell([f"E10000{one.la}" for one in schools], [f"E10000{la}" if la else "" for la in las]),
        "la_name": rows.spell(
            [AUTHORITY_NAMES.get(one.la) for one in schools], [AUTHORITY_NAMES.get(la or 0) for la in las]
        ),
        "school_laestab": rows.spell([one.laestab for one in schools], [""] * len(areas)),
        "school_urn": rows.spell([one.urn for one in schools], [""] * len(areas)),
        "school_name": rows.spell([one.name for one in schools], [""] * len(areas)),
        "establishment_type_group": rows.spell(
            [one.type_group for one in schools],
            ["All schools" if area.kind == "england all" else "All state-funded" for area in areas],
        ),
    }


def _stack(blocks: Sequence[dict[str, Texts]], header: Sequence[str], missing: str) -> dict[str, Texts]:
    """Blocks of the same rows under one another, each row's blocks side by side as published."""
    rows = len(blocks[0]["time_period"])
    order = np.arange(rows * len(blocks)).reshape(len(blocks), rows).T.ravel()
    filler = as_texts([missing] * rows)
    return {name: np.concatenate([block.get(name, filler) for block in blocks])[order] for name in header}


def write_ees_ks2(path: Path, tally: Tally, year: int, authorities: list[int]) -> None:
    """Key stage 2 attainment and, for 2022/23, progress: a row a school, group and subject."""
    rows = choose_rows(tally, tally["pupils", "all"] > 0, ("england state",), authorities)
    keys = _print_keys(rows, year)
    blocks = []
    for group, (topic, breakdown) in _KS2_BREAKDOWNS.items():
        for subject, title in _SUBJECTS.items():
            words = {"breakdown_topic": topic, "breakdown": breakdown, "subject": title}
            told = {name: as_texts([text] * len(rows)) for name, text in words.items()}
            blocks.append(keys | told | _print_ks2_subject(rows, tally, group, subject))
    header = name_columns("ees_ks2")
    order = np.repeat(rows.mix() * len(blocks), len(blocks)) + np.tile(np.arange(len(blocks)), len(rows))
    write_csv(path, header, _stack(blocks, header, "z"), order=order, missing="z", encoding="utf-8", newline="\n")


def _print_ks2_subject(rows: Rows, tally: Tally, group: str, subject: str) -> dict[str, Texts]:
    disclosed = count_disclosed(rows, tally, group)
    pupils = rows.gather(tally["pupils", group])

    def share(measure: str) -> Texts:
        texts = print_percent(rows.gather(tally[measure, group]), pupils, ending="")
        return withhold(texts, disclosed, rows.owned, "c", "z")

    columns = {"expected_standard_pupil_percent": share(f"{subject}_expected")}
    if subject != "science":
        columns["higher_standard_pupil_percent"] = share(f"{subject}_higher")
    if subject in {"reading", "maths", "gps"}:
        score = print_score(rows, tally, subject, group, none="z")
        score = np.where(score == "SUPP", "c", score)
        columns["average_scaled_score"] = np.where(score == "", "x", score).astype(object)
    if subject in PROGRESS_SUBJECTS and group == "all":
        columns |= _print_progress(rows, tally, subject)
    return columns


def _print_progress(rows: Rows, tally: Tally, subject: str) -> dict[str, Texts]:
    middle, lower, upper, covered = measure_progress(rows, tally, subject)
    pupils = rows.gather(tally["pupils", "all"])
    low = rows.owned & (pupils > FEWEST) & (2 * covered < pupils)
    names = ("progress_measure_score", "progress_measure_lower_conf_interval", "progress_measure_upper_conf_interval")
    columns = {}
    for name, values in zip(names, (middle, lower, upper), strict=True):
        tenths = round_half_up(np.rint(values).astype(int), np.full(len(rows), 10))
        texts = np.where(low, "u", print_numbers(tenths, 1, strip=True)).astype(object)
        columns[name] = withhold(texts, pupils, rows.owned, "c", "z")
    bands = as_texts([_BANDS[band - 1] for band in band_progress(subject, middle, lower, upper)])
    bands = np.where(low, "u", np.where(rows.owned, bands, "z")).astype(object)
    return columns | {"progress_measure_description": withhold(bands, pupils, rows.owned, "c", "z")}


def write_ees_ks2_information(path: Path, tally: Tally, year: int, authorities: list[int]) -> None:
    """The pupils behind the key stage 2 attainment file: its counts stand here, not there."""
    rows = choose_rows(tally, tally["pupils", "all"] > 0, ("england state",), authorities)
    pupils = rows.gather(tally["pupils", "all"])
    columns = _print_keys(rows, year)
    columns["telig"] = print_numbers(pupils)
    columns["totpups"] = rows.spell([one.roll for one in rows.schools], ["x"] * len(rows.areas))
    counted = {
        "belig": ("pupils", "boys"),
        "gelig": ("pupils", "girls"),
        "tfsm6cla1a": ("pupils", "disadvantaged"),
        "tnotfsm6cla1a": ("pupils", "other"),
        "tealgrp2": ("pupils", "eal"),
        "tmobn": ("pupils", "non_mobile"),
        "tsenele": ("ehc_plan", "all"),
        "tsenelk": ("sen_support", "all"),
    }
    for name, key in counted.items():
        amount = rows.gather(tally[key])
        columns[name] = withhold(print_numbers(amount), pupils, rows.owned, "c", "z")
        share = print_percent(amount, pupils, 1, ending="", strip=True)
        columns[f"p{name}" if name.startswith("t") and "sen" not in name else f"p{name[1:]}"] = withhold(
            share, pupils, rows.owned, "c", "z"
        )
    unknown = pupils // PUPILS_A_LANGUAGE_UNKNOWN
    columns["tealgrp3"] = print_numbers(unknown)
    columns["ptealgrp3"] = np.where(2000 * unknown < np.where(unknown > 0, pupils, 0), "low", "0").astype(object)
    header = name_columns("ees_ks2_information")
    write_csv(path, header, columns, order=rows.mix(), encoding="utf-8", newline="\n")


def write_ees_ks4(path: Path, tally: Tally, year: int, authorities: list[int]) -> None:
    """Key stage 4 performance tables: a row a school and pupil group."""
    rows = choose_rows(tally, tally["pupils", "all"] > 0, ("england state", "england all"), authorities)
    keys = _print_keys(rows, year, "Final")
    blocks = []
    for group, (topic, breakdown) in _KS4_BREAKDOWNS.items():
        words = {"breakdown_topic": topic, "breakdown": breakdown, **_set_filters(group, breakdown)}
        told = {name: as_texts([text] * len(rows)) for name, text in words.items()}
        blocks.append(keys | told | _print_ks4_group(rows, tally, group))
    header = name_columns("ees_ks4")
    order = np.repeat(rows.mix() * len(blocks), len(blocks)) + np.tile(np.arange(len(blocks)), len(rows))
    write_csv(path, header, _stack(blocks, header, "z"), order=order, encoding="utf-8", newline="\n", quote_all=True)


def _set_filters(group: str, breakdown: str) -> dict[str, str]:
    filters = dict.fromkeys(("sex", "disadvantage_status", "first_language", "prior_attainment", "mobility"), "Total")
    if group in {"boys", "girls"}:
        filters["sex"] = breakdown
    if group in {"disadvantaged", "other"}:
        filters["disadvantage_status"] = breakdown
    return filters


def _print_ks4_group(rows: Rows, tally: Tally, group: str) -> dict[str, Texts]:
    averages = {
        "attainment8_average": ("attainment8", 1, 1),
        "attainment8eng_average": ("attainment8_english", 1, 1),
        "attainment8mat_average": ("attainment8_maths", 1, 1),
        "attainment8ebacc_average": ("attainment8_ebacc", 1, 1),
        "attainment8open_average": ("attainment8_open", 1, 1),
        "attainment8open_gcse_average": ("attainment8_open_gcse", 1, 1),
        "attainment8open_nongcse_average": ("attainment8_open_other", 1, 1),
        "ebacc_aps_average": ("ebacc_points", 2, 5),
    }
    columns = {
        name: print_average(rows, tally, kept, group, places, per) for name, (kept, places, per) in averages.items()
    }
    shares = {
        "engmath_94_percent": "basics_94",
        "engmath_95_percent": "basics_95",
        "ebacc_entering_percent": "ebacc_enters",
        "ebacc_94_percent": "ebacc_94",
        "ebacc_95_percent": "ebacc_95",
        "gcse_91_percent": "any_pass",
    }
    pupils = rows.gather(tally["pupils", group])
    disclosed = count_disclosed(rows, tally, group)
    for name, kept in shares.items():
        part = rows.gather(tally[kept, group])
        texts = print_percent(part, pupils, 1, ending="", strip=True)
        texts = np.where((part > 0) & (2000 * part < pupils), "low", texts).astype(object)
        columns[name] = withhold(texts, disclosed, rows.owned, "c", "z")
    columns |= _print_progress8(rows, tally, group)
    for name, texts in columns.items():
        words = np.where(texts == "SUPP", "c", np.where(texts == "NE", "z", texts))
        columns[name] = np.where(rows.private & (group != "all"), "z", words).astype(object)
    everyone = np.where(pupils == 0, 0, rows.gather(tally["pupils", "all"]))
    columns["pupil_count"] = withhold(print_numbers(pupils), everyone, rows.owned, "c", "z")
    total = print_numbers(rows.gather(tally["attainment8", group]))
    columns["attainment8_sum"] = withhold(total, disclosed, rows.owned, "c", "z")
    for name in ("pupil_count", "attainment8_sum"):
        columns[name] = np.where(rows.private & (group != "all"), "z", columns[name]).astype(object)
    return columns


def _print_progress8(rows: Rows, tally: Tally, group: str) -> dict[str, Texts]:
    middle, lower, upper, covered = measure_progress8(rows, tally, group)
    disclosed = count_disclosed(rows, tally, group)
    low = rows.owned & (disclosed > FEWEST) & (2 * covered < rows.gather(tally["pupils", group]))
    columns = {}
    for name, values in {"average": middle, "lower_95_ci": lower, "upper_95_ci": upper}.items():
        hundredths = round_figures(values)
        texts = np.where(rows.private, "z", np.where(low, "u", print_numbers(hundredths, 2, strip=True))).astype(object)
        columns[f"progress8_{name}"] = withhold(texts, disclosed, rows.owned, "c", "z")
    counts = np.where(rows.private, "z", print_numbers(covered)).astype(object)
    return columns | {"progress8_pupil_count": withhold(counts, disclosed, rows.owned, "c", "z")}


#: What the row of all entries of a subject says instead of a grade.
ALL_ENTRIES = "Total exam entries"


def write_ees_ks4_subjects(path: Path, tally: Tally, year: int) -> None:
    """Key stage 4 entries and grades: a row a school, subject and grade, and one of all entries; England's last."""
    rows = choose_rows(tally, tally["pupils", "all"] > 0, ("england state",), ())
    keys = _print_keys(rows, year, "Final") | {"pupil_count": print_numbers(rows.gather(tally["pupils", "all"]))}
    blocks, printed = [], []
    for name, subject in SUBJECTS.items():
        counts = {grade: rows.gather(tally[name_count(name, grade), "all"]) for grade in subject.grades}
        entries = np.sum(list(counts.values()), axis=0)
        about = {
            "qualification_type": "GCSE" if subject.qualification != BTEC else "Vocational qualification",
            "qualification_detailed": subject.qualification,
            "grade_structure": ",".join(subject.grades),
            "subject": subject.title,
            "discount_code": subject.code,
            "subject_discount_group": subject.group,
        }
        told = {column: as_texts([text] * len(rows)) for column, text in about.items()}
        for grade, count in (*counts.items(), (ALL_ENTRIES, entries)):
            number = withhold(print_numbers(count), entries, rows.owned, "c", "0")
            blocks.append(keys | told | {"grade": as_texts([grade] * len(rows)), "number_achieving": number})
            printed.append(entries > 0)
    header = name_columns("ees_ks4_subjects")
    kept = np.stack(printed, axis=1).ravel()
    columns = {name: texts[kept] for name, texts in _stack(blocks, header, "z").items()}
    write_csv(path, header, columns, encoding="utf-8", newline="\n")


def write_ees_absence(path: Path, tally: Tally, year: int, authorities: list[int]) -> None:
    """Absence over the whole year: enrolments, sessions and shares; k stands for a small number."""
    columns = print_ees_absence(tally, year, authorities)
    write_csv(path, name_columns("ees_absence"), columns, encoding="utf-8", newline="\n")


def print_ees_absence(tally: Tally, year: int, authorities: list[int]) -> dict[str, Texts]:
    """The cells of the columns that ``write_ees_absence`` writes, rows of schools and areas mixed."""
    kinds = ("england primary", "england secondary", "england special")
    rows = choose_rows(tally, tally["pupils", "all"] > 0, kinds, authorities)
    overall, persistent = print_absence(rows, tally, "c")
    pupils = rows.gather(tally["pupils", "all"])
    missed = rows.gather(tally["absence", "all"]) * _SESSIONS_A_PUPIL // 1000
    unauthorised, sessions = missed * 3 // 10, pupils * _SESSIONS_A_PUPIL
    absentees = rows.gather(tally["persistent", "all"])
    few = rows.owned & (absentees > 0) & (absentees <= FEWEST)
    keys = _print_keys(rows, year)
    phases = [_PHASES[one.census_phase] for one in rows.schools]
    areas = [{"authority": "Total"}.get(area.kind) or _PHASES[area.kind.split()[-1]] for area in rows.areas]
    columns = keys | {
        "education_phase": rows.spell(phases, areas),
        "num_schools": rows.spell([1] * len(rows.schools), [int((area.weights > 0).sum()) for area in rows.areas]),
        "enrolments": print_numbers(pupils),
        "sess_possible": print_numbers(sessions),
        "sess_overall": print_numbers(missed),
        "sess_authorised": print_numbers(missed - unauthorised),
        "sess_unauthorised": print_numbers(unauthorised),
        "sess_overall_percent": overall,
        "sess_authorised_percent": print_percent(missed - unauthorised, sessions, 1, ending="", strip=True),
        "sess_unauthorised_percent": print_percent(unauthorised, sessions, 1, ending="", strip=True),
        "enrolments_pa_10_exact": np.where(few, "k", print_numbers(absentees)).astype(object),
        "enrolments_pa_10_exact_percent": persistent,
    }
    return {name: texts[rows.mix()] for name, texts in columns.items()}
