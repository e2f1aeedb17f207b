"""Making an edition again: from the same inputs and nothing else, every difference named, nothing left lying about."""

from __future__ import annotations

import shutil
import tempfile
from types import SimpleNamespace

import pytest
from made_edition import DONE, FAILED, PUBLISHED, make_edition, sign, write

from pipeline.edition.editions import load_edition
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace, find_project
from pipeline.render.engine import EngineChoice
from pipeline.run.desk import reproduction as run_reproduction
from pipeline.run.desk.reproduction import describe_difference, lay_out_edition, reproduce_edition
from pipeline.run.jobs import ReportOutcome
from pipeline.run.record import verification
from pipeline.run.record.manifest import hash_inputs

pytestmark = pytest.mark.slow

BRANDING = "logo: {file: logo.svg, alt: The county}\nlanguage: {books: [cy, own.yaml]}\n"
PAGE = f"schools/{DONE}/report.html"


@pytest.fixture
def edition(tmp_path, monkeypatch):
    """An edition with its manifest; what is temporary lies in a folder that can be looked into."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    made = make_edition(tmp_path / "home")
    sign(made)
    return made


class FakeRun:
    """Stands for a run: copies the reports in place, then changes some of the copies."""

    def __init__(self, edition, monkeypatch):
        self._edition, self.changes, self.problem, self.asked = edition, {}, "", None
        monkeypatch.setattr(run_reproduction, "make_reports", self)

    def __call__(self, workspace, name, watcher, **asked):
        self.asked, paths = asked, workspace.edition(name)
        assert not paths.prepared.exists() and not paths.reports.exists()
        shutil.copytree(self._edition.paths.reports, paths.reports)
        for place, text in self.changes.items():
            if text is None:
                (paths.reports / place).unlink()
            else:
                write(paths.reports / place, text)
        failed = (ReportOutcome(DONE, "Ash", self.problem),) if self.problem else ()
        return SimpleNamespace(edition=load_edition(workspace, name), failed=failed, pages=())


@pytest.fixture
def run(edition, monkeypatch):
    return FakeRun(edition, monkeypatch)


def reproduce(edition, **asked):
    return reproduce_edition(Workspace(edition.paths.folder.parents[2]), edition.name, None, **asked)


def test_the_same_bytes_leave_no_folder_behind(edition, run, tmp_path):
    found = reproduce(edition)
    assert (found.differences, found.kept, found.exit_code) == ((), None, 0)
    assert found.compared == 13  # three reports of three files, a page of checks, the index, the statuses, the manifest
    assert list((tmp_path / "temporary").iterdir()) == []
    assert (run.asked["policy"], run.asked["engine"]) == ("worcestershire", "built-in")


def test_the_engine_is_the_manifests_whatever_the_edition_says(edition, run, monkeypatch):
    monkeypatch.setattr(verification, "find_quarto_version", lambda: "1.9.3")
    write(edition.paths.quarto / "_quarto.yml", "project: {}\n")
    sign(edition, engine=EngineChoice("quarto", "1.9.2", edition.paths.quarto))
    found = reproduce(edition)
    assert run.asked["engine"] == "quarto" and found.exit_code == 0
    assert [str(version) for version in found.versions] == [
        "quarto: is 1.9.3 here, was 1.9.2 when the reports were made"
    ]


def test_each_file_that_differs_is_named_and_what_was_made_is_kept(edition, run):
    run.changes = {
        PAGE: "<h1>Another report</h1>\n",
        "area/facts.json": None,
        "index.html": "new\n",
    }
    found = reproduce(edition)
    said = {finding.where: finding.what for finding in found.differences}
    assert said == {
        PAGE: "line 1: in place “<h1>A report</h1>”, made again “<h1>Another report</h1>”",
        "area/facts.json": "was not made again",
        "index.html": "line 1: in place “the index”, made again “new”",
    }
    assert found.exit_code == 5
    assert (found.kept / PAGE).read_text() == "<h1>Another report</h1>\n"


def test_a_report_that_cannot_be_made_again_is_told_with_its_problem(edition, run):
    run.changes, run.problem = {PAGE: None}, "cell 4: no such column\n    Mend it."
    (found,) = reproduce(edition).differences
    assert str(found) == f"{PAGE}: could not be made again: cell 4: no such column"


def test_which_of_two_files_is_the_manifests_is_said(edition, run):
    original = (edition.paths.reports / PAGE).read_text()
    write(edition.paths.reports / PAGE, "<h1>Edited by hand</h1>\n")
    run.changes = {PAGE: original}
    (found,) = reproduce(edition).differences
    assert found.what.endswith("the one in place has changed since it was made")
    run.changes = {PAGE: "<h1>A third</h1>\n"}
    (found,) = reproduce(edition).differences
    assert found.what.endswith("neither is the one that the manifest names")


def test_only_the_schools_asked_for_are_compared(edition, run):
    run.changes = {"index.html": "new\n"}
    found = reproduce(edition, urns=[DONE])
    assert (found.compared, found.exit_code) == (3, 0)
    assert run.asked["urns"] == [DONE]
    with pytest.raises(PipelineError, match=f"no report of URN {FAILED}"):
        reproduce(edition, urns=[FAILED])


@pytest.mark.parametrize("name", [f"published/{PUBLISHED}", "local/moderation.csv"])
def test_a_changed_input_is_named_and_nothing_is_made(edition, run, tmp_path, name):
    write(edition.paths.folder / name, "changed\n")
    with pytest.raises(PipelineError, match="has changed since") as raised:
        reproduce(edition)
    assert name.removeprefix("published/") in str(raised.value)
    assert run.asked is None and list((tmp_path / "temporary").iterdir()) == []


def test_a_folder_asked_for_is_kept_and_must_be_empty(edition, run, tmp_path):
    found = reproduce(edition, into=tmp_path / "again")
    assert found.kept == tmp_path / "again/reports/county" and (found.kept / PAGE).is_file()
    with pytest.raises(PipelineError, match="not an empty folder"):
        reproduce(edition, into=tmp_path / "again")


def test_an_interrupted_reproduction_leaves_nothing_behind(edition, monkeypatch, tmp_path):
    def stop(*asked, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(run_reproduction, "make_reports", stop)
    with pytest.raises(KeyboardInterrupt):
        reproduce(edition)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_all_that_goes_in_is_laid_out_and_nothing_that_came_out(tmp_path):
    home = tmp_path / "home"
    write(home / "data/editions/before/edition.yaml", "title: B\narea: {authority: 998}\nyear: 2023/24\npolicy: x\n")
    write(home / "reports/before/schools/900001/facts.json", "{}\n")
    write(home / "reports/before/schools/900001/report.html", "not needed\n")
    write(tmp_path / "downloads/2023-2024/england_ks2.csv", "URN\n")
    write(tmp_path / "elsewhere/england_abs.csv", "URN\n")
    made = make_edition(home, previous="before")
    text = made.paths.description.read_text()
    named = [f"{tmp_path}/elsewhere/england_abs.csv", "../../../../downloads/2023-2024/england_ks2.csv"]
    write(made.paths.description, text.replace("[]", "".join(f"\n  - path: {path}" for path in named)))
    write(made.paths.folder / "policies/ours.yaml", "key: ours\n")
    write(made.paths.quarto / "_extensions/crest.lua", "return {}\n")
    shutil.copyfile(find_project() / "data/editions/sample-cymraeg/logo.svg", made.paths.folder / "logo.svg")
    write(made.paths.folder / "branding.yaml", BRANDING)
    write(made.paths.folder / "own.yaml", "language: cy\n")
    with made.paths.description.open("a") as description:
        description.write("branding: branding.yaml\n")
    made = load_edition(Workspace(home), "county")
    sign(made)
    fresh = lay_out_edition(Workspace(home), made, "policies/ours.yaml", tmp_path / "fresh")
    again = load_edition(fresh, "county")
    then, now = (hash_inputs(one, "policies/ours.yaml", "quarto") for one in (made, again))
    assert then == now and set(now["quarto"]) == {"_extensions/crest.lua"}
    assert set(now["branding"]) == {"branding.yaml", "cy.yaml", "logo.svg", "own.yaml"}
    assert len(now["published"]) == 3 and len(now["previous"]) == len(now["policy"]) == 1
    assert not again.paths.prepared.exists() and not again.paths.reports.exists()
    assert not list((tmp_path / "fresh").rglob("report.html"))


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("a.html", b"one\ntwo\n", b"one\n2\n", "line 2: in place “two”, made again “2”"),
        ("a.html", b"one\n", b"one\ntwo\n", "line 2: in place “”, made again “two”"),
        ("a.html", b"one\n\n", b"one\n", "line 3: in place “”, made again nothing more"),
        ("a.html", b"a\r\n", b"a\n", "line 1: in place “a�”, made again “a”"),
        ("a.html", b"\x1b[2J", b"\x1b[3J", "line 1: in place “�[2J”, made again “�[3J”"),
        ("a.json", b"x" * 500 + b"1", b"x" * 500 + b"2", f"line 1: in place “…{'x' * 20}1”, made again “…{'x' * 20}2”"),
        ("a.png", b"\xff\x00\x01", b"\xff\x00\x02", "the bytes differ, the first after 2 of 3"),
        ("a.pdf", b"no PDF", b"no PDF at all", "6 bytes in place, 13 made again"),
    ],
)
def test_how_two_files_differ_is_said_in_a_line(tmp_path, name, old, new, said):
    for place, content in (("old", old), ("new", new)):
        (tmp_path / place).mkdir()
        (tmp_path / place / name).write_bytes(content)
    assert describe_difference(tmp_path / "old" / name, tmp_path / "new" / name).endswith(said)


def write_pdf(path, *pages, title=""):
    import typst

    text = f'#set document(title: "{title}")\n' + "\n#pagebreak()\n".join(pages)
    path.write_bytes(typst.compile(text.encode()))
    return path


def test_pdfs_that_say_the_same_are_told_from_those_that_do_not(tmp_path):
    one = write_pdf(tmp_path / "one.pdf", "Reading is a strength.", "The end.")
    other = write_pdf(tmp_path / "other.pdf", "Reading is a strength.", "The very end.")
    assert describe_difference(one, other).startswith("page 2, line 1: in place “The end.”, made again “The very end.”")
    longer = write_pdf(tmp_path / "longer.pdf", "Reading is a strength.", "The end.", "More.")
    assert describe_difference(one, longer) == "2 pages in place, 3 made again"
    titled = write_pdf(tmp_path / "titled.pdf", "Reading is a strength.", "The end.", title="Another")
    assert describe_difference(one, titled).startswith("the words are the same on every page; ")
