"""The pages made once an edition, after its schools' reports: one record each, in the order in which they are made.

Whatever speaks of these pages walks this list: a run, a plan, the index, the manifest, ``verify`` and ``reproduce``. A
new page is one record here, its notebook in ``notebooks/`` and what the notebook's cells call.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EditionPage:
    """One page made once an edition. Such pages are for the area's officers: none is ever sent to a school."""

    name: str  # as a run calls it in the midst of a sentence
    title: str  # as the index calls it; ``{place}`` stands for what the edition is about
    notebook: str  # a file of notebooks/
    folder: str  # below the edition's reports

    def tell_title(self, place: str) -> str:
        """What the index calls it in an edition about a ``place`` of that kind."""
        return self.title.replace("{place}", place)


EDITION_PAGES = (
    EditionPage("the area report", "The {place}'s report", "area_report.ipynb", "area"),
    EditionPage("how far to trust this", "How far to trust this", "how_far_to_trust.ipynb", "how-far-to-trust"),
)
