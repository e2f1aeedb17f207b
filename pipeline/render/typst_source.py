"""The words of a page as Typst source: which HTML becomes which function of ``typst/report.typ``.

Every piece of text leaves as a Typst string (``#"…";``), never as markup, so that a school called "#1 *St* $ary_" is
printed as it is written. An element that is not known here passes its words on: nothing is lost.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from pipeline.render.content.finding import HEADINGS
from pipeline.render.content.mathematics import compose_typst_equation

if TYPE_CHECKING:
    from bs4.element import PageElement, Tag

LINE = 112  # characters of a table's text that fit beside one another on a page
SIZE, TRACKING = 9.0, -0.18  # points: of a table's letters beside a drawing, and what is added to each
#: How wide letters are, in their size; others are as an average one.
_WIDE = {**dict.fromkeys("0123456789", 0.64), **dict.fromkeys(" .,:;'il|", 0.31), **dict.fromkeys("()tfrj", 0.4)}
_WIDE |= {**dict.fromkeys("%mwMW", 0.95), **dict.fromkeys("+−", 0.84)}
_AVERAGE = 0.63
INSET = 7.0  # points: within a cell, left and right of its words together, and a hair
RATED = 16.0  # points that a rating takes besides its letters: a shape, a space, and that its word may be bold
BOLD = 1.15  # how much wider bold letters are
GAP = 2  # what stands between two columns, in characters
SHORT = 16  # a column no longer than this is never broken

_STYLED = {
    **dict.fromkeys(("em", "i"), "emph"),
    **dict.fromkeys(("strong", "b"), "strong"),
    **dict.fromkeys(("del", "s", "strike"), "strike"),
    **dict.fromkeys(("ins", "u"), "underline"),
    "sub": "sub",
    "sup": "super",
}
_CODE = ("code", "samp", "tt", "var")
_BOXED = (
    "category-panel",
    "notice",
    "note",
    "entitlement",
    "title-block",
    "officer-only",
    "logo",
    "language",
    "next-steps",
    "half",
)
_HELD = {
    "category-panel": "data-tier",
    "notice": "data-kind",
    "language": "lang",
}  # what a box is told besides its words
_CONTAINERS = (
    *("address", "article", "aside", "body", "center", "details", "div", "dd", "dt", "fieldset", "figcaption"),
    *("footer", "form", "header", "hgroup", "html", "legend", "li", "main", "noscript", "section", "summary"),
    *("caption", "tbody", "td", "tfoot", "th", "thead", "tr"),  # where they stand in no table
)
_BLOCKS = frozenset(
    {*HEADINGS, *_CONTAINERS, "blockquote", "dl", "figure", "hr", "ol", "p", "pre", "table", "ul", "menu"}
)
_UNSEEN = frozenset({"head", "link", "meta", "nav", "script", "style", "template", "title"})
_NUMBERING = {"a": "a.", "A": "A.", "i": "i.", "I": "I."}
_SPACE = re.compile(r"[ \t\n\r\f]+")  # a no-break space is no space to break at
_STRING = re.compile(r'#"((?:[^"\\]|\\.)*)";')
_NAMED_FIRST = re.compile(rf'(#strong\[(?:{_STRING.pattern})*\];#") ')
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


class UndescribedDrawing(Exception):
    """The page holds a drawing (``<svg>``) outside an image, which cannot carry a description."""


@dataclass(frozen=True)
class TypstSource:
    """``text`` to set after ``report.typ`` is imported. ``row_headers`` gives for each table row, in printed order,
    how many cells at its start are headers of that row."""

    text: str
    row_headers: tuple[int, ...]


def compose_typst(content: Tag, images: Mapping[int, str], *, after_heading: bool = False) -> TypstSource:
    """Write ``content`` as calls of the functions in ``report.typ``.

    ``images`` names the file of each ``<img>`` by the ``id()`` of its tag. ``content`` is left as it is; with
    ``after_heading`` it stands right under a heading that is set apart from it. Raises UndescribedDrawing.
    """
    writer = _Writer(images)
    blocks = writer.read_blocks(content.children)
    if after_heading:
        _, *blocks = _keep_introductions([_Block("heading", ""), *blocks])
    return TypstSource(_join(blocks), tuple(writer.row_headers))


def list_row_headers(content: Tag) -> list[tuple[int, ...]]:
    """For each table in ``content``, and each of its rows as printed, how many cells at its start are its headers."""
    rows = (_list_rows(table) for table in content.find_all("table"))
    return [tuple(map(_count_row_headers, (*heads, *body))) for heads, body in rows if heads or body]


@dataclass(frozen=True)
class _Block:
    """``kind``: ``para`` (a paragraph), ``plain`` (words that stand in no paragraph), ``heading``, ``shown`` (a
    figure or table) or ``other``."""

    kind: str
    source: str


def _quote(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


def _join(blocks: Sequence[_Block]) -> str:
    """Blocks stand on lines of their own; an empty line ends a paragraph."""
    printed = []
    for position, block in enumerate(blocks):
        printed.append(f"{block.source}\n")
        followed = position + 1 < len(blocks) and blocks[position + 1].kind in ("plain", "para")
        if block.kind == "para" or (block.kind == "plain" and followed):
            printed.append("\n")
    return "".join(printed)


def _keep_introductions(blocks: list[_Block]) -> list[_Block]:
    """A line that leads from a heading to its figure or table stays with it on one page."""
    for position in range(1, len(blocks) - 1):
        kinds = [block.kind for block in blocks[position - 1 : position + 2]]
        if kinds == ["heading", "para", "shown"]:
            blocks[position] = _Block("other", f"#introduction[\n{_join(blocks[position : position + 1])}]")
    return blocks


@dataclass
class _Writer:
    images: Mapping[int, str]
    row_headers: list[int] = field(default_factory=list)

    def read_blocks(self, nodes: Iterable[PageElement]) -> list[_Block]:
        """Blocks as they are; words between them as blocks of their own."""
        blocks: list[_Block] = []
        run: list[PageElement] = []
        for node in [*nodes, None]:
            if node is not None and not _is_block(node):
                run.append(node)
                continue
            if words := self.print_words(run):
                blocks.append(_Block("plain", words))
            run = []
            if node is not None:
                blocks += self.read_block(node)  # type: ignore[arg-type]
        return _keep_introductions(blocks)

    def print_blocks(self, tag: Tag) -> str:
        return _join(self.read_blocks(tag.children))

    def read_block(self, tag: Tag) -> list[_Block]:
        if tag.name in HEADINGS:
            turned = "#new-page()\n" if _is_of(tag, "new-page") else ""
            opening = f"{turned}#titled({tag.name[1]}, {_quote(str(tag.get('id', '')))})"
            return [_Block("heading", f"{opening}[{self.print_words(tag.children)}]")]
        if tag.name == "p" and not any(_is_block(child) for child in tag.children):
            words = self.print_words(tag.children)
            return [_Block("para", words)] if words else []
        if tag.name == "table":
            strays = self.read_blocks(_find_strays(tag))
            return [*strays, _Block("shown", self.print_table(tag))] if tag.find("tr") else strays
        if tag.name == "figure":
            return [_Block("shown", self.print_figure(tag))]
        if (written := self.print_other(tag)) is not None:
            return [_Block("other", written)]
        return self.read_blocks(tag.children)

    def print_other(self, tag: Tag) -> str | None:
        """What is neither words nor shown; None for a container that has no look of its own."""
        if _is_of(tag, "ladder"):
            return self.print_ladder(tag)
        if _is_of(tag, "paged-contents"):
            return "#paged-contents()"
        if _is_of(tag, "to-fill-in"):
            return self.print_to_fill_in(tag)
        if _is_of(tag, "pair"):
            halves = (self.print_box(half, "half") for half in tag.children if _is_named(half, "section"))  # type: ignore[arg-type]
            return f"#pair({', '.join(f'[{half}]' for half in halves)})"
        if tag.name in ("ul", "ol", "menu"):
            return self.print_list(tag)
        if tag.name == "dl":
            return self.print_terms(tag)
        if tag.name == "blockquote":
            return f"#quote(block: true)[\n{self.print_blocks(tag)}]"
        if tag.name == "pre":
            return f"#raw(block: true, {_quote(tag.get_text().removeprefix(chr(10)).rstrip(chr(10)))})"
        if tag.name == "hr":
            return "#line(length: 100%, stroke: hairline)"
        return next((self.print_box(tag, kind) for kind in _BOXED if _is_of(tag, kind)), None)

    def print_box(self, tag: Tag, kind: str) -> str:
        blocks = self.read_blocks(tag.children)
        told = f"({_quote(str(tag.get(_HELD[kind], '')))})" if kind in _HELD else ""
        if kind == "category-panel" and blocks and blocks[0].kind == "para":
            # Its first line names the category; what is said of it stands on the next line.
            named = _Block("para", _NAMED_FIRST.sub(r"\1", blocks[0].source, count=1))
            blocks[0] = _Block("other", f"#indicated[\n{_join([named])}]")
        return f"#{kind}{told}[\n{_join(blocks)}]"

    def print_figure(self, figure: Tag) -> str:
        captions = figure.find_all("figcaption")
        caption = "".join(self.print_words(one.children) for one in captions)
        held = self.read_blocks(child for child in figure.children if child not in captions)
        return f"#exhibit({_quote(str(figure.get('id', '')))}, caption: [\n{caption}\n])[\n{_join(held)}]"

    def print_list(self, tag: Tag) -> str:
        items = []
        for node in tag.children:
            item = self.read_blocks(node.children if _is_named(node, "li") else [node])  # type: ignore[attr-defined]
            if item and _is_named(node, "li") and node.get("id"):  # type: ignore[attr-defined]
                anchor = f"#anchor({_quote(str(node['id']))});"  # type: ignore[index]
                item[0] = _Block(item[0].kind, anchor + item[0].source)
            if item or _is_named(node, "li"):
                items.append(item)
        tight = all(not item or item[0].kind == "plain" for item in items)
        settings = [f"tight: {'true' if tight else 'false'}"]
        if tag.name == "ol":
            start = str(tag.get("start", ""))
            numbering = _NUMBERING.get(str(tag.get("type", "")), "1.")
            settings += [f"start: {int(start) if start.isdecimal() else 1}", f'numbering: "{numbering}"']
        kind = "enum" if tag.name == "ol" else "list"
        return f"#{kind}({', '.join(settings)})" + "".join(f"[\n{_join(item)}]" for item in items)

    def print_ladder(self, tag: Tag) -> str:
        """Steps side by side: of each its words, its note and whether it is the reader's."""
        steps = []
        for step in tag.find_all("li", recursive=False):
            note = step.find("span", class_="step-note")
            words = self.print_words(child for child in step.children if child is not note)
            said = self.print_words(note.children) if note else ""
            steps.append(f"([{words}], [{said}], {'true' if step.has_attr('aria-current') else 'false'}),")
        return f"#ladder(({''.join(steps)}))"

    def print_to_fill_in(self, tag: Tag) -> str:
        """A heading, and lines to write on: each with its name before it."""
        heading = self.read_blocks(child for child in tag.children if _is_named(child, *HEADINGS))
        lines = "".join(f"[{self.print_words(line.children)}]," for line in tag.find_all("p", recursive=False))
        return f"#to-fill-in(({lines}))[\n{_join(heading)}]"

    def print_terms(self, tag: Tag) -> str:
        terms: list[tuple[list[str], list[_Block]]] = []
        for part in _list_parts(tag):
            named = _is_named(part, "dt")
            if not terms or (named and terms[-1][1]):
                terms.append(([], []))
            if named:
                terms[-1][0].append(self.print_words([part]))
            else:
                terms[-1][1].extend(self.read_blocks([part]))
        items = (f"([\n{'#linebreak();'.join(names)}\n], [\n{_join(said)}]),\n" for names, said in terms)
        written = f"#described((\n{''.join(items)}))"
        return f"#facts[\n{written}\n]" if _is_of(tag, "facts") else written

    # Tables

    def print_table(self, table: Tag) -> str:
        heads, rows = _list_rows(table)
        count = _count_columns([*heads, *rows])
        caption = table.find("caption", recursive=False)
        said = self.print_words(caption.children) if caption else ""
        printed = [self.read_row(row) for row in (*heads, *rows)]
        widths = _share_width(count, [[cell.source for cell in row] for row in printed], len(heads))
        lines = [_print_row(row, blank) for row, blank in zip(printed, _find_blanks(printed, count), strict=True)]
        head, body = "".join(lines[: len(heads)]), "".join(lines[len(heads) :])
        tall = ", tall: true" if _is_tall([[cell.source for cell in row] for row in printed], count) else ""
        opening = f"#table-exhibit({_quote(str(table.get('id', '')))}, {count}, {widths}{tall}"
        return f"{opening}, caption: [\n{said}\n], heads: (\n{head}), rows: (\n{body}))"

    def read_row(self, row: Tag) -> list[_Cell]:
        self.row_headers.append(_count_row_headers(row))
        return [self.read_cell(cell) for cell in _list_cells(row)]

    def read_cell(self, cell: Tag) -> _Cell:
        # A lone paragraph in a cell would be spaced like prose.
        blocks = [
            _Block("plain", block.source) if block.kind == "para" else block
            for block in self.read_blocks(cell.children)
        ]
        return _Cell(
            _join(blocks), _read_span(cell, "colspan"), _read_span(cell, "rowspan"), _is_of(cell, "figure-number")
        )

    # Words

    def print_words(self, nodes: Iterable[PageElement]) -> str:
        """Words and what styles them, white space as a browser would show it."""
        pieces = list(self.read_pieces(nodes))
        spaced = True  # nothing stands before, or a space does
        last: int | None = None  # the latest text, while a space at its end may prove to be the line's last
        for position, (kind, text) in enumerate(pieces):
            if kind == "text":
                text = _SPACE.sub(" ", text)
                text = text.removeprefix(" ") if spaced else text
                pieces[position] = (kind, text)
                if text:
                    spaced, last = text.endswith(" "), position
            elif kind == "break":
                _strip_end(pieces, last)
                spaced = True
            elif kind == "solid":
                spaced, last = False, None
        _strip_end(pieces, last)
        return _print_pieces(pieces)

    def read_pieces(self, nodes: Iterable[PageElement]) -> Iterator[tuple[str, str]]:
        """``text`` as it stands in the page; Typst code that is ``solid``, breaks a line or opens and closes."""
        from bs4 import Tag
        from bs4.element import PreformattedString

        for node in nodes:
            if isinstance(node, Tag):
                yield from self.read_element(node)
            elif not isinstance(node, PreformattedString):  # a comment
                yield "text", str(node)

    def read_element(self, tag: Tag) -> Iterator[tuple[str, str]]:
        if tag.name in _UNSEEN:
            return
        if tag.name == "svg":
            if not _is_of(tag, "plotted"):
                raise UndescribedDrawing
            if tag.has_attr("data-trend"):
                yield "solid", _print_trend(str(tag["data-trend"]))
            else:
                yield "solid", _print_plotted(str(tag.get("data-plot", "")))
            return
        if tag.name == "br":
            yield "break", "#linebreak();"
        elif tag.name == "img":
            alt = " ".join(str(tag.get("alt", "")).split())
            yield "solid", f"#picture({_quote(self.images[id(tag)])}, {_quote(alt)});"
        elif tag.name == "input":
            if tag.get("type") == "checkbox":
                yield "text", "☒ " if tag.has_attr("checked") else "☐ "
        elif tag.name == "math":
            yield ("break" if tag.get("display") == "block" else "solid"), compose_typst_equation(tag)
        elif tag.name in _CODE:
            yield "solid", f"#raw({_quote(_SPACE.sub(' ', tag.get_text()))});"
        elif tag.name == "q":
            yield from (("text", "“"), *self.read_pieces(tag.children), ("text", "”"))
        elif opening := _find_opening(tag):
            if tag.name == "a" and tag.get("id"):
                yield "mark", f"#anchor({_quote(str(tag['id']))});"
            yield from (("mark", f"{opening}["), *self.read_pieces(tag.children), ("mark", "];"))
        else:
            yield from self.read_pieces(tag.children)


