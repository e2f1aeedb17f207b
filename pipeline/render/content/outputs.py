"""What of a cell's outputs a page shows: of each the best kind it can print, and never a program's own words for one.

What JupyterLab shows and a page cannot is said, with what to do instead: an output that vanished would be missed by
nobody but the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pipeline.render.charts import UndrawnChart, draw_chart, is_chart
from pipeline.render.content.document import FACTS_TYPE, is_for_officers

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: What a page can print, best first. LaTeX comes before pictures of it, which have no description.
KINDS = ("text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg", "text/plain")
_PICTURES = ("image/svg+xml", "image/png", "image/jpeg")
_SCRIPT = re.compile(r"<\s*script\b", re.I)
#: An object that has no better words for itself than its kind and the place in memory where it lay.
_ADDRESS = re.compile(r"<(?:[^<>\n]|<[^<>\n]*>){1,200}? at 0x[0-9A-Fa-f]{4,}[^<>\n]{0,200}>?")
#: What Python calls the file of a cell; it holds the kernel's number and the place of temporary files.
_CELL_FILE = re.compile(r"[^\s\"']*ipykernel_\d+[/\\]\d+\.py")
_PLACE = re.compile(r" at 0x[0-9A-Fa-f]{4,}")
_UNDRAWN = re.compile(r"<Figure size [\d.]+x[\d.]+ with \d+ Axes>")
_UNSHOWN = re.compile(r"<IPython\.[\w.]+ object>")
_INSTEAD = {
    "plotly": "Draw it with matplotlib, or show `Image(figure.to_image('png'))` with its alt text",
    "jupyter.widget": "Show what it would be set to as text, a table or a figure",
    "bokeh": "Draw it with matplotlib, or with Altair",
}
_ANYTHING = "Show a figure with its alt text, a table or text"
#: What tqdm says of how far it is, where it draws its bar as a widget: a log line like its bar in text.
_PROGRESS = re.compile(r".*\d+%\|.*\| *\d+/\d+ \[.*|\d+it \[.*", re.S)


def choose_outputs(cell: NotebookNode) -> tuple[list[dict[str, Any]], list[str]]:
    """The outputs of a code cell as ``kind``, ``content`` and ``alt``, in order, and what cannot be shown, in words.

    A picture that the cell shows twice is shown once, by whichever description it was given.
    """
    shown: list[dict[str, Any]] = []
    faults: list[str] = []
    for output in cell.get("outputs", ()):
        try:
            shown += _choose(output)
        except _Unshown as fault:
            faults.append(str(fault))
    return list(_merge_pictures(shown)), faults


class _Unshown(Exception):
    pass


def _choose(output: NotebookNode) -> list[dict[str, Any]]:
    if output.output_type == "stream":
        return _choose_printed(output)
    if output.output_type not in ("display_data", "execute_result") or FACTS_TYPE in output.data or not output.data:
        return []
    data = {kind: _join(content) for kind, content in output.data.items()}
    if "application/vnd.jupyter.widget-view+json" in data and _PROGRESS.fullmatch(str(data.get("text/plain", ""))):
        return []
    if chart := next((kind for kind in data if is_chart(kind)), None):
        return [_draw(chart, data[chart], find_description(output))]
    kind = _choose_kind(data)
    _refuse_addresses(unescape(re.sub(r"<[^>]*>", "", data[kind])) if kind == "text/html" else data[kind], kind)
    return [{"kind": kind, "content": data[kind], "alt": find_description(output)}]


def _choose_printed(output: NotebookNode) -> list[dict[str, Any]]:
    text = _join(output.text)
    if output.name != "stdout" or not text.strip():
        return []
    _refuse_addresses(text, "text/plain")
    return [{"kind": "text/plain", "content": text, "alt": ""}]


def _join(content: Any) -> Any:
    """Notebooks may hold a text as a list of lines."""
    return "".join(content) if isinstance(content, list) and all(isinstance(one, str) for one in content) else content


def _choose_kind(data: Mapping[str, Any]) -> str:
    fit = [kind for kind in KINDS if isinstance(data.get(kind), str)]
    if "text/html" in fit and _SCRIPT.search(data["text/html"]) and any(kind in fit for kind in _PICTURES):
        fit.remove("text/html")
    others = sorted(kind for kind in data if kind not in KINDS)
    if not fit or (others and fit == ["text/plain"]):
        instead = next((said for name, said in _INSTEAD.items() if any(name in kind for kind in others)), _ANYTHING)
        raise _Unshown(f"its output is {', '.join(others) or 'empty'}, which a page cannot show. {instead}")
    return fit[0]


def _refuse_addresses(text: str, kind: str) -> None:
    if kind in _PICTURES:
        return
    for words in find_unshown(text):
        if _UNDRAWN.fullmatch(words):
            raise _Unshown("it shows a figure's name, not the figure. Show the figure itself: `display(figure)`")
        if _UNSHOWN.fullmatch(words):
            raise _Unshown(f"its output is {words}, which a page cannot show. Show a figure, a table or text")
        raise _Unshown(
            f"it prints {words[:80]!r}, a place in the computer's memory. Show what the object holds, or end the "
            "cell's last line with a semicolon"
        )


def find_unshown(text: str) -> list[str]:
    """What in ``text`` is a program's own name for a thing that nobody is shown: never for a reader."""
    if " at 0x" not in text and not _UNDRAWN.search(text) and not _UNSHOWN.search(text):
        return []
    return [found[0] for pattern in (_UNDRAWN, _UNSHOWN, _ADDRESS) for found in pattern.finditer(text)]


