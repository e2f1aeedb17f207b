"""Papers for officers: one page of pieces as HTML, and the same as a tagged PDF, checked as reports are."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from pipeline.edition.editions import Edition
from pipeline.foundation.errors import PipelineError
from pipeline.policy import Policy
from pipeline.report.area.site.pieces import SitePage
from pipeline.report.exhibits import clean_text


def write_papers(
    folder: Path,
    stem: str,
    page: SitePage,
    edition: Edition,
    policy: Policy,
    *,
    kind: str = "papers",
    apart: bool = False,
) -> None:
    """Write ``page`` as ``stem``.html and ``stem``.pdf into ``folder``; of the ``kind`` binder, its pages say the part.

    Where ``apart``, a process of its own sets the PDF: Typst keeps what it has laid out as long as its process lives.
    Raises PipelineError where either fails a check that every report has to pass.
    """
    from pipeline.render.checks import check_html, check_pdf
    from pipeline.render.pdf import render_pdf
    from pipeline.render.site.pages import SiteFrame, render_site_page

    frame = SiteFrame(
        title=clean_text(edition.description.title),
        organisation=clean_text(policy.organisation),
        date=edition.date.isoformat(),
        colour=edition.description.colour,
        pages=(),
    )
    html = render_site_page(page, frame, kind=kind)
    pdf = _render_apart(html) if apart else render_pdf(html)
    if faults := [*check_html(html), *check_pdf(pdf)]:
        remedy = "This is a fault of the product: please report it."
        raise PipelineError("; ".join(faults[:5]), where=f"{stem}.pdf", remedy=remedy)
    (folder / f"{stem}.html").write_text(html, encoding="utf-8", newline="\n")
    (folder / f"{stem}.pdf").write_bytes(pdf)


def _render_apart(html: str) -> bytes:
    from pipeline.render.pdf import render_pdf

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as one:
        return one.submit(render_pdf, html).result()
