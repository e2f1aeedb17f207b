"""What each product of a run rests on: a change in what makes it makes it due, a change in anything else does not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.edition.editions import load_edition
from pipeline.foundation.paths import Workspace, find_project
from pipeline.run.due import digests, keys
from pipeline.run.preparing import local, preparation, study, support
from pipeline.run.record import index, site
from pipeline.run.stamps import code
from pipeline.run.stamps.code import FILE, Code
from pipeline.run.stamps.made import name_changes


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of what code and suites there are, and of the notebooks."""
    root = tmp_path_factory.mktemp("project")
    for name in ("pipeline", "expectations", "notebooks"):
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(find_project() / name, root / name, ignore=ignored)
    return root


@pytest.fixture(scope="module")
def project(copied):
    with pytest.MonkeyPatch.context() as patched:
        for module in (code, keys):
            patched.setattr(module, "find_project", lambda: copied)
        yield copied


EDITION = load_edition(Workspace(find_project()), "sample")
NOTHING = Path("/nothing")  # no tables: their keys are parts of their own


def key_prepared(project, read):
    return preparation._describe_inputs(EDITION, {}, read)


def key_local(project, read):
    return local._describe_inputs(EDITION, "tables", [], [], read)


def key_support(project, read):
    return support._describe_inputs(EDITION, "tables", None, read)


def key_study(project, read):
    return study._describe_inputs("tables", [900001], 2025, read)


def key_digests(project, read):
    return digests._describe_inputs(EDITION, NOTHING, read)


def key_site(project, read):
    return {"how the site is written": read.hash(site.trace_making(read))}


def key_index(project, read):
    return {"how the index is written": read.hash(index.trace_making(read))}


def key_notebook(name: str, engine: str = "built-in") -> Callable[[Path, Code], dict[str, str]]:
    return lambda project, read: keys.describe_code(read, project / "notebooks" / name, engine)[0]


PRODUCTS = {
    "the prepared tables": key_prepared,
    "the local tables": key_local,
    "the year of support": key_support,
    "the study": key_study,
    "the digests": key_digests,
    "a school's report": key_notebook("school_report.ipynb"),
    "the area's report": key_notebook("area_report.ipynb"),
    "how far to trust it": key_notebook("how_far_to_trust.ipynb"),
    "a school's report by Quarto": key_notebook("school_report.ipynb", "quarto"),
    "the area's site": key_site,
    "the index": key_index,
}
PAGES = {"a school's report", "the area's report", "how far to trust it"}
REPORTS = {*PAGES, "a school's report by Quarto"}
#: What they have through the facts alone leaves them alone.
SITE, INDEX = "the area's site", "the index"
#: A file, and the products that it makes due; all others it leaves alone.
CHANGES = {
    "pipeline/sources/families/ks2.py": {"the prepared tables"},
    "pipeline/sources/aliases/ks2.yaml": {"the prepared tables", "the local tables"},
    "pipeline/sources/plausibility/relations.yaml": {"the prepared tables", "the local tables"},
    "pipeline/sources/frames.py": set(PRODUCTS) - {"the year of support", SITE, INDEX},
    "expectations/ks2.json": {"the prepared tables", "the local tables"},
    "pipeline/validation/views.py": {"the prepared tables", "the local tables"},
    "pipeline/validation/templates/page.j2": {"the prepared tables", "the local tables"},
    "pipeline/validation/checks.py": {"the prepared tables", "the local tables", *REPORTS},
    "pipeline/run/preparing/checking.py": {"the prepared tables"},
    "pipeline/run/preparing/preparation.py": {"the prepared tables"},
    "pipeline/run/preparing/local.py": {"the local tables", "the year of support"},
    "pipeline/run/preparing/support.py": {"the year of support"},
    "pipeline/edition/support/terms.py": {"the year of support", *REPORTS},
    "pipeline/edition/support/activities.py": {"the year of support", *REPORTS},
    "pipeline/sources/local/evidence.py": {"the local tables", "the year of support"},
    "pipeline/run/preparing/study.py": {"the study"},
    "pipeline/analysis/country/similar.py": {"the study", *REPORTS},
    "pipeline/analysis/country/context_variables.yaml": {"the study", *REPORTS},
    "pipeline/analysis/ratings/progress_bands.yaml": REPORTS,
    "pipeline/analysis/country/simulation.py": {"how far to trust it", "the area's report"},
    "pipeline/analysis/indicators/ks2_rwm_expected.yaml": {"the study", "the digests"},
    "pipeline/run/due/digests.py": {"the digests"},
    "pipeline/report/school/tables.py": {*REPORTS, SITE},
    "pipeline/report/area/exhibits.py": {"the area's report", "how far to trust it", SITE},
    "pipeline/report/reliance/wording.py": {"how far to trust it"},
    "pipeline/report/templates/exhibits.html.j2": {*REPORTS, SITE},
    "pipeline/policy/assign.py": REPORTS,
    "pipeline/policy/policies/worcestershire.yaml": set(),
    "pipeline/run/making/notebooks.py": REPORTS,
    "pipeline/render/html.py": {*REPORTS, SITE, INDEX},
    "pipeline/render/templates/style.css": {*REPORTS, SITE, INDEX},
    "pipeline/render/typst/report.typ": {*REPORTS, SITE, INDEX},
    "pipeline/render/quarto/preparing.py": {"a school's report by Quarto"},
    "pipeline/render/quarto/resources/report.lua": {"a school's report by Quarto"},
    "pipeline/foundation/vocabulary.py": set(PRODUCTS),
    "pipeline/render/site/index.py": {INDEX},
    "pipeline/render/site/templates/site.js": {SITE},
    "pipeline/render/site/templates/body.html.j2": {SITE},
    "pipeline/report/area/site/record.py": {SITE},
    "pipeline/analysis/indicators/subjects/maths.yaml": {"the study", "the digests", SITE},
    "pipeline/sources/local/advisers.py": {SITE},
    "pipeline/run/record/manifest.py": set(),
    "pipeline/run/stamps/made.py": set(),
    "pipeline/run/executors/dask.py": set(),
    "pipeline/cli/verbs.py": set(),
    "pipeline/delivery/composing/letter.py": set(),
    "pipeline/delivery/templates/message.html.j2": set(),
    "pipeline/sample/files/ks2.py": set(),
}


