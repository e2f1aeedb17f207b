"""What Quarto says while it works, from its log of JSON lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

#: How warnings begin that say nothing of the report. Quarto asks veraPDF for a second opinion on every PDF/UA file
#: where that is installed; without it our own checks are what there is, as with the built-in engine.
HARMLESS = ("PDF standard validation requested but verapdf is not installed",)

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


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


def read_log(path: Path, folders: Iterable[Path] = ()) -> list[Message]:
    """Read the log at ``path``; ``folders`` are taken out of its words. No file is no messages.

    A line that is not whole, as a process that was killed leaves it, is left out.
    """
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [message for line in lines if (message := _read_line(line, [str(folder) for folder in folders]))]


def _read_line(line: str, folders: list[str]) -> Message | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    text = clean(str(record.get("msg", "")), folders)
    return Message(str(record.get("levelName", "INFO")).upper(), text) if text else None


def clean(text: str, folders: Iterable[str]) -> str:
    """``text`` without colours and without the names of ``folders``, which mean nothing to a reader."""
    text = _COLOURS.sub("", text)
    for folder in sorted(folders, key=len, reverse=True):
        text = text.replace(f"{folder}/", "").replace(folder, "")
    return text.strip()
