"""The documentation's generated pages and tables, written afresh from indicators, policies, suites and the sample."""

from __future__ import annotations

from pathlib import Path

from pipeline.foundation.paths import find_project
from pipeline.foundation.writing import write_beside


def write_documentation() -> tuple[str, ...]:
    """Write every generated page of ``docs/``; give the names of those that changed, sorted."""
    docs = find_project() / "docs"
    pages = generate_pages(docs)
    stale = sorted(name for name, text in pages.items() if not _is_current(docs / name, text))
    for name in stale:
        write_beside(docs / name, pages[name])
    return tuple(f"docs/{name}" for name in stale)


def generate_pages(docs: Path) -> dict[str, str]:
    """The text of every page that is made, or holds tables that are made, from the product's own files."""
    from pipeline.analysis.catalogue import write_catalogue
    from pipeline.analysis.indicators import load_indicators
    from pipeline.policy.reference import refresh_page
    from pipeline.report.facts_page import write_facts_page
    from pipeline.run.desk.architecture import refresh_architecture
    from pipeline.sample.guide import describe_sample
    from pipeline.validation import describe_suites

    return {
        "architecture.md": refresh_architecture((docs / "architecture.md").read_text(encoding="utf-8"), find_project()),
        "facts.md": write_facts_page(),
        "indicators.md": write_catalogue(load_indicators()),
        "policies.md": refresh_page((docs / "policies.md").read_text(encoding="utf-8")),
        "sample.md": describe_sample(),
        "validation.md": describe_suites(),
    }


def _is_current(page: Path, text: str) -> bool:
    return page.is_file() and page.read_text(encoding="utf-8") == text
