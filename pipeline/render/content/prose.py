"""Markdown as HTML: nbconvert's reading of it, with equations as MathML and attached images under any name.

What a dollar sign means is as in Pandoc, and so in Quarto: ``$x$`` is an equation, "$5 and $10" are amounts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote, unquote

from mistune import BlockParser
from mistune.plugins import import_plugin
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath, MathBlockParser, MathInlineParser

from pipeline.render.content.callouts import draw_callouts
from pipeline.render.content.finding import find_marked
from pipeline.render.content.footnotes import find_alone, leave_unexplained, read_footnotes
from pipeline.render.content.mathematics import UnsetEquation, compose_equation

if TYPE_CHECKING:
    from bs4 import Tag
    from mistune import Markdown

UNSET = "data-unset"  # on what stands in for an equation that cannot be set: why
#: A dollar sign before anything but white space, and one after anything but white space that no digit follows.
_INLINE = r"(?<![$\\])\$(?=[^\s$])(?P<math_inline_tex>(?:\\.|[^$\\])+?)(?<![\s\\])\$(?![\d$])"
_DELIMITED = re.compile(
    r"(?<!\\)\$\$(?P<block>.+?)(?<!\\)\$\$|\\\[(?P<bracket>.+?)\\\]"
    r"|(?P<environment>\\begin\{(?P<name>[A-Za-z]+\*?)\}.*?\\end\{(?P=name)\})"
    rf"|\\\((?P<round>.+?)\\\)|{_INLINE}",
    re.S,
)
_IN_HTML = re.compile(r"(<img\b[^>]*?\bsrc\s*=\s*[\"'])attachment:([^\"']+)", re.I)
_COMMAND = re.compile(r"\\[A-Za-z]+")
UNDRAWN = "data-undrawn"  # on what stands in for a table or diagram that JupyterLab draws and no page can: which it is
_STRUCK = r"(?<![~\\])~(?=[^\s~])(?P<struck_words>[^~`\n]*?[^\s~`])~(?!~)"
#: The line between a table's head and its rows.
_TABLE_RULE = re.compile(r"^ *\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?$", re.M)
#: As JupyterLab, which draws tables in lists and quotations too.
_PLUGINS = (
    *MarkdownWithMath.DEFAULT_PLUGINS,
    "mistune.plugins.table.table_in_list",
    "mistune.plugins.table.table_in_quote",
)


class _BlockParser(MathBlockParser):
    """As JupyterLab and Quarto: ``#1 in the county`` is no heading."""

    SPECIFICATION: ClassVar[dict[str, str]] = {
        **MathBlockParser.SPECIFICATION,
        "atx_heading": BlockParser.SPECIFICATION["atx_heading"],
    }


class _InlineParser(MathInlineParser):
    SPECIFICATION: ClassVar[dict[str, str]] = {**MathInlineParser.SPECIFICATION, "inline_math_tex": f"(?s:{_INLINE})"}


class _Renderer(IPythonRenderer):
    def block_math(self, body: str) -> str:
        return _set(body, block=True)

    def inline_math(self, body: str) -> str:
        return _set(body, block=False)

    def latex_environment(self, name: str, body: str) -> str:
        return _set(f"\\begin{{{name}}}{body}\\end{{{name}}}", block=True)

    def text(self, text: str) -> str:
        return leave_unexplained(super().text(text))

    def block_code(self, code: str, info: str | None = None) -> str:
        if info and info.split()[0].lower() == "mermaid":
            return f'<pre {UNDRAWN}="diagram">{escape(code)}</pre>\n'
        return super().block_code(code, info)

    def paragraph(self, text: str) -> str:
        marked = f' {UNDRAWN}="table"' if _TABLE_RULE.search(text) else ""
        return f"<p{marked}>{text}</p>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        name = url.removeprefix("attachment:")
        if name != url and name not in self.attachments:
            url = f"attachment:{unquote(name)}" if unquote(name) in self.attachments else ""
        if not url:  # nbconvert would stop; the page refuses an image that is not there, and names the cell
            return f'<img src="{escape(name)}" alt="{escape(text)}">'
        return super().image(text, url, title)


