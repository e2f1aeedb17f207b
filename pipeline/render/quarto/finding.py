"""Which Quarto this machine has."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipeline.foundation.errors import MissingTool

OLDEST = (1, 9)  # the first that writes tagged PDF through Typst
_STARTING = 60  # seconds; the first start after an installation is slow
_REMEDY = (
    "`conda env create -f environment.yml` brings it from conda-forge; https://quarto.org/docs/download has "
    "installers. The built-in engine needs none of it: leave `engine` out of edition.yaml."
)


@dataclass(frozen=True)
class Found:
    """``path`` is the program, ``version`` what it says of itself, such as ``1.10.3``."""

    path: Path
    version: str


def find_quarto() -> Found:
    """Find the ``quarto`` on the PATH. Raises MissingTool where there is none, or one older than 1.9."""
    path = shutil.which("quarto")
    if path is None:
        raise MissingTool("Quarto is not on this machine, or not on its PATH", remedy=_REMEDY)
    version = re.match(r"\d+\.\d+[\w.+-]*", _ask_version(path))
    if version is None:
        raise MissingTool(f"{path} does not say which version of Quarto it is", remedy=_REMEDY)
    if tuple(map(int, version[0].split(".")[:2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise MissingTool(f"Quarto {version[0]} is too old: {oldest} or newer is needed", remedy=_REMEDY)
    return Found(Path(path), version[0])


def _ask_version(path: str) -> str:
    try:
        said = subprocess.run(
            [path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_STARTING, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingTool(f"{path} does not start: {error}", remedy=_REMEDY) from None
    return said.stdout.decode("utf-8", "replace").strip()