def reckon(project):
    """The key of every product, of code that is read once for all of them as a run does."""
    read = Code()
    return {product: key(project, read) for product, key in PRODUCTS.items()}


@pytest.fixture(scope="module")
def before(project):
    return reckon(project)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_file_makes_due_what_it_makes_and_nothing_else(project, before, name):
    path = project / name
    content = path.read_bytes()
    path.write_bytes(content + b"\n")
    try:
        due = {product for product, key in reckon(project).items() if name_changes(before[product], key)}
    finally:
        path.write_bytes(content)
    assert due == CHANGES[name]


@pytest.mark.slow
def test_every_module_that_makes_reports_is_a_part_of_some_product(project):
    """What is a part of none stands here with its reason."""
    parts = set()
    for key in (preparation, local, support):
        roots = preparation._READING if key is preparation else (key.__name__,)
        parts |= Code().trace(*roots, apart=key._APART, within=key._WITHIN).modules
    parts |= Code().trace("pipeline.run.preparing.study", "pipeline.run.due.digests").modules
    for notebook in sorted((project / "notebooks").glob("*.ipynb")):
        parts |= Code().trace(beside=keys.read_cells(notebook)).modules
    parts |= Code().trace(*keys.LAYING_OUT, *keys.RUNNING).modules
    parts |= site.trace_making(Code()).modules | index.trace_making(Code()).modules
    shape_reports = (
        "pipeline.analysis",
        "pipeline.policy",
        "pipeline.sources",
        "pipeline.validation",
        "pipeline.render",
    )
    left = {name for name in Code()._paths if name.startswith((*shape_reports, "pipeline.report"))} - parts
    assert left == {
        "pipeline.analysis.indicators.catalogue",  # the documentation's tables
        "pipeline.analysis.reproduce",
        "pipeline.analysis.statistics.effects",  # of what support did, which no report tells
        "pipeline.policy.reference",
        "pipeline.report.facts_page",
        # what brings files, before any is read
        "pipeline.sources.fetching",
        "pipeline.sources.fetching.catalogue",
        "pipeline.sources.fetching.download",
        "pipeline.sources.fetching.fetch",
        "pipeline.sources.fetching.service",
        "pipeline.report.pictures",  # for cells of an analyst's own: a part where one imports it
    }


@pytest.mark.slow
def test_what_modules_need_is_kept_for_the_next_run_and_read_again_where_that_is_of_no_use(project, monkeypatch):
    roots = ("pipeline.report.school.notebook",)
    (project / FILE).unlink(missing_ok=True)
    found = Code().trace(*roots)
    kept = (project / FILE).read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(code, "find_needs", None)
        assert Code().trace(*roots) == found
    for content in (b"{", b"[]", b'{"key": {}, "files": {}}', kept.replace(b'"modules"', b'"others"'), b"\xff\xfe"):
        (project / FILE).write_bytes(content)
        assert Code().trace(*roots) == found
        assert json.loads((project / FILE).read_bytes()) == json.loads(kept)


@pytest.mark.slow
def test_where_nothing_can_be_kept_code_is_read_all_the_same(project):
    found = Code().trace("pipeline.foundation.errors")
    shutil.rmtree((project / FILE).parent)
    (project / FILE).parent.write_text("no folder", encoding="utf-8")
    try:
        assert Code().trace("pipeline.foundation.errors") == found
    finally:
        (project / FILE).parent.unlink()
