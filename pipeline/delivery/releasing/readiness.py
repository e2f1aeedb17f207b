"""What stands between an edition's reports and their schools, besides approval: asked before approving and sending.

Is each report current? Is its school on hold, or first to be spoken with? Is anything left that a named person must
answer: older reports than the newest, thresholds that nobody adopted, an address that tells of another school?
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.delivery.accounting.questions import (
    Question,
    ask_about_newer_editions,
    ask_about_thresholds,
    find_editions_of_area,
)
from pipeline.delivery.addressing.addresses import ask_about_addresses, read_answers, read_earlier_rows
from pipeline.delivery.addressing.holds import ask_about_doubtful, ask_for_conversations
from pipeline.delivery.addressing.schools import SchoolNote, read_notes
from pipeline.foundation.errors import FailedReport, PipelineError
from pipeline.foundation.vocabulary import count_noun
from pipeline.run.due.currency import find_outdated

if TYPE_CHECKING:
    from pipeline.delivery.edition import Delivery
    from pipeline.delivery.mail.message import Message
    from pipeline.foundation.paths import EditionPaths, Workspace

#: Which questions stop approving too: the others stop a live sending.
_OLDER = "older-"


@dataclass(frozen=True)
class Readiness:
    """``outdated`` is URN → what changed since the report was made; ``missing`` URN → name of schools due without one.

    ``held`` is URN → why nothing is sent about the school. ``questions`` are all that a person must answer, and
    ``answered`` the codes of those that somebody has.
    """

    edition: str
    outdated: Mapping[int, str]
    missing: Mapping[int, str]
    held: Mapping[int, str]
    questions: tuple[Question, ...]
    answered: frozenset[str]
    notes: Mapping[int, SchoolNote]

    def list_open(self, urns: Iterable[int] | None = None) -> tuple[Question, ...]:
        """The questions that nobody has answered; those about the schools ``urns`` and about all, where given."""
        wanted = None if urns is None else set(urns)
        return tuple(
            question
            for question in self.questions
            if question.code not in self.answered
            and (wanted is None or question.urn is None or question.urn in wanted)
            and not question.why_held  # such a one holds its school alone
        )

    def find_older(self) -> tuple[Question, ...]:
        """The question about a newer edition, where it is open."""
        return tuple(question for question in self.list_open() if question.code.startswith(_OLDER))

    def find_outdated(self, messages: Iterable[Message]) -> dict[int, str]:
        """The reports that ``messages`` are about and that do not say what is known now, those held left out."""
        urns = {urn for message in messages for urn in message.urns}
        return {urn: what for urn, what in sorted(self.outdated.items()) if urn in urns and urn not in self.held}

    def refuse_outdated(self, messages: Iterable[Message]) -> None:
        """Raise FailedReport where a report that ``messages`` are about does not say what is known now."""
        faults = self.find_outdated(messages)
        if not faults:
            return
        listed = [f"  URN {urn}, {self.notes[urn].name}: {what}" for urn, what in faults.items()]
        verb = "does" if len(faults) == 1 else "do"
        raise FailedReport(
            None,
            "\n".join(
                [f"{count_noun(len(faults), 'report')} {verb} not say what is known now, so nothing goes:", *listed]
            ),
            where=self.edition,
            remedy=f"Make them again: `python -m pipeline reports {self.edition}`; then look at them and approve. "
            "Or put the schools on hold (local/holds.csv).",
        )


def examine(workspace: Workspace, delivery: Delivery, *, current: bool = True) -> Readiness:
    """Ask all of it. With ``current`` False the reports are not compared with what is known now, which takes longer.

    Raises PipelineError where that cannot be told.
    """
    everybody = {**delivery.not_due, **delivery.due}
    notes = read_notes(delivery.paths, everybody)
    currency = find_outdated(workspace, delivery.edition, delivery.due) if current else None
    holding = [*ask_for_conversations(delivery.policy, notes.values()), *ask_about_doubtful(notes.values())]
    earlier = find_editions_of_area(workspace, delivery.edition, later=False)
    answered = set(read_answers(delivery.paths))
    answered |= {code for one in earlier for code in read_answers(one.paths) if code.startswith("address-")}
    held = {
        question.urn: question.why_held
        for question in holding
        if question.code not in answered and question.urn is not None
    }
    questions = (
        *ask_about_newer_editions(workspace, delivery.edition),
        *ask_about_thresholds(delivery.edition, delivery.policy),
        *ask_about_addresses(
            delivery.book.recipients,
            delivery.settings,
            notes,
            _list_numbers(delivery.paths, notes),
            [row for one in earlier for row in read_earlier_rows(one.paths, one.name)],
        ),
        *holding,
    )
    return Readiness(
        delivery.edition.name,
        currency.outdated if currency else {},
        currency.missing if currency else {},
        {**held, **delivery.holds},
        questions,
        frozenset(answered),
        notes,
    )


def _list_numbers(paths: EditionPaths, notes: Mapping[int, SchoolNote]) -> dict[int, str]:
    """URNs and LAESTABs of all schools that the edition's files name, each with the school's name."""
    from pipeline.sources.prepared import open_prepared

    found = {number: note.name for note in notes.values() for number in (note.urn, note.laestab) if number}
    try:
        schools = open_prepared(paths.prepared).schools()
    except (OSError, ValueError, PipelineError):
        return found
    for column in ("laestab", "urn"):
        rows = schools[[column, "name"]].dropna(subset=[column])
        pairs = zip(rows[column].tolist(), rows["name"].fillna("").tolist(), strict=True)
        found = {int(number): str(name) for number, name in pairs} | found
    return found
