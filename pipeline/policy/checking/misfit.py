"""One fault of a policy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Misfit:
    """One fault and its place in the file, as field names and positions in lists."""

    place: tuple[str | int, ...]
    what: str
    remedy: str
