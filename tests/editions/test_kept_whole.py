"""Whatever of an edition is cleared away comes back with the same bytes; a new page of the edition is one record."""

from __future__ import annotations

import json
import shutil

import pytest

pytestmark = pytest.mark.kernel

SCHOOL, DATA_DOCS = 900013, "data-docs/index.html"
#: One output of every kind that a run leaves.
ONE_OF_EACH = (
    "index.html",
    "area-site/schools.html",
    f"area-site/schools/{SCHOOL}.html",
    "schools.json",
    "area/report.pdf",
    "third/facts.json",
    f"schools/{SCHOOL}/made.json",
    DATA_DOCS,
)


def read_outputs(desk):
    """The bytes of every output that the manifest names, and its own."""
    reports = desk.root / "reports" / "sample"
    manifest = json.loads((reports / "manifest.json").read_text(encoding="utf-8"))
    return {name: (reports / name).read_bytes() for name in (*manifest["outputs"], "manifest.json")}


def run(desk):
    code, said = desk.say("reports", "sample")
    assert code == 0, said
    code, said = desk.say("verify", "sample")
    assert code == 0, said
    return read_outputs(desk)


def test_outputs_that_are_cleared_away_come_back_and_a_third_page_is_one_record(desk, made_sample, third_page):
    ignored = shutil.ignore_patterns("how-far-to-trust")
    shutil.copytree(made_sample, desk.root, dirs_exist_ok=True, ignore=ignored)
    first, reports = run(desk), desk.root / "reports" / "sample"
    assert sum(name.startswith("data-docs/") for name in first) > 5
    assert "third/report.pdf" in first and b"A third page as PDF" in first["index.html"]
    docs = (reports / DATA_DOCS).read_bytes()
    for name in ONE_OF_EACH:
        (reports / name).unlink()
    code, said = desk.say("verify", "sample")
    assert code == 5 and [name for name in ONE_OF_EACH if name not in said] == []
    (reports / DATA_DOCS).write_bytes(docs)  # without them all is prepared again, as it is below
    assert run(desk) == first

    shutil.rmtree(reports)
    prepared = desk.root / "data" / "editions" / "sample" / "prepared"
    (prepared / "schools.parquet").unlink()
    (prepared / "study" / "similar.parquet").unlink()
    assert run(desk) == first
