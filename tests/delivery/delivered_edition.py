"""An edition whose reports are made and due to be sent: true pages, PDFs, facts and accounts, without a kernel."""

from __future__ import annotations

import csv
import datetime
import hashlib
import html
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import pandas as pd
import yaml
from markupsafe import Markup

from pipeline.analysis.results import Comparison, IndicatorResult, SchoolAnalysis, YearFigure
from pipeline.delivery.accounting.ledger import Ledger
from pipeline.delivery.accounting.questions import ask_about_thresholds
from pipeline.delivery.mail.message import Attachment, Message, Recipient, Sender
from pipeline.edition.editions import Edition, load_edition, read_policy_of
from pipeline.foundation.paths import EditionPaths, Workspace
from pipeline.foundation.vocabulary import Rating
from pipeline.policy import load_policy
from pipeline.policy.outcome import Assignment, Certainty, Entitlement, Move, PanelDecision
from pipeline.policy.policy import Policy
from pipeline.render.content.document import Document
from pipeline.render.html import render_page
from pipeline.render.pdf import render_pdf
from pipeline.report.facts import EditionNote, IndicatorNote, SchoolReport, build_school_facts, compose_facts
from pipeline.run.due.plan import Planner
from pipeline.run.preparing.preparation import STAMP, _describe_edition, _describe_inputs, prepare
from pipeline.run.stamps.code import Code
from pipeline.run.stamps.made import Made, hash_file, measure_files, write_made
from pipeline.sources.frames import OBSERVATIONS, SCHOOLS, SOFT_INTELLIGENCE, LocalSlice, School, shape_frame
from pipeline.sources.prepared import RECONCILIATION, TABLES, write_tables

TITLE = "Marlshire, autumn 2025"
ORGANISATION = "Marlshire County Council"
DATE = "2025-12-05"
FIRST_URN = 900001
NOT_DUE = (899999, "Old Lane Primary School", "closed on 31 August 2024")
DOMAIN = "schools.example.org"

#: What officers alone may read: it stands in every school's facts.json and in no message.
SECRETS = ("Two deputies left at Easter", "HR casework list", "A. N. Adviser", "The new head has begun well")

_PLACES = (
    *("Alder", "Brack", "Cold Ash", "Dunwick", "Elm Row", "Fenni", "Great Holt", "Harrow", "Ivy", "Juniper"),
    *("Kings", "Lark", "Marl", "Nether Holt", "Oak", "Pell", "Quarry", "Rook", "St Anne's", "Thorn"),
    *("Upper Wick", "Vale", "Wych", "Yarrow & Ash", "Zoë Hill"),
)
_KINDS = tuple(
    f"{word} {kind}"
    for word, kind in product(
        ("Bank", "Court", "Field", "Green", "Mill"),
        ("Primary School", "Church of England (VA) First School", "Academy", "High School"),
    )
)


@dataclass(frozen=True)
class DeliveredEdition:
    """``schools`` are those due, URN → name, in the order of their URNs. ``keys`` are what their reports rest on."""

    workspace: Workspace
    paths: EditionPaths
    schools: Mapping[int, str]
    policy: Policy
    keys: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    @property
    def due(self) -> dict[int, str]:
        return dict(self.schools)

    @property
    def not_due(self) -> dict[int, str]:
        """URN → the school's name."""
        return {NOT_DUE[0]: NOT_DUE[1]}


def make_delivered_edition(
    root,
    schools: int | Sequence[str] = 3,
    *,
    name: str = "county",
    roles: Sequence[str] = ("head", "chair"),
    **settings,
) -> DeliveredEdition:
    """An edition ``name`` below ``root``: reports of ``schools`` (how many, or their names), an address book with one
    recipient a role and school, and settings.

    ``settings`` are put over those of ``write_settings``. Each school costs about 40 ms.
    """
    workspace = Workspace(root)
    paths = workspace.edition(name)
    names = name_schools(schools) if isinstance(schools, int) else list(schools)
    due = {FIRST_URN + position: school for position, school in enumerate(names)}
    policy = load_policy("worcestershire", beside=paths.folder, organisation=ORGANISATION)
    paths.local.mkdir(parents=True)
    described = {"title": TITLE, "area": {"authority": 998, "name": "Marlshire"}, "year": "2024/25"}
    described |= {"policy": "worcestershire", "organisation": ORGANISATION, "date": DATE}
    paths.description.write_text(yaml.safe_dump(described, sort_keys=False), encoding="utf-8")
    edition = DeliveredEdition(workspace, paths, due, policy)
    edition = replace(edition, keys=prepare_edition(edition))
    for urn, school in due.items():
        write_report(edition, urn, school)
    write_statuses(edition)
    write_settings(edition, **settings)
    write_recipients(edition, [make_row(edition, urn, role) for urn in due for role in roles])
    return edition


