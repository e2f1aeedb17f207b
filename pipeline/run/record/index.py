"""The edition's index: gathered from the reports' own facts, and written again only where what it shows changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.edition.editions import Edition, read_policy_of
from pipeline.edition.pages import EDITION_PAGES
from pipeline.edition.schools import AreaSchool
from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import name_place
from pipeline.foundation.writing import write_beside
from pipeline.render.site.index import EditionIndex, IndexEntry, IndexNotice, Link, WithoutReport, render_index
from pipeline.run.jobs import ReportOutcome
from pipeline.run.stamps.made import Made, describe_inputs, find_reason, hash_file, read_made, write_made

if TYPE_CHECKING:
    from pipeline.run.preparing.preparation import PreparedEdition
    from pipeline.run.stamps.code import Code, Rested

SITE, FIRST = "area-site", "index.html"  # below the edition's reports
DELIVERY_PAGE = "delivery/index.html"  # below the edition's reports; written anew with every sending
INDEX = "index.html"  # among the edition's reports
#: What the index has only through what it is told, which counts by itself.
_APART = tuple(f"pipeline.{floor}" for floor in ("analysis", "edition", "policy", "report", "run", "sources"))
_WITHIN = ("pipeline.run.record.index",)


def write_index(
    prepared: PreparedEdition,
    policy_name: str,
    outcomes: Sequence[ReportOutcome],
    not_due: Sequence[AreaSchool],
    pages: Sequence[ReportOutcome],
) -> Path:
    """Write the index, unless the one in place shows the same; give its path.

    It has every school of the area once, with its report or the reason why there is none. ``pages`` are the outcomes of
    EDITION_PAGES, in that order.
    """
    edition, folder = prepared.edition, prepared.edition.paths.reports
    made = {outcome.urn: outcome for outcome in outcomes if outcome.urn is not None and not outcome.problem}
    shown = _describe_index(edition, policy_name, outcomes, not_due, pages, prepared.faults)
    rested = trace_making(prepared.code)
    key = describe_inputs(
        values={
            "the schools' reports": [[urn, one.files.get("facts.json", "")] for urn, one in made.items()],
            "what the index shows besides them": asdict(shown),
        },
        code={"how the index is written": prepared.code.hash(rested)},
        packages={"versions of Python and packages": rested.packages},
    )
    if find_reason(read_made(folder), key, folder):
        entries = tuple(_describe_entry(edition, urn) for urn in made)
        write_beside(folder / INDEX, render_index(replace(shown, entries=entries)))
        write_made(folder, Made(key, {INDEX: hash_file(folder / INDEX)}))
    return folder / INDEX


def trace_making(code: Code) -> Rested:
    """The code that the index rests on."""
    return code.trace("pipeline.run.record.index", apart=_APART, within=_WITHIN)


def _describe_index(
    edition: Edition,
    policy_name: str,
    outcomes: Sequence[ReportOutcome],
    not_due: Sequence[AreaSchool],
    pages: Sequence[ReportOutcome],
    faults: Sequence[Fault],
) -> EditionIndex:
    """What the index shows besides the reports that were made."""
    policy = read_policy_of(edition, policy_name)
    return EditionIndex(
        title=edition.description.title,
        organisation=policy.organisation,
        edition=edition.description.year,
        date=edition.date.isoformat(),
        colour=edition.description.colour,
        categories=tuple(category.title for category in policy.categories),
        not_due=tuple(WithoutReport(school.urn, school.name, school.not_due) for school in not_due),
        failed=tuple(
            WithoutReport(outcome.urn or 0, outcome.name, outcome.problem) for outcome in outcomes if outcome.problem
        ),
        links=tuple(find_links(edition, pages)),
        notices=tuple(phrase_notices(pages, faults, name_place(edition.description.area.trust))),
    )


def _describe_entry(edition: Edition, urn: int) -> IndexEntry:
    from pipeline.report.area.notebook import read_facts

    facts = read_facts(edition.paths.school(urn))
    return IndexEntry(
        urn=urn,
        school=facts["school"]["name"],
        phase=facts["school"]["phase"],
        category=facts["final"]["title"],
        page=f"schools/{urn}/report.html",
        pdf=f"schools/{urn}/report.pdf",
    )


def find_links(edition: Edition, pages: Sequence[ReportOutcome]) -> Iterator[Link]:
    """What the index leads to besides the schools, as far as it was made."""
    place = name_place(edition.description.area.trust)
    if (edition.paths.area_site / FIRST).is_file():
        words = f"The {place}'s site, for officers: whom to ring first, every school, its record"
        yield Link(words, f"{SITE}/{FIRST}")
    for page, outcome in zip(EDITION_PAGES, pages, strict=True):
        if not outcome.problem:
            title = page.tell_title(place)
            yield Link(title, f"{page.folder}/report.html")
            yield Link(f"{title} as PDF", f"{page.folder}/report.pdf")
    if (edition.paths.data_docs / "index.html").is_file():
        yield Link("What was checked in the published files", "data-docs/index.html")
    if is_delivered(edition):
        yield Link("What was sent to whom", DELIVERY_PAGE)


def is_delivered(edition: Edition) -> bool:
    """Whether the edition says how its reports are sent. Nothing that was sent since may change the index."""
    return edition.paths.delivery_settings.is_file()


def leave_place_for_delivery(edition: Edition) -> None:
    """Write a page that says nothing has been sent, where the index leads to one and there is none yet."""
    place = edition.paths.reports / DELIVERY_PAGE
    if not is_delivered(edition) or place.is_file():
        return
    from markupsafe import Markup

    from pipeline.render.content.document import Document
    from pipeline.render.html import render_page

    said = edition.description
    heading = "What was sent to whom"
    document = Document(
        title=f"{heading}: {said.title}",
        organisation=said.organisation,
        edition=said.title,
        kind="delivery",
        colour=said.colour,
    )
    body = Markup('<p class="lead">Nothing has been sent yet.</p><p><a href="../index.html">The reports</a></p>')
    write_beside(place, render_page(document, body, heading=heading))


def phrase_notices(pages: Sequence[ReportOutcome], faults: Sequence[Fault], place: str) -> Iterator[IndexNotice]:
    """What could not be made or used, in a sentence each."""
    files = sorted({fault.file for fault in faults})
    if files:
        yield IndexNotice(f"Left out because of faults in them: {', '.join(files)}.", "warning")
    for page, outcome in zip(EDITION_PAGES, pages, strict=True):
        if outcome.problem:
            yield IndexNotice(f"The page “{page.tell_title(place)}” could not be made: {outcome.problem}", "warning")
