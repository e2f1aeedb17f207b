"""The words in a picture, set again in another language where they stood.

matplotlib writes a line of words as outlines of letters, and the words themselves beside them as a comment; other
programs write them as text. A picture that holds dots alone has no words that can be known.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal

from pipeline.render.language.telling import needs_telling

_SIZE = 100  # of the letters that matplotlib outlines; a transform scales them
_NARROWEST = 0.85  # how far words may be condensed before they are too long for their place
_PICTURE = re.compile(r"<svg\b[^>]*?\bviewBox=\"0 0 ([\d.]+) ([\d.]+)\"")
_GROUP = re.compile(r'<g id="text_\d+">\n((?:\s*<!-- .*? -->\n\s*<g .*?</g>\n)+)\s*</g>', re.S)
_LINE = re.compile(r"<!-- (?P<words>.*?) -->\n\s*<g (?P<look>.*?)>\n(?P<letters>.*?)</g>", re.S)
_USES = re.compile(r"\s*<use\b[^>]*?/>")
_AT = re.compile(r"translate\(([\d.-]+) ([\d.-]+)\)(?: rotate\(([\d.-]+)\))? scale\(([\d.]+) -?[\d.]+\)")
_FONT = re.compile(r'xlink:href="#([A-Za-z]+(?:-[A-Z][A-Za-z]*)?)-[0-9a-f]+"')
_TEXT = re.compile(r"(<(?:text|tspan)\b[^>]*>)([^<>]+)(?=<)")

Tell = Callable[[str], str | None]


class UntoldPicture(Exception):
    """A picture whose words cannot be set again; its text says why, and ``words`` which, where they are known."""

    def __init__(self, why: str, words: str = "") -> None:
        super().__init__(why)
        self.words = words


def letter_again(svg: str, tell: Tell) -> str:
    """``svg`` with all its words as ``tell`` has them.

    Raises UntoldPicture where words are told by nothing, or too long for their place.
    """
    size = _PICTURE.search(svg)
    room = (float(size[1]), float(size[2])) if size else (0.0, 0.0)
    svg = _GROUP.sub(partial(_letter_group, tell=tell, room=room), svg)
    return _TEXT.sub(partial(_set_text, tell=tell), svg)


def _set_text(found: re.Match[str], tell: Tell) -> str:
    from html import escape, unescape

    words = unescape(found[2]).strip()
    return found[1] + escape(_tell(words, tell), quote=False) if needs_telling(words) else found[0]


def _tell(words: str, tell: Tell) -> str:
    told = tell(words)
    if told is None:
        raise UntoldPicture("no phrase tells these words", words)
    return told


def _letter_group(group: re.Match[str], tell: Tell, room: tuple[float, float]) -> str:
    """Words of one place: line by line where each is told, else together, and then broken into as many lines."""
    from html import unescape

    words = [unescape(found["words"]) for found in _LINE.finditer(group[1])]
    if not any(map(needs_telling, words)):
        return group[0]
    alone = [line if not needs_telling(line) else tell(line) for line in words]
    lines = [line for line in alone if line is not None]
    if len(lines) < len(words):
        lines = _break(_tell(" ".join(words), tell), len(words))
    said = iter(lines)
    return _LINE.sub(lambda line: _letter_line(line, next(said), room), group[0])


def _break(words: str, count: int) -> list[str]:
    """``words`` in ``count`` lines as even as they get; lines that are not needed are empty, and come first."""
    width = -(-len(words) // count)
    while len(lines := textwrap.wrap(words, width, break_long_words=False, break_on_hyphens=False)) > count:
        width += 1
    return [""] * (count - len(lines)) + lines


def _letter_line(line: re.Match[str], words: str, room: tuple[float, float]) -> str:
    from html import escape

    place, font = _AT.search(line["look"]), _FONT.search(line["letters"])
    if place is None or font is None:
        raise UntoldPicture("its letters are not where they can be set again", words)
    left, top, turned, scale = float(place[1]), float(place[2]), float(place[3] or 0), float(place[4])
    outline, length = _outline(words, font[1])
    left_over = top if turned == -90 else room[0] - left
    if length * scale * _NARROWEST > left_over:
        raise UntoldPicture("they are too long for their place: say it shorter", words)
    narrower = min(1.0, left_over / (length * scale)) if length else 1.0
    kept = _USES.sub("", line["letters"]).rstrip()
    condensed = "" if narrower == 1 else f' transform="scale({narrower:.4f} 1)"'
    drawn = f'\n    <path d="{outline}"{condensed}/>' if outline else ""
    comment = escape(words, quote=False).replace("--", "–")
    return f"<!-- {comment} -->\n   <g {line['look']}>\n{kept}{drawn}\n   </g>"


def _outline(words: str, font: str) -> tuple[str, float]:
    """The letters of ``words`` as one outline, and how far they reach, in the units of a drawing's letters."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    from pipeline.report.charts import keep_style

    if not words:
        return "", 0.0
    weight = "bold" if "Bold" in font else "normal"
    style: Literal["italic", "normal"] = "italic" if "Oblique" in font or "Italic" in font else "normal"
    family = "DejaVu Sans Mono" if "Mono" in font else "DejaVu Serif" if "Serif" in font else "DejaVu Sans"
    with keep_style():  # in which a dollar sign opens no equation
        path = TextPath((0, 0), words, size=_SIZE, prop=FontProperties(family=family, weight=weight, style=style))
    return " ".join(_compose_path(path.vertices.tolist(), list(path.codes))), float(path.vertices[:, 0].max())


def _compose_path(places: Sequence[Sequence[float]], codes: Sequence[int]) -> Iterator[str]:
    taken = 0
    for (across, up), code in zip(places, codes, strict=True):
        letter = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "z"}[code]
        if letter == "z":
            yield letter
            continue
        continues = letter in "QC" and taken
        taken = taken - 1 if continues else {"Q": 1, "C": 2}.get(letter, 0)
        yield f"{'' if continues else letter}{across:.2f} {up:.2f}"
