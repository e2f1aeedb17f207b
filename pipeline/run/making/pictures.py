"""Pictures that lie beside a notebook, taken into the executed one: then it is whole wherever it is put."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pipeline.render.content.document import WRITTEN

KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".svg": "image/svg+xml"}
_CODE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1|\Z)|(`+)[^`].*?\2", re.S | re.M)
_ADDRESS = r"(<[^<>\n]+>|[^\s()<>]+)"
_IN_MARKDOWN = (
    re.compile(rf"(!\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*){_ADDRESS}(?=\s*(?:\"[^\"]*\"|'[^']*')?\s*\))"),
    re.compile(rf"^( {{0,3}}\[[^\]]+\]:\s*){_ADDRESS}", re.M),
)
_IN_HTML = re.compile(r"(<img\b[^>]*?\bsrc\s*=\s*[\"'])([^\"']+)", re.I)


def take_in_pictures(notebook: Any, folder: Path) -> None:
    """Take every picture in ``folder``, or below it, that a cell's prose or output names into the notebook, in place.

    Prose gets it as an attachment, an output as a data address. What is named and is not there is left as it is.
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            attached: dict[str, Any] = {}
            written: dict[str, str] = {}
            cell.source = _take_into_prose(cell.source, folder, attached, written)
            if attached:
                cell["attachments"] = {**cell.get("attachments", {}), **attached}
                cell.metadata[WRITTEN] = written
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            for kind in ("text/html", "text/markdown"):
                if isinstance(data.get(kind), str):
                    data[kind] = _take_into_output(data[kind], kind, folder)


def _take_into_prose(text: str, folder: Path, attached: dict[str, Any], written: dict[str, str]) -> str:
    def attach(address: str) -> str:
        found = _read(address, folder)
        if found is None:
            return address
        path, kind, content = found
        name = re.sub(r"[^A-Za-z0-9._-]", "-", path)
        attached[name] = {kind: content}
        written.setdefault(name, address)
        return f"attachment:{name}"

    def take(words: str) -> str:
        for pattern in _IN_MARKDOWN:
            words = pattern.sub(lambda found: found[1] + attach(found[2]), words)
        return _IN_HTML.sub(lambda found: found[1] + _hold(found[2], folder), words)

    return _outside_code(text, take)


def _take_into_output(text: str, kind: str, folder: Path) -> str:
    if kind == "text/html":
        return _IN_HTML.sub(lambda found: found[1] + _hold(found[2], folder), text)

    def take(words: str) -> str:
        for pattern in (*_IN_MARKDOWN, _IN_HTML):
            words = pattern.sub(lambda found: found[1] + _hold(found[2], folder), words)
        return words

    return _outside_code(text, take)


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """``text`` with ``change`` made to all of it that is not code."""
    pieces, end = [], 0
    for code in _CODE.finditer(text):
        pieces += [change(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*pieces, change(text[end:])])


def _hold(address: str, folder: Path) -> str:
    found = _read(address, folder)
    return f"data:{found[1]};base64,{found[2]}" if found else address


def _read(address: str, folder: Path) -> tuple[str, str, str] | None:
    """The path below ``folder``, the kind and the base64 of the picture at a relative ``address``, if it is one."""
    plain = unquote(address.removeprefix("<").removesuffix(">"))
    kind = KINDS.get(Path(plain).suffix.lower())
    if kind is None or ":" in plain or "\0" in plain:
        return None
    path = (folder / plain).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return None
    within = path.relative_to(folder.resolve()).as_posix()
    return within, kind, base64.b64encode(path.read_bytes()).decode("ascii")
