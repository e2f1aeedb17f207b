"""The area's site: written after a whole run from the reports' own facts, and again only where these changed.

It is for the area's officers. Nothing of it is sent: delivery takes a school's own folder and no other.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.edition.brokering import Partners, Place, read_partners, read_places
from pipeline.edition.pages import EDITION_PAGES
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.writing import clear_beside, replace_folder
from pipeline.report.area.findings import AREA_LAYOUT, Unreported
from pipeline.report.area.notebook import name_edition_area, read_facts
from pipeline.report.area.site.area import AreaSite
from pipeline.report.area.site.schools import SiteSchool, order_schools, read_school
from pipeline.report.exhibits import clean_text
from pipeline.report.school.notebook import read_edition_note
from pipeline.run.record.statuses import read_statuses
from pipeline.run.stamps.made import MADE, Made, describe_inputs, find_reason, hash_folder, read_made, write_made
from pipeline.sources.local.advisers import read_advisers

if TYPE_CHECKING:
    from pipeline.edition.editions import Edition
    from pipeline.policy import Policy
    from pipeline.render.site.pages import SiteFrame
    from pipeline.report.area.site.pieces import SitePage
    from pipeline.run.jobs import ReportOutcome
    from pipeline.run.preparing.preparation import PreparedEdition
    from pipeline.run.stamps.code import Code, Rested

FIRST = "index.html"
#: What makes the site.
_MAKING = ("pipeline.run.record.site", "pipeline.render.site.pages")
#: What it has only through the facts, which count by themselves; and what of that words its pages.
_APART = tuple(f"pipeline.{floor}" for floor in ("analysis", "edition", "policy", "run", "sources", "validation"))
_WITHIN = (
    "pipeline.analysis.indicators.described",
    "pipeline.analysis.indicators.subjects",
    "pipeline.analysis.indicators.themes",
    "pipeline.edition.brokering.helping",
    "pipeline.edition.brokering.partners",
    "pipeline.edition.brokering.schools",
    "pipeline.edition.support.focus",
    "pipeline.policy.outcome",
    "pipeline.run.record.downloads",
    "pipeline.run.record.site",
    "pipeline.run.record.workbook",
    "pipeline.sources.local.advisers",
)
AREA = next(page for page in EDITION_PAGES if page.folder == "area")


@dataclass(frozen=True)
class _Sources:
    """What the site is made from besides the schools' facts: URN → adviser and place, who goes with whom as people know
    (None where that could not be read), and who has no report."""

    advisers: Mapping[int, str]
    places: Mapping[int, Place]
    partners: Partners | None
    unreported: Sequence[Mapping[str, Any]]
    area_facts: Mapping[str, Any] | None


def write_area_site(
    prepared: PreparedEdition,
    policy: Policy,
    outcomes: Sequence[ReportOutcome],
    pages: Sequence[ReportOutcome],
) -> bool:
    """Write the area's site, unless the one in place is of the same facts; give whether it was written.

    ``outcomes`` are those of all schools due, ``pages`` those of EDITION_PAGES. A school whose report could not be made
    has no record, and stands among those without a report.
    """
    edition = prepared.edition
    folder = edition.paths.area_site
    made = [outcome for outcome in outcomes if outcome.urn is not None and not outcome.problem]
    sources = _gather_sources(prepared, pages)
    key = _describe_inputs(edition, policy, made, sources, prepared.code)
    if not find_reason(read_made(folder), key, folder):
        return False
    making = clear_beside(folder)
    making.mkdir(parents=True)
    _write_pages(making, prepared, policy, sorted(outcome.urn or 0 for outcome in made), sources)
    write_made(making, Made(key, hash_folder(making)), MADE)
    replace_folder(making, folder)
    return True


def _gather_sources(prepared: PreparedEdition, pages: Sequence[ReportOutcome]) -> _Sources:
    paths = prepared.edition.paths
    area = next((one for one in pages if one.name == AREA.name), None)
    is_there = area is not None and not area.problem
    places = read_places(prepared.tables.schools())
    return _Sources(
        read_advisers(paths.local),
        places,
        _read_partners(paths, places),
        [one for one in read_statuses(paths) if one["status"] != "done"],
        _read_area_facts(paths) if is_there else None,
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


def _describe_inputs(
    edition: Edition, policy: Policy, made: Sequence[ReportOutcome], sources: _Sources, code: Code
) -> dict[str, str]:
    urns = {outcome.urn for outcome in made}
    rested = trace_making(code)
    said = edition.description
    return describe_inputs(
        values={
            "the schools' reports": sorted((outcome.urn, outcome.files.get("facts.json", "")) for outcome in made),
            "schools without a report": list(sources.unreported),
            "the area's report": sources.area_facts,
            "advisers": [[urn, name] for urn, name in sources.advisers.items() if urn in urns],
            "places": [[urn, *astuple(place)] for urn, place in sorted(sources.places.items()) if urn in urns],
            "who may help": policy.brokering.model_dump(mode="json"),
            "partners": sources.partners and sources.partners.describe(),
            "the edition": [said.title, said.year, edition.date.isoformat(), said.area.name, said.colour],
            "policy": policy.dump_rules(),
        },
        code={"how the site is written": code.hash(rested)},
        packages={"versions of Python and packages": rested.packages},
    )


def trace_making(code: Code) -> Rested:
    """The code that the site rests on."""
    return code.trace(*_MAKING, apart=_APART, within=_WITHIN)


def _write_pages(
    folder: Path, prepared: PreparedEdition, policy: Policy, urns: Sequence[int], sources: _Sources
) -> None:
    from pipeline.render.site.pages import list_addresses
    from pipeline.report.area.site.contents import lay_out_site
    from pipeline.report.area.site.downloads import DOWNLOADS, lay_out_downloads
    from pipeline.report.area.site.record import lay_out_record
    from pipeline.run.record.downloads import FOLDER, open_downloads
    from pipeline.run.record.workbook import WORKBOOK, can_write_workbook, write_workbook

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
    from pipeline.render.site.pages import SiteFrame

    return SiteFrame(
        title=clean_text(site.edition.title),
        organisation=clean_text(site.policy.organisation),
        date=site.edition.date,
        colour=edition.description.colour,
        pages=pages,
    )


def _write_page(folder: Path, page: SitePage, frame: SiteFrame) -> None:
    from pipeline.render.site.pages import render_site_page

    place = folder / page.place
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(render_site_page(page, frame), encoding="utf-8", newline="\n")
