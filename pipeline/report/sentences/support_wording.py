"""The words of a school's year of support: what takes place in each term, who may come, and what it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.edition.support import PlannedActivity
from pipeline.edition.support.activities import IF_NEEDED, NO_DAY
from pipeline.edition.support.changes import CANCELLED
from pipeline.foundation.vocabulary import MONTHS, name_academic_year
from pipeline.report.exhibits import clean_text
from pipeline.report.sentences.counting import join_words, spell_count, start_sentence, start_within

_FEW = 3  # roles or areas that are named


def list_by_term(planned: Sequence[PlannedActivity], terms: Sequence[str]) -> list[tuple[str, str]]:
    """What stands in one of the year's ``terms``, what in several, then what is cancelled, waits or has no day."""
    standing = [one for one in planned if one.stands and one.day is not None]
    when: dict[str, set[int]] = {}
    for one in standing:
        when.setdefault(one.key, set()).add(one.term)
    rows = [(name, [one for one in standing if when[one.key] == {term}]) for term, name in enumerate(terms, start=1)]
    rows += [("All year", [one for one in standing if len(when[one.key]) > 1])]
    rows += [(status, [one for one in planned if one.status == status]) for status in (CANCELLED, IF_NEEDED, NO_DAY)]
    return [(start_sentence(clean_text(name)), _phrase_kinds(those)) for name, those in rows if those]


def _phrase_kinds(planned: Sequence[PlannedActivity]) -> str:
    """Activities kind by kind, each with its days or what it waits for: "Initial visit (14 Jan); Follow-up visit …"."""
    kinds: dict[str, list[PlannedActivity]] = {}
    for one in planned:
        kinds.setdefault(one.key, []).append(one)
    return "; ".join(_phrase_kind(group) for group in kinds.values())


def _phrase_kind(group: Sequence[PlannedActivity]) -> str:
    first = group[0]
    days = ", ".join(f"{one.day.day} {MONTHS[one.day.month - 1][:3]}" for one in group if one.day is not None)
    told = f"by {days}" if first.by and days else days or (first.why if first.status == IF_NEEDED else "")
    return f"{clean_text(first.what)} ({clean_text(told)})" if told else clean_text(first.what)


def caption_year(year: int, amounts: Sequence[tuple[str, str]], *, proposed: bool = False) -> str:
    """What the table is of, with what the category brings in numbers; ``year`` is the one in which it ends.

    ``proposed``: nobody decided on the category yet. An amount that is no number names people, whom the table's own
    words name.
    """
    numbers = phrase_amounts([(what, amount) for what, amount in amounts if re.search(r"\d", amount)])
    title = f"The year of support, {name_academic_year(year)}{', as proposed' * proposed}"
    return f"{title}. {numbers}" if numbers else title


def phrase_amounts(amounts: Sequence[tuple[str, str]]) -> str:
    """What a category brings in amounts, such as days a year; "" where the policy states none."""
    return " ".join(f"{clean_text(what)}: {clean_text(amount)}." for what, amount in amounts)


def phrase_roles(planned: Sequence[PlannedActivity]) -> str:
    """Who may come, by role; "" where they are many, which would tell nothing."""
    roles = dict.fromkeys(clean_text(role) for one in planned for role in one.who_may)
    return f"Who may come: {'; '.join(roles)}." if len(roles) <= _FEW else ""


def phrase_areas(planned: Sequence[PlannedActivity]) -> str:
    """What the support is about, the first three areas by name; "" where it is about none."""
    areas = [start_within(clean_text(area)) for area in dict.fromkeys(one.area for one in planned if one.area)]
    if not areas:
        return ""
    more = [f"{spell_count(len(areas) - _FEW)} more"] if len(areas) > _FEW else []
    between = ";" if any("," in area for area in areas[:_FEW]) else ","
    told = join_words([*areas[:_FEW], *more], between=between)
    return f"It is about {told}{', in turn' * (len(areas) > 1)}."


def phrase_contact(contact: str) -> str:
    """That days may move, and whom the school may ask, where an agreed plan names somebody."""
    name = clean_text(contact)
    return f"To move a day, ask your contact, {name}." if name else "A day that does not suit can be moved."
