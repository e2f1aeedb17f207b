"""All that the area's site tells: its schools, and what the area's own report says of the area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.edition.brokering import NO_PARTNERS, Partners
from pipeline.policy import Policy
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
from pipeline.report.area.findings import Unreported
from pipeline.report.area.site.schools import SiteSchool
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import EditionNote


@dataclass(frozen=True)
class AreaSite:
    """What the site is made from. ``facts`` are those of the area's report, None where it could not be made."""

    edition: EditionNote
    policy: Policy
    name: str
    schools: tuple[SiteSchool, ...]  # by name
    unreported: tuple[Unreported, ...] = ()
    facts: Mapping[str, Any] | None = None
    has_report: bool = True  # the area's own report is there
    of_authority: bool = True  # not of a trust or a list of schools
    partners: Partners | None = NO_PARTNERS  # None where what people know of them could not be read

    @property
    def categories(self) -> tuple[tuple[str, str], ...]:
        """Key and title of each outcome, from least to most support, then insufficient evidence."""
        named = [(one.key, clean_text(one.title)) for one in self.policy.categories]
        return (*named, (INSUFFICIENT_EVIDENCE, clean_text(self.policy.insufficient_evidence.title)))

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of all outcomes, in that order."""
        return tuple(title for _, title in self.categories)

    def tell(self, *names: str) -> Any:
        """What the area's facts say under ``names``, one inside the other; None where they do not."""
        held: Any = self.facts
        for name in names:
            held = held.get(name) if isinstance(held, Mapping) else None
        return held


def name_category(schools: Sequence[SiteSchool]) -> str:
    """What the categories are: indicative until a panel has decided on a school."""
    return "Category" if any(one.standing.panel for one in schools) else "Indicative category"
