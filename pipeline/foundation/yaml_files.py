"""Reading the project's YAML (editions, indicators, policies, alias tables) into frozen objects.

A mistake is reported with file, line and field, all of a file's mistakes at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.foundation.errors import Fault, FaultyInput

#: The loader written in C, where PyYAML has it: ten times as fast.
LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


#: More entries than any file of ours holds, aliases written out.
_MOST_NODES = 100_000


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
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FaultyInput([Fault(name, line, None, "the file is not UTF-8 text", "Save it as UTF-8.")]) from None
    if unprintable := yaml.reader.Reader.NON_PRINTABLE.search(text):
        line = text[: unprintable.start()].count("\n") + 1
        what = f"the sign U+{ord(unprintable[0]):04X} cannot stand in YAML"
        raise FaultyInput([Fault(name, line, None, what, "Delete it, and save the file as plain text.")])
    try:
        node = yaml.compose(text, Loader=LOADER)
        _refuse_circles(node, name)
        content = yaml.load(text, Loader=LOADER)
    except RecursionError:
        what, remedy = "its fields lie too deep in one another", "Write it as the sample's file is written."
        raise FaultyInput([Fault(name, None, None, what, remedy)]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        near = mark.line + 1 if mark else None
        problem = getattr(error, "problem", None) or "not YAML"
        raise FaultyInput([Fault(name, near, None, problem, "Mend the YAML at or just before this line.")]) from None
    if repeated := list(_find_repeated(node)):
        what, remedy = "the field {!r} is written twice", "Keep one of the two: only one can count."
        raise FaultyInput([Fault(name, line, None, what.format(field), remedy) for field, line in repeated])
    if not isinstance(content, dict):
        raise FaultyInput([Fault(name, 1, None, "the file holds no fields", "Write `field: value` lines.")])
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise FaultyInput([_describe(fault, node, name, kind) for fault in error.errors()]) from None


def _refuse_circles(node: yaml.Node | None, name: str) -> None:
    """Refuse aliases (``*a``) that lead back to themselves, or repeat so much that the file would never be read."""
    sizes: dict[int, int] = {}  # nodes below each, aliases written out; 0 while it is being counted

    def count(node: yaml.Node) -> int:
        if id(node) in sizes:
            if not sizes[id(node)]:
                what, remedy = "the field refers to itself", "Write out what is meant in place of the alias (*)."
                raise FaultyInput([Fault(name, node.start_mark.line + 1, None, what, remedy)])
            return sizes[id(node)]
        sizes[id(node)] = 0
        below = [one for pair in node.value for one in pair] if isinstance(node, yaml.MappingNode) else []
        below += node.value if isinstance(node, yaml.SequenceNode) else []
        sizes[id(node)] = size = 1 + sum(map(count, below))
        if size > _MOST_NODES:
            what = f"its aliases (*) repeat more than {_MOST_NODES:,} entries"
            raise FaultyInput([Fault(name, node.start_mark.line + 1, None, what, "Write the file without them.")])
        return size

    if node is not None:
        count(node)


def _find_repeated(node: yaml.Node | None) -> Iterator[tuple[str, int]]:
    """Fields written twice in one place, with the second's line: YAML itself would keep the last without a word."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                yield str(key.value), key.start_mark.line + 1
            seen.add(str(key.value))
            yield from _find_repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _find_repeated(item)


def _describe(fault: Any, node: yaml.Node | None, name: str, kind: type[BaseModel]) -> Fault:
    place = [part for part in fault["loc"] if not str(part).startswith("function-")]
    field = ".".join(str(part) for part in place)
    what = fault["msg"].removeprefix("Value error, ")
    remedy = "See the comments in the file and docs/ for what this field takes."
    if fault["type"] == "extra_forbidden":
        what = f"unknown field {place[-1]!r}"
        near = get_close_matches(str(place[-1]), _list_fields(kind, place[:-1]), n=1)
        remedy = f"Did you mean {near[0]!r}?" if near else "Remove it, or correct its spelling."
    elif fault["type"] == "missing":
        what, remedy = f"the field {field!r} is missing", f"Add `{place[-1]}: …`."
    elif fault["type"] in ("enum", "literal_error"):
        what = f"{field}: unknown word {fault['input']!r}"
        near = get_close_matches(str(fault["input"]), re.findall("'([^']*)'", fault["ctx"]["expected"]), n=1)
        remedy = f"Did you mean {near[0]!r}?" if near else f"Use {fault['ctx']['expected']}."
    elif field:
        what = f"{field}: {what}"
    return Fault(name, _find_line(node, place), None, what, remedy)


def _list_fields(kind: Any, place: list[Any]) -> list[str]:
    """The fields that may stand at ``place`` of a ``kind``, lists and mappings on the way included."""
    for part in place:
        if part not in getattr(kind, "model_fields", ()):
            continue  # a position in a list or a key of a mapping: its kind is already in hand
        kind = kind.model_fields[part].annotation
        while inner := [arg for arg in get_args(kind) if arg not in (str, type(None), Ellipsis)]:
            kind = inner[0]
    return list(getattr(kind, "model_fields", ()))


def find_line(path: Path, place: Sequence[str | int]) -> int | None:
    """The line of the YAML file ``path`` on which ``place`` (field names, list positions from 0) stands."""
    return _find_line(yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER), list(place))


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
