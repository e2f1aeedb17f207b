"""The page on the architecture shows the code as it is, and no floor or room is too full to be known."""

from __future__ import annotations

import re
import tomllib

import pytest

from pipeline.foundation.paths import find_project
from pipeline.run.desk.documenting.architecture import find_imports_between, list_floors, refresh_architecture

MOST = 12  # modules and rooms on one level

PROJECT = find_project()
PAGE = PROJECT / "docs" / "architecture.md"


@pytest.mark.slow
def test_the_page_shows_the_floors_as_they_are():
    page = PAGE.read_text(encoding="utf-8")
    assert refresh_architecture(page, PROJECT) == page


def test_a_page_without_a_place_for_the_floors_is_said_to_be_so():
    with pytest.raises(ValueError, match="no place for its floors"):
        refresh_architecture("# Another page\n", PROJECT)


@pytest.mark.slow
def test_every_package_stands_on_a_floor_and_imports_only_those_below():
    floors = list_floors(PROJECT)
    height = {package: -place for place, floor in enumerate(floors) for package in floor}
    packages = {path.parent.name for path in (PROJECT / "pipeline").glob("*/__init__.py")}
    assert packages == set(height)
    upward = {
        (package, other)
        for package, imported in find_imports_between(PROJECT).items()
        for other in imported
        if height[other] >= height[package]
    }
    assert not upward


def test_imports_are_found_wherever_they_stand_but_for_type_checking(tmp_path):
    code = (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from pipeline.cli.verbs import app\n"
        "def load():\n    import pipeline.sources.frames\n    from pipeline import (\n        policy,\n    )\n"
        'TOLD = "from pipeline.delivery import sending"\n'
    )
    module = tmp_path / "pipeline" / "report" / "facts.py"
    module.parent.mkdir(parents=True)
    module.write_text(code, encoding="utf-8")
    assert find_imports_between(tmp_path) == {"report": {"sources", "policy"}}


@pytest.mark.parametrize(
    "folder",
    sorted(path.parent for path in (PROJECT / "pipeline").rglob("__init__.py")),
    ids=lambda folder: str(folder.relative_to(PROJECT)),
)
def test_no_level_is_too_full_to_be_known(folder):
    modules = [path.name for path in folder.glob("*.py") if not path.name.startswith("__")]
    rooms = [path.parent.name for path in folder.glob("*/__init__.py")]
    assert len(modules) + len(rooms) <= MOST, sorted([*modules, *rooms])


def test_the_files_named_on_the_page_are_there():
    named = re.findall(r"`([\w/]+/(?:\w+\.py)?)`", PAGE.read_text(encoding="utf-8").partition("<!-- end")[2])
    assert len(named) > 20
    places = [PROJECT, PROJECT / "pipeline"]
    made = {"prepared/"}  # by a run
    assert not [name for name in named if name not in made and not any((place / name).exists() for place in places)]


def test_contracts_on_imports_name_what_is_there():
    """import-linter stops at a layer that is not there, and checks nothing at all."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    missing = {
        f"{place}.{layer}"
        for contract in settings["contracts"]
        for place in contract.get("containers", ())
        for layers in contract["layers"]
        for layer in layers.split(" | ")
        if not (path := PROJECT / place.replace(".", "/") / layer).is_dir() and not path.with_suffix(".py").is_file()
    }
    assert not missing
