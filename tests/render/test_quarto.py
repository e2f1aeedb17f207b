"""How Quarto is called, and that whatever goes wrong is one school's failure, in Quarto's own words."""

from __future__ import annotations

import io
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output
from pypdf import PdfReader
from quarto_stand_in_calls import Recorded, make_school, open_quarto

from pipeline.foundation.errors import FailedReport, MissingTool
from pipeline.render.checks import check_html, check_pdf
from pipeline.render.engine import EngineChoice, Rendered
from pipeline.render.engines import open_engine
from pipeline.render.quarto import find_quarto

SCHOOLS = (116701, 116702, 116703, 116704, 116705, 116706)


def read_urns(rendered: Rendered) -> set[str]:
    """Every number that looks like a URN in the page and the PDF."""
    page = BeautifulSoup(rendered.html, "html.parser")
    printed = PdfReader(io.BytesIO(rendered.pdf))
    told = [page.get_text(), str(page.find("meta", attrs={"name": "urn"})), str(printed.metadata)]
    words = " ".join([*told, *(one.extract_text() for one in printed.pages)])
    return {word for word in words.replace(":", " ").replace("'", " ").replace('"', " ").split() if word.isdigit()} & {
        str(urn) for batch in range(10) for urn in range(116700 + 100 * batch, 116707 + 100 * batch)
    }


def assert_own(rendered: Rendered | FailedReport, urn: int) -> None:
    assert isinstance(rendered, Rendered), rendered
    assert check_html(rendered.html) == []
    assert check_pdf(rendered.pdf, urn) == []
    assert read_urns(rendered) == {str(urn)}


def with_comment(urn: int, does: str) -> NotebookNode:
    return make_school(urn, prose=f"Words.\n\n<!-- stand-in: {does} -->")


# How it is called


@pytest.mark.slow
def test_one_call_renders_a_batch_and_executes_nothing(stand_in: Recorded):
    quarto = open_quarto()
    results = quarto.render([make_school(urn) for urn in SCHOOLS[:2]])
    for urn, result in zip(SCHOOLS, results, strict=False):
        assert_own(result, urn)
    (call,) = stand_in.calls
    argv = call["argv"]
    assert argv[:3] == ["render", "1/document.ipynb", "2/document.ipynb"]
    assert argv[3:8] == ["--to", "html,typst", "--no-execute", "--no-execute-daemon", "--quiet"]
    assert argv[8] == "--log" and argv[10:] == ["--log-format", "json-stream", "--log-level", "info"]
    assert not {"--execute", "-P", "--output", "--output-dir"} & set(argv)


@pytest.mark.slow
def test_a_call_has_its_own_folders_and_reaches_no_network(stand_in: Recorded):
    open_quarto().render([make_school(SCHOOLS[0])])
    (call,) = stand_in.calls
    told = call["environment"]
    assert Path(call["cwd"]).parent == Path(tempfile.gettempdir()).resolve()
    assert all(told[name].startswith(call["cwd"]) for name in ("TMPDIR", "XDG_CACHE_HOME"))
    assert told["QUARTO_RUN_NO_NETWORK"] == "true"
    assert told["SOURCE_DATE_EPOCH"] == "1572609600"  # noon on the report's date, 1 November 2019
    assert told["TYPST_FONT_PATHS"].endswith("fonts/ttf")
    assert not Path(call["cwd"]).exists()


@pytest.mark.slow
def test_documents_of_two_dates_are_never_rendered_by_one_call(stand_in: Recorded):
    notebooks = [make_school(SCHOOLS[0]), make_school(SCHOOLS[1], date="2020-11-01"), make_school(SCHOOLS[2])]
    for urn, result in zip(SCHOOLS, open_quarto().render(notebooks), strict=False):
        assert_own(result, urn)
    assert sorted(len(call["inputs"]) for call in stand_in.calls) == [1, 2]


@pytest.mark.slow
def test_the_notebook_is_left_as_it_was(stand_in: Recorded):
    notebook = make_school(SCHOOLS[0])
    open_quarto().render([notebook])
    assert notebook == make_school(SCHOOLS[0])