_PLACE = r"\d+(?:\.\d+)?"
_PLOTTED = re.compile(
    rf"(?P<span>{_PLACE} {_PLACE})?;(?P<marks>(?:[a-z]+:{_PLACE}:[a-z-]*:[01](?: |(?=;)))*);"
    rf"(?P<ticks>(?:{_PLACE}(?: |(?=;)))*);(?P<labels>.*)",
    re.S | re.A,
)


def _print_plotted(plot: str) -> str:
    """A cell's drawing from its places, as ``report/plotted.py`` writes them; nothing where they are not so written."""
    found = _PLOTTED.fullmatch(plot)
    if found is None:
        return ""
    marks = (one.split(":") for one in found["marks"].split())
    drawn = "".join(
        f"({_quote(kind)}, {at}, {_quote(rating)}, {'true' if hollow == '1' else 'false'}),"
        for kind, at, rating, hollow in marks
    )
    ticks = "".join(f"{tick}," for tick in found["ticks"].split())
    labels = "".join(f"{_quote(label)}," for label in found["labels"].split("|") if label)
    span = f"({found['span'].replace(' ', ', ')})" if found["span"] else "none"
    return f"#plotted(span: {span}, marks: ({drawn}), ticks: ({ticks}), labels: ({labels}));"


_HEIGHT = rf"(?:{_PLACE})?"
_MOMENT = rf"{_HEIGHT}:{_HEIGHT}:{_HEIGHT}:{_HEIGHT}:(?:predecessor|early)?"
_TREND = re.compile(rf"(?P<years>{_MOMENT}(?: {_MOMENT})*);(?P<ticks>.*)", re.S | re.A)
_TICK = re.compile(rf"({_PLACE}) (.+)", re.S | re.A)


