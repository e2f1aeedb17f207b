"""An organisation's look put on a finished page, and the report told in its second language.

All of it happens to the page that the built-in engine made, before its PDF is set: page and PDF say the same.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.foundation.errors import FailedReport, Fault, FaultyInput
from pipeline.render.engine import Rendered, name_report
from pipeline.render.html import PAPER, find_facts
from pipeline.render.language.book import BookFile, PhraseBook, check_entry, read_books
from pipeline.render.language.page import Untold, list_names, reword_page, tell_page
from pipeline.render.language.telling import Teller
from pipeline.render.pdf import read_metadata, render_pdf

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from nbformat import NotebookNode

    from pipeline.render.engine import Look

_ALSO_IN_ENGLISH = "This report is also available in English."
_TOLD = ("school",)  # kinds of documents that have a second language: officers' pages have none
_NAMED = 12  # untold texts in one message
_PAGE_NUMBERS = ("Page 1 of 2", "1", "2")  # how paper numbers its pages, and where a template has its two numbers
_STYLE = """
.logo { float: right; max-width: 40%; margin: 0 0 .5rem 1rem; padding: .25rem; background: #ffffff; }
.logo img { display: block; height: 4rem; max-width: 100%; object-fit: contain; }
.language p { margin: .75rem 0 0; }
"""
_DARK = "@media screen and (prefers-color-scheme: dark) {{ html:root {{ --deep: {}; }} }}\n"


class Branded:
    """Puts one organisation's look on pages. Raises FaultyInput for mistakes in its words and phrase books."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._wording = _read_wording(look)
        self._book = read_books(look.books) if look.books else None
        if self._book is not None and not (self._book.language and self._book.also):
            what = "the phrase books do not say their `language` and `also`, the sentence that leads to it"
            raise FaultyInput([Fault(look.books[-1].name, None, None, what, "Write both at the top of one of them.")])

    def render(self, html: str, notebook: NotebookNode) -> Rendered:
        """Give the page with the look, its PDF, and both in the second language.

        Raises FailedReport naming every text of a school's report that no phrase tells.
        """
        document, facts = read_metadata(_parse(html)), find_facts(notebook)
        page = _parse(html)
        self._dress(page)
        dressed = _compose_html(page)
        told: dict[str, Rendered] = {}
        if self._look.wording:
            reword_page(page, Teller(self._wording, list_names(facts, document)))
        if self._book is not None and document.kind in _TOLD:
            other, untold = self._tell(dressed, facts)
            if untold:
                raise _refuse(document.urn, untold, self._book.language)
            _link(other, "en", name_report()[0], _ALSO_IN_ENGLISH)
            told[self._book.language] = _print(other)
            _link(page, self._book.language, name_report(self._book.language)[0], self._book.also)
        return replace(_print(page), told=told)

    def find_untold(self, html: str, notebook: NotebookNode) -> list[Untold]:
        """What of the page of ``html`` has no words in the second language."""
        page = _parse(html)
        if self._book is None or read_metadata(page).kind not in _TOLD:
            return []
        self._dress(page)
        return self._tell(_compose_html(page), find_facts(notebook))[1]

    def _tell(self, html: str, facts: Mapping[str, Any]) -> tuple[BeautifulSoup, list[Untold]]:
        """The page in the second language, and what of it no phrase tells."""
        book, page = self._book or PhraseBook(()), _parse(html)
        teller = Teller(book, list_names(facts, read_metadata(page)))
        untold = tell_page(page, teller)
        page.html["lang"] = book.language  # type: ignore[index]
        for link in page.find_all("a", href=PAPER):
            link["href"] = name_report(book.language)[1]
        numbered, *numbers = _PAGE_NUMBERS
        told = teller.tell(numbered)
        if told is None:
            untold.append(Untold("the foot of each page on paper", numbered, teller.generalise(numbered)))
        elif page.head is not None:
            for number in numbers:
                told = told.replace(number, "{}")
            page.head.append(page.new_tag("meta", attrs={"name": "page-numbers", "content": told}))
        return page, untold

    def _dress(self, page: BeautifulSoup) -> None:
        """Put the logo and the colour of a dark page on ``page``."""
        if page.style is not None:
            page.style.append(_STYLE + (_DARK.format(self._look.dark) if self._look.dark else ""))
        block = page.find(class_="title-block")
        if self._look.logo is not None and block is not None:
            content = base64.b64encode(self._look.logo.read_bytes()).decode("ascii")
            source = f"data:{self._look.logo_kind};base64,{content}"
            held = page.new_tag("div", attrs={"class": "logo"})
            held.append(page.new_tag("img", attrs={"src": source, "alt": self._look.logo_alt}))
            block.insert(0, held)


def _read_wording(look: Look) -> PhraseBook:
    faults = [
        Fault("branding", None, "wording", f"{pattern!r}: {what}", remedy)
        for pattern, said in look.wording
        for what, remedy in check_entry(pattern, said, set(), set())
    ]
    if faults:
        raise FaultyInput(faults)
    return PhraseBook([BookFile(phrases=dict(look.wording))])


def _parse(html: str) -> BeautifulSoup:
    from bs4 import BeautifulSoup

    return BeautifulSoup(html, "html.parser")


def _print(page: BeautifulSoup) -> Rendered:
    html = _compose_html(page)
    return Rendered(html, render_pdf(html))


def _compose_html(page: BeautifulSoup) -> str:
    """The page as HTML, its attributes in the order in which they stood."""
    from bs4.dammit import EntitySubstitution
    from bs4.formatter import HTMLFormatter

    class AsItStood(HTMLFormatter):
        def attributes(self, tag: Tag) -> Iterable[tuple[str, Any]]:
            return tag.attrs.items()

    return page.decode(formatter=AsItStood(EntitySubstitution.substitute_xml, void_element_close_prefix=""))


def _link(page: BeautifulSoup, language: str, address: str, words: str) -> None:
    """Say in the other language that there is this report in it too; the page leads there."""
    block = page.find(class_="title-block")
    if block is None:
        return
    said = page.new_tag("div", attrs={"class": "language", "lang": language})
    line, link = page.new_tag("p"), page.new_tag("a", attrs={"href": address, "hreflang": language})
    link.string = words
    line.append(link)
    said.append(line)
    block.append(said)


def _refuse(urn: int | None, untold: Sequence[Untold], language: str) -> FailedReport:
    listed = list(dict.fromkeys(map(str, untold)))
    more = f"\nand {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return FailedReport(
        urn,
        f"its report in {language!r} would not be whole; no phrase tells\n" + "\n".join(listed[:_NAMED]) + more,
        where="phrase book",
        remedy="Add a line for each to the edition's phrase book: `python -m pipeline phrases EDITION` writes them.",
    )
