"""What a phrase book still lacks: every text of the schools' reports that has no words in the second language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.edition.editions import Edition
from pipeline.foundation.errors import PipelineError
from pipeline.run.rendering import read_look

if TYPE_CHECKING:
    from pipeline.render.language.page import Untold


def find_untold(edition: Edition, urns: Sequence[int], progress: Callable[[str], None]) -> dict[int, list[Untold]]:
    """Give by URN what no phrase tells, of the notebooks that were executed last, those that failed included.

    ``urns`` are the schools to ask; all, where there are none. Raises PipelineError where the edition has no second
    language or no notebook of it was executed yet, and FaultyInput for mistakes in its phrase books.
    """
    import nbformat

    from pipeline.render.html import render_html
    from pipeline.render.language.branded import Branded

    look = read_look(edition)
    if look is None or not look.books:
        remedy = "Name a branding with `language:` in its edition.yaml; docs/branding.md says how."
        raise PipelineError(f"the edition {edition.name} has no second language", remedy=remedy)
    branded, found = Branded(look), {}
    for urn, path in _list_executed(edition):
        if not urns or urn in urns:
            progress(f"URN {urn}")
            notebook = nbformat.read(path, as_version=4)
            found[urn] = branded.find_untold(render_html(notebook), notebook)
    if not found:
        remedy = (
            f"Make them first: `python -m pipeline reports {edition.name}`. Those that fail for want of words count."
        )
        raise PipelineError("no report of these schools was executed yet", remedy=remedy)
    return found


def _list_executed(edition: Edition) -> Iterator[tuple[int, Path]]:
    """The executed notebook of each school; where its last run failed, that run's."""
    folder = edition.paths.reports
    places = {path.parent.name: path for path in sorted(folder.glob("schools/*/notebook.ipynb"))}
    places |= {path.stem: path for path in sorted(folder.glob("failed/*.ipynb"))}
    yield from ((int(name), path) for name, path in sorted(places.items()) if name.isdigit())


def compose_lines(found: dict[int, list[Untold]]) -> str:
    """Lines to put under ``phrases:`` of a phrase book, each text once with where it stands; "" where none is missing.

    The words in the second language are left to whoever knows it.
    """
    places: dict[str, list[str]] = {}
    for urn, untold in found.items():
        for one in untold:
            line = (
                f'  {json.dumps(one.pattern, ensure_ascii=False)}: ""' if one.pattern else f"  # {one.text}: {one.why}"
            )
            places.setdefault(line, []).append(f"URN {urn}, {one.place}")
    said = [
        f"{line}  # {where[0]}{f', and {len(where) - 1} more' if len(where) > 1 else ''}"
        for line, where in places.items()
    ]
    return "\n".join(["phrases:", *said]) if said else ""
