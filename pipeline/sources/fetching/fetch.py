"""Bring an edition's files from the service, one after another, and keep an account of what each one is.

A file takes its place only when it is whole and its headings are those of its family. What is in place is left alone
where the service has nothing newer, where a person changed it, or where nobody asked for the newer one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.writing import write_json_beside
from pipeline.sources.families.tidy.set_aside import load_kinds
from pipeline.sources.fetching.catalogue import Catalogue, Offer, list_offers
from pipeline.sources.fetching.download import Downloaded, clear_partial, download
from pipeline.sources.fetching.service import Service, Wait
from pipeline.sources.recognise import SOURCES, DepartmentDescriptions

#: The account, beside edition.yaml, and the folder of the files within the edition's published ones.
ACCOUNT, FOLDER = "fetched.json", "fetched"


class Fetched(BaseModel):
    """What one file of the account is: as the service told it, and as it was written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str
    publication: str
    data_set: str
    title: str
    version: str
    release: str
    published: str
    covers: tuple[str, str]
    family: str
    file: str = Field(pattern=r"^fetched/[a-z0-9_-]+\.csv$")
    size: int
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Outcome(StrEnum):
    """What became of one data set."""

    BROUGHT = "brought"
    UPDATED = "brought anew"
    UNCHANGED = "here already"
    NEWER = "newer on the service"
    CHANGED = "changed here since"
    NOT_COVERED = "not for this year"
    NOT_OF_FAMILY = "not a file that is read"
    OFFERED = "not here yet"  # of a list alone


#: Outcomes after which a person should look.
TO_LOOK_AT = (Outcome.NEWER, Outcome.CHANGED, Outcome.NOT_OF_FAMILY)


@dataclass(frozen=True)
class Told:
    """One data set, what became of it, and what to say besides."""

    offer: Offer
    outcome: Outcome
    file: str = ""
    note: str = ""


@dataclass(frozen=True)
class FetchResult:
    """Everything that was asked for: each data set, and the families of which the service has none."""

    told: tuple[Told, ...]
    lacking: dict[str, tuple[str, ...]]


def read_account(edition: Path) -> tuple[Fetched, ...]:
    """The account in the edition's folder; empty where nothing was fetched.

    Raises PipelineError where it is damaged.
    """
    try:
        content = (edition / ACCOUNT).read_bytes()
    except FileNotFoundError:
        return ()
    try:
        return TypeAdapter(tuple[Fetched, ...]).validate_json(content)
    except ValidationError:
        raise PipelineError(
            "it is not as it was written",
            where=f"{edition.name}/{ACCOUNT}",
            remedy="Put it back as it was; or remove it, and the files in published/fetched are brought again.",
        ) from None


def list_states(
    service: Service, edition: Path, year: int, families: Collection[str] = (), ids: Collection[str] = ()
) -> FetchResult:
    """What the service offers for the year and how it compares with what is here. Nothing is written."""
    catalogue, account = list_offers(service, year, families, ids), read_account(edition)
    told = []
    for offer in catalogue.offers:
        outcome = _compare(offer, _find(account, offer), edition)
        told.append(Told(offer, outcome or Outcome.OFFERED, _name_place(offer, account)))
    return FetchResult(tuple(told), catalogue.lacking)


def fetch_files(
    service: Service,
    edition: Path,
    year: int,
    *,
    families: Collection[str] = (),
    ids: Collection[str] = (),
    update: bool = False,
    wait: Wait,
    progress: Callable[[str], None] = lambda step: None,
) -> FetchResult:
    """Bring what the service offers for the year into ``published/fetched`` of the folder ``edition``.

    The account is written after each file. ``update`` replaces what is older than the service's, or was changed here.
    Raises Unreachable where the service cannot be used; what was brought before is kept.
    """
    progress("what the service offers")
    catalogue = list_offers(service, year, families, ids)
    told: list[Told] = []
    for offer in _list_once(catalogue):
        account = read_account(edition)
        before = _find(account, offer)
        outcome = _compare(offer, before, edition)
        if outcome in (Outcome.UNCHANGED, Outcome.NOT_COVERED) or (
            outcome in (Outcome.NEWER, Outcome.CHANGED) and not update
        ):
            told.append(Told(offer, outcome, before.file if before else "", _explain(outcome, before)))
            continue
        progress(offer.data_set.title)
        told.append(_bring(service, edition, offer, account, wait))
    named = {Path(one.file).name for one in read_account(edition)}
    clear_partial(edition / "published" / FOLDER, named)
    return FetchResult(tuple(told), catalogue.lacking)