def _print_trend(trend: str) -> str:
    """A cell's years from their places, as ``report/plotted.py`` writes them; nothing where they are not so written."""
    found = _TREND.fullmatch(trend)
    if found is None:
        return ""
    moments = (one.split(":") for one in found["years"].split(" "))
    years = "".join(
        f"({', '.join(height or 'none' for height in heights)}, {_quote(look)})," for *heights, look in moments
    )
    told = (_TICK.fullmatch(one) for one in found["ticks"].split("|"))
    ticks = "".join(f"({one[1]}, {_quote(one[2])})," for one in told if one)
    return f"#trend(years: ({years}), ticks: ({ticks}));"


@dataclass(frozen=True)
class _Cell:
    source: str
    columns: int
    rows: int
    numeric: bool


def _is_named(node: PageElement, *names: str) -> bool:
    return getattr(node, "name", None) in names


def _is_of(tag: Tag, kind: str) -> bool:
    return kind in tag.get_attribute_list("class")


def _is_block(node: PageElement) -> bool:
    """Blocks, and elements of other kinds that hold one."""
    from bs4 import Tag

    if not isinstance(node, Tag) or node.name in _UNSEEN or node.name == "svg":
        return False
    return node.name in _BLOCKS or any(_is_block(child) for child in node.children)


