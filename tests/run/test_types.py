"""What is asked of types is asked of every floor below ``run``."""

from __future__ import annotations

import tomllib

from pipeline.foundation.paths import find_project


def test_more_is_asked_of_the_types_of_every_floor_below_run():
    project = tomllib.loads((find_project() / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    floors = project["importlinter"]["contracts"][0]["layers"]
    below = {name.strip() for floor in floors[floors.index("pipeline.run") + 1 :] for name in floor.split("|")}
    (strict,) = project["mypy"]["overrides"]
    assert {name.removesuffix(".*") for name in strict["module"]} == below
    assert strict["no_implicit_reexport"] and strict["strict_equality"] and strict["warn_unused_ignores"]
