"""What a text needs: what it truly imports and reads, and nothing that only looks as if it did."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest

from pipeline.run.stamps.imports import Needs, find_needs

PACKAGE = "pipeline.report"


def list_imports(text, package=PACKAGE):
    return set(find_needs(dedent(text), package).imports)


@pytest.mark.parametrize(
    ("text", "imported"),
    [
        ("import pipeline.foundation.errors", {"pipeline.foundation.errors"}),
        ("import json, pipeline.foundation.errors as e", {"json", "pipeline.foundation.errors"}),
        (
            "from pipeline.foundation.errors import Fault",
            {"pipeline.foundation.errors", "pipeline.foundation.errors.Fault"},
        ),
        (
            "from pipeline.report import (  # many\n    exhibits,  # what is shown\n    facts as told,\n)",
            {"pipeline.report", "pipeline.report.exhibits", "pipeline.report.facts"},
        ),
        ("from pipeline.report \\\n    import exhibits", {"pipeline.report", "pipeline.report.exhibits"}),
        ("x = 1; import pipeline.foundation.errors", {"pipeline.foundation.errors"}),
        ("from pipeline.analysis import *", {"pipeline.analysis", "pipeline.analysis.*"}),
        (
            "def draw():\n    from pipeline.foundation.colours import TEAL",
            {"pipeline.foundation.colours", "pipeline.foundation.colours.TEAL"},
        ),
        ("try:\n    import tomllib\nexcept ImportError:\n    import tomli", {"tomllib", "tomli"}),
        ("if fast:\n    import orjson\nelse:\n    import json", {"orjson", "json"}),
        ("class A:\n    async def b(self):\n        import asyncio", {"asyncio"}),
        ("match x:\n    case 1:\n        import pdb", {"pdb"}),
    ],
)
def test_an_import_is_found_wherever_and_however_it_is_written(text, imported):
    assert list_imports(text) == imported


@pytest.mark.parametrize(
    ("text", "package", "imported"),
    [
        ("from . import exhibits", "pipeline.report", {"pipeline.report", "pipeline.report.exhibits"}),
        (
            "from .exhibits import Table",
            "pipeline.report",
            {"pipeline.report.exhibits", "pipeline.report.exhibits.Table"},
        ),
        (
            "from ..foundation.errors import Fault",
            "pipeline.report",
            {"pipeline.foundation.errors", "pipeline.foundation.errors.Fault"},
        ),
        ("from .. import policy", "pipeline.report", {"pipeline", "pipeline.policy"}),
        ("from ... import errors", "pipeline.report", set()),  # above the top: running it says so
        ("from . import tables", "", set()),
    ],
)
def test_a_relative_import_is_told_from_where_it_stands(text, package, imported):
    assert list_imports(text, package) == imported


@pytest.mark.parametrize(
    ("text", "imported"),
    [
        (
            "import importlib\nimportlib.import_module('pipeline.foundation.errors')",
            {"importlib", "pipeline.foundation.errors"},
        ),
        ("from importlib import import_module as load, import_module\nimport_module('pandas')", {"pandas"}),
        ("__import__('pipeline.foundation.errors')", {"pipeline.foundation.errors"}),
        ("importlib.import_module('.exhibits', __package__)", {"pipeline.report.exhibits"}),
        ("importlib.import_module('.tables', 'pipeline.render')", {"pipeline.render.tables"}),
        ("importlib.import_module('..policy', package='pipeline.report')", {"pipeline.policy"}),
    ],
)
def test_a_module_imported_by_its_written_name_is_found(text, imported):
    assert imported <= list_imports(text)


@pytest.mark.parametrize(
    "text",
    [
        "# import pipeline.foundation.errors",
        '"""\nimport pipeline.foundation.errors\n"""',
        "text = 'import pipeline.foundation.errors'",
        "text = f'''\nfrom pipeline.foundation.errors import {name}\n'''",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pipeline.foundation.errors",
        "import typing as t\nif t.TYPE_CHECKING:\n    from pipeline import errors",
        "print('import', 'pipeline.foundation.errors'[:3])",
    ],
)
def test_what_only_looks_like_an_import_is_none(text):
    assert not [name for name in list_imports(text) if name.startswith("pipeline")]


def test_what_is_imported_where_nothing_checks_types_counts():
    text = """
        if TYPE_CHECKING:
            import pandas
        else:
            import numpy
        if not TYPE_CHECKING:
            import scipy
    """
    assert list_imports(text) == {"numpy", "scipy"}


def test_a_text_that_is_a_modules_whole_name_may_be_one():
    """A command, a loader's settings and an import by a name from a list have nothing else in common."""
    text = """
        '''pipeline.first stands in a description.'''
        COMMAND = [sys.executable, "-m", "pipeline.run.executors.working"]
        LATE = ("pipeline.second",)
        def load():
            'pipeline.third'
            for name in LATE:
                importlib.import_module(name)
    """
    assert find_needs(dedent(text)).names == ("pipeline.run.executors.working", "pipeline.second")


def test_data_is_found_by_the_texts_that_name_it_where_a_module_asks_where_it_lies():
    text = "from pathlib import Path\nPath(__file__).parent / 'aliases' / f'{family}.yaml'"
    assert find_needs(text).files == ("*.yaml", "aliases")
    assert find_needs("suites = find_project() / 'expectations'").files == ("expectations",)
    assert find_needs("open('aliases.yaml')").files == ()


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("FOLDER = Path(__file__).parent / 'aliases'", ()),
        ("FOLDER = Path(__file__).parent.parent / 'aliases'", ("..",)),
        ("FOLDER = Path(__file__).resolve().parents[2] / 'aliases'", ("../..",)),
    ],
)
def test_data_in_a_folder_above_its_own_is_looked_for_there(text, above):
    assert find_needs(text).above == above


def test_data_of_another_package_is_found_by_its_name():
    assert find_needs("loader = jinja2.PackageLoader('pipeline.report')").packages == ("pipeline.report",)
    assert find_needs("resources.files('pipeline.policy') / 'a.yaml'").files == ("a.yaml", "pipeline.policy")


@pytest.mark.parametrize("text", ["def (", "%matplotlib inline", "x = '\0'"])
def test_a_text_that_is_no_python_needs_nothing(text):
    assert find_needs(text) == Needs()


def test_nothing_is_imported_to_find_out():
    before = set(sys.modules)
    find_needs("import antigravity, this")
    assert set(sys.modules) - before == set()