def _find_opening(tag: Tag) -> str:
    """The call that styles the words of an element; empty where nothing does."""
    if tag.name in _STYLED:
        return f"#{_STYLED[tag.name]}"
    if tag.name == "span" and _is_of(tag, "rating"):
        return f"#rating({_quote(str(tag.get('data-rating', '')))})"
    target = str(tag.get("href", "")) if tag.name == "a" else ""
    if target.startswith("#"):
        return f"#link-within({_quote(target[1:])})"
    return f"#link({_quote(target)})" if target.startswith(("https://", "http://", "mailto:")) else ""


def _strip_end(pieces: list[tuple[str, str]], position: int | None) -> None:
    if position is not None:
        pieces[position] = ("text", pieces[position][1].removesuffix(" "))


def _print_pieces(pieces: Sequence[tuple[str, str]]) -> str:
    """Neighbouring texts become one string."""
    printed: list[str] = []
    run = ""
    for kind, text in [*pieces, ("end", "")]:
        if kind == "text":
            run += text
            continue
        if run:
            printed.append(f"#{_quote(run)};")
        run = ""
        printed.append(text)
    return "".join(printed)


def _list_parts(terms: Tag) -> Iterator[PageElement]:
    """The names and descriptions of a list, those inside groups (``<div>``) too."""
    for part in terms.children:
        if _is_named(part, "div"):
            yield from _list_parts(part)  # type: ignore[arg-type]
        elif str(part).strip():
            yield part


