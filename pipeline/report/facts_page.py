"""The page that says what stands in facts.json, written from the list of its keys."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from pipeline.foundation.writing import format_table
from pipeline.foundation.yaml_files import LOADER

_OPENING = """\
# facts.json

Every school's report leaves its facts beside it, as JSON: the area's pages, messages and checks read these and never
the page. A key means the same wherever it stands. This table is written from `pipeline/report/facts_keys.yaml`; change
that, and `FACTS_VERSION` in `facts.py`, when a key is added, renamed or taken out.

A figure that is not published as a number is null; its `availability` says why. What is called `officer` is for
officers: `facts.json` itself is never sent to a school.
"""


@cache
def load_fact_keys() -> dict[str, str]:
    """The keys of a school's facts by their place (``indicators[].value``), each with its type and meaning."""
    path = Path(__file__).with_name("facts_keys.yaml")
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)


def compose_facts_page() -> str:
    """Every key in a table, as Markdown."""
    rows = []
    for place, said in load_fact_keys().items():
        kind, _, meaning = said.partition("; ")
        rows.append((f"`{place}`", kind, meaning))
    return f"{_OPENING}\n{format_table(('key', 'type or unit', 'meaning'), rows)}\n"
