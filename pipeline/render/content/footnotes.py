"""Footnotes in prose (``A claim.[^1]`` and ``[^1]: Its source.``), as mistune reads them, each set below its cell.

Notes are numbered through the page. A mark without its note, and a note without its mark, are left where they stand for
the page to refuse: a reader would miss neither.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from mistune.plugins import footnotes as reading

from pipeline.render.content.finding import find_marked

if TYPE_CHECKING:
    from bs4 import Tag
    from mistune import Markdown

ALONE = "data-alone"  # on a footnote's mark or words that stand without the other: which it is
_MARK = re.compile(r"\[\^[^\]\s]+\](?!:)")


def read_footnotes(markdown: Markdown) -> None:
    """A plugin of mistune's."""
    reading.footnotes(markdown)
    markdown.block.register("ref_footnote", reading.REF_FOOTNOTE, _read_note, before="ref_link")
    markdown.after_render_hooks.append(_leave_unmarked)
    for name, write in (
        ("footnote_ref", _compose_mark),
        ("footnote_item", _compose_note),
        ("footnotes", _compose_notes),
    ):
        markdown.renderer.register(name, write)  # type: ignore[union-attr]


def _read_note(block: Any, found: re.Match[str], state: Any) -> int:
    """A note as mistune reads it; a second one of the same name is kept too, as one that no mark leads to."""
    from mistune.util import unikey

    if unikey(found["footnote_key"]) in (state.env.get("ref_footnotes") or {}):
        state.env.setdefault("repeated_footnotes", []).append(found["footnote_text"])
    return reading.parse_ref_footnote(block, found, state)


def _leave_unmarked(markdown: Any, result: Any, state: Any) -> Any:
    notes = state.env.get("ref_footnotes") or {}
    unmarked = [text for key, text in notes.items() if key not in (state.env.get("footnotes") or ())]
    unmarked += state.env.get("repeated_footnotes", ())
    return result + "".join(f'<p {ALONE}="note">{escape(text.strip())}</p>\n' for text in unmarked)


def _compose_mark(renderer: Any, key: str, index: int) -> str:
    return f'<sup><a class="footnote-mark" href="#footnote-{index}" role="doc-noteref">{index}</a></sup>'


def _compose_note(renderer: Any, text: str, key: str, index: int) -> str:
    back = f'<a class="footnote-back" href="#footnote-mark-{index}" role="doc-backlink"></a>'
    text = text.rstrip()
    body = f"{text.removesuffix('</p>')} {back}</p>" if text.endswith("</p>") else f"{text}\n<p>{back}</p>"
    return f'<li id="footnote-{index}">{body}</li>\n'


def _compose_notes(renderer: Any, text: str) -> str:
    return f'<div class="footnotes">\n<ol>\n{text}</ol>\n</div>\n'


def leave_unexplained(text: str) -> str:
    """Words as HTML, each footnote's mark in them, for which there is no note, in an element that says so."""
    return _MARK.sub(lambda found: f'<span {ALONE}="mark">{found[0]}</span>', text)


def find_alone(cell: Tag) -> list[str]:
    """Footnotes of ``cell`` that lack their mark or their note, in words."""
    return [
        f"the footnote {_shorten(tag)!r} has no note. Write `{_shorten(tag)}: …` on a line of the same cell, or put a "
        "backslash before it (\\[) where it is none"
        if tag[ALONE] == "mark"
        else f"the note {_shorten(tag)!r} is shown nowhere. Put its mark (`[^1]`, by a name of its own) into the words "
        "of the same cell"
        for tag in find_marked(cell, ALONE)
    ]


def _shorten(tag: Tag) -> str:
    return " ".join(tag.get_text().split())[:60]


def find_footnote_marks(within: Tag) -> list[Tag]:
    """The numbers in prose that lead to notes."""
    return [tag for tag in within.find_all("a") if "footnote-mark" in tag.get_attribute_list("class")]


def number_footnotes(body: Tag) -> None:
    """Number the notes of every cell through the page, in place; a note leads back to the first of its marks."""
    if not find_footnote_marks(body):  # notes are written for marks alone
        return
    last, waiting = 0, []
    for tag in body.select("a.footnote-mark, div.footnotes"):
        if tag.name == "a":
            waiting += [] if tag.find_parent("div", class_="footnotes") else [tag]
            continue
        marks, waiting = [*waiting, *find_footnote_marks(tag)], []
        notes = tag.select("ol > li[id^=footnote-]")
        if last and notes and notes[0].parent:
            notes[0].parent["start"] = str(last + 1)
        of_each = [[mark for mark in marks if mark["href"] == f"#{note['id']}"] for note in notes]
        for number, (note, own) in enumerate(zip(notes, of_each, strict=True), start=last + 1):
            _number(note, own, number)
        last += len(notes)


def _number(note: Tag, marks: list[Tag], number: int) -> None:
    note["id"] = f"footnote-{number}"
    for mark in marks:
        mark["href"], mark.string = f"#footnote-{number}", str(number)
        mark["aria-label"] = f"Footnote {number}"
    if marks:
        marks[0]["id"] = f"footnote-mark-{number}"
    for back in note.select("a.footnote-back"):
        back["href"], back.string = f"#footnote-mark-{number}", "Back to the text"
        back["aria-label"] = f"Back to the text of footnote {number}"
