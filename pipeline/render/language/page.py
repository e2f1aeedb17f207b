"""A finished page in the words of a phrase book: a second language, or an organisation's own words for ours.

What a reader meets in any way is told: text, descriptions of pictures, words in pictures, names of regions, metadata.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.render.content.document import Document
from pipeline.render.language.pictures import UntoldPicture, letter_again
from pipeline.render.language.telling import Teller, needs_telling
from pipeline.report.exhibits import keep_together

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, NavigableString, Tag

#: What a page says in attributes; of ``<meta>`` what stands in ``content``, by its name.
_SAID = ("alt", "aria-label", "title", "alttext")
_SAID_OF_PAGE = frozenset({"description", "author", "keywords", "edition"})
#: Where a drawing's places and labels stand for paper, and a label after its place.
_DRAWN_AGAIN = ("data-plot", "data-trend")
_PLACED = re.compile(r"(\d\.\d{4} )(.*)", re.S)
_NOT_READ = frozenset({"style", "script"})
_DRAWN = "data:image/svg+xml;base64,"


@dataclass(frozen=True)
class Untold:
    """A text that no phrase accounts for: ``place`` is where a reader meets it, ``pattern`` how one would begin."""

    place: str
    text: str
    pattern: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.text!r}" + (f" ({self.why})" if self.why else "")


def list_names(facts: Mapping[str, Any], document: Document) -> set[str]:
    """What a report may name that nobody translates: schools, authorities, trusts, the contact for its support, and the
    files of its figures."""
    from pipeline.report.exhibits import clean_text

    school = facts.get("school", {})
    similar = (facts.get("similar") or {}).get("schools", ())
    named = [school.get("name"), school.get("la_name"), school.get("trust_name"), document.school]
    named += [one.get(part) for one in similar for part in ("name", "la_name")]
    named += [facts.get("edition", {}).get("area_name"), (facts.get("support") or {}).get("contact")]
    named += [year.get("file") for one in facts.get("indicators", ()) for year in one.get("by_year", ())]
    return {clean_text(name) for name in named if name}


def tell_page(page: BeautifulSoup, teller: Teller) -> list[Untold]:
    """Put the whole of ``page`` into the teller's words, in place, and give what cannot be told, in reading order."""
    untold: list[Untold] = []
    for text in _list_texts(page):
        told = _tell(str(text), teller, _describe_place(text), untold)
        if told != text:
            text.replace_with(told)
    for tag in page.find_all(True):
        for name in _list_said(tag):
            tag[name] = _tell(str(tag[name]), teller, f"{name} of {_describe_place(tag)}", untold)
        for name in _DRAWN_AGAIN:
            if tag.get(name):
                _tell_labels(tag, name, teller, untold)
        if tag.name == "img":
            _tell_picture(tag, teller, untold)
    return untold


def reword_page(page: BeautifulSoup, teller: Teller) -> None:
    """Put an organisation's own words into ``page`` where it has some, in place; all else stays as it is."""
    for text in _list_texts(page):
        told = _keep_blanks(str(text), teller.tell_what_is_known(_squeeze(str(text))))
        if told != text:
            text.replace_with(told)
    for tag in page.find_all(True):
        for name in _list_said(tag):
            tag[name] = teller.tell_what_is_known(str(tag[name]))
        if tag.name == "img" and str(tag.get("src", "")).startswith(_DRAWN):
            tag["src"] = _letter(tag, lambda words: teller.tell(words) or words)


def _list_texts(page: BeautifulSoup) -> list[NavigableString]:
    from bs4 import Comment, Declaration, Doctype, ProcessingInstruction

    unread = (Comment, Declaration, Doctype, ProcessingInstruction)
    return [
        text
        for text in page.find_all(string=True)
        if text.strip() and not isinstance(text, unread) and not _is_unread(text)
    ]


def _is_unread(text: NavigableString) -> bool:
    """Styles and scripts are no words; letters of an equation are signs, and its own words are told."""
    parent = text.parent
    return parent is not None and (parent.name in _NOT_READ or parent.find_parent("math") is not None)


def _list_said(tag: Tag) -> Iterator[str]:
    if tag.name == "meta":
        yield from ("content",) if tag.get("name") in _SAID_OF_PAGE else ()
    else:
        yield from (name for name in _SAID if tag.get(name))


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _keep_blanks(text: str, told: str) -> str:
    """``told`` with the blanks that stood around ``text``."""
    return text[: len(text) - len(text.lstrip())] + told + text[len(text.rstrip()) :]


def _tell(text: str, teller: Teller, place: str, untold: list[Untold]) -> str:
    words = _squeeze(text)
    if not needs_telling(words):
        return text
    told = teller.tell(words)
    if told is None:
        untold += [Untold(place, missing, teller.generalise(missing)) for missing in teller.list_untold(words)]
        return text
    return keep_together(_keep_blanks(text, told))


def _describe_place(node: Any) -> str:
    """What a reader would call the place: the part it is in, and the heading or caption it stands under."""
    if node.find_parent("head") is not None or getattr(node, "name", "") == "meta":
        return "the page's own account"
    for kind, named in (
        ("header", "the banner"),
        ("footer", "the foot of the page"),
        ("figcaption", "a figure's caption"),
    ):
        if node.find_parent(kind) is not None:
            return named
    table = node.find_parent("table")
    if table is not None and table.get("id"):
        return f"table {table['id']}"
    before = node.find_previous(["h1", "h2", "h3"])
    return f"under {_squeeze(before.get_text())!r}" if before else "the page"


def _tell_labels(tag: Tag, name: str, teller: Teller, untold: list[Untold]) -> None:
    """The labels of a drawing in a table's cell, as paper draws them: the last of its parts, some after their place."""
    *places, labels = str(tag[name]).split(";")
    parts = (_PLACED.match(label) or [label, "", label] for label in labels.split("|"))
    told = [f"{part[1]}{_tell(part[2], teller, _describe_place(tag), untold)}" for part in parts]
    tag[name] = ";".join([*places, "|".join(told)])


def _tell_picture(tag: Tag, teller: Teller, untold: list[Untold]) -> None:
    place = f"the picture {str(tag.get('alt', ''))[:40]!r}, {_describe_place(tag)}"
    if tag.find_parent(class_="logo") is not None:
        return  # its words are the organisation's name
    if not str(tag.get("src", "")).startswith(_DRAWN):
        why = "its words cannot be known: draw it with matplotlib or Altair, or leave it out"
        untold.append(Untold(place, "a picture of dots", "", why))
        return
    try:
        tag["src"] = _letter(tag, teller.tell)
    except UntoldPicture as fault:
        untold.append(Untold(place, fault.words, teller.generalise(fault.words), str(fault)))


def _letter(tag: Tag, tell: Any) -> str:
    svg = base64.b64decode(str(tag["src"])[len(_DRAWN) :]).decode("utf-8")
    return _DRAWN + base64.b64encode(letter_again(svg, tell).encode("utf-8")).decode("ascii")