def prepare_edition(edition: DeliveredEdition) -> dict[int, Mapping[str, str]]:
    """Put prepared tables in place as a run leaves them, one figure a school; give what each report rests on by URN."""
    file = edition.paths.published / "2024-2025" / "england_ks2.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("URN,PTRWM_EXP\n", encoding="utf-8")
    tables = {table: shape_frame(pd.DataFrame(), dict(columns)) for table, columns in TABLES.items()}
    schools = [
        {"urn": urn, "name": name, "laestab": find_laestab(urn), "la": 998, "phase": "primary", "status": "open"}
        for urn, name in edition.schools.items()
    ]
    figure = {"level": "school", "measure": "ks2_rwm_expected", "group": "all", "year": 2025, "value": 61.0}
    figure |= {"cohort": 60.0, "unit": "percent", "availability": "available", "word": "", "file": file.name, "line": 2}
    tables["schools"] = shape_frame(pd.DataFrame(schools), SCHOOLS)
    tables["observations"] = shape_frame(
        pd.DataFrame([{**figure, "urn": urn, "published_urn": urn, "la": 998} for urn in edition.schools]), OBSERVATIONS
    )
    write_tables(edition.paths.prepared, tables, [])
    sign_tables(edition)
    return examine(edition)


def examine(edition: DeliveredEdition) -> dict[int, Mapping[str, str]]:
    """Complete the prepared tables as the next verb would; give what each report rests on by URN."""
    described = load_edition(edition.workspace, edition.paths.folder.name)
    planner = Planner(edition.workspace, prepare(described), read_policy_of(described))
    return {planned.job.urn: dict(planned.job.key) for planned in planner.plan().asked}


def sign_tables(edition: DeliveredEdition) -> Edition:
    """Say that the prepared tables are those of the edition as it is described now; give it."""
    described = load_edition(edition.workspace, edition.paths.folder.name)
    inputs = {file.name: [hash_file(file.path), file.year, file.family] for file in described.list_published()}
    told = {**_describe_edition(described, inputs), "faults": [], "warnings": [], "data_docs": {}}
    told["schools"] = sorted(edition.schools)
    folder = described.paths.prepared
    tables = measure_files([*folder.glob("*.parquet"), folder / RECONCILIATION], folder)
    write_made(folder, Made(_describe_inputs(described, inputs, Code()), tables, told), STAMP)
    return described


def accept_thresholds(edition: DeliveredEdition) -> None:
    """Record in the ledger that the thresholds, which nobody has adopted, may be used."""
    described = load_edition(edition.workspace, edition.paths.folder.name)
    (question,) = ask_about_thresholds(described, read_policy_of(described))
    with Ledger(edition.paths) as ledger:
        ledger.record_answer(question.code, question.what, "Jane Smith", "a trial year, as agreed")


def find_laestab(urn: int) -> int:
    return 9982000 + urn % 1000


def name_schools(count: int) -> list[str]:
    """As many schools' names, no two the same, with apostrophes, brackets, an ampersand and letters beyond ASCII."""
    return [f"{place} {kind}" for kind, place in product(_KINDS, _PLACES)][:count]


def write_settings(edition: DeliveredEdition, **changes) -> None:
    """Write ``delivery.yaml``; a change to None takes the field out."""
    said = {
        "sender": {
            "name": "Marlshire School Improvement",
            "address": "reports@marlshire.example.org",
            "reply_to": "improvement@marlshire.example.org",
        },
        "contact": "School Improvement, 01632 960123, improvement@marlshire.example.org",
        "allowed_domains": [DOMAIN, "marlshire.example.org"],
        "channel": "folder",
        "smtp": {"host": "mail.marlshire.example.org", "user": "reports"},
    }
    said = {field: value for field, value in {**said, **changes}.items() if value is not None}
    (edition.paths.folder / "delivery.yaml").write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")


