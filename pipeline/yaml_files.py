"""Reading the project's YAML (editions, indicators, policies, alias tables) into frozen objects.

A mistake is reported with file, line and field, all of a file's mistakes at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import Fault, FaultyInput


class Record(BaseModel):
    """A frozen object read from YAML; an unknown field is a mistake, not an extra."""

    model_config = ConfigDict(extra="forbid", frozen=True)


R = TypeVar("R", bound=BaseModel)


def read_record(path: Path, kind: type[R], *, name: str | None = None) -> R:
    """Read the YAML file ``path`` as one ``kind``.

    ``name`` stands for the file in messages (default: its last two parts).
    Raises FaultyInput holding every mistake with its line.
    """
    name = name or "/".join(path.parts[-2:])
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FaultyInput([Fault(name, None, None, "the file is not there", f"Create {name}.")]) from None
    except UnicodeDecodeError:
        raise FaultyInput([Fault(name, None, None, "the file is not UTF-8 text", "Save it as UTF-8.")]) from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        problem = getattr(error, "problem", None) or "not YAML"
        raise FaultyInput([Fault(name, line, None, problem, "Mend the YAML at or just before this line.")]) from None
    if not isinstance(content, dict):
        raise FaultyInput([Fault(name, 1, None, "the file holds no fields", "Write `field: value` lines.")])
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise FaultyInput([_describe(fault, node, name, kind) for fault in error.errors()]) from None


def _describe(fault: Any, node: yaml.Node | None, name: str, kind: type[BaseModel]) -> Fault:
    place = [part for part in fault["loc"] if not str(part).startswith("function-")]
    field = ".".join(str(part) for part in place)
    what = fault["msg"].removeprefix("Value error, ")
    remedy = "See the comments in the file and docs/ for what this field takes."
    if fault["type"] == "extra_forbidden":
        from difflib import get_close_matches

        what = f"unknown field {place[-1]!r}"
        near = get_close_matches(str(place[-1]), list(kind.model_fields), n=1)
        remedy = f"Did you mean {near[0]!r}?" if near else "Remove it, or correct its spelling."
    elif fault["type"] == "missing":
        what, remedy = f"the field {field!r} is missing", f"Add `{place[-1]}: …`."
    return Fault(name, _find_line(node, place), field or None, what, remedy)


def _find_line(node: yaml.Node | None, place: list[Any]) -> int | None:
    """The line of the deepest part of ``place`` that the file holds, counted from 1."""
    line = node.start_mark.line + 1 if node else None
    for part in place:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, node = key.start_mark.line + 1, value
                    break
            else:
                return line
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line
