"""The manifest: what went in, what came out, and with which versions. Written last."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from importlib.metadata import version

from pipeline.paths import find_project
from pipeline.run.jobs import ReportOutcome
from pipeline.run.preparation import STAMP, PreparedEdition
from pipeline.run.schools import hash_file
from pipeline.writing import write_beside

#: The packages whose version can change a report.
PACKAGES = (
    "great_expectations",
    "matplotlib",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "pypandoc_binary",
    "scipy",
    "statsmodels",
    "typst",
)


def write_manifest(
    prepared: PreparedEdition, outcomes: Sequence[ReportOutcome], area: ReportOutcome, reliance: ReportOutcome
) -> None:
    """Write ``manifest.json``: inputs and outputs with their sha256, the notebooks, the versions. No clock."""
    paths = prepared.edition.paths
    stamp = json.loads((paths.prepared / STAMP).read_text(encoding="utf-8"))
    made = {f"schools/{outcome.urn}": dict(outcome.files) for outcome in outcomes if not outcome.problem}
    for place, outcome in (("area", area), ("how-far-to-trust", reliance)):
        if not outcome.problem:
            made[place] = dict(outcome.files)
    manifest = {
        "edition": {key: stamp[key] for key in ("name", "title", "year", "policy", "area", "date")},
        "inputs": stamp["inputs"],
        "notebooks": {
            name: hash_file(find_project() / "notebooks" / name)
            for name in ("school_report.ipynb", "area_report.ipynb", "how_far_to_trust.ipynb")
        },
        "outputs": {f"{place}/{name}": digest for place, files in made.items() for name, digest in files.items()},
        "failed": {str(outcome.urn): outcome.problem for outcome in outcomes if outcome.problem},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }
    write_beside(
        paths.reports / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )
