"""What the service offers: its publications, their data sets and versions, and which are of the families read here."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.fetching.service import Service

#: The most entries that a page of each list may have, as the service's own rules say.
_PUBLICATIONS_A_PAGE, _DATA_SETS_A_PAGE = 40, 20
#: Pages of a list that are turned; more would be a list without end.
_MOST_PAGES = 200
_YEARS = re.compile(r"(20\d\d|19\d\d)(?:\s*[/-]\s*(\d{4}|\d\d))?")
_VERSION = re.compile(r"\d{1,4}\.\d{1,4}(?:\.\d{1,4})?")
PUBLISHED, WITHDRAWN = "Published", "Withdrawn"


class Family(Record):
    """Where the files of one family are: publications by slug, and what the titles of their data sets say."""

    family: str
    publications: tuple[str, ...]
    title: tuple[tuple[str, ...], ...]
    without: tuple[str, ...] = ()
    level: str = ""


class Families(Record):
    """All of ``offers.yaml``."""

    families: tuple[Family, ...]


@cache
def load_families() -> tuple[Family, ...]:
    """The families that can be fetched; raises FaultyInput naming every mistake in their table."""
    return read_record(Path(__file__).with_name("offers.yaml"), Families).families


class _Told(BaseModel):
    """Something the service tells: what we read of it must be there, what it adds is let be."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Publication(_Told):
    id: uuid.UUID
    title: str
    slug: str


class TimePeriods(_Told):
    start: str
    end: str

    def covers(self, year: int) -> bool:
        """Whether the academic year that ends in ``year`` lies within; a year alone is that in which it starts."""
        first, last = _YEARS.search(self.start), _YEARS.search(self.end)
        return bool(first and last and int(first[1]) < year <= int(last[1]) + 1)


class Version(_Told):
    version: str
    status: str = PUBLISHED
    published: str | None = None
    total_results: int = 0
    time_periods: TimePeriods
    geographic_levels: tuple[str, ...] = ()
    release: Release | None = None

    @field_validator("version")
    @classmethod
    def _is_version(cls, version: str) -> str:
        if not _VERSION.fullmatch(version):
            raise ValueError("it is no version")
        return version

    @property
    def rank(self) -> tuple[int, ...]:
        return tuple(map(int, self.version.split(".")))


class Release(_Told):
    title: str
    slug: str = ""


class DataSet(_Told):
    id: uuid.UUID
    title: str
    status: str = PUBLISHED
    latest_version: Version | None = None


class _Paging(_Told):
    total_pages: int = Field(ge=0)


@dataclass(frozen=True)
class Offer:
    """One data set of a family, and its version for the year; None where none covers it."""

    family: str  # "" where the user named the data set
    publication: Publication
    data_set: DataSet
    version: Version | None


@dataclass(frozen=True)
class Catalogue:
    """What was found, and the families of which nothing was, each with the titles its publications do offer."""

    offers: tuple[Offer, ...]
    lacking: dict[str, tuple[str, ...]]


def list_offers(service: Service, year: int, families: Collection[str] = (), ids: Collection[str] = ()) -> Catalogue:
    """The data sets of ``families`` (of all where none are named), or those of ``ids`` alone, for an academic year.

    Raises PipelineError for a family or a data set that is not there, and Unreachable where the service gives no lists.
    """
    wanted = _choose_families(families)
    sets: dict[uuid.UUID, list[DataSet]] = {}
    publications = {one.slug: one for one in list_publications(service)}

    def list_sets(publication: Publication) -> list[DataSet]:
        if publication.id not in sets:
            path = f"publications/{publication.id}/data-sets"
            sets[publication.id] = list(_read_pages(service, path, _DATA_SETS_A_PAGE, DataSet))
        return sets[publication.id]

    if ids:
        return Catalogue(tuple(_find_named(service, ids, publications, list_sets, year)), {})
    offers, lacking = [], {}
    for family in wanted:
        here = [publications[slug] for slug in family.publications if slug in publications]
        found = [(one, each) for one in here for each in list_sets(one) if _is_of(family, each)]
        offers += [
            Offer(family.family, one, each, _choose_version(service, each, year))
            for one, each in sorted(found, key=lambda pair: str(pair[1].id))
        ]
        if not found:
            lacking[family.family] = tuple(each.title for one in here for each in list_sets(one))
    return Catalogue(tuple(offers), lacking)


