"""Pictures: words stand where matplotlib would put them, and the bytes depend on the drawing alone."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.report import picture as module
from pipeline.report.figures import keep_style
from pipeline.report.picture import Picture

INK = "#1a1a1a"


def place_words(svg: bytes) -> list[tuple[float, float]]:
    """Where each line of words starts."""
    return [(float(x), float(y)) for x, y in re.findall(r'transform="translate\(([-\d.]+) ([-\d.]+)\)', svg.decode())]


def place_with_matplotlib(text: str, size: float, **look) -> list[tuple[float, float]]:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with keep_style():
        drawing = Figure(figsize=(200 / 72, 100 / 72))
        drawing.text(0.5, 0.5, text, fontsize=size, **look)
        written = io.BytesIO()
        FigureCanvasSVG(drawing).print_svg(written, metadata={"Date": None, "Creator": None})
    started = re.findall(
        r"translate\(([-\d.]+) ([-\d.]+)\)(?: rotate\(-90\))? scale\(0.0[78]", written.getvalue().decode()
    )
    return [(float(x), float(y)) for x, y in started]


@pytest.mark.parametrize("text", ["Reading, writing", "98%", "Émile Ångström", "two lines\nof gypsum"])
@pytest.mark.parametrize("side", ["left", "center", "right"])
@pytest.mark.parametrize(("level", "va"), [("top", "top"), ("bottom", "bottom"), ("center", "center")])
def test_words_stand_where_matplotlib_puts_them(text, side, level, va):
    picture = Picture(200, 100)
    picture.words(100, 50, text, 8, colour=INK, side=side, level=level)
    expected = place_with_matplotlib(text, 8, ha=side, va=va, multialignment="left")
    assert place_words(picture.write_svg()) == [pytest.approx(place, abs=0.002) for place in expected]


def test_turned_words_and_the_middle_of_a_line_are_matplotlibs_too():
    picture = Picture(200, 100)
    picture.words(100, 50, "suppressed", 7.5, colour=INK, turned=True)
    picture.words(100, 50, "Maths", 8, colour=INK, side="right", level="first line", bold=True)
    turned = place_with_matplotlib("suppressed", 7.5, rotation=90, ha="center", va="bottom")
    middle = place_with_matplotlib("Maths", 8, ha="right", va="center_baseline", fontweight="bold")
    assert place_words(picture.write_svg()) == [pytest.approx(place, abs=0.002) for place in turned + middle]


def draw(*names: str) -> bytes:
    picture = Picture(100, 50)
    with picture.window(0, 0, 50, 50):
        picture.line([(0, 0), (10, 10)], colour=INK, width=1, dashes=(4, 2))
        for shape in "^vDo":
            picture.mark(10, 10, shape, 5, edge=INK)
    for name in names:
        picture.words(0, 10, name, 8, colour=INK)
    return picture.write_svg()


def test_what_was_drawn_before_does_not_show():
    first = draw("Oak School")
    draw("zebra quartz")
    module.lay_out.cache_clear()
    module._GLYPHS.clear()
    module._OUTLINES.clear()
    assert draw("Oak School") == first


@pytest.mark.filterwarnings("ignore:Glyph")  # a character the font does not hold is drawn as a box
@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12), max_size=3))
def test_any_name_gives_a_sound_file_in_which_it_is_never_markup(names):
    root = ElementTree.fromstring(draw(*names))
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert kinds <= {"svg", "defs", "path", "rect", "g", "use", "clipPath", "circle"}
    drawn = {element.get("id") for element in root.iter() if element.tag.endswith("path")}
    used = {element.get("{http://www.w3.org/1999/xlink}href") for element in root.iter() if element.tag.endswith("use")}
    assert used <= {f"#{name}" for name in drawn}


def test_a_whole_number_has_no_point_and_no_zero_a_sign():
    assert [module._say(number) for number in (10.0, -0.0001, 0.1234, -2.5)] == ["10", "0", "0.123", "-2.5"]