def _list_once(catalogue: Catalogue) -> list[Offer]:
    """Each data set once, for the first family that it may be of."""
    return list({offer.data_set.id: offer for offer in reversed(catalogue.offers)}.values())[::-1]


def _find(account: Collection[Fetched], offer: Offer) -> Fetched | None:
    return next((one for one in account if one.data_set == str(offer.data_set.id)), None)


def _compare(offer: Offer, before: Fetched | None, edition: Path) -> Outcome | None:
    """How an offer stands to what is here; None where it is to be brought."""
    if offer.version is None:
        return Outcome.NOT_COVERED
    if before is None:
        return None
    place = edition / "published" / before.file
    if not place.is_file():
        return None
    if _hash(place) != before.sha256:
        return Outcome.CHANGED
    return Outcome.UNCHANGED if before.version == offer.version.version else Outcome.NEWER


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _explain(outcome: Outcome, before: Fetched | None) -> str:
    if outcome == Outcome.NEWER and before:
        return f"version {before.version} is kept; --update brings the newer one"
    return "it is kept; --update replaces it" if outcome == Outcome.CHANGED else ""


def _bring(service: Service, edition: Path, offer: Offer, account: tuple[Fetched, ...], wait: Wait) -> Told:
    """Download one data set, look at its headings, put it in place and into the account."""
    version = offer.version
    assert version is not None
    before = _find(account, offer)
    name = _name_place(offer, account)
    place = edition / "published" / name
    query: dict[str, str | int] = {"dataSetVersion": version.version}
    path = f"data-sets/{offer.data_set.id}/csv"
    got = download(service, path, query, place, version.total_results, wait)
    family, why = _recognise(got, offer)
    if not family:
        got.path.unlink()
        return Told(offer, Outcome.NOT_OF_FAMILY, note=why)
    got.path.replace(place)
    made = Fetched(
        address=service.address,
        publication=offer.publication.slug,
        data_set=str(offer.data_set.id),
        title=offer.data_set.title,
        version=version.version,
        release=version.release.title if version.release else "",
        published=version.published or "",
        covers=(version.time_periods.start, version.time_periods.end),
        family=family,
        file=name,
        size=got.size,
        sha256=got.sha256,
    )
    rest = [one for one in account if one is not before]
    every = sorted([*rest, made], key=lambda one: one.file)
    write_json_beside(edition / ACCOUNT, [one.model_dump(mode="json") for one in every])
    return Told(offer, Outcome.UPDATED if before else Outcome.BROUGHT, name)


def _recognise(got: Downloaded, offer: Offer) -> tuple[str, str]:
    """The family whose headings the file has; else "" and why it is not kept."""
    with got.path.open("rb") as stream:
        line = stream.readline(1 << 20).decode("utf-8-sig", "replace")
    header = tuple(next(csv.reader(io.StringIO(line)), []))
    found = [source for source in SOURCES if source.recognises(header)]
    aside = {kind.name: kind.why for kind in load_kinds()}
    unread = (*aside, DepartmentDescriptions.family)
    families = [source.family for source in found if source.family not in unread]
    if len(families) == 1 and offer.family in ("", families[0]):
        return families[0], ""
    if len(families) == 1:
        return "", f"its headings are those of {found[0].title}"
    if len(found) == 1 and found[0].family in aside:
        return "", f"{found[0].title}: {aside[found[0].family]}"
    return "", f"no family has its headings: {', '.join(header[:5])}{', …' if len(header) > 5 else ''}"


def _name_place(offer: Offer, account: Collection[Fetched]) -> str:
    """Where the file stands: as before, else by family and the letters of its title, alone in the account.

    No digit is taken from a title: a year in a name would be read as the file's own.
    """
    if before := _find(account, offer):
        return before.file
    words = "-".join(re.findall(r"[a-z]+", offer.data_set.title.lower()))[:60].strip("-")
    stem = "-".join(word for word in (offer.family, words) if word) or "table"
    taken = {one.file for one in account}
    names = (
        f"{FOLDER}/{stem}{ending}.csv" for ending in ("", *(f"-{letter}" for letter in "bcdefghijklmnopqrstuvwxyz"))
    )
    return next((name for name in names if name not in taken), f"{FOLDER}/{stem}-{offer.data_set.id}.csv")
