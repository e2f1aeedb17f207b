"""Reading back the facts that reports published."""

from __future__ import annotations

import json
from typing import Any

from pipeline.run.edition import Edition


def read_facts(edition: Edition, urn: int) -> dict[str, Any]:
    """The facts published with a school's report."""
    return json.loads((edition.paths.school(urn) / "facts.json").read_text(encoding="utf-8"))
