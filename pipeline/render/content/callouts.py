"""Callouts in prose (``::: {.callout-note}`` … ``:::``), which both engines draw as one panel with its title.

Quarto would draw one as a plain quotation on a page without a theme and as a panel in the PDF; Markdown itself does not
know it. So it is found here, for both: as HTML for the built-in engine, as a marked division for Quarto. What is said
of titles is as Quarto documents it: the ``title`` of the fence, else a heading the callout starts with, else its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

#: Each kind of callout, how it is named where it has no title, and the kind of notice it is drawn as.
KINDS = {
    "note": ("Note", "info"),
    "tip": ("Tip", "info"),
    "important": ("Important", "warning"),
    "warning": ("Warning", "warning"),
    "caution": ("Caution", "warning"),
    "": ("", "info"),
}
CODE_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")

_OPENING = re.compile(r"( {0,3}):{3,}[ \t]*(?:\{(?P<attributes>.*)\}|(?P<word>[\w-]+))[ \t]*:*[ \t]*")
_CLOSING = re.compile(r" {0,3}:{3,}[ \t]*")
_CLASS = re.compile(r"(?:^|(?<=\s))\.callout(?:-(\w+))?(?=\s|$)")
_WORD = re.compile(r"callout(?:-(\w+))?")
_NAME = re.compile(r"(?:^|(?<=\s))#([\w:.-]+)(?=\s|$)")
_QUOTED = re.compile(r"""=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
_TITLE = re.compile(r"""(?:^|(?<=\s))title\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+))""")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*(?:\{[^{}]*\})?[ \t]*")


@dataclass(frozen=True)
class Callout:
    """How a division of prose is opened: as a callout of a ``kind``, titled in Markdown; ``name`` is its id, if any."""

    kind: str
    title: str
    name: str = ""
    indent: str = ""


def draw_callouts(text: str) -> str:
    """The Markdown ``text`` with each callout as an HTML panel around its own Markdown.

    The fences of other divisions are left out, for Markdown would print them; what stands in them stays.
    """
    return "\n".join(_write(text, _open_panel, "</div>", fences=False))


def mark_callouts(text: str) -> str:
    """The Markdown ``text`` with each callout as a division of the class ``notice``, which Quarto leaves as it is."""
    return "\n".join(_write(text, _open_division, ":::", fences=True))


def _open_panel(callout: Callout) -> str:
    name = f' id="{callout.name}"' if callout.name else ""
    return f'<div class="notice"{name} data-kind="{KINDS[callout.kind][1]}">'


def _open_division(callout: Callout) -> str:
    name = f"#{callout.name} " if callout.name else ""
    return f'::: {{{name}.notice data-kind="{KINDS[callout.kind][1]}"}}'


def _write(text: str, write_opening: Callable[[Callout], str], closing: str, *, fences: bool) -> Iterator[str]:
    """Line by line; ``fences`` keeps those of divisions that are no callouts."""
    lines = text.split("\n")
    open_ones: list[Callout | None] = []
    code = ""
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if code:
            code = "" if _closes(line, code) else code
            yield line
        elif found := CODE_FENCE.match(line):
            code = found[1]
            yield line
        elif opened := _OPENING.fullmatch(line):
            callout = _read_opening(opened)
            open_ones.append(callout)
            if callout:
                callout, at = _find_title(callout, lines, at)
                yield from _surround([write_opening(callout)], callout.indent)
                yield from _surround([_embolden(callout.title)] if callout.title else [], callout.indent)
            elif fences:
                yield line
        elif open_ones and _CLOSING.fullmatch(line):
            yield from _close(open_ones.pop(), line, closing, fences=fences)
        else:
            yield line
    for callout in reversed(open_ones):  # a fence nobody closed ends with its cell
        yield from _close(callout, ":::", closing, fences=fences)


def _closes(line: str, code: str) -> bool:
    found = CODE_FENCE.match(line)
    return bool(found and found[1].startswith(code) and not line.strip().strip(code[0]))


def _close(callout: Callout | None, line: str, closing: str, *, fences: bool) -> Sequence[str]:
    if callout:
        return _surround([closing], callout.indent)
    return [line] if fences else [""]


def _surround(lines: Sequence[str], indent: str) -> list[str]:
    """``lines`` as blocks of their own."""
    return [spaced for line in lines for spaced in ("", f"{indent}{line}", "")]


def _read_opening(opened: re.Match[str]) -> Callout | None:
    """What a fence opens, None where it is no callout."""
    attributes = opened["attributes"] or ""
    unquoted = _QUOTED.sub("=", attributes)
    found = _WORD.fullmatch(opened["word"]) if opened["word"] else _CLASS.search(unquoted)
    if not found or (found[1] or "") not in KINDS:
        return None
    titled = _TITLE.search(attributes)
    title = next((part for part in titled.groups() if part is not None), "") if titled else ""
    named = _NAME.search(unquoted)
    title = " ".join(re.sub(r"\\([\"'\\])", r"\1", title).split())
    return Callout(found[1] or "", title, named[1] if named else "", opened[1])


def _find_title(callout: Callout, lines: Sequence[str], at: int) -> tuple[Callout, int]:
    """The callout with its title, and the line its words start at: a heading that names it is not said twice."""
    first = next((place for place in range(at, len(lines)) if lines[place].strip()), len(lines))
    heading = _HEADING.fullmatch(lines[first]) if first < len(lines) else None
    if callout.title or (not heading and not callout.kind):
        return callout, at
    title = heading[1].strip() if heading else KINDS[callout.kind][0]
    return Callout(callout.kind, title, callout.name, callout.indent), first + 1 if heading else at


def _embolden(title: str) -> str:
    return title if "**" in title else f"**{title}**"
