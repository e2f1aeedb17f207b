"""The sample edition's tables, prepared and studied."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.sources.prepared import Prepared, open_prepared


@pytest.fixture(scope="session")
def sample(prepared_sample: Path) -> Prepared:
    return open_prepared(prepared_sample / "data/editions/sample/prepared")
