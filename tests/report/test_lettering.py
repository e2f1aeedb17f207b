"""Words laid out once are laid out as matplotlib lays them out, to the byte."""

import io

import pytest
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.textpath import TextToPath

from pipeline.report import lettering
from pipeline.report.charts import keep_style
from pipeline.report.lettering import compose_svg

WORDS = ("Reading, writing and maths", "−2.4", "AVAté ﬁ", "$x^2$ <&>", "two\nlines", "", " ")


def draw(words=WORDS, **look):
    drawing = Figure(figsize=(7, 2))
    for number, said in enumerate(words):
        drawing.text(0.01, 0.1 + 0.1 * number, said, fontsize=7 + number, **look)
    axes = drawing.add_axes((0.5, 0.2, 0.4, 0.6))
    axes.plot([1, 2, 3], rasterized=True)
    return drawing


def write_with_matplotlib(drawing):
    written = io.BytesIO()
    FigureCanvasSVG(drawing).print_svg(written, metadata={"Date": None, "Creator": None})
    return written.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("look", [{}, {"fontweight": "bold"}, {"rotation": 90}, {"parse_math": True}])
def test_a_drawing_is_written_as_matplotlib_writes_it(look):
    with keep_style():
        expected = write_with_matplotlib(draw(**look))
        assert compose_svg(draw(**look)) == expected
        assert compose_svg(draw(**look)) == expected  # all of its words known by now


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["constrained", "tight"])
def test_a_drawing_that_lays_itself_out_finds_the_same_places(layout):
    with keep_style():
        drawings = [Figure(figsize=(7, 3), layout=layout) for _ in range(2)]
        for drawing in drawings:
            drawing.subplots().barh(["Reading, writing and maths", "(b) ours, a cold kernel\nfor every school"], [3, 4])
        assert compose_svg(drawings[0]) == write_with_matplotlib(drawings[1])


@pytest.mark.slow
def test_words_are_laid_out_once(monkeypatch):
    laid = []
    own = TextToPath.get_glyphs_with_font
    monkeypatch.setattr(TextToPath, "get_glyphs_with_font", lambda *a, **k: laid.append(a[2]) or own(*a, **k))
    with keep_style():
        compose_svg(draw(("Never drawn before", "Never drawn before")))
        compose_svg(draw(("Never drawn before",)))
    assert laid.count("Never drawn before") == 1


@pytest.mark.slow
def test_words_with_features_of_their_own_are_not_taken_for_the_same():
    with keep_style():
        for look in ({}, {"fontfeatures": ["frac", "-liga"]}):
            assert compose_svg(draw(("1/2 office",), **look)) == write_with_matplotlib(draw(("1/2 office",), **look))


@pytest.mark.slow
def test_what_is_remembered_has_an_end(monkeypatch):
    monkeypatch.setattr(lettering, "MOST_WORDS", 20)
    with keep_style():
        compose_svg(draw([f"word {number}" for number in range(60)]))
    assert len(lettering._MEASURES) <= 20 and len(lettering._PLACED) <= 20
