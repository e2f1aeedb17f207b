"""The ledger of an edition's delivery: who approved what, what was tried, what came of it, what a person decided.

It is a SQLite file in the edition's own folder, for it cannot be made again. Rows are only ever added; the database
itself refuses to change or remove one, and refuses an attempt at what was sent or may have been sent. An attempt is
written, to the disk, before anything leaves, and its outcome after: one without an outcome may have left.

A copy of it that is put back knows less than the reports' own account does, and would send everything twice. So every
entry stands in a journal too, and a ledger that is behind the journal, or behind what else tells of a sending, is
refused as long as it is.

No secret has a place in it, and nothing of a report but hashes.
"""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from pipeline.delivery.accounting.evidence import STATUS_TABLE, Trace, find_unknown_traces, list_drafts
from pipeline.delivery.accounting.journal import EMPTY, Entry, Journal, JournalFault
from pipeline.delivery.accounting.ledger_tables import (
    APPLICATION,
    KEYS,
    SCHEMA,
    SINCE_2,
    VERSION,
    enter_earlier_rows,
    insert,
    read_row,
)
from pipeline.delivery.clock import read_clock
from pipeline.delivery.mail.message import Message
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths
from pipeline.run.lock import hold_folder, is_held
from pipeline.run.stamps.made import hash_json

_WAIT = 30.0  # seconds that a writer waits for another
_LISTED = 10  # traces named one by one

Mode = Literal["live", "pilot"]
Outcome = Literal["sent", "refused", "postponed", "unknown"]
Decision = Literal["sent", "not sent"]
Word = Literal["never", "sent", "failed", "postponed", "not sent", "unknown"]


class LedgerBehind(PipelineError):
    """The ledger knows less than is known elsewhere: it was put back from a copy, or is gone."""

    exit_code = 6


class NotAgain(PipelineError):
    """The ledger refuses an attempt: the same was sent, or may have been."""


@dataclass(frozen=True)
class Attempt:
    """One try at sending one message, as the ledger knows it.

    ``word`` is what became of it, or what a person decided (``decided_by``, ``why``); it is ``unknown`` as long as
    nothing else is written. ``at`` is when it began, ``told_at`` when the latest was written; both are UTC.
    ``reason``, and ``asked_by`` who gave it, are empty but for a correction.
    """

    id: int
    reference: str
    at: datetime
    mode: Mode
    transport: str
    reason: str
    asked_by: str
    edition: str
    urn: int
    school: str
    role: str
    name: str
    address: str
    report: str
    digest: str
    word: Literal["sent", "refused", "postponed", "unknown", "not sent"]
    said: str
    decided_by: str
    why: str
    told_at: datetime


@dataclass(frozen=True)
class GivenApproval:
    """That ``approver`` approved the message with this ``digest``.

    ``addressed`` and ``words`` are hashes of its parts, ``files`` the hash of each file by its name: by them it can be
    said what has changed.
    """

    at: datetime
    approver: str
    urn: int
    school: str
    role: str
    name: str
    address: str
    digest: str
    addressed: str
    words: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """That a person answered a question about this delivery: ``question`` is its code, ``asked`` its words."""

    at: datetime
    question: str
    asked: str
    answered_by: str
    why: str


@dataclass(frozen=True)
class Standing:
    """How it stands with a message: whether its report has reached its recipient.

    ``attempt`` is the one that ``word`` speaks of. ``earlier`` is the latest attempt that did reach the recipient, but
    with another report of this school (for a correction: with any report, for another reason).
    """

    word: Word
    attempt: Attempt | None = None
    earlier: Attempt | None = None

    @property
    def is_open(self) -> bool:
        """True where it has not been sent, and it is certain that it has not."""
        return self.word not in ("sent", "unknown")


def normalise_address(address: str) -> str:
    """By which two spellings of one address are known to be one."""
    return unicodedata.normalize("NFC", address.strip()).casefold()


def name_reference(message: Message, mode: str, *distinct: object) -> str:
    """A reference that is the message's own: the URN and a hash, so that a rehearsal repeated is the same to the byte.

    ``distinct`` tells an attempt from the others at the same message.
    """
    said = [message.edition, message.urn, normalise_address(message.recipient.address), message.report, mode, *distinct]
    return f"{message.urn}-{hash_json(said)[:24]}"


