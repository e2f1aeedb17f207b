"""Schools whose messages wait: on hold by a person's word, first to be spoken with, or with a doubtful category.

``local/holds.csv`` names the first, with a reason and a person. The second are the schools whose indicated category
rests on a complaint or on safeguarding: no head should read that first in a report. The third wait for the panel: other
outcomes together are likelier than the category that their report prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pipeline.delivery.accounting.questions import Question, name_question
from pipeline.delivery.addressing.schools import SchoolNote
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.paths import EditionPaths

if TYPE_CHECKING:
    from pipeline.policy import Policy
    from pipeline.sources.local.rows import Row

HOLDS = "holds.csv"
#: How a reason begins for which a school waits: a person holds it, a conversation comes first, or a panel.
ON_HOLD, UNSPOKEN, IN_DOUBT = "on hold", "first to be spoken with", "of doubtful category"
_HELD = re.compile(r"\bholds?\b")
_NAME = f"local/{HOLDS}"
_COLUMNS = {
    "urn": "the school's six digits",
    "reason": "why nothing is sent about this school yet",
    "person": "who decided that",
}
_EXAMPLE = "100001,The roll is being looked into.,A. Adviser"
_SENSITIVE = ("complaints", "safeguarding")


def read_holds(paths: EditionPaths, schools: Mapping[int, str]) -> dict[int, str]:
    """The schools on hold, URN → why and by whom; empty where there is no such file.

    ``schools`` is URN → name of every school of the edition. Raises FaultyInput with every fault of every row, and
    where something else in ``local/`` looks like such a file: a school that somebody meant to hold would be sent.
    """
    from pipeline.sources.local import LocalFile
    from pipeline.sources.local.rows import open_table, read_rows
    from pipeline.sources.reading import PublishedFile

    _refuse_misnamed(paths)
    file = paths.local / HOLDS
    if not file.is_file():
        return {}
    about = LocalFile("holds", "Schools about which nothing is sent yet; one row a school.", _COLUMNS, _EXAMPLE)
    rows, faults, _ = read_rows(open_table(PublishedFile(file, _NAME)), about)
    found = {_read_urn(row, schools): _read_reason(row) for row in rows}
    if faults:
        raise FaultyInput(sorted(faults))
    return found


def _refuse_misnamed(paths: EditionPaths) -> None:
    from pipeline.sources.local.files import simplify

    beside = sorted(paths.local.iterdir()) if paths.local.is_dir() else []
    faults = [
        Fault(
            f"local/{path.name}",
            None,
            None,
            "a folder stands where a file belongs"
            if path.name == HOLDS
            else "nothing is read under this name, and it looks as if schools were put on hold in it",
            f"Save it as CSV UTF-8 under the name {HOLDS}, or move it out of local/.",
        )
        for path in beside
        if not path.name.startswith((".", "~$"))
        and (path.name != HOLDS or path.is_dir())
        and (_HELD.search(simplify(path.stem)) or get_close_matches(simplify(path.stem), ["holds"], cutoff=0.8))
    ]
    if faults:
        raise FaultyInput(faults)


def _read_urn(row: Row, schools: Mapping[int, str]) -> int:
    urn = row.read_urn(None)
    if urn and urn not in schools:
        row.refuse("urn", f"URN {urn} is no school of this edition", "Correct it, or put # before the row.")
    return urn


def _read_reason(row: Row) -> str:
    reason = row.require("reason", "nothing says why", "Write why nothing is sent about this school yet.")
    person = row.require("person", "nothing says who decided that", "Write a person's name.")
    return f"{ON_HOLD}: {' '.join(reason.split())} ({' '.join(person.split())})"


def ask_for_conversations(policy: Policy, notes: Iterable[SchoolNote]) -> list[Question]:
    """Ask, of each school whose report tells of complaints or safeguarding, whether it was spoken with.

    It tells where the indicated category rests on them, though a panel has decided on another: what led to the
    indicated one stands in it all the same. A category that the school's figures lead to rests on those.
    """
    asked = []
    for note in notes:
        kinds = [kind for kind, _ in note.concerns if kind in _list_kinds(policy, note.clause)]
        if not kinds:
            continue
        code = name_question(f"conversation-{note.urn}", note.clause, *note.concerns)
        rests = f"its {'indicated ' if note.changed else ''}category rests on {' and '.join(kinds)}"
        what = f"{note.name} (URN {note.urn}): {rests}. Has it been spoken with?"
        why = f"{UNSPOKEN}, for {rests} (once it was: answer {code})"
        remedy = "Nothing is sent about it until an adviser has recorded that."
        asked.append(Question(code, what, remedy, note.urn, why_held=why))
    return asked


def ask_about_doubtful(notes: Iterable[SchoolNote]) -> list[Question]:
    """Ask, of each school whose category is doubtful and not yet a panel's, whether its report may go all the same."""
    asked = []
    for note in notes:
        if note.doubtful is None:
            continue
        category, other = note.doubtful
        code = name_question(f"doubtful-{note.urn}", category, other)
        what = f"{note.name} (URN {note.urn}): its category is doubtful between {category} and {other}. May it be sent?"
        why = f"{IN_DOUBT}, between {category} and {other}: a panel decides first (or answer {code})"
        remedy = "Nothing is sent about it until a panel has decided (local/moderation.csv) or a person answers."
        asked.append(Question(code, what, remedy, note.urn, why_held=why))
    return asked


def _list_kinds(policy: Policy, clause: str) -> tuple[str, ...]:
    """The concerns, of those that are for a conversation, by which a clause may have decided."""
    for one in policy.clauses:
        if one.name == clause and one.when.soft_intelligence is not None:
            return tuple(str(kind) for kind in one.when.soft_intelligence.any_of if kind in _SENSITIVE)
    return ()
