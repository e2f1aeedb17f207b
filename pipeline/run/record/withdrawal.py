"""Reports of schools that are not due one any more: taken out from among the others, lest one be sent by mistake."""

from __future__ import annotations

import shutil
from collections.abc import Collection

from pipeline.foundation.paths import EditionPaths

WITHDRAWN = "withdrawn"


def withdraw_reports(paths: EditionPaths, due: Collection[int]) -> tuple[int, ...]:
    """Move every report of a school that is not ``due`` to ``withdrawn/``; give their URNs, sorted.

    One that was withdrawn before and is due again comes back: whether it still holds is for the plan to say.
    """
    withdrawn = paths.reports / WITHDRAWN
    for urn in due:
        aside, place = withdrawn / str(urn), paths.school(urn)
        if aside.is_dir() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            aside.rename(place)
    folder = paths.reports / "schools"
    found = (int(path.name) for path in folder.glob("*") if path.is_dir() and path.name.isdecimal())
    gone = tuple(sorted(urn for urn in found if urn not in due))
    for urn in gone:
        withdrawn.mkdir(exist_ok=True)
        shutil.rmtree(withdrawn / str(urn), ignore_errors=True)
        paths.school(urn).rename(withdrawn / str(urn))
    return gone