def _find_strays(part: Tag) -> Iterator[PageElement]:
    """What stands in a table but in no cell of it; browsers show it before the table."""
    for child in part.children:
        if _is_named(child, "thead", "tbody", "tfoot", "tr"):
            yield from _find_strays(child)  # type: ignore[arg-type]
        elif not _is_named(child, *(("th", "td") if part.name == "tr" else ("caption",))):
            yield child


def _list_cells(row: Tag) -> list[Tag]:
    return [cell for cell in row.children if _is_named(cell, "th", "td")]  # type: ignore[misc]


def _count_row_headers(row: Tag) -> int:
    named = takewhile(lambda cell: cell.name == "th" and str(cell.get("scope", "")).startswith("row"), _list_cells(row))
    return len(list(named))


def _list_rows(table: Tag) -> tuple[list[Tag], list[Tag]]:
    """Rows of headings, and the others; without ``<thead>`` a first row of nothing but headings is one."""
    heads: list[Tag] = []
    rows: list[Tag] = []
    feet: list[Tag] = []
    for part in table.find_all(["thead", "tbody", "tfoot", "tr"], recursive=False):
        group = {"thead": heads, "tfoot": feet}.get(part.name, rows)
        group += [part] if part.name == "tr" else part.find_all("tr", recursive=False)
    if not heads and rows and (first := _list_cells(rows[0])) and all(cell.name == "th" for cell in first):
        heads, rows = rows[:1], rows[1:]
    return heads, [*rows, *feet]


