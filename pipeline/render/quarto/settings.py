"""What Quarto is told of a document: an organisation's own settings, and ours, which win."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.yaml_files import LOADER
from pipeline.render.content.document import Document

FILES = ("_quarto.yml", "_quarto.yaml", "_metadata.yml", "_metadata.yaml")
FILTER = "report.lua"
FORMATS = ("html", "typst", "docx")
PARTIALS = ("definitions.typ", "typst-template.typ", "typst-show.typ", "page.typ")

# Of a project, not of a document; or what would run code, or write elsewhere than we look.
_LEFT_OUT = frozenset(
    {
        "project",
        "website",
        "book",
        "manuscript",
        "profile",
        "execute",
        "engine",
        "jupyter",
        "knitr",
        "params",
        "freeze",
        "server",
        "ipynb-filters",
        "title",
        "output-file",
        "output-ext",
        "template",
        "template-partials",
        "validate-yaml",
    }
)

# Prose is read as the built-in engine reads it: a heading, quotation or list needs no empty line before it, and what
# stands between two rules is words.
_READING = (
    "markdown-yaml_metadata_block-simple_tables-multiline_tables"
    "-blank_before_header-blank_before_blockquote+lists_without_preceding_blankline+autolink_bare_uris"
)

_EVERY_FORMAT: dict[str, Any] = {
    "from": _READING,
    "shift-heading-level-by": 0,  # Quarto would raise the headings of a document that has none of the first level
    "number-sections": False,
    "toc": False,
    "html-table-processing": "none",
    "highlight-style": "none",
    "callout-icon": False,  # drawn in a font that reports do not have
}
_EACH_FORMAT: dict[str, dict[str, Any]] = {
    "html": {
        "template": "page.html",
        "embed-resources": True,
        "minimal": True,
        "html-math-method": "mathml",
        # With a theme Quarto would set up a page of its own inside ours, and link the files that it wrote beside it.
        "page-layout": "custom",
        "format-links": False,
        "filters": [FILTER],
    },
    "typst": {"template-partials": list(PARTIALS), "pdf-standard": "ua-1", "keep-typ": False, "filters": [FILTER]},
    "docx": {"filters": [FILTER]},
}


def read_settings(folder: Path | None) -> dict[str, Any]:
    """Read an organisation's Quarto settings; those of ``_metadata.yml`` win over those of ``_quarto.yml``.

    Raises FaultyInput with every file that is not YAML or holds no fields.
    """
    settings: dict[str, Any] = {}
    faults: list[Fault] = []
    for name in FILES if folder else ():
        path = folder / name  # type: ignore[operator]
        if path.is_file():
            try:
                settings = _merge(settings, _read_fields(path))
            except FaultyInput as fault:
                faults += fault.faults
    if faults:
        raise FaultyInput(faults)
    if folder and (folder / "reference.docx").is_file():
        settings = _merge({"format": {"docx": {"reference-doc": "reference.docx"}}}, settings)
    return settings


def _read_fields(path: Path) -> dict[str, Any]:
    name = "/".join(path.parts[-2:])
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise FaultyInput(
            [Fault(name, line, None, "not YAML in UTF-8", "Mend it at or just before this line.")]
        ) from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise FaultyInput([Fault(name, 1, None, "the file holds no fields", "Write `field: value` lines.")])
    formats = content.get("format", {})
    if isinstance(formats, str):
        formats = {formats: {}}
    formats = {key: value if isinstance(value, dict) else {} for key, value in formats.items() if key in FORMATS}
    return {**content, "format": formats}


def compose_front_matter(settings: dict[str, Any], document: Document, formats: tuple[str, ...]) -> str:
    """Write the YAML that a copy of a notebook starts with, in the lines that mark it as such."""
    theirs = _leave_out(settings)
    filters = {"filters": _list(theirs.pop("filters"))} if "filters" in theirs else {}
    told: dict[str, Any] = {**theirs, "title": "Report", "lang": document.language, "format": {}}
    for name in formats:
        own = _leave_out(settings.get("format", {}).get(name, {}))
        if name == "html":
            own = {"theme": theirs.get("theme", "none"), **own}
        told["format"][name] = _merge(_merge(filters, own), {**_EVERY_FORMAT, **_EACH_FORMAT[name]})
    written = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{written}---\n"


def _leave_out(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in _LEFT_OUT and name != "format"}


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Both, field by field: what ``over`` says wins. Filters are added up, for each has work of its own."""
    merged = dict(under)
    for name, value in over.items():
        held = merged.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            merged[name] = _merge(held, value)
        elif name == "filters" and held:
            merged[name] = [*_list(held), *_list(value)]
        else:
            merged[name] = value
    return merged


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
