"""The pages, downloads and workbook of the area's site, from the facts of its reports."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.edition.brokering import Partners, Place, read_partners, read_places
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.paths import EditionPaths
from pipeline.render.site.pages import SiteFrame, list_addresses, render_site_page
from pipeline.report.area.findings import AREA_LAYOUT, Unreported
from pipeline.report.area.notebook import name_edition_area, read_facts
from pipeline.report.area.site.area import AreaSite
from pipeline.report.area.site.contents import lay_out_site
from pipeline.report.area.site.downloads import DOWNLOADS, lay_out_downloads
from pipeline.report.area.site.record import lay_out_record
from pipeline.report.area.site.schools import SiteSchool, order_schools, read_school
from pipeline.report.exhibits import clean_text
from pipeline.report.school.notebook import read_edition_note
from pipeline.run.record.site.downloads import FOLDER, open_downloads
from pipeline.run.record.site.workbook import WORKBOOK, can_write_workbook, write_workbook
from pipeline.run.record.statuses import read_statuses
from pipeline.sources.local.advisers import read_advisers

if TYPE_CHECKING:
    from pipeline.edition.editions import Edition
    from pipeline.policy import Policy
    from pipeline.report.area.site.pieces import SitePage
    from pipeline.run.preparing.preparation import PreparedEdition


@dataclass(frozen=True)
class _Sources:
    """What the site is made from besides the schools' facts: URN → adviser and place, who goes with whom as people know
    (None where that could not be read), and who has no report."""

    advisers: Mapping[int, str]
    places: Mapping[int, Place]
    partners: Partners | None
    unreported: Sequence[Mapping[str, Any]]
    area_facts: Mapping[str, Any] | None


def write_site_pages(
    folder: Path, prepared: PreparedEdition, policy: Policy, urns: Sequence[int], *, has_area: bool
) -> None:
    """Write the site into the new ``folder``, with a record for each of ``urns``.

    ``has_area`` says whether the area's own report was made, of which the site then tells too.
    """
    sources = _gather_sources(prepared, has_area=has_area)
    schools = order_schools([_read_one(prepared.edition.paths, urn, sources) for urn in urns])
    site = _describe_site(prepared, policy, schools, sources)
    pages = lay_out_site(site)
    frame = _describe_frame(site, prepared.edition, (*list_addresses(pages), (DOWNLOADS, "Downloads")))
    for page in pages:
        _write_page(folder, page, frame)
    with open_downloads(folder) as downloads:
        for school in schools:
            facts = read_facts(prepared.edition.paths.school(school.urn))
            _write_page(folder, lay_out_record(site, school, facts), frame)
            downloads.add(school, facts)
    place = ""
    if can_write_workbook(downloads.counts):
        write_workbook(folder, downloads.counts, site.edition.date)
        place = f"{FOLDER}/{WORKBOOK}"
    _write_page(folder, lay_out_downloads(downloads.counts, place), frame)


def _gather_sources(prepared: PreparedEdition, *, has_area: bool) -> _Sources:
    paths = prepared.edition.paths
    places = read_places(prepared.tables.schools())
    return _Sources(
        read_advisers(paths.local),
        places,
        _read_partners(paths, places),
        [one for one in read_statuses(paths) if one["status"] != "done"],
        _read_area_facts(paths) if has_area else None,
    )


def _read_area_facts(paths: EditionPaths) -> Mapping[str, Any] | None:
    """The facts of the area's report; None where they are gone, or of a report that an earlier version left."""
    try:
        facts = json.loads((paths.area / "facts.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return facts if facts.get("layout") == AREA_LAYOUT else None


def _read_partners(paths: EditionPaths, known: Collection[int]) -> Partners | None:
    """None where a file of them has a fault: then the page names nobody, and ``plan-support`` tells the fault."""
    try:
        return read_partners(paths, known)
    except FaultyInput:
        return None


def _read_one(paths: EditionPaths, urn: int, sources: _Sources) -> SiteSchool:
    facts = read_facts(paths.school(urn))
    place = sources.places.get(urn)
    return read_school(
        facts, district=place.district if place else "", adviser=sources.advisers.get(urn, ""), place=place
    )


def _describe_site(
    prepared: PreparedEdition, policy: Policy, schools: tuple[SiteSchool, ...], sources: _Sources
) -> AreaSite:
    note = read_edition_note(prepared.edition.paths)
    return AreaSite(
        note,
        policy,
        clean_text(name_edition_area(prepared.edition.paths, prepared.tables, note)),
        schools,
        tuple(Unreported(one["urn"], clean_text(one["name"]), clean_text(one["reason"])) for one in sources.unreported),
        sources.area_facts,
        of_authority=prepared.edition.description.area.authority is not None,
        partners=sources.partners,
    )


def _describe_frame(site: AreaSite, edition: Edition, pages: tuple[tuple[str, str], ...]) -> SiteFrame:
    return SiteFrame(
        title=clean_text(site.edition.title),
        organisation=clean_text(site.policy.organisation),
        date=site.edition.date,
        colour=edition.description.colour,
        pages=pages,
    )


def _write_page(folder: Path, page: SitePage, frame: SiteFrame) -> None:
    place = folder / page.place
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(render_site_page(page, frame), encoding="utf-8", newline="\n")