def make_row(edition: DeliveredEdition, urn: int, role: str = "head", **changes: str) -> dict[str, str]:
    """A row of the address book as its columns hold it."""
    who = {"head": "H. Oakley", "chair": "C. Birch"}.get(role, "A. Nother")
    row = {"urn": str(urn), "role": role, "name": f"{who} {urn}", "email": f"{role}.{urn}@{DOMAIN}", "channel": ""}
    return {**row, "school": edition.schools.get(urn, ""), **changes}


def write_recipients(edition: DeliveredEdition, rows: Sequence[Mapping[str, str]]) -> None:
    """Write ``local/recipients.csv`` of those rows."""
    written = io.StringIO()
    table = csv.DictWriter(written, ["urn", "role", "name", "email", "channel", "school"], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    (edition.paths.local / "recipients.csv").write_text(written.getvalue(), encoding="utf-8", newline="\n")


def write_report(edition: DeliveredEdition, urn: int, school: str, *, words: str = "") -> None:
    """Put a school's report in place as a run does; ``words`` are added to it, so that it is another report."""
    facts = build_school_facts(describe_school(edition, urn, school))
    page = _compose_page(facts, words)
    folder = edition.paths.school(urn)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "facts.json").write_text(compose_facts(facts), encoding="utf-8", newline="\n")
    (folder / "report.html").write_text(page, encoding="utf-8", newline="\n")
    (folder / "report.pdf").write_bytes(render_pdf(page))
    (folder / "notebook.ipynb").write_text(json.dumps({"cells": list(SECRETS)}), encoding="utf-8")
    sign_report(edition, urn)


def sign_report(edition: DeliveredEdition, urn: int) -> None:
    """Write a report's ``made.json`` for the files that are there."""
    folder = edition.paths.school(urn)
    files = {path.name: hash_file(path) for path in sorted(folder.iterdir()) if path.name != "made.json"}
    write_made(folder, Made(edition.keys.get(urn, {"policy": "abc"}), files))


def write_statuses(edition: DeliveredEdition) -> None:
    """Write ``schools.json``: every school due and one that is not."""
    statuses = [{"urn": urn, "name": name, "status": "done", "reason": ""} for urn, name in edition.schools.items()]
    statuses.append({"urn": NOT_DUE[0], "name": NOT_DUE[1], "status": "not due", "reason": NOT_DUE[2]})
    (edition.paths.reports / "schools.json").write_text(json.dumps(statuses, ensure_ascii=False), encoding="utf-8")


def _compose_page(facts: Mapping, words: str) -> str:
    document = Document(**facts["document"])
    said = (facts["final"]["title"], facts["assignment"]["meaning"], facts["assignment"]["reason"], words)
    body = f"<section><h2>The category</h2>{''.join(f'<p>{html.escape(word)}</p>' for word in said if word)}</section>"
    return render_page(document, Markup(body), heading=document.school)


def describe_school(edition: DeliveredEdition, urn: int, name: str) -> SchoolReport:
    """A school's report. Categories take turns; every third school had a panel, and each holds what officers know."""
    categories = edition.policy.categories
    chosen = categories[urn % len(categories)]
    assignment = Assignment(
        policy=edition.policy.key,
        policy_title=edition.policy.title,
        organisation=ORGANISATION,
        category=chosen.key,
        title=chosen.title,
        meaning=chosen.meaning,
        tier=edition.policy.tier(chosen.key),
        tiers=len(categories),
        clause="one_key_gap",
        reason="One key priority is a gap against England.",
        facts=("key-priority gaps against England: 1 (Reading, writing and maths)",),
        checks=(),
        entitlement=Entitlement(chosen.entitlement.lines),
        thresholds_adopted=False,
        notice="The thresholds behind this category are defaults that came with the software.",
    )
    decision = None
    if urn % 3 == 0:
        decision = PanelDecision(
            chosen.key, chosen.title, assignment.tier, SECRETS[3], SECRETS[2], "2025-11-18", changed=False
        )
    results = _make_results()
    return SchoolReport(
        school=School(urn, name, find_laestab(urn), 998, "Marlshire", "Pellbury", "primary", type="Community school"),
        edition=EditionNote(edition.paths.folder.name, TITLE, 2025, "worcestershire", DATE, "Marlshire", ORGANISATION),
        analysis=SchoolAnalysis(urn=urn, year=2025, results=results, tested={"england": len(results)}),
        assignment=assignment,
        indicators={one.indicator: IndicatorNote(one.indicator, one.title) for one in results},
        certainty=Certainty(1000, tuple((one.key, one.title, float(one is chosen)) for one in categories), 1.0),
        move=Move("secure", "Secure", 2, "categories_last_year.csv", 0, False),
        decision=decision,
        decided=assignment if decision else None,
        local=LocalSlice(soft_intelligence=_make_soft_intelligence(urn)),
    )


