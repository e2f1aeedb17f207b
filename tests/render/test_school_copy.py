"""What stands in officer-only cells, of whatever kind and wherever in them, is in no part of the school's copy."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from sample_notebook import CHART, make_notebook

from pipeline.render.checks import read_pdf
from pipeline.render.html import render_html
from pipeline.render.pdf import render_pdf
from pipeline.render.quarto.preparing import prepare
from tests.conftest import count_examples

MARK = "CONFIDENTIAL"
_HELD = base64.b64encode(CHART.replace("<rect", f"<!--{MARK}--><rect").encode()).decode()
_OUTPUTS = st.sampled_from(
    [
        new_output("stream", name="stdout", text=f"{MARK}\n"),
        new_output("stream", name="stderr", text=f"{MARK}\n"),
        new_output("display_data", data={"text/html": f'<p title="{MARK}" id="{MARK}">{MARK}</p><!--{MARK}-->'}),
        new_output("display_data", data={"text/markdown": f"## {MARK}\n\n[{MARK}](https://example.org/{MARK})"}),
        new_output("display_data", data={"text/latex": f"$\\text{{{MARK}}}$", "text/plain": MARK}),
        new_output("display_data", data={"image/svg+xml": CHART}, metadata={"image/svg+xml": {"alt": MARK}}),
        new_output("display_data", data={"application/vnd.custom+json": {"said": MARK}}),
        new_output("execute_result", data={"text/plain": MARK}),
    ]
)
_CODE_CELLS = st.builds(
    lambda outputs, tags: new_code_cell(
        f"print('{MARK}')", outputs=outputs, metadata={"tags": ["officer-only", *tags], "said": MARK}
    ),
    st.lists(_OUTPUTS, max_size=3),
    st.sampled_from([[], ["show-input"]]),
)
_PROSE = st.sampled_from(
    [f"# {MARK}", f"## {MARK}\n\n[word]: https://example.org/{MARK}", f"$\\text{{{MARK}}}$ <i>{MARK}</i> <!--{MARK}-->"]
)
_PROSE_CELLS = st.builds(
    lambda text: new_markdown_cell(
        f"{text}\n\n![{MARK}](attachment:a.svg)",
        metadata={"tags": ["officer-only"]},
        attachments={"a.svg": {"image/svg+xml": _HELD}},
    ),
    _PROSE,
)


@pytest.mark.slow
@settings(max_examples=count_examples(8))
@given(st.lists(st.tuples(st.integers(1, 13), st.one_of(_CODE_CELLS, _PROSE_CELLS)), min_size=1, max_size=4))
def test_nothing_of_an_officers_cell_is_in_page_pdf_or_what_quarto_is_given(placed):
    notebook = make_notebook()
    for at, cell in placed:
        notebook.cells.insert(at, from_dict({**cell, "id": f"own-{len(notebook.cells)}"}))
    html = render_html(notebook)
    pdf = render_pdf(html)
    assert html == render_html(make_notebook())
    assert MARK not in html and _HELD not in html
    content = read_pdf(pdf)
    assert MARK not in content.text and MARK not in " ".join(content.descriptions)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert MARK not in " ".join(map(str, document.docinfo.values()))
        assert not any(MARK.encode() in one.read_bytes() for one in document.objects if isinstance(one, pikepdf.Stream))
    with TemporaryDirectory() as folder:
        prepare(notebook, Path(folder) / "1", {}, None, word=True)
        for file in Path(folder).rglob("*"):
            assert not file.is_file() or MARK.encode() not in file.read_bytes(), file.name


def test_an_officers_copy_has_it_all():
    outputs = [new_output("stream", name="stdout", text=MARK)]
    cell = new_code_cell("x", outputs=outputs, metadata={"tags": ["officer-only"]})
    assert MARK in render_html(make_notebook(cell), officer=True)
