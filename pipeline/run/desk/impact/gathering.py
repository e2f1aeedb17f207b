"""What is known of support and of schools: this edition's reports, those of earlier editions, and the programmes."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.edition.editions import Edition, load_edition, read_policy_of
from pipeline.edition.support import ProgrammeRating, read_programmes
from pipeline.edition.support.local import PROGRAMMES_FILE, write_missing_support_files
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace
from pipeline.foundation.vocabulary import read_academic_year
from pipeline.policy import Policy
from pipeline.run.desk.support.schools import name_schools
from pipeline.run.record.made_facts import read_made_facts

Facts = Mapping[str, Any]

#: Results are of May and June: what begins from May on can show in next year's results at the earliest.
_LAST_MONTH = 4


@dataclass(frozen=True)
class Told:
    """One edition and the facts of its reports, by URN."""

    name: str
    title: str
    year: int
    schools: Mapping[int, Facts]


@dataclass(frozen=True)
class ImpactSources:
    """All that impact is found from. ``editions`` are this one and the earlier ones with reports, newest first."""

    edition: Edition
    policy: Policy
    editions: tuple[Told, ...]
    programmes: tuple[ProgrammeRating, ...]
    written: tuple[str, ...] = ()  # templates that were missing
    missing: str = ""  # an earlier edition whose reports cannot be read, and why

    @property
    def schools(self) -> Mapping[int, Facts]:
        """The facts of this edition's reports, by URN."""
        return self.editions[0].schools

    def name_school(self, urn: int) -> str:
        """The school's name as the newest report that tells of it has it."""
        told = (one.schools[urn] for one in self.editions if urn in one.schools)
        return next((facts["school"]["name"] for facts in told), f"URN {urn}")


def gather_sources(workspace: Workspace, name: str) -> ImpactSources:
    """Read an edition's reports, those of the editions before it, and its programmes.

    Raises PipelineError where no report of the edition was made, and FaultyInput with every fault of programmes.csv.
    """
    edition = load_edition(workspace, name)
    policy = read_policy_of(edition)
    written = write_missing_support_files(edition.paths, [PROGRAMMES_FILE])
    editions, missing = [_tell(edition, policy)], ""
    try:
        for told in _list_earlier(workspace, edition):
            editions.append(told)  # what was read before one that cannot be stays
    except PipelineError as error:
        missing = ": ".join(words for words in (error.where, error.what) if words)
    programmes = read_programmes(edition.paths, name_schools(edition), edition.date)
    return ImpactSources(edition, policy, tuple(editions), programmes, tuple(written), missing)


def _tell(edition: Edition, policy: Policy) -> Told:
    facts = read_made_facts(edition.paths, policy, "to find impact from")
    return Told(edition.name, edition.description.title, edition.year, {one["school"]["urn"]: one for one in facts})


def _list_earlier(workspace: Workspace, edition: Edition) -> Iterator[Told]:
    """The editions that ``previous:`` leads to, newest first."""
    while (previous := edition.description.previous) is not None:
        edition = load_edition(workspace, previous)
        yield _tell(edition, read_policy_of(edition))


def find_first_results(began: datetime.date) -> int:
    """The year, as the academic year's end, of the first results in which what ``began`` on a day can show."""
    return began.year + (began.month > _LAST_MONTH)


def read_years(indicator: Facts) -> dict[int, Facts]:
    """An indicator's figures by year, of a school's facts."""
    return {read_academic_year(one["year"]): one for one in indicator["by_year"]}
