"""What a delivery has to know of the schools beside their messages: who they are, and what of them is unusual."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths
from pipeline.policy.outcome import Sureness
from pipeline.report.facts import find_certainty

_SENSITIVE = ("complaints", "safeguarding")


@dataclass(frozen=True)
class SchoolNote:
    """One school as its facts tell it.

    ``names`` are all that the school is or was called, its own first; ``places`` what an address may be named after
    besides: its town, its authority, its trust. ``predecessors`` are URNs it had before. ``clause`` decided its
    indicated category, which a panel may have ``changed``; ``concerns`` are the complaints and questions of
    safeguarding that were written down of it, each kind with its latest day.
    """

    urn: int
    names: tuple[str, ...]
    laestab: int | None = None
    places: tuple[str, ...] = ()
    predecessors: frozenset[int] = frozenset()
    clause: str = ""
    changed: bool = False
    concerns: tuple[tuple[str, str], ...] = ()
    unusual: tuple[str, ...] = ()
    doubtful: tuple[str, str] | None = None  # its category and the likeliest other, where no panel has decided

    @property
    def name(self) -> str:
        return self.names[0]


def read_notes(paths: EditionPaths, schools: Mapping[int, str]) -> dict[int, SchoolNote]:
    """A note of each of ``schools`` (URN → name); of one without readable facts no more than its name."""
    notes = {urn: _read_note(paths, urn, name) for urn, name in schools.items()}
    return _add_register(paths, notes)


def _read_note(paths: EditionPaths, urn: int, name: str) -> SchoolNote:
    try:
        facts = json.loads((paths.school(urn) / "facts.json").read_text(encoding="utf-8"))
        school = facts["school"]
        if school["urn"] != urn:
            return SchoolNote(urn, (name,))
        return SchoolNote(
            urn,
            names=tuple(dict.fromkeys(said for said in (name, school["name"], school.get("former_name")) if said)),
            laestab=school.get("laestab"),
            places=tuple(said for part in ("town", "la_name", "trust_name") if (said := school.get(part))),
            clause=facts["assignment"]["clause"],
            changed=facts["final"]["category"] != facts["assignment"]["category"],
            concerns=tuple(_list_concerns(facts)),
            unusual=tuple(_find_unusual(facts)),
            doubtful=_find_doubt(facts),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return SchoolNote(urn, (name,))


def _list_concerns(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    heard = (facts.get("officer") or {}).get("soft_intelligence") or []
    latest: dict[str, str] = {}
    for one in heard:
        if one["kind"] in _SENSITIVE:
            latest[one["kind"]] = max(one["date"], latest.get(one["kind"], ""))
    yield from sorted(latest.items())


def _find_doubt(facts: Mapping[str, Any]) -> tuple[str, str] | None:
    certainty = find_certainty(facts) or {}
    if certainty.get("sureness") != Sureness.DOUBTFUL or facts["final"]["decided_by_panel"]:
        return None
    category, other = certainty["between"]
    return category, other


def _find_unusual(facts: Mapping[str, Any]) -> Iterator[str]:
    """What an approver should look at twice: each in a few words that officers and schools may read."""
    final, move, certainty = facts["final"], facts.get("last_year"), find_certainty(facts) or {}
    if final["tier"] is None:
        yield "no category: a panel decides"
    if final["category"] != facts["assignment"]["category"]:
        yield f"a panel decided on {final['title']}; the figures indicate {facts['assignment']['title']}"
    if move and move.get("tier") is not None and final["tier"] is not None and move["tier"] != final["tier"]:
        yield f"last year {move['title']}, now {final['title']}"
    if certainty.get("between") and not final["decided_by_panel"]:
        yield f"{certainty['sureness']} between {' and '.join(certainty['between'])}"
    if facts.get("warnings"):
        yield "its figures have warnings"


def _add_register(paths: EditionPaths, notes: dict[int, SchoolNote]) -> dict[int, SchoolNote]:
    """Add what the edition's school lists say: numbers of schools without a report, and URNs of predecessors."""
    from pipeline.sources.prepared import open_prepared

    try:
        tables = open_prepared(paths.prepared)
        schools, links = tables.schools(), tables.links()
    except (OSError, ValueError, PipelineError):
        return notes
    numbers = _pair(schools["urn"], schools["laestab"])
    before: dict[int, set[int]] = {}
    for urn, predecessor in zip(links["urn"].tolist(), links["predecessor"].tolist(), strict=True):
        before.setdefault(int(urn), set()).add(int(predecessor))
    return {
        urn: replace(note, laestab=note.laestab or numbers.get(urn), predecessors=frozenset(before.get(urn, ())))
        for urn, note in notes.items()
    }


def _pair(urns: Iterable[Any], laestabs: Iterable[Any]) -> dict[int, int]:
    import pandas as pd

    return {int(urn): int(laestab) for urn, laestab in zip(urns, laestabs, strict=True) if not pd.isna(laestab)}
