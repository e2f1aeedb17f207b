"""What Quarto says while it works, from its log of JSON lines.

Its own messages carry their level. What Pandoc and Quarto's filters write to their error stream is logged at level
INFO as it came through the pipe, so that a record may hold several messages or half of one; such records are joined
and taken apart again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

#: How warnings begin that say nothing of the report. Quarto asks veraPDF for a second opinion on every PDF/UA file
#: where that is installed; without it our own checks are what there is, as with the built-in engine. Pandoc warns of
#: options that Quarto gives it under an old name, and of a title that our own page does not take from it.
HARMLESS = (
    "PDF standard validation requested but verapdf is not installed",
    "Deprecated:",
    "This document format requires a nonempty <title>",
)

_COLOUR = r"\x1b\[[0-9;]*[A-Za-z]"
_COLOURS = re.compile(_COLOUR)
_LEVELS = {"WARNING": "WARN", "ERROR": "ERROR", "FATAL": "ERROR"}
# `WARNING (…/filters/main.lua:10090) Unable to …`, by a filter; `[WARNING] Could not …`, by Pandoc.
_STARTS = re.compile(rf"(?:{_COLOUR})?(?:(WARNING|ERROR|FATAL) \([^\n]*?:\d+\) |\[(WARNING|ERROR)\] )")
_TRACE = re.compile(r"^stack traceback:.*(?:\n[ \t].*)*\n?", re.M)
# What is told in any case, each in a record of its own: what Pandoc is asked for, and how far it has come.
_ASKED = re.compile(r"^(?:pandoc|metadata)[ \t]*\n(?:[ \t]+.*\n?|[ \t]*\n)*", re.M)
_PROGRESS = re.compile(
    r"^(?:Output created:|Rendering\b|Starting \S+ kernel|Executing |\[ *\d+/\d+\]|\[typst\]:|Watching files).*$", re.M
)
_SAYS_NOTHING = re.compile(r"(?:ERROR: ?)?Error encountered when rendering files\.?")
_MOST_LINES = 15


@dataclass(frozen=True)
class Message:
    """``level`` is ``INFO``, ``WARN``, ``ERROR`` …; ``text`` is without colours and the paths of working folders."""

    level: str
    text: str

    @property
    def is_warning(self) -> bool:
        return self.level.startswith("WARN") and not self.text.startswith(HARMLESS)

    @property
    def is_error(self) -> bool:
        return self.level in ("ERROR", "CRITICAL")

    @property
    def says_why(self) -> bool:
        """Whether it is more than the words with which Quarto ends when something else has failed."""
        return not _SAYS_NOTHING.fullmatch(self.text)


def read_log(path: Path, folders: Iterable[Path] = ()) -> list[Message]:
    """Read the log at ``path``; ``folders`` are taken out of its words. No file is no messages.

    What was said through the pipe comes first: it tells why Quarto then gave up.

    A line that is not whole, as a process that was killed leaves it, is left out.
    """
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    records = [record for line in lines if (record := _read_line(line))]
    piped = _take_apart(_join(text for level, text in records if level == "INFO"))
    own = [record for record in records if record[0] != "INFO"]
    named = [str(folder) for folder in folders]
    return [Message(level, text) for level, said in (*piped, *own) if (text := clean(said, named))]


def _read_line(line: str) -> tuple[str, str] | None:
    """The level and the text of a record."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    return str(record.get("levelName", "INFO")).upper(), str(record.get("msg", ""))


def _join(texts: Iterable[str]) -> str:
    """What came through the pipe as it was written; between it, each on lines of its own, what Quarto says itself."""
    own = [(text, _ASKED.match(text) or _PROGRESS.match(text)) for text in texts]
    return "".join(f"\n{text}\n" if matched else text for text, matched in own)


def _take_apart(text: str) -> Iterator[tuple[str, str]]:
    """The messages in what came through a pipe, each with the level it gives itself; the rest is ``INFO``."""
    starts = list(_STARTS.finditer(text))
    yield "INFO", text[: starts[0].start()] if starts else text
    ends = [following.start() for following in starts[1:]] + [len(text)]
    for found, last in zip(starts, ends, strict=False):
        rest = text[found.end() : last]
        kind = found[1] or found[2]
        end = _find_end(rest, coloured=found[0].startswith("\x1b"), short=kind == "WARNING")
        yield _LEVELS[kind], _TRACE.sub("", rest[:end])
        yield "INFO", rest[end:]


def _find_end(rest: str, *, coloured: bool, short: bool) -> int:
    """Where a message ends: with its colour; else a warning with its line and the lines set in below it."""
    if coloured and (reset := _COLOURS.search(rest)):
        return reset.start()
    found = re.compile(r"[^\n]*(?:\n[ \t]+\S[^\n]*)*").match(rest) if short else None
    return found.end() if found else len(rest)


def find_reason(messages: Sequence[Message]) -> list[str]:
    """What was said before a failure that no error explains: the last lines that are not told in any case."""
    told = "\n".join(message.text for message in messages if message.level == "INFO")
    for pattern in (_TRACE, _ASKED, _PROGRESS):
        told = pattern.sub("", told)
    lines = [line.rstrip() for line in told.splitlines() if line.strip()]
    return lines[-_MOST_LINES:]


def clean(text: str, folders: Iterable[str]) -> str:
    """``text`` without colours and without the names of ``folders``, which mean nothing to a reader."""
    text = _COLOURS.sub("", text)
    for folder in sorted(folders, key=len, reverse=True):
        text = text.replace(f"{folder}/", "").replace(folder, "")
    return text.strip()
