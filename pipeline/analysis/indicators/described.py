"""Words that indicators name and that a file of their own explains: themes and subjects, one YAML file each."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.yaml_files import Record, find_line, read_record


class Described(Record):
    """One such word: its key is the file's name."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=3)  # as a heading
    plain: str = Field(min_length=3)  # within a sentence
    order: int = 0  # where it stands among others, lowest first


D = TypeVar("D", bound=Described)


def read_described(kind: type[D], *folders: Path) -> dict[str, D]:
    """Read every file of ``folders`` as one ``kind``, by key, in their order; a later folder's word takes an earlier's.

    Raises FaultyInput holding every fault of the first folder that has any.
    """
    found = {one.key: one for folder in folders for one in _read_folder(kind, folder)}
    return dict(sorted(found.items(), key=lambda one: (one[1].order, one[0])))


@lru_cache(maxsize=16)
def _read_folder(kind: type[D], folder: Path) -> tuple[D, ...]:
    read: list[D] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            one = read_record(path, kind)
        except FaultyInput as error:
            faults.extend(error.faults)
            continue
        if one.key != path.stem:
            what = f"the key is {one.key!r} but the file is called {path.name}"
            line = find_line(path, ["key"])
            faults.append(Fault(f"{folder.name}/{path.name}", line, "key", what, "Give both the same name."))
        read.append(one)
    if faults:
        raise FaultyInput(faults)
    return tuple(read)
