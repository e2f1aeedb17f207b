"""The tables of the ledger: rows are only ever added, and each row is an entry of one chain.

The database itself refuses to change or remove a row, and refuses an attempt at what was sent or may have been sent.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from pipeline.delivery.accounting.journal import EMPTY, hash_entry

VERSION = 2
APPLICATION = 0x5343_484C  # marks the file as ours among SQLite's

_RECIPIENT = """edition TEXT NOT NULL, urn INTEGER NOT NULL, school TEXT NOT NULL,
    role TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, address_key TEXT NOT NULL,
    report TEXT NOT NULL, digest TEXT NOT NULL"""

#: What is of every ledger since version 2: what people answered, and every entry in the order in which it came.
SINCE_2 = (
    """CREATE TABLE answers (id INTEGER PRIMARY KEY, at TEXT NOT NULL, edition TEXT NOT NULL, question TEXT NOT NULL,
    asked TEXT NOT NULL, answered_by TEXT NOT NULL, why TEXT NOT NULL)""",
    """CREATE TABLE entries (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, row INTEGER NOT NULL,
    hash TEXT NOT NULL)""",
    *(
        f"CREATE TRIGGER {table}_only_grow_{verb.lower()} BEFORE {verb} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
        for table in ("answers", "entries")
        for verb in ("UPDATE", "DELETE")
    ),
)
_KINDS = {"approvals": "id", "attempts": "id", "outcomes": "attempt", "decisions": "attempt", "rehearsals": "id"}
KEYS = {**_KINDS, "answers": "id"}

SCHEMA = (
    f"""CREATE TABLE approvals (id INTEGER PRIMARY KEY, at TEXT NOT NULL, approver TEXT NOT NULL, {_RECIPIENT},
    addressed TEXT NOT NULL, words TEXT NOT NULL, files TEXT NOT NULL)""",
    "CREATE INDEX approvals_by_digest ON approvals (digest)",
    "CREATE INDEX approvals_by_school ON approvals (edition, urn)",
    f"""CREATE TABLE attempts (id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, at TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('live', 'pilot')), transport TEXT NOT NULL, reason TEXT NOT NULL,
    asked_by TEXT NOT NULL, {_RECIPIENT})""",
    "CREATE INDEX attempts_by_recipient ON attempts (edition, urn, address_key)",
    """CREATE TABLE outcomes (attempt INTEGER PRIMARY KEY REFERENCES attempts, at TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('sent', 'refused', 'postponed', 'unknown')), said TEXT NOT NULL)""",
    """CREATE TABLE decisions (attempt INTEGER PRIMARY KEY REFERENCES attempts, at TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('sent', 'not sent')), decided_by TEXT NOT NULL, why TEXT NOT NULL)""",
    """CREATE TABLE rehearsals (id INTEGER PRIMARY KEY, at TEXT NOT NULL, edition TEXT NOT NULL,
    messages INTEGER NOT NULL)""",
    # An attempt that has no outcome, and no decision, counts as unknown: whoever began it may have been killed.
    """CREATE VIEW attempts_told AS SELECT attempts.*, COALESCE(decisions.outcome, outcomes.outcome, 'unknown') AS word,
    COALESCE(outcomes.said, '') AS said, COALESCE(decisions.decided_by, '') AS decided_by,
    COALESCE(decisions.why, '') AS why, COALESCE(decisions.at, outcomes.at, attempts.at) AS told_at
    FROM attempts LEFT JOIN outcomes ON outcomes.attempt = attempts.id
    LEFT JOIN decisions ON decisions.attempt = attempts.id""",
    """CREATE TRIGGER never_twice BEFORE INSERT ON attempts WHEN NEW.mode = 'live' AND EXISTS (
    SELECT 1 FROM attempts_told AS earlier WHERE earlier.mode = 'live' AND earlier.edition = NEW.edition
    AND earlier.urn = NEW.urn AND earlier.address_key = NEW.address_key AND (earlier.word = 'unknown' OR (
    earlier.word = 'sent' AND (NEW.reason = '' OR (earlier.report = NEW.report AND earlier.reason = NEW.reason)))))
    BEGIN SELECT RAISE(ABORT, 'it was sent, or may have been sent'); END""",
    """CREATE TRIGGER outcomes_are_first BEFORE INSERT ON outcomes
    WHEN EXISTS (SELECT 1 FROM decisions WHERE decisions.attempt = NEW.attempt)
    BEGIN SELECT RAISE(ABORT, 'a person has decided what became of it'); END""",
    """CREATE TRIGGER decisions_are_of_unknown_ones BEFORE INSERT ON decisions
    WHEN (SELECT word FROM attempts_told WHERE attempts_told.id = NEW.attempt) IS NOT 'unknown'
    BEGIN SELECT RAISE(ABORT, 'what became of it is known'); END""",
    *(
        f"CREATE TRIGGER {table}_only_grow_{verb.lower()} BEFORE {verb} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
        for table in ("approvals", "attempts", "outcomes", "decisions", "rehearsals")
        for verb in ("UPDATE", "DELETE")
    ),
)


def insert(database: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> int:
    """Add a row, and its entry; give its number. Raises sqlite3.IntegrityError where the table refuses it."""
    names = ", ".join(row)
    places = ", ".join("?" for _ in row)
    number = database.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(row.values())).lastrowid or 0
    _enter(database, table, number)
    return number


def _enter(database: sqlite3.Connection, table: str, number: int) -> None:
    """Write that a row came next."""
    last = database.execute("SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1").fetchone()
    before, place = (last["hash"], last["number"] + 1) if last else (EMPTY, 1)
    digest = hash_entry(before, table, read_row(database, table, number))
    database.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", (place, table, number, digest))


def enter_earlier_rows(database: sqlite3.Connection) -> None:
    """Enter the rows of a ledger that had no entries yet, in order of time."""
    rows = [
        (row["at"], place, row["number"], table)
        for place, (table, key) in enumerate(_KINDS.items())
        for row in database.execute(f"SELECT at, {key} AS number FROM {table}")
    ]
    for _, _, number, table in sorted(rows):
        _enter(database, table, number)


def read_row(database: sqlite3.Connection, table: str, number: int) -> dict[str, Any]:
    """A row of a table by its number, column by column."""
    row = database.execute(f"SELECT * FROM {table} WHERE {KEYS[table]} = ?", (number,)).fetchone()
    return dict(row)
