"""Every measure that the tables of columns name: what a figure of an edition may be of."""

from __future__ import annotations

from functools import cache

from pipeline.sources.families import absence, census, destinations, ks2, ks4, ks5
from pipeline.sources.families.tidy import ees
from pipeline.sources.families.trusts import load_trust_aliases
from pipeline.sources.local.files import RETURNS
from pipeline.sources.tabular.columns import load_aliases

#: Families of wide files, which have a table of columns each.
WIDE = tuple(source.family for room in (absence, census, destinations, ks2, ks4, ks5) for source in room.SOURCES)


@cache
def list_groups(*, with_returns: bool) -> dict[str, frozenset[str] | None]:
    """The groups of pupils that the tables of columns have each measure of; None where a file's rows name them."""
    found: dict[str, frozenset[str] | None] = dict.fromkeys(list_measures(with_returns=with_returns))
    named: dict[str, set[str]] = {}
    for family in WIDE:
        for name, measure in load_aliases(family).measures.items():
            named.setdefault(name, set()).update(map(str, (*measure.columns, *measure.past)))
    open_to_all = set(RETURNS)
    for source in ees.SOURCES:
        aliases = ees.load_tidy_aliases(source.family)
        for name, measure in [one for part in aliases.parts.values() for one in part.items()]:
            named.setdefault(name, set()).update(map(str, measure.columns))
            open_to_all |= {name} if aliases.group_by in aliases.recognised_by else set()
    return {name: frozenset(named[name]) if name in named and name not in open_to_all else None for name in found}


@cache
def list_measures(*, with_returns: bool) -> tuple[str, ...]:
    """The measures of published files, and those of local returns where the edition has some, in alphabetical order."""
    found = {measure for family in WIDE for measure in load_aliases(family).measures}
    for results in load_trust_aliases().results.values():
        found.update(results.measures)
    for source in ees.SOURCES:
        aliases = ees.load_tidy_aliases(source.family)
        if aliases.of_authorities:  # compared among authorities alone: no figure of an edition's schools is of them
            continue
        for part in (*aliases.parts.values(), *aliases.three_year_parts.values()):
            found.update(part)
        found.update(aliases.shares.measures.values() if aliases.shares else ())
    return tuple(sorted({*found, *(RETURNS if with_returns else ())}))