def test_the_choice_opens_it_and_it_is_best_given_six():
    assert open_engine(EngineChoice()).batch == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/nowhere")
        with pytest.raises(MissingTool, match="Quarto is not on this machine") as missing:
            open_engine(EngineChoice("quarto"))
    assert "environment.yml" in missing.value.remedy and "built-in" in missing.value.remedy


@pytest.mark.slow
@pytest.mark.parametrize(("version", "said"), [("1.8.25", "1.8.25 is too old: 1.9"), ("what?", "does not say which")])
def test_an_old_quarto_is_refused(stand_in: Recorded, monkeypatch, version: str, said: str):
    monkeypatch.setenv("QUARTO_STAND_IN_VERSION", version)
    with pytest.raises(MissingTool, match=said):
        find_quarto()


@pytest.mark.slow
def test_a_new_quarto_is_found_with_its_version(stand_in: Recorded, monkeypatch):
    monkeypatch.setenv("QUARTO_STAND_IN_VERSION", "1.10.0-rc1")
    assert find_quarto().version == "1.10.0-rc1"


# What goes wrong


FAULTS = {
    "fail": "compiling 2/document.ipynb failed: the stand-in was told so",
    "fail-with-half-a-line": "the disc is full",
    "crash": "Segmentation fault",
    "nothing": "Quarto wrote no document.html\nQuarto wrote no document.pdf",
    "no-pdf": "Quarto wrote no document.pdf",
    "half-a-pdf": "Quarto's PDF cannot be read",
    "warn-crossref": "Unable to resolve crossref @fig-nowhere",
    "warn-image": "Unable to resolve image missing.png",
    "warn-fetch": "Could not fetch resource https://example.org/a.png",
    "fetch": "Quarto's page fetches https://example.org/x.png",
    "stranger": "Quarto's page is another document's: its urn is '999999'",
    "second-main": "Quarto's page has 2 main parts",
    "dead-link": "Quarto's page links to 'document.pdf', which the notebook does not",
    "lost-part": "Quarto's page holds part 1 of 1 of the notebook 0 times",
}


@pytest.mark.kernel
def test_a_fault_is_one_schools_and_said_in_its_words(stand_in: Recorded):
    """Every fault in one batch, of which one report can be made."""
    faulty = [with_comment(117001 + number, does) for number, does in enumerate(FAULTS)]
    made, *failed = open_quarto().render([make_school(SCHOOLS[1]), *faulty])
    assert_own(made, SCHOOLS[1])
    for number, (fault, said) in enumerate(zip(failed, FAULTS.values(), strict=True)):
        assert isinstance(fault, FailedReport) and fault.urn == 117001 + number, said
        assert said in str(fault)
        assert tempfile.gettempdir() not in str(fault) and "\x1b" not in str(fault)


@pytest.mark.kernel
def test_the_other_five_of_a_batch_are_made(stand_in: Recorded):
    notebooks = [with_comment(urn, "fail") if urn == SCHOOLS[2] else make_school(urn) for urn in SCHOOLS]
    results = open_quarto().render(notebooks)
    assert isinstance(results[2], FailedReport) and results[2].urn == SCHOOLS[2]
    for urn, result in zip(SCHOOLS, results, strict=True):
        if urn != SCHOOLS[2]:
            assert_own(result, urn)
    assert [len(call["inputs"]) for call in stand_in.calls] == [6, 1, 1, 1, 1]  # two came out of the batch whole


@pytest.mark.kernel
def test_a_quarto_that_hangs_is_stopped_with_all_it_started(stand_in: Recorded):
    notebooks = [with_comment(SCHOOLS[0], "hang"), make_school(SCHOOLS[1])]
    hung, made = open_quarto(seconds=6).render(notebooks)
    assert isinstance(hung, FailedReport) and hung.urn == SCHOOLS[0]
    assert "did not finish within 6 seconds and was stopped" in str(hung)
    assert_own(made, SCHOOLS[1])
    children = [told["child"] for told in stand_in.read() if "child" in told]
    assert len(children) == 2  # once in the batch, once alone
    for child in children:
        assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


