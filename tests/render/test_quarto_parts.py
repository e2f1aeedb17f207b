"""What Quarto says and is told: its log, an organisation's settings, and a notebook's prose."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell
from sample_notebook import make_notebook, make_ratings_table, show

from pipeline.foundation.errors import FailedReport, FaultyInput
from pipeline.render.checks import read_pdf
from pipeline.render.content.document import Document
from pipeline.render.engine import Rendered
from pipeline.render.engines import BuiltIn
from pipeline.render.pdf import name_known_row_headers
from pipeline.render.quarto.log import Message, read_log
from pipeline.render.quarto.preparing import Prepared, prepare
from pipeline.render.quarto.running import Ran
from pipeline.render.quarto.settings import compose_front_matter, read_settings

SCHOOL = Document(title="T", language="en-GB")


def write_log(path: Path, *records: object, rest: str = "") -> Path:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records) + rest, encoding="utf-8")
    return path


def test_a_log_is_read_without_colours_folders_and_half_lines(tmp_path: Path):
    path = write_log(
        tmp_path / "log",
        {"msg": "Rendering", "level": 20, "levelName": "INFO"},
        {"msg": f"\x1b[31mERROR: no {tmp_path}/1/document.typ\n  in {tmp_path}\x1b[39m", "levelName": "ERROR"},
        {"msg": "odd", "levelName": "WARN"},
        {"msg": "  "},
        ["no", "record"],
        rest='{"msg": "cut o',
    )
    assert read_log(path, [tmp_path]) == [
        Message("INFO", "Rendering"),
        Message("ERROR", "ERROR: no 1/document.typ\n  in"),
        Message("WARN", "odd"),
    ]
    assert read_log(tmp_path / "none") == []


# As Quarto 1.10 logs it: the error alone says nothing; what does came through a pipe, at level INFO.
PIPED = """\x1b[33mWARNING (/opt/quarto/share/filters/main.lua:14840) Unable to resolve crossref @fig-nowhere
\x1b[39m[WARNING] Could not convert TeX math \\frac{, rendering as TeX:
  unexpected end of input
[WARNING] Deprecated: --highlight-style. Use --syntax-highlighting instead.
\x1b[33mWARNING (C:/Program Files (x86)/quarto/share/filters/main.lua:20607) Shortcode 'nosuch' not found
\x1b[39m"""
FOUND = [
    "Unable to resolve crossref @fig-nowhere",
    "Could not convert TeX math \\frac{, rendering as TeX:\n  unexpected end of input",
    "Shortcode 'nosuch' not found",
]
REFUSED = "Error encountered when rendering files"


def write_piped(path: Path, *pieces: str, error: str = "") -> list[Message]:
    said = [f"pandoc \n  to: html\n  standalone: true\n{' ' * 2}\n", "metadata\n  title: Report\n"]
    records = [{"msg": text, "levelName": "INFO"} for text in (*said, *pieces, "Output created: document.html")]
    return read_log(
        write_log(path, *records, *([{"msg": error, "levelName": "ERROR"}] if error else [])), [path.parent]
    )


@pytest.mark.slow
@given(st.lists(st.integers(0, len(PIPED)), max_size=5))
def test_warnings_are_found_wherever_the_pipe_was_cut(cuts: list[int]):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        places = [0, *sorted(cuts), len(PIPED)]
        pieces = [PIPED[start:end] for start, end in pairwise(places)]
        messages = write_piped(Path(folder, "log"), *pieces)
    assert [message.text for message in messages if message.is_warning] == FOUND
    assert Ran(0, tuple(messages), 1).complain() == FOUND
    assert Ran(0, tuple(messages), 1).has_warned


@pytest.mark.slow
def test_why_a_call_failed_is_looked_for_in_what_came_through_the_pipe(tmp_path: Path):
    said = f"pandoc: {tmp_path}/1/nope.docx: withBinaryFile: does not exist (No such file or directory)\n"
    for cut in range(len(said)):
        messages = write_piped(tmp_path / "log", said[:cut], said[cut:], error=f"\x1b[31m{REFUSED}\x1b[39m")
        assert Ran(1, tuple(messages), 1).complain() == [
            "pandoc: 1/nope.docx: withBinaryFile: does not exist (No such file or directory)"
        ]


def test_a_filters_last_words_are_its_error_without_the_trace(tmp_path: Path):
    said = "\x1b[31mFATAL (/opt/main.lua:3761) An error occurred:\nCould not run 1/nofilter as a JSON filter.\n\x1b[39m"
    trace = "stack traceback:\n\t/opt/main.lua:1: in function 'fatal'\n\t[C]: in ?\n"
    messages = write_piped(tmp_path / "log", said + trace, error=REFUSED)
    assert Ran(1, tuple(messages), 1).complain() == ["An error occurred:\nCould not run 1/nofilter as a JSON filter."]


def test_a_call_that_fails_and_says_nothing_but_that_is_told_so(tmp_path: Path):
    assert Ran(1, tuple(write_piped(tmp_path / "log", error=REFUSED)), 1).complain() == [REFUSED]
    assert Ran(3, (), 1).complain() == ["Quarto ended with exit code 3 and said nothing"]


@pytest.mark.slow
@given(st.binary())
def test_a_log_of_any_bytes_is_no_crash(content: bytes):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log")
        path.write_bytes(content)
        assert all(message.text for message in read_log(path))


def test_only_the_missing_second_opinion_is_harmless():
    said = "PDF standard validation requested but verapdf is not installed.\nInstall with: quarto install verapdf"
    assert not Message("WARN", said).is_warning
    assert Message("WARN", "PDF validation failed for ua-1").is_warning
    assert Message("ERROR", said).is_error


def read_front_matter(text: str) -> dict:
    assert text.startswith("---\n") and text.endswith("\n---\n")
    return yaml.safe_load(text.removeprefix("---\n").removesuffix("---\n"))


def test_our_obligations_win_over_settings_and_the_rest_is_kept(tmp_path: Path):
    (tmp_path / "_quarto.yml").write_text(
        "project: {type: book}\nexecute: {enabled: true}\ntitle: X\nlang: cy\nfilters: a.lua\ntheme: cosmo\n"
        "format:\n  html: {theme: lux, toc: true, template: t.html}\n  typst: {filters: [b.lua], mainfont: Arial}\n"
        "  pdf: default\n"
    )
    (tmp_path / "_metadata.yml").write_text("format: {html: {css: house.css}}\ncrossref: {fig-title: Chart}\n")
    (tmp_path / "reference.docx").write_bytes(b"")
    told = read_front_matter(compose_front_matter(read_settings(tmp_path), SCHOOL, ("html", "typst", "docx")))
    assert not {"project", "execute"} & set(told)
    assert (told["title"], told["lang"], told["crossref"]) == ("Report", "en-GB", {"fig-title": "Chart"})
    page, paper, word = told["format"]["html"], told["format"]["typst"], told["format"]["docx"]
    assert (page["theme"], page["css"], page["template"], page["toc"]) == ("lux", "house.css", "page.html", False)
    assert (page["embed-resources"], page["minimal"], page["html-math-method"]) == (True, True, "mathml")
    assert (paper["pdf-standard"], paper["mainfont"]) == ("ua-1", "Arial")
    assert (page["filters"], paper["filters"]) == (["a.lua", "report.lua"], ["a.lua", "b.lua", "report.lua"])
    assert word["reference-doc"] == "reference.docx"
    assert list(told["format"]) == ["html", "typst", "docx"]
    for one in (page, paper, word):
        assert "execute" not in one
        assert (one["html-table-processing"], one["shift-heading-level-by"]) == ("none", 0)


def test_a_theme_gets_no_page_of_its_own_and_no_links_to_other_formats(tmp_path: Path):
    (tmp_path / "_quarto.yml").write_text("format: {html: {theme: default, format-links: true, page-layout: full}}\n")
    page = read_front_matter(compose_front_matter(read_settings(tmp_path), SCHOOL, ("html", "typst")))["format"]["html"]
    assert (page["theme"], page["format-links"], page["page-layout"]) == ("default", False, "custom")


def test_without_settings_there_is_no_theme():
    told = read_front_matter(compose_front_matter(read_settings(None), SCHOOL, ("html", "typst")))
    assert told["format"]["html"]["theme"] == "none"
    assert list(told["format"]) == ["html", "typst"]


def test_every_faulty_file_of_settings_is_told(tmp_path: Path):
    (tmp_path / "_quarto.yml").write_text("format: [\n")
    (tmp_path / "_metadata.yml").write_text("- a\n")
    with pytest.raises(FaultyInput) as refused:
        read_settings(tmp_path)
    assert "_quarto.yml, line 2" in str(refused.value)
    assert "_metadata.yml, line 1: the file holds no fields" in str(refused.value)


def prepare_sample(folder: Path, *cells: nbformat.NotebookNode) -> tuple[Prepared, list[nbformat.NotebookNode]]:
    prepared = prepare(make_notebook(*cells), folder / "1", {}, None, word=False)
    copy = nbformat.read(folder / "1" / "document.ipynb", as_version=4)
    nbformat.validate(copy)
    return prepared, copy.cells


@pytest.mark.slow
def test_the_copy_holds_prose_as_written_and_no_code(tmp_path: Path):
    prose = '::: {.column-margin}\nSee {{< meta edition >}} and "quotes".\n:::'
    prepared, cells = prepare_sample(tmp_path, new_markdown_cell(prose), new_code_cell("1", outputs=[show("<p>x</p>")]))
    assert [cell.cell_type for cell in cells] == ["raw"] + ["markdown"] * (len(cells) - 1)
    assert f"{prose}\n" in [cell.source for cell in cells]
    assert all(cell.metadata == {} for cell in cells)
    assert '<div data-exhibits="6"></div>' in cells[-1].source and '#include "exhibits-6.typ"' in cells[-1].source
    assert len(prepared.parts) == 6
    assert prepared.input == "1/document.ipynb"


@pytest.mark.slow
def test_a_cell_of_the_copy_is_a_list_of_its_lines(tmp_path: Path):
    prepare_sample(tmp_path, new_markdown_cell("One\n\n- two\x0b\u2028still two\n"))
    held = json.loads((tmp_path / "1" / "document.ipynb").read_text(encoding="utf-8"))
    assert ["One\n", "\n", "- two\x0b\u2028still two\n"] in [cell["source"] for cell in held["cells"]]
    for cell in held["cells"]:
        assert isinstance(cell["source"], list)
        assert all(line.count("\n") == 1 and line.endswith("\n") for line in cell["source"])


@pytest.mark.slow
def test_nothing_that_code_showed_is_read_by_quarto(tmp_path: Path):
    name = '{{< include /etc/passwd >}} ``` "#panic()'
    _, cells = prepare_sample(tmp_path, new_code_cell("1", outputs=[show(f"<p>{name}</p><pre>{name}</pre>")]))
    assert not [cell for cell in cells if "passwd" in cell.source]
    assert "passwd" in (tmp_path / "1" / "exhibits-6.typ").read_text()


def test_an_image_that_is_no_image_is_the_reports_fault(tmp_path: Path):
    cell = new_markdown_cell("![A map](attachment:map.png)", attachments={"map.png": {"image/png": "no base64!"}})
    with pytest.raises(FailedReport, match=r"an image in the prose of cell 16 is not readable") as refused:
        prepare_sample(tmp_path, cell)
    assert refused.value.urn == 116794


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prose", "left"),
    [
        ("# Title\n\nWords", "\nWords"),
        ("Words\n\n# Title #\n\n## Next", "Words\n\n\n## Next"),
        ("Title\n=====\n\nWords", "\nWords"),
        ("```\n# code\n```\n\n#  Title\n\nWords", "```\n# code\n```\n\n\nWords"),
        ("~~~~\n~~~\n# code\n~~~~\n# Title\nWords", "~~~~\n~~~\n# code\n~~~~\nWords"),
    ],
)
def test_the_title_leaves_the_prose_it_stood_in(tmp_path: Path, prose: str, left: str):
    prepared, cells = prepare_sample(tmp_path, new_markdown_cell(prose))
    assert prepared.heading == ("Title #" if "Title # " in prose else "Title")
    assert f"{left}\n" in [cell.source for cell in cells]


@pytest.mark.slow
def test_row_headers_are_named_where_tables_are_known_and_the_others_are_left():
    rows = tuple((f"Indicator {number}", "1", "2", "in-line") for number in range(5))
    plain = "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"
    cell = new_code_cell("x", outputs=[show(plain + make_ratings_table(rows) + plain)])
    (made,) = BuiltIn().render([make_notebook(cell)])
    assert isinstance(made, Rendered)
    before = read_pdf(made.pdf).tags
    after = read_pdf(name_known_row_headers(made.pdf, [(0, 2, 2, 2, 2, 2)])).tags
    assert after["TH"] - before["TH"] == 5  # the second cell of each row of the one table of six rows
    assert read_pdf(name_known_row_headers(made.pdf, [(1,) * 40, ()])).tags == before
