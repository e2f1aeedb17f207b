"""The two sample editions, written whole: ``sample`` (a county) and ``sample-trust`` (nine secondary schools).

The same bytes every time, on any machine: seeds, order, newlines and encodings are fixed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.sample.country import COUNTY, TRUST_UID, YEARS, School, found_county, found_rest_of_england, found_trust
from pipeline.sample.delivery import write_county_delivery, write_trust_delivery
from pipeline.sample.files import local, support
from pipeline.sample.files.attendance import write_absence, write_census, write_destinations
from pipeline.sample.files.ees import (
    write_ees_absence,
    write_ees_ks2,
    write_ees_ks2_information,
    write_ees_ks4,
    write_ees_ks4_subjects,
)
from pipeline.sample.files.inspections import write_graded_inspections, write_report_cards
from pipeline.sample.files.ks2 import write_ks2
from pipeline.sample.files.ks4 import write_ks4, write_ks4_provisional
from pipeline.sample.files.lists import (
    write_ees_school_information,
    write_gias,
    write_links,
    write_school_information,
    write_spine,
    write_trusts,
)
from pipeline.sample.guide import describe_sample
from pipeline.sample.results import (
    Tally,
    invent_absence,
    invent_census,
    invent_destinations,
    invent_ks2,
    invent_ks4,
)

SEED = 2025

_COUNTY_YAML = f"""\
# The sample edition: a fictional county, ready to run on a fresh clone. Copy this folder's edition.yaml to begin your
# own; `python -m pipeline new` writes one for you.
title: Marlshire, autumn 2025 (sample)   # printed on every report and in the index
area:
  authority: {COUNTY}        # the three-digit code of your authority (Worcestershire is 885)
  name: Marlshire       # optional: the name as you want it printed
year: 2024/25           # the academic year under review
policy: worcestershire  # a file in pipeline/policy/policies/, or a path to your own
organisation: Marlshire County Council   # who works by it, where that is not whom it was written for
date: 2025-12-05        # printed on the reports; left out, it is 1 November after the academic year
# Every file under published/ is read; each is recognised by its headings, not by its name. List files here only
# where neither their content nor their path says which year they belong to, or where they lie somewhere else:
# published:
#   - path: ../elsewhere/2023-2024/england_abs.csv
#     year: 2023/24
# Whom a school rings, and what happens next: printed on the first page of every report.
contact:
  name: Marlshire School Improvement
  email: school.improvement@marlshire.example
  telephone: 01632 960100