def _make_soft_intelligence(urn: int) -> pd.DataFrame:
    heard = {"urn": urn, "date": "2025-09-11", "kind": "staffing", "source": SECRETS[1], "note": SECRETS[0], "line": 2}
    return shape_frame(pd.DataFrame([heard]), SOFT_INTELLIGENCE)


def _make_results() -> tuple[IndicatorResult, ...]:
    """A gap, a strength, one in line and one whose figure is suppressed."""
    return (
        _make_result("ks2_rwm_expected", "Reading, writing and maths", 52.0, 62.0, Rating.GAP, key_priority=True),
        _make_result("ks2_maths_expected", "Maths", 84.0, 74.0, Rating.STRENGTH),
        _make_result("ks2_reading_expected", "Reading", 76.0, 75.0, Rating.IN_LINE),
        _make_result("ks2_rwm_expected_disadvantaged", "Disadvantaged: RWM", None, 68.0, Rating.NOT_RATED),
    )


def _make_result(
    indicator: str, title: str, value: float | None, england: float, rating: Rating, *, key_priority: bool = False
) -> IndicatorResult:
    suppressed = {} if value is not None else {"availability": "suppressed", "word": "SUPP"}
    pupils = None if value is None else 60.0
    low, high = (None, None) if value is None else (value - 7, value + 7)
    difference = None if value is None else value - england
    compared = Comparison("england", england, difference, 0.01, 0.02, None, rating, "")
    return IndicatorResult(
        indicator=indicator,
        title=title,
        short_title=title,
        key_stage="key stage 2",
        group="disadvantaged" if "disadvantaged" in indicator else "all",
        unit="percent",
        direction="higher is better",
        key_priority=key_priority,
        theme="attainment",
        years=(2025,) if value is not None else (),
        value=value,
        lower=low,
        upper=high,
        cohort=pupils,
        by_year=(YearFigure(2025, value, low, high, pupils, england, **suppressed),),
        comparisons=(compared,),
        trend=None,
        position=None,
        decimals=0,
    )


def write_plain_message(edition: DeliveredEdition, urn: int, role: str = "head", **changes) -> Message:
    """A message about a school with its PDF, written without the policy's templates; ``changes`` are to its fields."""
    row = make_row(edition, urn, role)
    school = edition.schools[urn]
    pdf = (edition.paths.school(urn) / "report.pdf").read_bytes()
    text = f"Dear {row['name']},\n\nthe report on {school} (URN {urn}) is attached.\n"
    said = {
        "edition": edition.paths.folder.name,
        "date": datetime.date.fromisoformat(DATE),
        "urn": urn,
        "school": school,
        "recipient": Recipient(urn, role, row["name"], row["email"], row["channel"], 2),
        "sender": Sender("Marlshire School Improvement", "reports@marlshire.example.org"),
        "subject": f"{school}: {TITLE}",
        "text": text,
        "html": f'<html lang="en-GB"><body><p>{html.escape(text)}</p></body></html>',
        "attachments": (Attachment(f"{urn} {school}.pdf", "application/pdf", pdf, f"schools/{urn}/report.pdf"),),
        "report": hashlib.sha256(pdf).hexdigest(),
    }
    return Message(**{**said, **changes})
