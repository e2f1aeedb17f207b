"""Short executed notebooks for Quarto to render, and what the stand-in was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sample_notebook import make_facts, show

from pipeline.render.engine import EngineChoice
from pipeline.render.quarto import Quarto


@dataclass(frozen=True)
class Recorded:
    """What the stand-in was asked, call by call."""

    path: Path

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [told for told in self.read() if "argv" in told]


def open_quarto(**settings: Any) -> Quarto:
    return Quarto(EngineChoice("quarto", **settings))


def make_school(urn: int, name: str = "", prose: str = "", **facts: object) -> nbformat.NotebookNode:
    """A short executed notebook about one school, in which its URN stands in prose, in a table and in the facts."""
    name = name or f"School {urn}"
    about = make_facts(urn=urn, school=name, title=f"{name}: where it stands", **facts)
    rows = f"<thead><tr><th>URN</th></tr></thead><tbody><tr><td>{urn}</td></tr></tbody>"
    cells = [
        new_code_cell("open_report()", outputs=[about]),
        new_markdown_cell(f"## About number {urn}\n\n{prose or 'Its own words.'}"),
        new_code_cell("show_table()", outputs=[show(f"<p>{escape(name)}</p><table>{rows}</table>")]),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
