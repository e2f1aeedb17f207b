"""Every page of the area's site that is not one school's, in the order in which its navigation leads to them."""

from __future__ import annotations

from pipeline.report.area.site.accounts import lay_out_decisions, lay_out_files, lay_out_worth_a_look
from pipeline.report.area.site.area import AreaSite
from pipeline.report.area.site.listing import lay_out_ring_first, lay_out_schools
from pipeline.report.area.site.overview import lay_out_overview
from pipeline.report.area.site.pieces import SitePage
from pipeline.report.area.site.priorities import lay_out_disadvantaged, lay_out_inspection
from pipeline.report.area.site.subjects import lay_out_gaps
from pipeline.report.area.site.support import lay_out_days, lay_out_support

_LAID_OUT = (
    lay_out_overview,
    lay_out_ring_first,
    lay_out_schools,
    lay_out_gaps,
    lay_out_worth_a_look,
    lay_out_disadvantaged,
    lay_out_inspection,
    lay_out_support,
    lay_out_days,
    lay_out_decisions,
    lay_out_files,
)


def lay_out_site(site: AreaSite) -> tuple[SitePage, ...]:
    """Lay out the pages about the whole area."""
    return tuple(lay_out(site) for lay_out in _LAID_OUT)
