"""Equations: from the LaTeX an analyst writes to MathML for the page, and from that to Typst for the PDF.

``latex2mathml`` reads LaTeX and lets pass what it does not know, as a letter or as nothing; so what it gives is held
against the few elements that are known here, and refused where it is anything else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from html import escape, unescape
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

if TYPE_CHECKING:
    from bs4 import Tag

#: MathML elements an equation may consist of, with the number of parts of those that need a certain one.
_KNOWN: dict[str, int | None] = {
    **dict.fromkeys(("mrow", "mstyle", "mtable", "mtr", "mtd", "msqrt", "mpadded"), None),
    **dict.fromkeys(("mi", "mn", "mo", "mtext", "mspace"), 0),
    **dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}
_KEPT = ("displaystyle", "stretchy", "fence", "form", "accent", "linethickness", "columnalign", "width", "mathvariant")
_ALONE = ("equation", "equation*", "displaymath", "math")  # environments that only say: an equation
_ALIKE = {  # with numbers or without: none is printed
    **dict.fromkeys(("align", "aligned", "eqnarray", "eqnarray*", "split"), "align*"),
    **dict.fromkeys(("gather", "gather*", "gathered"), "matrix"),
}
_ENVIRONMENTS = {
    *("align*", "cases", "array", "smallmatrix"),
    *("matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix"),
}
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([^{}]*)\}")
_NUMBERING = re.compile(r"\\(?:label\{[^{}]*\}|nonumber|notag)")
_LONGEST = 4000  # characters of LaTeX
_DEEPEST = 40  # elements inside one another

#: Accents over a letter: the sign LaTeX's means, how it is said, and Typst's function for it.
_ACCENTS = {
    "^": ("hat", "accent", "\u0302"),
    "ˆ": ("hat", "accent", "\u0302"),
    "~": ("tilde", "accent", "\u0303"),
    "˜": ("tilde", "accent", "\u0303"),
    "→": ("vector", "accent", "\u20d7"),
    "˙": ("dot", "accent", "\u0307"),
    "¨": ("double dot", "accent", "\u0308"),
    "¯": ("bar", "overline", ""),
    "―": ("bar", "overline", ""),
    "_": ("underlined", "underline", ""),
    "―̲": ("underlined", "underline", ""),
    "⏟": ("", "underbrace", ""),
    "⏞": ("", "overbrace", ""),
}
_SAID = {
    "=": "equals", "+": "plus", "−": "minus", "-": "minus", "×": "times", "⋅": "times", "·": "times", "÷": "divided by",
    "/": "over", "±": "plus or minus", "∓": "minus or plus", "<": "is less than", ">": "is more than",
    "≤": "is at most", "≥": "is at least", "≠": "is not", "≈": "is about", "∼": "is distributed as",
    "∑": "the sum", "∏": "the product", "∫": "the integral", "∞": "infinity", "∣": "given", "|": "bar", "∈": "in",
    "→": "to", "%": "per cent", "(": "(", ")": ")", "′": "prime", "√": "the square root of", "∂": "the partial",
    "∘": "degrees", "{": "", "}": "", "…": "and so on", "⋯": "and so on", ",": ",",
}  # fmt: skip
_SUMS = "∑∏∫⋃⋂"


_SENSELESS = {(kind, sign) for kind in ("mi", "mo") for sign in "&$#"} | {("mi", "{"), ("mi", "}")}


class UnsetEquation(Exception):
    """An equation that cannot be set; its text says why."""


def compose_equation(tex: str, *, block: bool) -> str:
    """Write LaTeX as one ``<math>`` element for a page, with its words as ``alttext``. Raises UnsetEquation."""
    root = _read(tex, block)
    _refuse_unknown(root)
    shown = ' display="block"' if block else ""
    said = " ".join(unicodedata.normalize("NFKC", _say(root)).split()).rstrip(" ;")
    if not said:
        raise UnsetEquation("it is empty")
    return f'<math alttext="{escape(said)}"{shown}>{"".join(_write(one) for one in root)}</math>'


def _read(tex: str, block: bool) -> Element:
    try:
        from latex2mathml.converter import convert_to_element
    except ImportError:
        raise UnsetEquation("latex2mathml, which reads LaTeX, is missing here: run `make setup`") from None
    said = _simplify(tex)
    if not said:
        raise UnsetEquation("it is empty")
    try:
        return convert_to_element(said, display="block" if block else "inline")
    except RecursionError:
        raise UnsetEquation("it is too deep") from None
    except Exception as error:  # the library's own, of many kinds
        raise UnsetEquation(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()) from None


def _simplify(tex: str) -> str:
    """``tex`` without what only numbers equations; what is plainly not whole is refused."""
    tex = _NUMBERING.sub("", tex).strip()
    if len(tex) > _LONGEST:
        raise UnsetEquation(f"it is longer than {_LONGEST} characters")
    bare = re.sub(r"\\.", "", tex, flags=re.S)
    depth = 0
    for char in bare:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            break
    if depth:
        raise UnsetEquation("its braces are not balanced")
    opened: list[str] = []

    def rename(found: re.Match[str]) -> str:
        which, name = found.groups()
        if which == "begin":
            opened.append(name)
        elif not opened or opened.pop() != name:
            raise UnsetEquation(f"\\end{{{name}}} ends what was not begun")
        name = _ALIKE.get(name, name)
        if name in _ALONE:
            return ""
        if name not in _ENVIRONMENTS:
            raise UnsetEquation(f"the environment {name} is not known")
        return f"\\{which}{{{name}}}"

    tex = _ENVIRONMENT.sub(rename, tex)
    if opened:
        raise UnsetEquation(f"\\begin{{{opened[-1]}}} has no end")
    return tex.strip()


def _refuse_unknown(root: Element) -> None:
    """Refuse what the library did not know, and let pass for a letter, an empty part or nothing."""
    for element, depth in _walk(root):
        if depth > _DEEPEST:
            raise UnsetEquation("it is too deep")
        if element is root:
            continue
        text = _read_text(element)
        if command := re.search(r"\\[A-Za-z]*", text):
            raise UnsetEquation(f"{command[0]} is not known")
        if (element.tag, text) in _SENSELESS:
            raise UnsetEquation(f"{text} does not stand for anything here")
        if element.get("linebreak"):
            raise UnsetEquation("a line break stands outside an environment such as aligned")
        wanted = _KNOWN.get(element.tag, -1)
        if wanted == -1 or (wanted is not None and len(element) != wanted):
            raise UnsetEquation(f"it is not whole, or of a kind that is not known ({element.tag})")
        if any(_is_odd(char) for char in text) or "&#" in text:
            raise UnsetEquation("it holds a character that cannot be printed")


def _is_odd(char: str) -> bool:
    """Whether ``char`` is a control, a private or an unassigned character."""
    return unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn")


def _walk(element: Element, depth: int = 0) -> Iterator[tuple[Element, int]]:
    yield element, depth
    if depth <= _DEEPEST:
        for inner in element:
            yield from _walk(inner, depth + 1)


def _read_text(element: Element) -> str:
    return unescape(element.text or "")


def _write(element: Element) -> str:
    attributes = "".join(f' {name}="{escape(str(value))}"' for name, value in element.attrib.items() if name in _KEPT)
    inner = "".join(_write(one) for one in element) or escape(_read_text(element), quote=False)
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"


# In words


def _say(element: Element) -> str:
    """What a person would say who reads the equation aloud."""
    parts = [_say(part) for part in element]
    if not parts:
        text = _read_text(element)
        return _SAID.get(text, text) if element.tag in ("mo", "mi") else text
    said = _SAYING.get(element.tag)
    return said(element, parts) if said else " ".join(parts)


def _say_above(element: Element, parts: list[str]) -> str:
    sign = _read_text(element[1])
    if sign in _ACCENTS:
        return f"{parts[0]} {_ACCENTS[sign][0]}"
    return f"{parts[0]} to the power of {parts[1]}" if element.tag == "msup" else f"{parts[0]} {parts[1]}"


def _say_power(element: Element, parts: list[str]) -> str:
    powers = {"2": "squared", "3": "cubed", "prime": "prime", "degrees": "degrees"}
    return f"{parts[0]} {powers.get(parts[1], f'to the power of {parts[1]}')}"


def _say_between(element: Element, parts: list[str]) -> str:
    if _read_text(element[0]) in _SUMS and len(element[0]) == 0:
        return f"{parts[0]} from {parts[1]} to {parts[2]} of"
    return f"{parts[0]} sub {parts[1]} to the power of {parts[2]}"


_SAYING: dict[str, Callable[[Element, list[str]], str]] = {
    "mfrac": lambda element, parts: f"{parts[0]} {'choose' if element.get('linethickness') else 'over'} {parts[1]}",
    "msqrt": lambda element, parts: f"the square root of {' '.join(parts)}",
    "mroot": lambda element, parts: f"the root of degree {parts[1]} of {parts[0]}",
    "msup": _say_power,
    "msub": lambda element, parts: f"{parts[0]} sub {parts[1]}",
    "munder": _say_above,
    "mover": _say_above,
    "msubsup": _say_between,
    "munderover": _say_between,
    "mtr": lambda element, parts: f"{' '.join(parts)};",
}


# In Typst


def compose_typst_equation(math: Tag) -> str:
    """The Typst source of a page's ``<math>`` element: one call, in which every character stands as its number.

    Raises UnsetEquation where it is not one that ``compose_equation`` made.
    """
    block = "true" if math.get("display") == "block" else "false"
    alt = str(math.get("alttext", "")).replace("\\", "\\\\").replace('"', '\\"')
    return f'#math.equation(block: {block}, alt: "{alt}", ${_set_all(math)}$);'


def _set_all(math: Tag) -> str:
    return _set_fenced(math, _list_parts(math))


def _list_parts(tag: Tag) -> list[Tag]:
    from bs4 import Tag

    return [part for part in tag.children if isinstance(part, Tag)]


def _set(tag: Tag) -> str:
    parts = _list_parts(tag)
    if tag.name not in _KNOWN:
        raise UnsetEquation(f"{tag.name} is not known")
    if tag.name in ("mi", "mn", "mo", "mtext"):
        return _set_text(tag)
    if tag.name == "mspace":
        wide = re.fullmatch(r"(-?[\d.]+)em", str(tag.get("width", "")))
        return f"#h({wide[1]}em)" if wide else ""
    if tag.name == "mtable":
        return _set_table(parts)
    if (setting := _SETTING.get(tag.name)) is None:
        return _set_fenced(tag, parts)
    return setting(tag, [_set(part) or "zws" for part in parts])


def _set_text(tag: Tag) -> str:
    text = tag.get_text()
    if tag.name == "mtext" or (len(text) > 1 and not text.replace(".", "").replace(",", "").isdigit()):
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'op("{quoted}")' if tag.name in ("mo", "mi") else f'"{quoted}"'
    return "".join(f"\\u{{{ord(char):x}}}" for char in text)


def _set_fenced(_: Tag, parts: list[Tag]) -> str:
    """A row; brackets around it grow with what they hold."""
    inner = " ".join(filter(None, (_set(part) for part in parts)))
    is_fenced = any(part.name == "mo" and part.get("fence") for part in parts)
    is_fenced = is_fenced or any(part.name == "mtable" or part.get("linethickness") for part in parts)
    return f"lr({inner})" if is_fenced and inner else inner


def _set_table(rows: list[Tag]) -> str:
    """Rows of cells; the sides of an alignment meet at their sign."""
    cells = [[" ".join(filter(None, map(_set, _list_parts(cell)))) for cell in _list_parts(row)] for row in rows]
    sides = [str(cell.get("columnalign", "")) for row in rows[:1] for cell in _list_parts(row)]
    if "right" in sides:
        return f"mat(delim: #none, {'; '.join(' & '.join(row) for row in cells)})"
    wide = max(map(len, cells), default=1)
    filled = [[cell or '""' for cell in row] + ['""'] * (wide - len(row)) for row in cells]
    aligned = "align: #left, " if sides and sides[0] == "left" else ""
    return f"mat(delim: #none, {aligned}{'; '.join(', '.join(row) for row in filled)})"


def _set_accent(tag: Tag, parts: list[str]) -> str:
    sign = _list_parts(tag)[1].get_text()
    if sign in _ACCENTS and not _list_parts(_list_parts(tag)[1]):
        _, call, char = _ACCENTS[sign]
        return f'accent({parts[0]}, "{char}")' if call == "accent" else f"{call}({parts[0]})"
    side = "t" if tag.name == "mover" else "b"
    return f"attach(limits({parts[0]}), {side}: {parts[1]})"


_SETTING: dict[str, Callable[[Tag, list[str]], str]] = {
    "mfrac": lambda tag, parts: (
        f"mat(delim: #none, {parts[0]}; {parts[1]})"
        if str(tag.get("linethickness")) == "0"
        else f"frac({parts[0]}, {parts[1]})"
    ),
    "msqrt": lambda tag, parts: f"sqrt({' '.join(parts)})",
    "mroot": lambda tag, parts: f"root({parts[1]}, {parts[0]})",
    "msup": lambda tag, parts: f"attach({parts[0]}, t: {parts[1]})",
    "msub": lambda tag, parts: f"attach({parts[0]}, b: {parts[1]})",
    "msubsup": lambda tag, parts: f"attach({parts[0]}, b: {parts[1]}, t: {parts[2]})",
    "munderover": lambda tag, parts: f"attach(limits({parts[0]}), b: {parts[1]}, t: {parts[2]})",
    "munder": _set_accent,
    "mover": _set_accent,
}
