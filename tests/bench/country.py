"""A synthetic country as an edition of its own, as large as asked for: what measurements of speed and memory run on."""

from __future__ import annotations

from pathlib import Path

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace
from pipeline.foundation.vocabulary import name_academic_year
from pipeline.sample.country import YEARS, invent_england
from pipeline.sample.england import write_england
from tests.bench.families import write_families

SEED = 2025
POLICY = "worcestershire"


def write_country(
    home: Path, *, reported: int, country: int | None = None, years: int = 3, families: bool = False
) -> str:
    """Write an edition of a synthetic country under ``home``/data/editions and give its name.

    ``country`` counts the schools of the published files (as many as ``reported`` where it is not said), the first
    ``reported`` of which, by URN, are the edition's area. ``years`` (1 to 3) counts back from 2024/25. With
    ``families`` there are files of later families too (see ``write_families``). The same
    arguments give the same bytes. An edition that is there already is left as it is. Raises PipelineError where the
    country has fewer schools than are to be reported, or no such number of years.
    """
    country = reported if country is None else country
    if not 0 < reported <= country or not 0 < years <= len(YEARS):
        raise PipelineError(
            f"no country of {country} schools and {years} years has {reported} schools to report",
            remedy=f"Ask for at least one school, no more than the country has, and 1 to {len(YEARS)} years.",
        )
    name = f"country-{reported}-of-{country}-{years}-years" + ("-families" if families else "")
    paths = Workspace(home).edition(name)
    if not paths.description.is_file():
        write_england(paths.published, schools=country, seed=SEED, years=years)
        if families:
            schools = invent_england(country, SEED, differences=True)
            write_families(paths.published, schools, YEARS[-years:], SEED, reported=reported)
        # written last: a folder that lacks it is no edition, and is written anew
        paths.description.write_text(_describe(reported, country), encoding="utf-8")
    return name


def _describe(reported: int, country: int) -> str:
    urns = ", ".join(str(school.urn) for school in invent_england(country, SEED, differences=True)[:reported])
    return f"""\
title: The first {reported:,} of {country:,} invented schools
area:
  name: A part of an invented country
  schools: [{urns}]
year: {name_academic_year(YEARS[-1])}
policy: {POLICY}
organisation: An invented council
"""