@pytest.mark.slow
def test_a_batch_that_mixes_two_schools_up_is_not_believed(stand_in: Recorded):
    notebooks = [make_school(SCHOOLS[0]), with_comment(SCHOOLS[1], "other-in-batch")]
    for urn, result in zip(SCHOOLS, open_quarto().render(notebooks), strict=False):
        assert_own(result, urn)
    assert [len(call["inputs"]) for call in stand_in.calls] == [2, 1]


@pytest.mark.slow
def test_a_script_is_taken_out(stand_in: Recorded):
    (made,) = open_quarto().render([with_comment(SCHOOLS[0], "script")])
    assert_own(made, SCHOOLS[0])
    assert "alert" not in made.html


@pytest.mark.slow
def test_that_verapdf_is_not_installed_is_no_fault(stand_in: Recorded):
    (made,) = open_quarto().render([with_comment(SCHOOLS[0], "warn-verapdf")])
    assert_own(made, SCHOOLS[0])


@pytest.mark.slow
def test_a_notebook_that_may_not_be_rendered_is_not_given_to_quarto(stand_in: Recorded):
    failed_cell = make_school(SCHOOLS[1])
    failed_cell.cells.append(
        new_code_cell("1/0", outputs=[new_output("error", ename="ZeroDivisionError", evalue="by 0")])
    )
    made, refused = open_quarto().render([make_school(SCHOOLS[0]), failed_cell])
    assert_own(made, SCHOOLS[0])
    assert isinstance(refused, FailedReport) and "ZeroDivisionError: by 0" in str(refused)
    assert [len(call["inputs"]) for call in stand_in.calls] == [1]


NOWHERE = {
    "See @fig-nowhere.": "fig-nowhere",
    "See @tbl-nowhere.": "Unable to resolve crossref @tbl-nowhere",
    "Before {{< nosuch 1 >}} after.": "Shortcode 'nosuch' not found",
    "A sum: $\\frac{1$": "TeX math",
}


@pytest.mark.slow
def test_what_leads_nowhere_is_a_fault_although_quarto_ends_well(engine: str):
    faulty = [make_school(117001 + number, prose=prose) for number, prose in enumerate(NOWHERE)]
    made, *failed = open_quarto().render([make_school(SCHOOLS[0]), *faulty])
    assert_own(made, SCHOOLS[0])
    for fault, said in zip(failed, NOWHERE.values(), strict=True):
        assert isinstance(fault, FailedReport) and said in str(fault)
        assert "\x1b" not in str(fault) and "/share/filters" not in str(fault)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "word", "said"),
    [
        ("filters: [nofilter]\n", False, "Could not run 1/nofilter as a JSON filter"),
        ("filters: [nofilter.lua]\n", False, "nofilter.lua"),
        ("format: {docx: {reference-doc: nope.docx}}\n", True, "nope.docx"),
    ],
)
def test_a_setting_that_cannot_be_met_is_named(engine: str, tmp_path: Path, settings: str, word: bool, said: str):
    folder = tmp_path / "settings"
    folder.mkdir()
    (folder / "_quarto.yml").write_text(settings)
    (failed,) = open_quarto(settings=folder, word=word).render([make_school(SCHOOLS[0])])
    assert isinstance(failed, FailedReport)
    assert said in str(failed) and "stack traceback" not in str(failed)
    assert "Error encountered when rendering files" not in str(failed)
    assert "standalone" not in str(failed)  # nor all that Pandoc was asked for
    assert tempfile.gettempdir() not in str(failed)


@pytest.mark.kernel
def test_batches_side_by_side_never_meet(engine: str):
    quarto = open_quarto()
    batches = [[urn + 100 * number for urn in SCHOOLS[:3]] for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        rendered = list(pool.map(lambda urns: quarto.render([make_school(urn) for urn in urns]), batches))
    for urns, results in zip(batches, rendered, strict=True):
        for urn, result in zip(urns, results, strict=True):
            assert_own(result, urn)