def list_publications(service: Service) -> Iterator[Publication]:
    """Every publication of which the service has data sets."""
    return _read_pages(service, "publications", _PUBLICATIONS_A_PAGE, Publication)


def _choose_families(names: Collection[str]) -> list[Family]:
    """The families of these names, the short ones (``ks2`` for ``ees_ks2``) too."""
    known = {one.family: one for one in load_families()}
    chosen = {name if name in known else f"ees_{name}" for name in names}
    if strange := sorted(set(names) - {name for name in names if name in known or f"ees_{name}" in known}):
        raise PipelineError(
            f"no family {strange[0]!r} can be fetched",
            where="--family",
            remedy=f"There are: {', '.join(name.removeprefix('ees_') for name in known)}.",
        )
    return [one for name, one in known.items() if not names or name in chosen]


def _is_of(family: Family, data_set: DataSet) -> bool:
    title = data_set.title.lower()
    levels = data_set.latest_version.geographic_levels if data_set.latest_version else ()
    return (
        data_set.status != WITHDRAWN
        and (not family.level or family.level in levels)
        and any(all(word in title for word in words) for words in family.title)
        and not any(word in title for word in family.without)
    )


def _find_named(
    service: Service, ids: Collection[str], publications: dict[str, Publication], list_sets: Any, year: int
) -> Iterator[Offer]:
    left = {_read_id(one) for one in ids}
    slugs = dict.fromkeys(slug for family in load_families() for slug in family.publications)
    ours = [publications[slug] for slug in slugs if slug in publications]
    for publication in [*ours, *(one for one in publications.values() if one not in ours)]:
        for one in list_sets(publication) if left else ():
            if one.id in left:
                left.discard(one.id)
                yield Offer("", publication, one, _choose_version(service, one, year))
    if left:
        raise PipelineError(
            f"the service offers no data set {min(map(str, left))}",
            where="--data-set",
            remedy="Copy the number from the address of the data set's page, or from `fetch EDITION --list`.",
        )


def _read_id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        remedy = "It looks like 1b2c3d4e-0000-4000-8000-000000000000."
        raise PipelineError(f"{text!r} is no data set's number", where="--data-set", remedy=remedy) from None


def _choose_version(service: Service, data_set: DataSet, year: int) -> Version | None:
    """The latest version that is not withdrawn and covers the year."""
    found = _read_pages(service, f"data-sets/{data_set.id}/versions", _DATA_SETS_A_PAGE, Version)
    usable = [one for one in found if one.status != WITHDRAWN and one.time_periods.covers(year)]
    return max(usable, key=lambda one: one.rank, default=None)


T = TypeVar("T", bound=BaseModel)


def _read_pages(service: Service, path: str, size: int, kind: type[T]) -> Iterator[T]:
    """Every entry of a list, page by page; raises Unreachable where it is not as the service documents it."""
    for page in range(1, _MOST_PAGES + 1):
        content = service.read_list(path, {"page": page, "pageSize": size})
        try:
            paging = _Paging.model_validate(content.get("paging"))
            results = [kind.model_validate(one) for one in content["results"]]
        except (ValidationError, KeyError, TypeError):
            remedy = "Its public interface may have changed: download the files by hand, and report it."
            raise service.give_up(f"its list of {path.rpartition('/')[2]} is not as documented", remedy) from None
        yield from results
        if page >= paging.total_pages or not results:
            return
    raise service.give_up(f"its list of {path.rpartition('/')[2]} has no end")


Version.model_rebuild()