class Ledger:
    """An edition's ledger, opened as a context; it is made where there is none and nothing tells of one.

    Raises LedgerBehind where something else knows of more than it does, and PipelineError where the file is no ledger,
    is damaged, is held by another program or was written by a newer version. ``now`` is asked for the time of each
    row; ``patience`` is how long another program that holds the file is waited for, in seconds. With ``behind``
    nothing else is asked: only a recovery opens it so.
    """

    def __init__(
        self,
        paths: EditionPaths,
        now: Callable[[], datetime] = read_clock,
        *,
        patience: float = _WAIT,
        behind: bool = False,
    ) -> None:
        self.path = paths.ledger
        self.edition = paths.folder.name
        self.journal = Journal(paths)
        self._paths = paths
        self._now = now
        self._patience = patience
        self._behind = behind
        self._is_of_earlier_version = False
        self._database: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        if not self._behind and not self.path.exists():
            self._refuse_lost()
        self._database = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self.path, isolation_level=None, timeout=self._patience)
            self._database.row_factory = sqlite3.Row
            self._prepare(self._database)
            if not self._behind:
                self._compare()
                self.carry_over()
        except BaseException as error:
            self._close()
            if isinstance(error, sqlite3.Error):
                raise self._explain(error) from None
            if isinstance(error, OSError) and self._is_own(error):
                remedy = "Free the place where it belongs, or let it be written to."
                raise self._refuse(f"the ledger cannot be made ({error.strerror or error})", remedy) from None
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _is_own(self, error: OSError) -> bool:
        """Whether a fault of the machine was met at the ledger or a folder above it, and not at another file."""
        named = error.filename
        return not isinstance(named, str | Path) or Path(named) in (self.path, *self.path.parents)

    def hold(self) -> AbstractContextManager[None]:
        """Keep others from sending; raises PipelineError naming the process where another one is sending."""
        return hold_folder(self.path.parent, f"the reports of the edition {self.edition} are being sent")

    def is_held(self) -> bool:
        """Whether a sending is under way: then the latest attempt may not be over."""
        return is_held(self.path.parent)

    # Approvals

    def record_approval(self, by: str, messages: Sequence[Message], when: datetime) -> None:
        """Write that ``by`` approved each of ``messages``, all or none."""
        with self._writing() as database:
            for message in messages:
                addressed, words, files = split_message(message)
                row = {"at": _format_time(when), "approver": by, **_describe(message)}
                row |= {"addressed": addressed, "words": words, "files": _dump(files)}
                insert(database, "approvals", row)

    def list_approvers(self, message: Message) -> frozenset[str]:
        """Who approved exactly this: the same address, words and files."""
        rows = self._read("SELECT DISTINCT approver FROM approvals WHERE digest = ?", message.digest)
        return frozenset(row["approver"] for row in rows)

    def list_approvals(self, urn: int | None = None) -> list[GivenApproval]:
        """Every approval in order of time; of one school only where ``urn`` is given."""
        chosen = ("", ()) if urn is None else (" AND urn = ?", (urn,))
        rows = self._read(f"SELECT * FROM approvals WHERE edition = ?{chosen[0]} ORDER BY id", self.edition, *chosen[1])
        return [_read_approval(row) for row in rows]

    # Answers

    def record_answer(self, question: str, asked: str, by: str, why: str) -> None:
        """Write that ``by`` answered a question, and why it may go ahead."""
        row = {"at": _format_time(self._now()), "edition": self.edition, "question": question, "asked": asked}
        with self._writing() as database:
            insert(database, "answers", row | {"answered_by": by, "why": why})

    def list_answers(self) -> list[Answer]:
        """What people answered, in order of time."""
        rows = self._read("SELECT * FROM answers WHERE edition = ? ORDER BY id", self.edition)
        fields = [name for name in Answer.__dataclass_fields__ if name != "at"]
        return [Answer(datetime.fromisoformat(row["at"]), **{name: row[name] for name in fields}) for row in rows]

    # Attempts

    def begin(
        self, message: Message, transport: str, reason: str = "", *, mode: Mode = "live", by: str = ""
    ) -> Attempt:
        """Write, before it leaves, that ``message`` is about to; ``reason`` where it is sent once more, ``by`` whom.

        Raises NotAgain where the same was sent (for the same reason), or may have been.
        """
        with self._adding() as database:
            about = _describe(message)
            same = [about[name] for name in ("edition", "urn", "address_key", "report")]
            sql = "SELECT COUNT(*) FROM attempts WHERE edition = ? AND urn = ? AND address_key = ? AND report = ?"
            (count,) = database.execute(sql, same).fetchone()
            row = {"reference": name_reference(message, mode, reason, count), "at": _format_time(self._now())}
            try:
                row |= {"mode": mode, "transport": transport, "reason": reason, "asked_by": by}
                number = insert(database, "attempts", row | about)
            except sqlite3.IntegrityError as error:
                raise _refuse_again(message, error) from None
        try:
            self.carry_over()
        except JournalFault:
            self._enter_outcome(number, "postponed", "the ledger's journal could not be written, so it did not leave")
            raise
        return self._find_attempt(number)

    def finish(self, attempt: Attempt, outcome: Outcome, said: str) -> None:
        """Write what came of an attempt; ``said`` is the other side's answer."""
        self._enter_outcome(attempt.id, outcome, said)
        self.carry_over()

    def _enter_outcome(self, attempt: int, outcome: Outcome, said: str) -> None:
        row = {"attempt": attempt, "at": _format_time(self._now()), "outcome": outcome, "said": said}
        with self._adding() as database:
            insert(database, "outcomes", row)

    def decide(self, attempt_id: int, outcome: Decision, by: str, why: str) -> Attempt:
        """Write a person's word on an attempt of which nobody knows whether it left, and give the attempt.

        Raises PipelineError where there is none such, where what became of it is known, where a sending is under way
        (it may be the very message in hand), and where ``by`` or ``why`` is empty.
        """
        by, why = by.strip(), why.strip()
        if not by or not why:
            raise PipelineError("a decision needs a name and a reason", remedy="Say who decides, and what was found.")
        with self.hold():
            attempt = self._find_attempt(attempt_id)
            if attempt.word != "unknown":
                raise PipelineError(
                    f"attempt {attempt_id} is not open to a decision: it is known as {attempt.word}",
                    remedy="Where a report must go out once more, use `resend` with a reason.",
                )
            row = {"attempt": attempt_id, "at": _format_time(self._now()), "outcome": outcome}
            with self._writing() as database:
                insert(database, "decisions", row | {"decided_by": by, "why": why})
        return self._find_attempt(attempt_id)

    def record_rehearsal(self, messages: int) -> None:
        """Write that so many messages were rehearsed: none of them left."""
        with self._writing() as database:
            row = {"at": _format_time(self._now()), "edition": self.edition, "messages": messages}
            insert(database, "rehearsals", row)

    def list_rehearsals(self) -> list[tuple[datetime, int]]:
        """When it was rehearsed, and with how many messages."""
        rows = self._read("SELECT at, messages FROM rehearsals WHERE edition = ? ORDER BY id", self.edition)
        return [(datetime.fromisoformat(row["at"]), row["messages"]) for row in rows]

    def list_attempts(self, mode: Mode = "live") -> list[Attempt]:
        """Every attempt of the edition, in order of time."""
        sql = "SELECT * FROM attempts_told WHERE edition = ? AND mode = ? ORDER BY id"
        return [_read_attempt(row) for row in self._read(sql, self.edition, mode)]

    def standing(self, message: Message, reason: str = "") -> Standing:
        """How it stands with ``message``; with a ``reason``: with the correction that was sent for it."""
        sql = (
            "SELECT * FROM attempts_told WHERE mode = 'live' AND edition = ? AND urn = ? AND address_key = ? "
            "ORDER BY id"
        )
        key = normalise_address(message.recipient.address)
        return tell_standing(
            [_read_attempt(row) for row in self._read(sql, message.edition, message.urn, key)], message.report, reason
        )

    # The database

    def _prepare(self, database: sqlite3.Connection) -> None:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("BEGIN IMMEDIATE")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (tables,) = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        if version == 0 and tables == 0:
            for statement in SCHEMA:
                database.execute(statement)
            database.execute(f"PRAGMA application_id = {APPLICATION}")
        elif application != APPLICATION:
            raise self._refuse("this file is no ledger", "Take it away, or put back the ledger.")
        elif version > VERSION:
            raise self._refuse(
                "the ledger was written by a newer version of this product", "Use that version, or a newer one."
            )
        self._is_of_earlier_version = 0 < version < VERSION  # and may never have had a journal
        if version < VERSION:
            for statement in SINCE_2:
                database.execute(statement)
            enter_earlier_rows(database)
            database.execute(f"PRAGMA user_version = {VERSION}")
        database.execute("COMMIT")
        (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise self._refuse(f"the ledger is damaged ({found})", self._say_how_to_replace())

    # What is known elsewhere

    def _refuse_lost(self) -> None:
        """Raise LedgerBehind where there is no ledger and something tells that there was one."""
        known = self.journal.last
        traces = list(find_unknown_traces(self._paths, ()))
        if known:
            what = f"the ledger is gone; its journal tells of {_count_entries(known)}{self._say_last(known)}"
            raise LedgerBehind(what, where=self._place, remedy=self._say_how_to_recover())
        if traces:
            what = "\n".join(["the ledger is gone, and something was sent:", *_list_traces(traces)])
            raise LedgerBehind(what, where=self._place, remedy=self._say_how_to_recover())

    def _compare(self) -> None:
        """Raise LedgerBehind where the journal, the last account or a draft knows of more than the ledger."""
        entries = self.journal.entries
        own = self.count_entries()
        shared = max((number for number in entries if number <= own), default=0)
        if shared and self.find_hash(shared) != entries[shared].hash:
            raise LedgerBehind(
                f"the ledger and its journal went apart before entry {shared}: one of them is of another sending",
                where=self._place,
                remedy=f"Put back the ledger that belongs to {self._journal_place}. Where two computers sent this "
                "edition, keep both ledgers, and find out from each who was written to before anything is sent.",
            )
        last = max(entries, default=0)
        missing = last - own
        if missing > 0:
            what = f"the ledger is behind: {_count_entries(missing)} that its journal has"
            what += f" {'is' if missing == 1 else 'are'} missing from it{self._say_last(last)}"
            raise LedgerBehind(what, where=self._place, remedy=self._say_how_to_recover())
        known = [vars(attempt) for attempt in self.list_attempts()]
        traces = list(find_unknown_traces(self._paths, known))
        if traces and not self.is_held():
            what = "\n".join(["the ledger is behind; it does not know of this:", *_list_traces(traces)])
            raise LedgerBehind(what, where=self._place, remedy=self._say_how_to_recover())
        if own and not self._is_of_earlier_version and not self.journal.is_there():
            raise LedgerBehind(
                "the ledger's journal is gone, and with it what would tell whether this ledger is the newest. The last "
                f"entry of the ledger is of {self._find_last_time()} UTC. Looked for a later sending in the journal, "
                f"the last account ({STATUS_TABLE}) and the drafts: {self._say_what_is_left()}",
                where=self._journal_place,
                remedy="Put back reports/… from a copy. Where the ledger is the one last used and nothing was sent "
                f"since (the sent mail tells), say so: {self._recovering}. Until then nothing is sent.",
            )

    def carry_over(self) -> None:
        """Add to the journal what it lacks: it is written after the ledger, and a process may be killed between.

        It is begun with the ledger, so that one without any is known to have lost it.
        """
        self.journal.begin()
        if self.journal.last >= self.count_entries():
            return
        database = self._open
        database.execute("BEGIN IMMEDIATE")  # one process at a time
        try:
            rows = self._read("SELECT * FROM entries WHERE number > ? ORDER BY number", self.journal.last)
            self.journal.append(
                Entry(row["number"], row["kind"], read_row(database, row["kind"], row["row"]), row["hash"])
                for row in rows
            )
        finally:
            database.execute("COMMIT")

    def count_entries(self) -> int:
        """How many entries the ledger has."""
        return self._read("SELECT COALESCE(MAX(number), 0) AS number FROM entries")[0]["number"]

    def find_hash(self, number: int) -> str:
        """The hash of the entry of that number; "" where there is none."""
        rows = self._read("SELECT hash FROM entries WHERE number = ?", number)
        return rows[0]["hash"] if rows else EMPTY

    def replay(self, entries: Iterable[Entry]) -> None:
        """Add entries of the journal as they were; raises PipelineError where one does not follow on the last."""
        with self._writing() as database:
            for entry in entries:
                if entry.kind not in KEYS:
                    raise self._refuse(f"the journal has an entry of a kind that is not known: {entry.kind}", "")
                insert(database, entry.kind, entry.row)
            if self.find_hash(entry.number) != entry.hash:
                remedy = "Keep both files as they are, and ask whoever looks after this software."
                raise self._refuse("the journal does not follow on the ledger", remedy)

    def add_trace(self, attempt: Mapping[str, Any], sent: bool) -> None:
        """Write an attempt that only another account tells of; without an outcome where it may have been sent."""
        rows = self._read("SELECT id FROM attempts WHERE reference = ?", attempt["reference"])
        with self._adding() as database:
            number = rows[0]["id"] if rows else insert(database, "attempts", attempt)
            if sent:
                row = {"attempt": number, "at": _format_time(self._now()), "outcome": "sent"}
                insert(database, "outcomes", row | {"said": "known from another account of the sending"})

    def _find_last_time(self) -> str:
        rows = self._read(" UNION ALL ".join(f"SELECT at FROM {kind}" for kind in sorted(KEYS)))
        return max(str(row["at"]) for row in rows)[:16].replace("T", " ")

    def _say_what_is_left(self) -> str:
        table, drafts = (self._paths.delivery / STATUS_TABLE).is_file(), len(list_drafts(self._paths))
        left = [*([STATUS_TABLE] if table else []), *([f"{drafts} drafts"] if drafts else [])]
        return (
            f"of these {' and '.join(left)} {'are' if len(left) + drafts > 1 else 'is'} there"
            if left
            else ("none of them is there")
        )

    @property
    def _recovering(self) -> str:
        return f'`python -m pipeline recover {self._paths.delivered} --by "Your Name"`'

    def _say_last(self, number: int) -> str:
        entry = self.journal.entries.get(number)
        at = str(entry.row.get("at", "")) if entry else ""
        return f", the last of {at[:16].replace('T', ' ')} UTC" if at else ""

    def _say_how_to_recover(self) -> str:
        return (
            "Put back the newest copy of the ledger. Where there is none newer, complete it from what is known: "
            f"{self._recovering}. Until then nothing is sent, and the pages "
            "of the delivery stay as they are."
        )

    def _say_how_to_replace(self) -> str:
        return (
            "Put back a copy of it that is whole. Where there is none, move the file away and make it anew from its "
            f"journal: {self._recovering}."
        )

    @property
    def _place(self) -> str:
        return "/".join(self.path.parts[-3:])

    @property
    def _journal_place(self) -> str:
        return "/".join(self.journal.path.parts[-4:])

    def _explain(self, error: sqlite3.Error) -> PipelineError:
        """What a fault of the database means for whoever stands before it."""
        name = str(getattr(error, "sqlite_errorname", ""))
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            remedy = "Wait until it has finished, or close it: a sending, a viewer of databases, a backup or a "
            return self._refuse(
                "another program holds the ledger", f"{remedy}synchronised folder may be it. Then run the same again."
            )
        if name.startswith("SQLITE_CANTOPEN"):
            what = (
                "a folder stands where the ledger belongs"
                if self.path.is_dir()
                else f"the ledger cannot be opened ({error})"
            )
            return self._refuse(
                what, "Move away what stands there, or let it be read and written; put back the ledger."
            )
        if name.startswith(("SQLITE_READONLY", "SQLITE_PERM")):
            return self._refuse("the ledger cannot be written to", "Let it and its folder be written to.")
        if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
            remedy = "Make room on the disk, or reach it again; then run the same again: it goes on where it stopped."
            return self._refuse(f"the ledger cannot be written ({error})", remedy)
        return self._refuse(f"the ledger cannot be read ({error})", self._say_how_to_replace())

    def _refuse(self, what: str, remedy: str) -> PipelineError:
        return PipelineError(what, where=self._place, remedy=remedy)

    @property
    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            raise ValueError("the ledger is not open")
        return self._database

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All that is written within stands in the ledger together, and then in the journal."""
        with self._adding() as database:
            yield database
        if not self._behind:
            self.carry_over()

    @contextmanager
    def _adding(self) -> Iterator[sqlite3.Connection]:
        database = self._open
        try:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise self._explain(error) from None

    def _read(self, sql: str, *values: object) -> list[sqlite3.Row]:
        try:
            return self._open.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._explain(error) from None

    def _find_attempt(self, number: int) -> Attempt:
        rows = self._read("SELECT * FROM attempts_told WHERE id = ?", number)
        if not rows:
            raise PipelineError(
                f"there is no attempt {number} in the ledger", remedy="`status` shows each unknown one with its number."
            )
        return _read_attempt(rows[0])


def tell_standing(attempts: Sequence[Attempt], report: str, reason: str = "") -> Standing:
    """How it stands with ``report`` after ``attempts``: all the live ones at the same school and address, in order."""
    unknown = [attempt for attempt in attempts if attempt.word == "unknown"]
    of_this = [one for one in attempts if one.report == report and reason in ("", one.reason)]
    others = [one for one in attempts if one.word == "sent" and one not in of_this]
    earlier = others[-1] if others else None
    sent = [attempt for attempt in of_this if attempt.word == "sent"]
    if unknown:
        return Standing("unknown", unknown[-1], earlier)
    if sent:
        return Standing("sent", sent[-1], earlier)
    if not of_this:
        return Standing("never", None, earlier)
    words: dict[str, Word] = {"refused": "failed", "postponed": "postponed", "not sent": "not sent"}
    return Standing(words[of_this[-1].word], of_this[-1], earlier)


def split_message(message: Message) -> tuple[str, str, dict[str, str]]:
    """The parts that an approval is bound to: a hash of to whom, a hash of the words, the hash of each file."""
    to, sender = message.recipient, message.sender
    addressed = [to.role, to.name, to.address, to.channel]
    words = [message.date.isoformat(), message.school, message.subject, message.text, message.html]
    words += [sender.name, sender.address, sender.reply_to]
    files = {attached.name: attached.sha256 for attached in message.attachments}
    return hash_json(addressed), hash_json(words), files | {"": message.report}


def _describe(message: Message) -> dict[str, Any]:
    to = message.recipient
    return {
        "edition": message.edition,
        "urn": message.urn,
        "school": message.school,
        "role": to.role,
        "name": to.name,
        "address": to.address,
        "address_key": normalise_address(to.address),
        "report": message.report,
        "digest": message.digest,
    }


def _count_entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"


def _list_traces(traces: Sequence[Trace]) -> list[str]:
    lines = [f"  {trace}" for trace in traces[:_LISTED]]
    return lines + ([f"  and {len(traces) - _LISTED} more"] if len(traces) > _LISTED else [])


def _refuse_again(message: Message, error: sqlite3.IntegrityError) -> NotAgain:
    return NotAgain(
        f"not tried again: {error}",
        where=f"URN {message.urn}, {message.recipient.address}",
        remedy="`status` shows what happened. A correction goes out by `resend` with a reason.",
    )


def _read_attempt(row: sqlite3.Row) -> Attempt:
    fields = {name: row[name] for name in Attempt.__dataclass_fields__}
    return Attempt(**fields | {name: datetime.fromisoformat(row[name]) for name in ("at", "told_at")})


def _read_approval(row: sqlite3.Row) -> GivenApproval:
    fields = {name: row[name] for name in GivenApproval.__dataclass_fields__}
    return GivenApproval(**fields | {"at": datetime.fromisoformat(row["at"]), "files": json.loads(row["files"])})


def _format_time(when: datetime) -> str:
    """Raises ValueError for a time that does not say its zone."""
    if when.tzinfo is None:
        raise ValueError(f"{when} does not say its time zone")
    return when.astimezone(UTC).isoformat(timespec="seconds")


def _dump(said: object) -> str:
    return json.dumps(said, ensure_ascii=False)
