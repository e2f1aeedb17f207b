"""Reading a policy file: its shape, then its sense, every fault with its line."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.yaml_files import find_line, read_record
from pipeline.policy.checking import find_misfits
from pipeline.policy.policy import FOLDER, Policy


def list_policies() -> tuple[str, ...]:
    """The names of the product's own policies."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def load_policy(name_or_path: str | Path, *, beside: Path | None = None, organisation: str = "") -> Policy:
    """Read a policy: one of the product's own by its name, or any file by its path (``….yaml``).

    A relative path is looked up in the folder ``beside`` where one is given (an edition's). ``organisation`` stands
    for the policy's own where another authority or trust works by it.
    Raises FaultyInput holding every fault of the file with its line.
    """
    policy = _find_policy(name_or_path, beside)
    return policy.model_copy(update={"organisation": organisation}) if organisation else policy


def is_path(said: str) -> bool:
    """Whether a policy is said by a file's path, not by its name."""
    return said.endswith((".yaml", ".yml")) or "/" in said or "\\" in said


def _find_policy(name_or_path: str | Path, beside: Path | None) -> Policy:
    said = str(name_or_path)
    if isinstance(name_or_path, Path) or is_path(said):
        path = (beside or Path()) / name_or_path
        if not path.exists():
            where = f"in the folder of the edition {beside.name}" if beside else "in the working folder"
            what, remedy = "there is no such file", f"Correct the path: one that is relative begins {where}."
            raise FaultyInput([Fault(f"policy {said}", None, None, what, remedy)])
        return read_policy(path)
    if said not in list_policies():
        near = get_close_matches(said, list_policies(), n=1)
        remedy = (
            f"Did you mean {near[0]!r}?" if near else f"Use one of: {', '.join(list_policies())}, or a file's path."
        )
        raise FaultyInput([Fault(f"policy {said}", None, None, "there is no policy of this name", remedy)])
    return read_shipped(said)


@lru_cache(maxsize=8)
def read_shipped(name: str) -> Policy:
    """Read a policy that comes with the project, once; raises FaultyInput as ``read_policy`` does."""
    return read_policy(FOLDER / f"{name}.yaml")


def read_policy(path: Path) -> Policy:
    """Read the policy file ``path``, once while it stays as it is. Raises FaultyInput with every fault and its line."""
    try:
        content = path.read_bytes()
    except OSError:
        content = b""  # what is wrong with it is said where it is read
    return _read_policy(path, content)


@lru_cache(maxsize=8)
def _read_policy(path: Path, content: bytes) -> Policy:
    """Read what was found to be ``content``: to try a policy's every clause takes a quarter of a second."""
    name = "/".join(path.parts[-2:])
    policy = read_record(path, Policy, name=name)
    faults = [
        Fault(name, find_line(path, misfit.place), None, misfit.what, misfit.remedy) for misfit in find_misfits(policy)
    ]
    if policy.key != path.stem:
        what = f"the key is {policy.key!r} but the file is called {path.name}"
        faults.append(Fault(name, find_line(path, ["key"]), None, what, "Give both the same name."))
    if faults:
        raise FaultyInput(faults)
    return policy
