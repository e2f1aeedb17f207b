"""The area's site: written after a whole run from the reports' own facts, and again only where these changed.

It is for the area's officers. Nothing of it is sent: delivery takes a school's own folder and no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline.edition.pages import EDITION_PAGES
from pipeline.foundation.writing import clear_beside, replace_folder
from pipeline.run.record.statuses import read_statuses
from pipeline.run.stamps.made import MADE, Made, describe_inputs, find_reason, hash_folder, read_made, write_made
from pipeline.sources.local.advisers import read_advisers
from pipeline.sources.local.support_files import PARTNERS_FILE, PEOPLE_FILE

if TYPE_CHECKING:
    from pipeline.policy import Policy
    from pipeline.run.due.digests import Digests
    from pipeline.run.jobs import ReportOutcome
    from pipeline.run.preparing.preparation import PreparedEdition
    from pipeline.run.stamps.code import Code, Rested

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
    "pipeline.run.record.site",
    "pipeline.run.record.site.downloads",
    "pipeline.run.record.site.pages",
    "pipeline.run.record.site.workbook",
    "pipeline.sources.local.advisers",
)
AREA = next(page for page in EDITION_PAGES if page.folder == "area")


def write_area_site(
    prepared: PreparedEdition,
    policy: Policy,
    digests: Digests,
    outcomes: Sequence[ReportOutcome],
    pages: Sequence[ReportOutcome],
) -> bool:
    """Write the area's site, unless the one in place is of the same facts; give whether it was written.

    ``outcomes`` are those of all schools due, ``pages`` those of EDITION_PAGES. A school whose report could not be made
    has no record, and stands among those without a report.
    """
    folder = prepared.edition.paths.area_site
    made = {outcome.urn: outcome for outcome in outcomes if outcome.urn is not None and not outcome.problem}
    area = next((one for one in pages if one.name == AREA.name and not one.problem), None)
    key = _describe_inputs(prepared, policy, digests, made, area)
    if not find_reason(read_made(folder), key, folder):
        return False
    from pipeline.run.record.site.pages import write_site_pages

    making = clear_beside(folder)
    making.mkdir(parents=True)
    write_site_pages(making, prepared, policy, sorted(made), has_area=area is not None)
    write_made(making, Made(key, hash_folder(making)), MADE)
    replace_folder(making, folder)
    return True


def _describe_inputs(
    prepared: PreparedEdition,
    policy: Policy,
    digests: Digests,
    made: Mapping[int, ReportOutcome],
    area: ReportOutcome | None,
) -> dict[str, str]:
    """The key of the site. Its facts count by the hashes that their reports have; no table is read to tell it."""
    paths, said, rested = prepared.edition.paths, prepared.edition.description, trace_making(prepared.code)
    return describe_inputs(
        values={
            "the schools' reports": [[urn, made[urn].files.get("facts.json", "")] for urn in sorted(made)],
            "schools without a report": [one for one in read_statuses(paths) if one["status"] != "done"],
            "the area's report": area and area.files.get("facts.json", ""),
            "advisers": [[urn, name] for urn, name in read_advisers(paths.local).items() if urn in made],
            "places": [[urn, digests.schools[urn]["entry in the school lists"]] for urn in sorted(made)],
            "who may help": policy.brokering.model_dump(mode="json"),
            "the edition": [said.title, said.year, prepared.edition.date.isoformat(), said.area.name, said.colour],
            "policy": policy.dump_rules(),
        },
        files={"partners": {file.name: paths.folder / file.name for file in (PARTNERS_FILE, PEOPLE_FILE)}},
        code={"how the site is written": prepared.code.hash(rested)},
        packages={"versions of Python and packages": rested.packages},
    )


def trace_making(code: Code) -> Rested:
    """The code that the site rests on."""
    return code.trace(*_MAKING, apart=_APART, within=_WITHIN)
