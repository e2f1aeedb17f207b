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
    from pipeline.analysis.indicators import load_indicators
    from pipeline.analysis.indicators.catalogue import compose_catalogue
    from pipeline.policy.reference import refresh_page
    from pipeline.report.facts_page import compose_facts_page
    from pipeline.run.desk.documenting.architecture import refresh_architecture
    from pipeline.sample.guide import describe_sample
    from pipeline.validation import describe_suites

    return {
        "architecture.md": refresh_architecture((docs / "architecture.md").read_text(encoding="utf-8"), find_project()),
        "decisions/README.md": list_decisions(docs / "decisions"),
        "facts.md": compose_facts_page(),
        "indicators.md": compose_catalogue(load_indicators()),
        "policies.md": refresh_page((docs / "policies.md").read_text(encoding="utf-8")),
        "sample.md": describe_sample(),
        "support.md": refresh_page((docs / "support.md").read_text(encoding="utf-8")),
        "validation.md": describe_suites(),
    }


def list_decisions(folder: Path) -> str:
    """The index of the architecture decision records in ``folder``: each begins with its title, then its outcome."""
    rows = []
    for record in sorted(folder.glob("[0-9]*.md")):
        heading, _, outcome = record.read_text(encoding="utf-8").splitlines()[:3]
        number, _, title = heading.removeprefix("# ").partition(". ")
        rows.append(f"| {number} | [{title}]({record.name}) | {outcome.removeprefix('Outcome: ').rstrip('.')} |")
    return "\n".join(
        (
            "# Decisions",
            "",
            "What was decided about how the product is made, why, and what would change it. A number is",
            "never used again; a decision that another has taken the place of says so. Measurements are ratios, for",
            "seconds are those of one machine on one day.",
            "",
            "| | decision | outcome |",
            "| --- | --- | --- |",
            *rows,
            "",
        )
    )


def _is_current(page: Path, text: str) -> bool:
    return page.is_file() and page.read_text(encoding="utf-8") == text