next_steps:
  - {{what: Tell us if anything here is wrong or missing, who: The school, by: 2025-12-12}}
  - {{what: Its panel decides the category, who: Marlshire County Council, by: 2026-01-16, decides: true}}
  - {{what: Agrees the year's support with you, who: Your adviser, by: 2026-02-13}}
"""

_TRUST_YAML = f"""\
# The second sample edition: a fictional trust of nine secondary schools in two authorities, under a policy of four
# categories. Its schools are found by the trust number in the register (edubasealldata) under published/.
title: The Larkmere Schools Trust, autumn 2025 (sample)
area:
  trust: {TRUST_UID}          # the trust's group UID
  name: The Larkmere Schools Trust
year: 2024/25           # the academic year under review
policy: two-counties    # a file in pipeline/policy/policies/, or a path to your own
organisation: The Larkmere Schools Trust
date: 2025-12-05        # printed on the reports
contact:
  name: Larkmere Schools Trust
  role: director of school improvement
  email: improvement@larkmere.example
  telephone: 01632 960200
next_steps:
  - {{what: Tell us if anything here is wrong or missing, who: The school, by: 2025-12-12}}
  - {{what: Decides the category, who: The trust's panel, by: 2026-01-16, decides: true}}
"""


@dataclass(frozen=True)
class Results:
    """Everything drawn for one country: tallies by year (the year in which the academic year ends)."""

    ks2: dict[int, Tally]
    ks4: dict[int, Tally]
    absence: dict[int, Tally]
    census: dict[int, Tally]
    destinations: dict[int, Tally]


def invent_results(schools: Sequence[School], seed: int, years: Sequence[int] = YEARS) -> Results:
    """Draw every pupil of ``schools`` in every year; leavers of ``years`` are followed into their destinations."""
    ks4 = {year: invent_ks4(schools, year, seed) for year in years}
    return Results(
        ks2={year: invent_ks2(schools, year, seed) for year in years},
        ks4=ks4,
        absence={year: invent_absence(schools, year, seed) for year in years},
        census={year: invent_census(schools, year, seed) for year in years},
        destinations={year: invent_destinations(schools, ks4[year], year, seed) for year in years},
    )


def write_editions(root: Path) -> None:
    """Write both sample editions under ``root``/data/editions, and docs/sample.md where ``root`` has docs.

    What is there under the same names is replaced.
    """
    editions = root / "data" / "editions"
    county = local.write_county_files() | support.write_county_support() | write_county_delivery()
    trust = local.write_trust_files() | support.write_trust_support() | write_trust_delivery()
    _write_folder(editions / "sample", _COUNTY_YAML, found_county(), [COUNTY], county)
    _write_folder(editions / "sample-trust", _TRUST_YAML, found_trust(), [996, 997], trust)
    if (root / "docs").is_dir():
        _write_text(root / "docs" / "sample.md", describe_sample())


def _write_folder(
    folder: Path,
    description: str,
    schools: tuple[School, ...],
    authorities: list[int],
    own_files: Mapping[str, str],
) -> None:
    """Files are written aside first: a folder is never left half new."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as aside:
        fresh = Path(aside)
        write_published(fresh, schools, authorities, invent_results((*schools, *found_rest_of_england()), SEED))
        published = folder / "published"
        for old in sorted(published.rglob("*"), reverse=True):
            old.rmdir() if old.is_dir() else old.unlink()
        for new in sorted(fresh.rglob("*")):
            if new.is_file():
                place = published / new.relative_to(fresh)
                place.parent.mkdir(parents=True, exist_ok=True)
                new.replace(place)
    _write_text(folder / "edition.yaml", description)
    _write_text(folder / "local" / "README.md", local.README)
    for name, text in own_files.items():
        _write_text(folder / name, text)


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def write_published(folder: Path, schools: tuple[School, ...], authorities: list[int], drawn: Results) -> None:
    """Write three years of published files into ``folder``, in the layouts that were current in each year.

    2022/23 is tidy, 2023/24 wide, 2024/25 wide with its two years before, its absence and subjects tidy.
    """
    primary = any(school.ks2 for school in schools)
    year = folder / "2022-2023"
    write_ees_ks4(year / "202223_performance_tables_schools_final.csv", drawn.ks4[2023], 2023, authorities)
    write_ees_school_information(year / "202223_information_about_schools_final.csv", schools, drawn.ks4[2023], 2023)
    write_absence(year / "england_abs.csv", drawn.absence[2023], authorities)
    write_census(year / "england_census.csv", drawn.census[2023], signs=False, authorities=authorities)
    if primary:
        write_ees_ks2(year / "ks2_school_attainment_data.csv", drawn.ks2[2023], 2023, authorities)
        write_ees_ks2_information(year / "ks2_school_information_data.csv", drawn.ks2[2023], 2023, authorities)

    year = folder / "2023-2024"
    write_ks4_provisional(year / "england_ks4provisional.csv", drawn.ks4, 2024, authorities)
    write_absence(year / "absence_2023-2024.csv", drawn.absence[2024], authorities)
    write_trusts(year / "england_ks4-mats-performance.csv", drawn.ks4[2024], 2024)
    write_spine(year / "england_spine.csv", schools, 2024)
    if primary:
        write_ks2(year / "england_ks2final.csv", drawn.ks2, 2024, authorities)

    year = folder / "2024-2025"
    write_ks4(year / "england_ks4final.csv", drawn.ks4, 2025, authorities)
    write_ees_ks4_subjects(year / "202425_subject_school_all_exam_entriesgrades_final.csv", drawn.ks4[2025], 2025)
    write_ees_absence(year / "1_absence_3term_school.csv", drawn.absence[2025], 2025, authorities)
    write_census(year / "england_census.csv", drawn.census[2025], signs=True, authorities=authorities)
    write_destinations(year / "england_ks4-pupdest.csv", drawn.destinations, 2023, authorities)
    write_school_information(year / "england_school_information.csv", schools, 2025)
    if primary:
        write_ks2(year / "england_ks2final.csv", drawn.ks2, 2025, authorities)

    write_gias(folder / "gias" / "edubasealldata20251001.csv", schools)
    if any(school.predecessors for school in schools):
        write_links(folder / "gias" / "links_edubasealldata20251001.csv", schools)
    write_graded_inspections(folder / "ofsted" / "ofsted_31Aug2025.csv", schools)
    write_report_cards(folder / "ofsted" / "ofsted_30Nov2025.csv", schools)
