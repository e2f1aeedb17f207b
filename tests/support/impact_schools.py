"""Schools with figures of three years, for tests of impact: an edition whose reports are facts alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from support_schools import make_edition

from pipeline.foundation.paths import Workspace
from pipeline.foundation.vocabulary import name_academic_year

PROGRAMMES_HEADER = "programme,urn,date,staff_capability,classroom_practice,pupils_engagement,person,note\n"
FIRST = 900101


def invent_figures(schools: int = 30, supported: int = 6, effect: float = 0.0, seed: int = 4) -> dict[int, list[float]]:
    """Percentages of three years by URN; support, given from the third to the lowest but two, does ``effect``."""
    random = np.random.default_rng(seed)
    lasting = np.sort(60 + random.normal(0, 7, schools))
    figures = lasting[:, None] + random.normal(0, 3, (schools, 3))
    figures[2 : 2 + supported, 2] += effect
    return {FIRST + place: [round(float(one), 1) for one in row] for place, row in enumerate(figures)}


def tell_figures(figures: Mapping[int, list[float]], year: int = 2025, **more) -> dict[int, dict]:
    """What facts say of each school's percentages, of which the last is of ``year``."""
    return {urn: {"figures": row, "year": year, **more} for urn, row in figures.items()}


def make_impact_edition(folder: Path, schools: Mapping[int, Mapping], **local: str) -> Workspace:
    """The county's sample with facts of ``schools``: URN → ``figures`` of years up to ``year``, and what is not as
    usual: ``category``, ``before`` (its title), ``sureness``, ``name``, ``rating``, ``early``, ``gaps``."""
    workspace = make_edition(
        folder, {urn: {"category": said.get("category", "secure")} for urn, said in schools.items()}, **local
    )
    for urn, said in schools.items():
        _complete_facts(workspace.edition("sample").school(urn) / "facts.json", dict(said))
    return workspace


def add_previous(workspace: Workspace, earlier: Path) -> None:
    """Make the edition of another workspace the year before of this one's."""
    paths = workspace.edition("sample")
    shutil.copytree(earlier / "data/editions/sample", workspace.editions / "before")
    shutil.copytree(earlier / "reports/sample", workspace.reports / "before")
    older = workspace.editions / "before" / "edition.yaml"
    older.write_text(older.read_text(encoding="utf-8").replace("year: 2024/25", "year: 2023/24"), encoding="utf-8")
    said = paths.description.read_text(encoding="utf-8")
    paths.description.write_text(f"{said}previous: before\n", encoding="utf-8")


def _complete_facts(path: Path, said: dict) -> None:
    facts = json.loads(path.read_text(encoding="utf-8"))
    tiers = {"secure_plus": 1, "secure": 2, "light_touch": 3, "focus": 4, "intensive": 5}
    before = said.get("before")
    title = said.get("title", "Secure")
    facts["school"]["name"] = said.get("name", f"School {facts['school']['urn']}")
    facts["final"] |= {"title": title, "tier": tiers.get(facts["final"]["category"]), "decided_by_panel": False}
    facts["last_year"] = before and {"title": before[0], "tier": before[1], "changes": [], "compared": False}
    facts["certainty"] = {"sureness": said.get("sureness", "clear")}
    facts["context"] = []
    figures, year = said.get("figures", []), said.get("year", 2025)
    facts["indicators"] = [
        {
            "indicator": "a_key_priority",
            "title": "Pupils who reached the standard",
            "unit": "percent",
            "decimals": 0,
            "direction": "higher is better",
            "key_priority": True,
            "window_note": said.get("window_note", ""),
            "comparisons": [{"comparator": "england", "rating": said.get("rating", "in line")}],
            "by_year": [
                _tell_year(value, year - len(figures) + 1 + place, said) for place, value in enumerate(figures)
            ],
        }
    ]
    path.write_text(json.dumps(facts), encoding="utf-8")


def _tell_year(value: float, year: int, said: dict) -> dict:
    return {
        "year": name_academic_year(year),
        "value": value,
        "lower": value - 10,
        "upper": value + 10,
        "pupils": 45,
        "england": 60,
        "england_year": None,
        "early": said.get("early", False),
    }
