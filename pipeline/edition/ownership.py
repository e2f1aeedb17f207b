"""Whose reports these are: no council or trust is printed that nobody has named, and no placeholder.

A policy says for whom it was written. Another authority's or trust's reports print their own organisation, which
``edition.yaml`` names; ``new`` proposes it from the department's own lists, where the files have one.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.yaml_files import find_line

if TYPE_CHECKING:
    from pipeline.edition.editions import Area, Edition
    from pipeline.policy import Policy

#: What stands in a file that was written to be filled in, until it is.
_PLACEHOLDER = re.compile(
    r"\byour-(domain|schools?)\b|^\W*your (own )?(organisation|(county |city |borough )?council|trust|authority|name)\b"
    r"|\btelephone and address\b|\bthe (template|directory|application)'s id\b"
    r"|\ban example (partnership|council|trust)\b|\bTODO\b|\bXXX+\b",
    re.IGNORECASE,
)
#: By which headings the department names an authority or a trust, in small letters: number, then name.
_NAMED = {
    "authority": (("lea", "la name"), ("la (code)", "la (name)"), ("old_la_code", "la_name")),
    "trust": (
        ("trust_uid", "trust_name"),
        ("trusts (code)", "trusts (name)"),
        ("group uid", "group name"),
        ("multi-academy trust uid", "multi-academy trust name"),
    ),
}
_REMEDY = (
    "Write `organisation:` in edition.yaml: the council or trust that works by the policy, as it is to be printed."
)


def find_placeholder(words: str) -> str:
    """What in ``words`` was only written to be filled in; "" where nothing was."""
    found = _PLACEHOLDER.search(words)
    return found[0] if found else ""


def settle_organisation(edition: Edition, policy: Policy) -> Policy:
    """Give the policy with the organisation that works by it in this edition.

    Raises FaultyInput where nobody has named one: the policy was written for another, or for nobody, or what is named
    is a placeholder.
    """
    said = edition.description.organisation
    name = said or policy.organisation
    if placeholder := find_placeholder(name):
        raise _refuse(edition, f"{placeholder!r} is no organisation's name, and would be printed in every report")
    if said:
        return policy.model_copy(update={"organisation": said})
    if not name:
        raise _refuse(edition, f"the policy {policy.key} was written for nobody in particular, and nobody is named")
    if _is_of_another(edition.description.area, policy):
        area = _describe_area(edition.description.area)
        raise _refuse(edition, f"the policy {policy.key} was written for {name}, and this edition is about {area}")
    return policy


def _is_of_another(area: Area, policy: Policy) -> bool:
    """Whether the policy, or the one that it was copied from, was written for another area than this."""
    from pipeline.policy import list_policies
    from pipeline.policy.loading import read_shipped

    owner = policy.written_for
    if owner is None:
        shipped = map(read_shipped, list_policies())
        owner = next((one.written_for for one in shipped if one.organisation == policy.organisation), None)
    return owner is not None and (owner.authority, owner.trust) != (area.authority, area.trust)


def _describe_area(area: Area) -> str:
    if area.authority is not None:
        return f"the authority {area.authority}"
    return f"the trust {area.trust}" if area.trust is not None else "a list of schools"


def _refuse(edition: Edition, what: str) -> FaultyInput:
    line = find_line(edition.paths.description, ["organisation" if edition.description.organisation else "policy"])
    return FaultyInput([Fault(f"{edition.name}/edition.yaml", line, "organisation", what, _REMEDY)])


# A new edition


def phrase_organisation(area: Area, policy: str, organisation: str, files: Iterable[Path]) -> str:
    """The lines of a new ``edition.yaml`` that name the organisation: as given, else as proposed, else to be filled in.

    ``files`` are published files and folders of them.
    """
    about = "# The council or trust that works by the policy, as it is printed in every report and message."
    if organisation.strip():
        return f"{about}\norganisation: {_quote(organisation.strip())}"
    if _is_written_for(area, policy):
        return f"{about} Left out: the policy's own.\n# organisation:"
    proposed = propose_organisation(area, files)
    if proposed:
        return f"{about}\n# Proposed from the published files: correct it.\norganisation: {_quote(proposed)}"
    return f"{about}\n# Without it nothing is made: the policy was written for somebody else.\n# organisation:"


def _quote(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)


def _is_written_for(area: Area, policy: str) -> bool:
    from pipeline.policy import list_policies
    from pipeline.policy.loading import read_shipped

    if policy not in list_policies():
        return False
    owner = read_shipped(policy).written_for
    return owner is not None and (owner.authority, owner.trust) == (area.authority, area.trust)


def propose_organisation(area: Area, files: Iterable[Path]) -> str:
    """The organisation's name by the department's lists; "" where none of ``files`` names it."""
    kind, number = ("authority", area.authority) if area.authority is not None else ("trust", area.trust)
    if number is None:
        return ""
    for path in _list_tables(files):
        if name := _find_name(path, kind, str(number)):
            return f"{name} local authority" if kind == "authority" else name
    return ""


def _list_tables(files: Iterable[Path]) -> Iterator[Path]:
    """Every table among ``files``, small ones first: the department's list of authorities is one of them."""
    found = {path for given in files for path in (given.rglob("*.csv") if given.is_dir() else [given])}
    yield from sorted((path for path in found if path.suffix.lower() == ".csv"), key=lambda path: (_size(path), path))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _find_name(path: Path, kind: str, number: str) -> str:
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            rows = csv.reader(stream)
            header = [cell.strip().casefold() for cell in next(rows, [])]
            pair = next((pair for pair in _NAMED[kind] if set(pair) <= set(header)), None)
            if pair is None:
                return ""
            code, name = (header.index(heading) for heading in pair)
            found = (
                row[name]
                for row in rows
                if len(row) > max(code, name) and row[code].strip().removesuffix(".0") == number
            )
            return " ".join(next((one for one in found if one.strip()), "").split())
    except (OSError, csv.Error):
        return ""
