"""Reading the project's YAML (editions, indicators, policies, alias tables) into frozen objects.

A mistake is reported with file, line and field, all of a file's mistakes at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.yaml_words import explain_field, explain_yaml

#: The loader written in C, where PyYAML has it: ten times as fast.
LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


#: What pydantic calls the kinds of values of which a field may have one or another.
_KINDS = frozenset({"str", "int", "float", "bool", "date"})
#: More entries than any file of ours holds, aliases written out.
_MOST_NODES = 100_000


class Record(BaseModel):
    """A frozen object read from YAML; an unknown field is a mistake, not an extra, and yes or no is not a number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_truth(cls, value: Any, about: ValidationInfo) -> Any:
        kinds = _find_kinds(cls, about.field_name or "")
        if bool in kinds or not kinds & {int, float} or not _holds_truth(value):
            return value
        if isinstance(value, bool):
            raise PydanticKnownError("float_type" if float in kinds else "int_type")
        raise ValueError("yes, no, true and false are no numbers; write digits")


@cache
def _find_kinds(record: type[Record], field: str) -> set[Any]:
    return _list_kinds(record.model_fields[field].annotation)


def _list_kinds(annotation: Any) -> set[Any]:
    """The kinds of values that a field may have, lists and mappings gone through."""
    inner = get_args(annotation)
    return set[Any]().union(*map(_list_kinds, inner)) if inner else {annotation}


def _holds_truth(value: Any) -> bool:
    """Whether yes or no stands in ``value``, which pydantic would take for 1 or 0."""
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return isinstance(value, bool) or any(map(_holds_truth, parts))


@dataclass(frozen=True)
class Misfit:
    """Fields of one record that do not go together: the one that tells where first; what is wrong, and the remedy."""

    fields: tuple[str, ...]
    what: str
    remedy: str


class Misfits(ValueError):
    """Raised by a record's own validator: all of its fields that do not go together."""

    def __init__(self, found: Sequence[Misfit]) -> None:
        self.found = tuple(found)
        super().__init__("; ".join(misfit.what for misfit in found))


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
        where = int(mark.line) + 1 if mark else None
        raise FaultyInput([Fault(name, where, None, *explain_yaml(getattr(error, "problem", None) or ""))]) from None
    except ValueError:
        if (where := _find_impossible_day(node)) is None:
            raise
        what, remedy = "there is no such day or time", "Write the day like 2025-11-01, or put the words in quotes."
        raise FaultyInput([Fault(name, where, None, what, remedy)]) from None
    if repeated := list(_find_repeated(node)):
        what, remedy = "the field {!r} is written twice", "Keep one of the two: only one can count."
        raise FaultyInput([Fault(name, line, None, what.format(field), remedy) for field, line in repeated])
    if not isinstance(content, dict):
        raise FaultyInput([Fault(name, 1, None, "the file holds no fields", "Write `field: value` lines.")])
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise FaultyInput(list(_describe(error, node, name, kind))) from None


def _find_impossible_day(node: yaml.Node | None) -> int | None:
    """The line of the first value that reads as a day or time and is none, as 2025-02-30."""
    if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:timestamp":
        try:
            yaml.SafeLoader("").construct_yaml_timestamp(node)
        except ValueError:
            return int(node.start_mark.line) + 1
        return None
    parts: list[yaml.Node] = [one for pair in node.value for one in pair] if isinstance(node, yaml.MappingNode) else []
    parts += node.value if isinstance(node, yaml.SequenceNode) else []
    return next((line for line in map(_find_impossible_day, parts) if line is not None), None)


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


def _describe(error: ValidationError, node: yaml.Node | None, name: str, kind: type[BaseModel]) -> Iterator[Fault]:
    """Each fault of a file, with its line; of a field that may be of several kinds, one."""
    told: set[tuple[Any, ...]] = set()
    for fault in error.errors():
        place = [part for part in fault["loc"] if not str(part).startswith("function-") and part != "[key]"]
        while len(place) > 1 and place[-1] in _KINDS and not _stands(node, place):
            place.pop()  # pydantic adds which of several kinds it tried
        if fault["type"] == "too_short" and any(one[: len(place)] == tuple(place) for one in told):
            continue  # only for what was refused in the list, and is told
        if tuple(place) in told and fault["loc"][-1] in _KINDS:
            continue
        told.add(tuple(place))
        if isinstance(misfits := fault.get("ctx", {}).get("error"), Misfits):
            yield from _place_misfits(node, place, name, misfits.found)
            continue
        what, remedy = explain_field(fault, place, lambda at: _list_fields(kind, list(at)))
        yield Fault(name, _find_line(node, place), None, what, remedy)


def _stands(node: yaml.Node | None, place: Sequence[Any]) -> bool:
    """Whether the file has something at ``place``."""
    for part in place:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            return False
    return node is not None


def _list_fields(kind: Any, place: list[Any]) -> list[str]:
    """The fields that may stand at ``place`` of a ``kind``, lists and mappings on the way included."""
    for part in place:
        if part not in getattr(kind, "model_fields", ()):
            continue  # a position in a list or a key of a mapping: its kind is already in hand
        kind = kind.model_fields[part].annotation
        while inner := [arg for arg in get_args(kind) if arg not in (str, type(None), Ellipsis)]:
            kind = inner[0]
    return list(getattr(kind, "model_fields", ()))


def _place_misfits(
    node: yaml.Node | None, place: Sequence[Any], name: str, misfits: Sequence[Misfit]
) -> Iterator[Fault]:
    """A fault for each misfit of the record at ``place``, at the first of its fields that the file has."""
    for misfit in misfits:
        at = next((field for field in misfit.fields if _stands(node, [*place, field])), None)
        yield Fault(name, _find_line(node, [*place, *([at] if at else [])]), None, misfit.what, misfit.remedy)


def place_misfits(path: Path, name: str, misfits: Sequence[Misfit]) -> list[Fault]:
    """A fault for each misfit of the record that the YAML file ``path`` holds; ``name`` stands for it in messages."""
    return list(_place_misfits(yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER), [], name, misfits))


def read_fields(path: Path) -> Mapping[str, Any]:
    """What the fields of a YAML file say, right or wrong; none where it cannot be read at all."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def find_line(path: Path, place: Sequence[str | int]) -> int | None:
    """The line of the YAML or JSON file ``path`` on which ``place`` (field names, list positions from 0) stands."""
    try:
        return _find_line(yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER), list(place))
    except yaml.YAMLError:  # JSON may be indented by tabs, which YAML does not know
        return None


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
