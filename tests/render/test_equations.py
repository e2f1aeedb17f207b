"""Equations: MathML on the page, typeset and said in words in the PDF; an amount of money stays an amount."""

from __future__ import annotations

import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from sample_notebook import make_notebook

from pipeline.foundation.errors import FailedReport
from pipeline.render.checks import check_html, check_pdf, read_pdf
from pipeline.render.content.mathematics import UnsetEquation, compose_equation, compose_typst_equation
from pipeline.render.content.prose import compose_latex, compose_prose
from pipeline.render.html import render_html
from pipeline.render.pdf import render_pdf
from tests.conftest import count_examples


def read_words(tex: str) -> str:
    return str(BeautifulSoup(compose_equation(tex, block=False), "html.parser").math["alttext"])


@pytest.mark.slow
def test_equations_of_every_kind_reach_page_and_pdf_where_they_were_raw_tex():
    prose = r"""A share is $\frac{k}{n}$.

$$\hat p \pm 1.96\sqrt{\frac{\hat p(1-\hat p)}{n}}$$

\begin{align}a &= b + c \\ d &= \sum_{i=1}^n x_i^2\end{align}"""
    shown = {"text/latex": r"$\displaystyle \binom{n}{k} p^k$", "text/plain": "<IPython.core.display.Math object>"}
    cells = [
        new_markdown_cell(prose),
        new_code_cell("Math(x)", outputs=[new_output("display_data", data=shown)]),
        new_code_cell("md", outputs=[new_output("display_data", data={"text/markdown": "so $x_i$"})]),
    ]
    html = render_html(make_notebook(*cells))
    page = BeautifulSoup(html, "html.parser")
    assert check_html(html) == []
    assert len(page.find_all("math")) == 5
    assert not re.search(r"\\[a-z]", page.main.get_text())
    regions = [tag["aria-label"] for tag in page.find_all(class_="scroll") if tag.find("math")]
    assert len(regions) == 3 and regions[0].startswith("Equation 2")
    pdf = render_pdf(html)
    assert check_pdf(pdf, urn=116794) == []
    assert read_pdf(pdf).tags["Formula"] == 5
    assert "equation 1 has no words" in check_html(html.replace('alttext="k over n"', ""))[0]
    assert "\\frac" not in read_pdf(pdf).text


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"\frac{k}{n}", "k over n"),
        (r"x^2 \le 3", "x squared is at most 3"),
        (r"\sqrt{x_i}", "the square root of x sub i"),
        (r"\bar{x} \ne \hat p", "x bar is not p hat"),
        (r"100\%", "100 per cent"),
        (r"\text{gap} = -3", "gap equals minus 3"),
    ],
)
def test_an_equation_is_said_as_a_person_would_read_it(tex: str, words: str):
    assert read_words(tex) == words


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $10.",
        "It costs £5, or $5.",
        "From $5-$10 a pupil",
        r"A sign \$x\$ alone",
        "US$5 to US$10, a $ and another $ sign",
        "`$x$` is how it is written",
    ],
)
def test_an_amount_of_money_is_no_equation(text: str):
    assert "<math" not in compose_prose(text)
    assert BeautifulSoup(compose_prose(text), "html.parser").get_text().count("$") == text.count("$")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"\foo{a}", r"\foo is not known"),
        (r"\frac{a", "its braces are not balanced"),
        (r"\frac{a}", "it is not whole"),
        (r"\begin{tikzpicture}x\end{tikzpicture}", "the environment tikzpicture is not known"),
        (r"a & b", "& does not stand for anything here"),
        (r"a \\ b", "a line break stands outside"),
        (r"\begin{cases} a", r"\begin{cases} has no end"),
        (r"\;", "it is empty"),
    ],
)
def test_what_is_no_whole_equation_is_refused_with_its_cell(tex: str, said: str):
    with pytest.raises(UnsetEquation, match=re.escape(said)):
        compose_equation(tex, block=False)
    shown = new_output("display_data", data={"text/latex": f"$${tex}$$", "text/plain": "Math"})
    with pytest.raises(FailedReport, match=r"cell 16 \(show\(it\)\): the equation .* cannot be set") as caught:
        render_html(make_notebook(new_code_cell("show(it)", outputs=[shown])))
    assert said in str(caught.value)


@pytest.mark.slow
def test_prose_that_quarto_reads_may_hold_equations_that_only_quarto_can_set(tmp_path):
    from pipeline.render.quarto.preparing import prepare

    boxed = make_notebook(new_markdown_cell(r"It is $\boxed{x}$."))
    with pytest.raises(FailedReport, match="cannot be set"):
        render_html(boxed)
    copy = nbformat.read(prepare(boxed, tmp_path / "1", {}, None, word=False).folder / "document.ipynb", as_version=4)
    assert any(r"$\boxed{x}$" in cell.source for cell in copy.cells)
    with pytest.raises(FailedReport, match="cannot be set"):
        prepare(make_notebook(new_markdown_cell(r"<i>It</i> is $\boxed{x}$.")), tmp_path / "2", {}, None, word=False)


@pytest.mark.slow
def test_latex_that_is_no_equation_is_refused_and_words_beside_one_stay_words():
    page = BeautifulSoup(compose_latex("Words & $x$ < more"), "html.parser")
    assert page.get_text() == "Words & x < more" and page.math
    shown = new_output("display_data", data={"text/latex": r"\textbf{Bold}", "text/plain": "Latex"})
    with pytest.raises(FailedReport, match="stands outside an equation"):
        render_html(make_notebook(new_code_cell("Latex()", outputs=[shown])))


_ATOMS = st.sampled_from(["x", "n", "12", r"\alpha", "+", "=", r"\text{a \"b\" #c}", "<", r"\%", "'", r"\le", "é", "/"])
_EQUATIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: rf"\frac{{{two[0]}}}{{{two[1]}}}"),
        st.tuples(inner, inner).map(lambda two: f"{{{two[0]}}}_{{{two[1]}}}"),
        st.tuples(inner, inner).map(lambda two: rf"\left({two[0]} {two[1]}\right)"),
        inner.map(lambda one: rf"\sqrt{{{one}}}"),
        inner.map(lambda one: rf"\begin{{cases}}{one} & {one} \\ 1 & 2\end{{cases}}"),
    ),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=count_examples(12))
@given(equations=st.lists(_EQUATIONS, min_size=1, max_size=8))
@example(equations=[r"\text{#panic(1) $ \ ] )}", r"\text{a\"); #b(\"}"])
def test_every_equation_that_is_written_for_the_page_can_be_typeset(equations: list[str]):
    import typst

    source = []
    for tex in equations:
        try:
            math = BeautifulSoup(compose_equation(tex, block=True), "html.parser").math
        except UnsetEquation:
            continue
        source.append(compose_typst_equation(math))
    set_up = '#set document(title: "Equations")\n#set text(lang: "en")\n= Equations\n\n'
    assert typst.compile((set_up + "\n\n".join(source)).encode(), format="pdf", pdf_standards="ua-1")


@pytest.mark.slow
@settings(max_examples=count_examples(60))
@given(tex=st.text(st.sampled_from("abx12{}\\^_&$#% frac<>'\"\n"), max_size=30))
def test_whatever_stands_between_dollar_signs_is_set_or_refused(tex: str):
    try:
        markup = compose_equation(tex, block=False)
    except UnsetEquation:
        return
    page = BeautifulSoup(markup, "html.parser")
    assert [child.name for child in page.children] == ["math"]
    assert page.math["alttext"]
