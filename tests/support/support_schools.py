"""A school year, people and schools for tests of support; and an edition whose reports are facts alone."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from pipeline.edition.support import Area, Person, SchoolSupport, SchoolYear, Term
from pipeline.foundation.paths import Workspace, find_project
from pipeline.report.facts import FACTS_VERSION
from pipeline.run.desk.support.schools import SupportedSchool

REVIEW = datetime.date(2025, 11, 3)
PEOPLE_HEADER = "name,role,subjects,phases,days_a_term,home,conflicts,serving\n"
CHANGES_HEADER = "urn,activity,number,change,new_date,person,reason,date\n"


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


YEAR = SchoolYear(
    (
        Term("Autumn", day("2025-09-02"), day("2025-12-19"), (day("2025-10-27"), day("2025-10-31"))),
        Term("Spring", day("2026-01-05"), day("2026-03-27"), (day("2026-02-16"), day("2026-02-20"))),
        Term("Summer", day("2026-04-13"), day("2026-07-21"), (day("2026-05-25"), day("2026-05-29"))),
    ),
    frozenset({day("2026-01-05")}),
)
AREAS = tuple(
    Area(key, title, 2) for key, title in (("reading", "Reading"), ("maths", "Maths"), ("writing", "Writing"))
)


def make_school(urn: int = 900003, category: str = "focus", areas: int = 0, **more) -> SchoolSupport:
    return SchoolSupport(
        urn, category, AREAS[:areas] + tuple(Area(f"x{n}", f"X{n}", 1) for n in range(areas - 3)), **more
    )


def make_supported(urn: int, category: str = "focus", areas: int = 2, town: str = "Ash", phase: str = "primary"):
    return SupportedSchool(urn, f"School {urn}", town, phase, category, make_school(urn, category, areas))


def make_person(name: str, *roles: str, days: Sequence[float] = (9, 9, 9), **more) -> Person:
    return Person(name, roles or ("adviser",), days=tuple(days), serving=more.pop("serving", True), **more)


def make_edition(folder: Path, schools: dict[int, dict], **local: str) -> Workspace:
    """A workspace whose edition is the county's sample, with facts of ``schools`` (URN → category and what is not as
    usual) in place of reports, and ``local`` files beside its terms."""
    home = find_project() / "data" / "editions" / "sample"
    edition = folder / "data" / "editions" / "sample"
    (edition / "local").mkdir(parents=True)
    shutil.copy(home / "edition.yaml", edition)
    shutil.copy(home / "local" / "terms.csv", edition / "local")
    for stem, text in local.items():
        (edition / "local" / f"{stem}.csv").write_text(text, encoding="utf-8")
    reports = folder / "reports" / "sample"
    reports.mkdir(parents=True)
    for urn, said in schools.items():
        path = reports / "schools" / str(urn) / "facts.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(make_facts(urn, **said)), encoding="utf-8")
    names = {urn: said.get("name") or f"School {urn}" for urn, said in schools.items()}
    statuses = [{"urn": urn, "name": name, "status": "done", "reason": ""} for urn, name in names.items()]
    (reports / "schools.json").write_text(json.dumps(statuses), encoding="utf-8")
    return Workspace(folder)


def make_facts(
    urn: int,
    category: str,
    subjects: Sequence[str] = (),
    name: str = "",
    referred: bool = False,
    strong: Sequence[str] = (),
    policy: str = "worcestershire",
    panel: str = "",
    sureness: str = "clear",
) -> dict:
    indicators = [
        {
            "theme": "attainment",
            "subjects": [subject],
            "key_priority": False,
            "short_title": subject.title(),
            "early": False,
            "comparisons": [{"comparator": "england", "rating": rating}],
        }
        for rating, named in (("gap", subjects), ("strength", strong))
        for subject in named
    ]
    return {
        "version": FACTS_VERSION,
        "school": {"urn": urn, "name": name or f"School {urn}", "town": "Larkstead", "phase": "primary"},
        "policy": {"key": policy},
        "final": {"category": category, "decided_by_panel": bool(panel)},
        "certainty": {"sureness": sureness},
        "indicators": indicators,
        "officer": {
            "self_evaluation": [{"date": "2025-10-06", "self_referral": referred}],
            "panel": {"date": panel, "changed": True} if panel else None,
        },
    }
