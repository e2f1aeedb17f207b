"""A whole synthetic England in the published formats, to try the pipeline at full size and to test its statistics."""

from __future__ import annotations

from pathlib import Path

from pipeline.sample.country import YEARS, invent_england
from pipeline.sample.files.attendance import write_absence, write_census
from pipeline.sample.files.ks2 import write_ks2
from pipeline.sample.files.ks4 import write_ks4
from pipeline.sample.files.lists import write_gias
from pipeline.sample.results import invent_absence, invent_census, invent_ks2, invent_ks4


def write_england(
    folder: Path, *, schools: int = 24_000, seed: int = 2025, years: int = 3, differences: bool = True
) -> None:
    """Write ``schools`` schools into ``folder`` in year folders: key stages 2 and 4, absence, census, the register.

    ``years`` counts back from 2024/25. ``differences`` false makes every mainstream school the same but for chance
    and size, so that whatever is found between them is false.
    """
    country = invent_england(schools, seed, differences)
    authorities = sorted({school.la for school in country})
    reviewed = YEARS[-years:]
    ks2 = {year: invent_ks2(country, year, seed) for year in reviewed}
    ks4 = {year: invent_ks4(country, year, seed) for year in reviewed}
    for year in reviewed:
        place = folder / f"{year - 1}-{year}"
        write_ks2(place / "england_ks2final.csv", ks2, year, authorities)
        write_ks4(place / "england_ks4final.csv", ks4, year, authorities)
        write_absence(place / "england_abs.csv", invent_absence(country, year, seed), authorities)
        write_census(
            place / "england_census.csv", invent_census(country, year, seed), signs=True, authorities=authorities
        )
    write_gias(folder / "gias" / "edubasealldata20251001.csv", country)