def _draw(kind: str, content: Any, alt: str) -> dict[str, Any]:
    try:
        svg, described = draw_chart(kind, content)
    except UndrawnChart as why:
        raise _Unshown(str(why)) from None
    return {"kind": "image/svg+xml", "content": svg, "alt": alt or described}


def find_description(output: NotebookNode) -> str:
    """The alt text given when a figure was displayed; empty where none was."""
    described = [*output.metadata.values(), output.metadata]
    texts = [about.get("alt") for about in described if isinstance(about, dict)]
    return next((text.strip() for text in texts if isinstance(text, str) and text.strip()), "")


def _merge_pictures(shown: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each picture once: pyplot shows again what a cell displayed itself, without the description it was given."""
    first: dict[str, dict[str, Any]] = {}
    merged = []
    for one in shown:
        content = settle_drawing(one["content"]) if one["kind"] == "image/svg+xml" else one["content"]
        known = first.get(content) if one["kind"] in _PICTURES else None
        if known is not None and (not known["alt"] or not one["alt"] or known["alt"] == one["alt"]):
            known["alt"] = known["alt"] or one["alt"]
            continue
        first.setdefault(content, one)
        merged.append({**one} if known else one)
    yield from merged


# The same bytes every time

_ID = re.compile(r'\bid="([^"]+)"')
_RANDOM = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # a UUID
    r"|(?<![0-9A-Za-z])T_[0-9a-f]{5,}(?=_|$)"  # a pandas Styler's table
    r"|^(?:p|m|h|image|C[0-9a-f]+_[0-9a-f]+_)[0-9a-f]{10}$"  # a clipping, marker, hatch … of matplotlib's
)
_GREAT_TABLE = re.compile(r'<div id="([a-z]{10})"[^>]*>\s*<style>\s*#\1\b')


def settle_drawing(svg: str) -> str:
    """``svg`` without the time of drawing, and with ids that do not rest on chance."""
    return settle_ids(re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S), "drawn")


def settle_ids(markup: str, prefix: str) -> str:
    """``markup`` with ids that a library drew by lot numbered in order, and all that refers to them."""
    drawn = [found[1] for found in _GREAT_TABLE.finditer(markup)]
    drawn += [found[0] for name in _ID.findall(markup) if (found := _RANDOM.search(name))]
    for number, name in enumerate(dict.fromkeys(drawn), start=1):
        markup = re.sub(rf"(?<![0-9A-Za-z]){re.escape(name)}(?![0-9A-Za-z])", f"{prefix}-{number}", markup)
    return markup


def _join_printed(outputs: Iterable[NotebookNode]) -> Iterator[NotebookNode]:
    """The outputs with what is printed between two others in one piece, and what is said beside it in one after it.

    Into how many pieces it came, and in which order, is a matter of how long the cell took.
    """
    for is_printed, group in groupby(outputs, key=lambda output: output.output_type == "stream"):
        if not is_printed:
            yield from group
            continue
        pieces = list(group)
        for name in sorted({piece.name for piece in pieces}, reverse=True):
            first = next(piece for piece in pieces if piece.name == name)
            first.text = "".join(_join(piece.text) for piece in pieces if piece.name == name)
            yield first


def settle_outputs(notebook: NotebookNode) -> None:
    """Take chance and the clock out of what an executed notebook's cells show, in place.

    A place in memory that a school's reader would meet stays: the page refuses it.
    """
    for number, cell in enumerate(notebook.cells, start=1):
        if "outputs" in cell:
            cell.outputs = list(_join_printed(cell.outputs))
        for place, output in enumerate(cell.get("outputs", ()), start=1):
            data = output.get("data", {})
            if any(is_chart(kind) for kind in data):
                data.pop("text/html", None)  # a script of a name drawn by lot, for who edits the notebook
            if "image/svg+xml" in data:
                data["image/svg+xml"] = settle_drawing(_join(data["image/svg+xml"]))
            if "text/html" in data:
                data["text/html"] = settle_ids(_join(data["text/html"]), f"shown-{number}-{place}")
            if "text/plain" in data and (len(data) > 1 or is_for_officers(cell)):
                data["text/plain"] = _PLACE.sub("", _join(data["text/plain"]))
            if "text" in output:
                text = _CELL_FILE.sub("cell", _join(output["text"]))
                output["text"] = _PLACE.sub("", text) if is_for_officers(cell) else text