def _read_span(cell: Tag, name: str) -> int:
    said = str(cell.get(name, "1"))
    return max(1, int(said)) if said.isdecimal() else 1


def _count_columns(rows: Sequence[Tag]) -> int:
    """The widest row's cells, those that reach down from rows above included."""
    reaching: list[tuple[int, int]] = []  # columns, and rows still to come
    widest = 1
    for row in rows:
        cells = [(_read_span(cell, "colspan"), _read_span(cell, "rowspan")) for cell in _list_cells(row)]
        reaching = [*((wide, deep) for wide, deep in reaching if deep), *cells]
        widest = max(widest, sum(wide for wide, _ in reaching))
        reaching = [(wide, deep - 1) for wide, deep in reaching]
    return widest


def _find_blanks(rows: Sequence[Sequence[_Cell]], count: int) -> Iterator[int]:
    """How many empty cells each row wants to fill the table's width."""
    reaching: list[tuple[int, int]] = []
    for row in rows:
        reaching = [(wide, deep) for wide, deep in reaching if deep] + [(cell.columns, cell.rows) for cell in row]
        yield max(0, count - sum(wide for wide, _ in reaching))
        reaching = [(wide, deep - 1) for wide, deep in reaching]


def _print_row(row: Sequence[_Cell], blanks: int) -> str:
    return "".join(map(_print_cell, [*row, *[_Cell("", 1, 1, False)] * blanks]))