def compose_prose(text: str, attachments: Mapping[str, Any] | None = None) -> str:
    """Write Markdown as HTML; ``attachments`` are its cell's images, by name.

    An equation that cannot be set is left as it is written, in an element that says why: see ``find_unset``.
    """
    held = dict(attachments or {})
    renderer = _Renderer(escape=False, attachments=held, exclude_anchor_links=True)
    plugins: list[Any] = [*(import_plugin(name) for name in _PLUGINS), read_footnotes, _read_struck]
    markdown = MarkdownWithMath(renderer, _BlockParser(), _InlineParser(hard_wrap=False), plugins)
    return _IN_HTML.sub(
        lambda found: _find_attached(found, held), markdown.render(_name_plainly(draw_callouts(text), held))
    )


def _read_struck(markdown: Markdown) -> None:
    """A plugin: words between single tildes are struck out, as JupyterLab does."""

    def read(inline: Any, found: re.Match[str], state: Any) -> int:
        within = state.copy()
        within.src = found["struck_words"]
        state.append_token({"type": "strikethrough", "children": inline.render(within)})
        return found.end()

    markdown.inline.register("struck", _STRUCK, read, before="link")


def _find_attached(found: re.Match[str], attachments: Mapping[str, Any]) -> str:
    """An attached image that the prose names in HTML, as nbconvert writes one named in Markdown."""
    kinds = attachments.get(found[2]) or attachments.get(unquote(found[2]))
    if not kinds:
        return found[0]
    kind, content = next(iter(kinds.items()))
    return f"{found[1]}data:{kind};base64,{''.join(content)}"


def _name_plainly(text: str, attachments: Mapping[str, Any]) -> str:
    """``text`` with every attachment whose name has a blank, or the like, called as Markdown can read it."""
    for name in sorted(attachments, key=len, reverse=True):
        if quote(name) != name:
            text = text.replace(f"<attachment:{name}>", f"attachment:{name}")
            text = text.replace(f"attachment:{name}", f"attachment:{quote(name)}")
    return text


def compose_latex(text: str) -> str:
    """Write what a cell displayed as LaTeX (``Math``, ``Latex``, SymPy) as HTML: equations, and words between them."""
    pieces, end = [], 0
    for found in _DELIMITED.finditer(text):
        pieces += [_compose_words(text[end : found.start()]), _set_found(found)]
        end = found.end()
    pieces.append(_compose_words(text[end:]))
    return f"<p>{''.join(pieces)}</p>"


def _set_found(found: re.Match[str]) -> str:
    block = found["block"] or found["bracket"] or found["environment"]
    if block:
        return _set(block, block=True)
    inline = found["round"] or found["math_inline_tex"]
    displayed = inline.lstrip().startswith("\\displaystyle")  # as Math and SymPy write what stands on a line alone
    return _set(inline.lstrip().removeprefix("\\displaystyle") if displayed else inline, block=displayed)


def _compose_words(text: str) -> str:
    if command := _COMMAND.search(text):
        return _leave(text, f"{command[0]} stands outside an equation")
    return escape(text, quote=False)


def _set(tex: str, *, block: bool) -> str:
    try:
        return compose_equation(tex, block=block)
    except UnsetEquation as why:
        return _leave(tex, str(why))


def _leave(tex: str, why: str) -> str:
    return f'<code {UNSET}="{escape(why)}">{escape(tex)}</code>'


def find_unset(cell: Tag) -> list[str]:
    """The equations of ``cell`` that could not be set, and what else of its prose no page can draw, in words."""
    undrawn = find_marked(cell, UNDRAWN)
    tables = [
        f"the table {' '.join(tag.get_text().split())[:60]!r} cannot be drawn: give every row as many cells as its "
        "head, with a bar (|) before, between and after them"
        for tag in undrawn
        if tag[UNDRAWN] == "table"
    ]
    diagrams = [
        "a diagram (```mermaid) cannot be drawn on a page. Save it as a picture beside the notebook, and show that"
        for tag in undrawn
        if tag[UNDRAWN] == "diagram"
    ]
    return [
        *tables,
        *diagrams,
        *find_alone(cell),
        *(
            f"the equation {' '.join(tag.get_text().split())[:60]!r} cannot be set: {tag[UNSET]}. Write it in simpler "
            "LaTeX; a dollar sign that is no equation's may stand after a backslash (\\$)"
            for tag in find_marked(cell, UNSET)
        ),
    ]
