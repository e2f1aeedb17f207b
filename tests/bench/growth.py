"""How cost grows with an edition: whole editions of more and more schools, each reported on, then run once more."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.foundation.paths import Workspace
from tests.bench.accounting import measure
from tests.bench.country import write_country
from tests.bench.results import Preparation, Size
from tests.bench.ways import Say, Subject, find_subject

REPORTED = (0, 5)  # a school of an invented country may fail its checks, and the others are still counted


def measure_growth(
    home: Path, sizes: Sequence[int], *, country: int, years: int, say: Say, pages: bool = True
) -> tuple[Size, ...]:
    """Measure whole editions of the first ``sizes`` schools of one country, so that nothing else grows.

    A size's number is that of its schools due a report. Each edition is prepared first, apart. Without ``pages`` its
    schools are reported on by name, the edition's own pages, which cost as much for few as for many, are left out, and
    reports that are there already stay.
    """
    return tuple(_measure_size(home, reported, max(country, reported), years, say, pages) for reported in sizes)


def _measure_size(home: Path, reported: int, country: int, years: int, say: Say, pages: bool) -> Size:
    name = write_country(home, reported=reported, country=country, years=years)
    say(f"a whole edition of {reported:,} schools: preparing, reporting, and once more unchanged")
    environment = Subject(Workspace(home), name, "", ()).environment
    prepared = measure([sys.executable, "-m", "pipeline", "prepare", name], environment)
    subject = find_subject(Workspace(home), name)
    if pages:
        subject.forget_reports()
    named = () if pages else (word for urn in subject.urns for word in ("--urn", str(urn)))
    command = [sys.executable, "-m", "pipeline", "reports", name, *named]
    made = measure(command, environment, allowed=REPORTED)
    again = measure(command, environment, allowed=REPORTED)
    return Size(schools=len(subject.urns), country=country, prepare=prepared, reports=made, again=again)


def measure_national(home: Path, *, schools: int, years: int, reported: int, say: Say) -> Preparation:
    """Measure preparing an edition of ``reported`` schools from files of a country of ``schools``."""
    name = write_country(home, reported=reported, country=schools, years=years)
    say(f"preparing one edition from files of {schools:,} schools, {years} years")
    environment = Subject(Workspace(home), name, "", ()).environment
    cost = measure([sys.executable, "-m", "pipeline", "prepare", name], environment)
    return Preparation(schools=schools, years=years, prepare=cost)