def _print_cell(cell: _Cell) -> str:
    aligned = "right" if cell.numeric else "left"
    return f"cell(colspan: {cell.columns}, rowspan: {cell.rows}, aligned: {aligned})[\n{cell.source}],\n"


#: Characters of a table's size on a line across the page, and lines of a table that may not fit on one page.
_LINE, _PAGE = 130, 40


def _is_tall(rows: Sequence[Sequence[str]], count: int) -> bool:
    """Whether few rows hold so many words that they may not fit on a page: such a table may be broken."""
    lines = [max((len(source) * max(1, count) // _LINE + 1 for source in row), default=1) for row in rows]
    return sum(lines) > _PAGE


def _ends_in_words(rows: Sequence[Sequence[str]], heads: int) -> bool:
    """Whether the last column says more than a figure or a rating."""
    return any(len("".join(_STRING.findall(row[-1]))) > SHORT and "#rating(" not in row[-1] for row in rows[heads:])


def _need_width(rows: Sequence[Sequence[str]], heads: int, place: int) -> str:
    """As wide as a column's longest cell, or a heading's longest word, is in a table's size of letters."""
    said = ["".join(_STRING.findall(row[place])) for row in rows]
    words = [_measure(word) * BOLD for head in said[:heads] for word in head.split(" ")]
    cells = [
        _measure(cell) + ("#rating(" in row[place]) * RATED
        for cell, row in zip(said[heads:], rows[heads:], strict=True)
    ]
    return f"{max([0.0, *words, *cells]) + INSET:.1f}pt"


def _measure(words: str) -> float:
    """How wide ``words`` are, in points, in a table's size of letters."""
    return sum(_WIDE.get(letter, _AVERAGE) * SIZE + TRACKING for letter in words)


def _share_width(count: int, rows: Sequence[Sequence[str]], heads: int) -> str:
    """The widths of a table's columns, in Typst.

    Where a table is wider than the page, short columns keep their width and the others share what is left, the more
    the more they have to say (by its square root, for a long text takes several lines); headings may take three lines.
    Otherwise, or where only one column is long, every column is as wide as its text and the long one takes the rest.
    """
    whole = [row for row in rows if len(row) == count]
    drawn = {place for row in whole for place, cell in enumerate(row) if cell.startswith(("#plotted(", "#trend("))}
    if drawn:  # a drawing has its own width; what names the row, and words at its end, share the room that is left
        last = count - 1 if _ends_in_words(whole, heads) else count
        kept = (
            "drawn-width" if place in drawn else "1fr" if place == last else _need_width(whole, heads, place)
            for place in range(1, count)
        )
        return f"(1fr, {', '.join(kept)},)"
    if len(whole) < len(rows):
        return str(count)
    columns = [[_STRING.findall(cell) for cell in column] for column in zip(*rows, strict=True)]
    lengths = [[sum(map(len, said)) for said in column] for column in columns]
    longest = [max(column) for column in lengths]
    if sum(longest) + GAP * count <= LINE or sum(one > SHORT for one in longest) < 2:
        return str(count)
    widths = []
    for said, length in zip(columns, lengths, strict=True):
        words = [len(word) for cell in said for text in cell for word in text.split(" ")]
        needed = max([0, *words, *(one / 3 for one in length[:heads])])
        weight = math.sqrt(max(needed, sum(length[heads:]) / max(1, len(rows) - heads)))
        widths.append("auto" if max(length) <= SHORT else f"{weight:.2f}fr")
    return f"({', '.join(widths)},)"
