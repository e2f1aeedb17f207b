"""One meeting's papers for all its schools, as one binder: an agenda a school, and under its items what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.edition.editions import Edition
from pipeline.foundation.vocabulary import count_noun, name_academic_year
from pipeline.policy import Policy
from pipeline.policy.outcome import LIKELY_IN_100, SURE_IN_100, count_times
from pipeline.policy.policy import Meeting, PaperPart
from pipeline.report.area.site.pieces import (
    Bulleted,
    Contents,
    Pairs,
    Piece,
    SitePage,
    SiteTable,
    Title,
    ToFillIn,
    Words,
)
from pipeline.report.area.site.record import (
    TO_DECIDE,
    tell_category,
    tell_figures,
    tell_inspections,
    tell_last_year,
    tell_local,
)
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import find_certainty
from pipeline.report.sentences.counting import join_words, start_sentence, start_within
from pipeline.run.desk.packs.actions import Facts, LastYear, tell_actions

_TO_AGREE = ("1.", "2.", "3.", "4.", "5.")
_SCHOOL, _ITEM, _PART = 2, 3, 4  # levels of headings


def lay_out_binder(
    meeting: Meeting,
    edition: Edition,
    policy: Policy,
    schools: Sequence[Facts],
    last_year: LastYear,
    contacts: Mapping[int, str],
    *,
    which: str = "",
) -> SitePage:
    """Lay out the papers of ``meeting`` on the schools that these facts tell of; ``contacts`` are advisers by URN.

    ``which`` says which of several binders it is, and that it holds the schools from the first name to the last.
    """
    year = name_academic_year(edition.year)
    title = f"{meeting.title}, {which}" if which else meeting.title
    names = [clean_text(facts["school"]["name"]) for facts in schools]
    told = f"This binder holds the papers of {count_noun(len(schools), 'school')}, by name"
    told += f", from {names[0]} to {names[-1]}:" if which else ":"
    entries = tuple((name_part(facts), name_anchor(facts)) for facts in schools)
    return SitePage(
        f"{meeting.key}.html",
        title,
        title,
        f"Papers, {year}. For officers: never for a school's own copy, and not to be handed out.",
        (
            Words((meeting.purpose,)),
            *(
                (Words((f"{start_sentence(join_words(meeting.people))}.",), lead="Who meets:"),)
                if meeting.people
                else ()
            ),
            Words((told,)),
            Contents(entries),
            *(
                piece
                for facts in schools
                for piece in _lay_out_school(
                    meeting, policy, facts, last_year, contacts.get(facts["school"]["urn"], "")
                )
            ),
        ),
    )


def name_part(facts: Facts) -> str:
    """A school as its part of a binder is headed."""
    return f"{clean_text(facts['school']['name'])} (URN {facts['school']['urn']})"


def name_anchor(facts: Facts) -> str:
    """Where the part of a school begins."""
    return f"school-{facts['school']['urn']}"


def _lay_out_school(
    meeting: Meeting, policy: Policy, facts: Facts, last_year: LastYear, adviser: str
) -> Iterator[Piece]:
    final = facts["final"]
    yield Title(name_part(facts), _SCHOOL, name_anchor(facts), begins_page=True)
    decided = "decided by a panel" if final["decided_by_panel"] else "indicated, and not decided yet"
    pairs = [
        ("Meeting", f"{meeting.title}, {facts['edition']['year']}"),
        ("Phase", start_sentence(facts["school"]["phase"])),
        ("Category", f"{clean_text(policy.outcome(final['category']).title)} ({decided})"),
        ("Adviser", clean_text(adviser)),
    ]
    yield Pairs(tuple((name, value) for name, value in pairs if value))
    yield Title("Agenda", _ITEM)
    yield Bulleted(tuple(item.title for item in meeting.agenda), numbered=True)
    for number, item in enumerate(meeting.agenda, start=1):
        if item.shows:
            yield Title(f"{number}. {item.title}", _ITEM)
        for part in item.shows:
            yield from _fit(_PARTS[part](policy, last_year, facts), facts["school"], alone=len(item.shows) == 1)


def _fit(pieces: Iterable[Piece], school: Facts, *, alone: bool) -> Iterator[Piece]:
    """The pieces of a school's record under an item of an agenda: further down, without a heading of their own where
    they stand ``alone`` under it, and named with the school's name, so that each name stands once in the binder."""
    name = clean_text(school["name"])
    for piece in pieces:
        if isinstance(piece, Title):
            if not alone:
                yield replace(piece, level=_PART)
        elif isinstance(piece, SiteTable):
            caption = f"{name}: {start_within(piece.caption)}"
            yield replace(piece, id=f"{piece.id}-{school['urn']}", caption=caption)
        elif isinstance(piece, ToFillIn):
            yield replace(piece, title=f"{piece.title}: {name}")
        else:
            yield piece


def _tell_proposal(policy: Policy, _: LastYear, facts: Facts) -> Iterator[Piece]:
    yield from tell_category(policy, facts)
    if certainty := find_certainty(facts):
        said = (
            f"By the same rules, other pupils just like these bring this category "
            f"{count_times(certainty['probability'])}: it is {certainty['sureness']}. Below {SURE_IN_100} in 100 it is "
            f"borderline, below {LIKELY_IN_100} doubtful."
        )
        yield Words((said,), lead="How certain.")


_PARTS: Mapping[PaperPart, Callable[[Policy, LastYear, Facts], Iterable[Piece]]] = {
    "actions": lambda _, last_year, facts: tell_actions(last_year, facts),
    "category": _tell_proposal,
    "figures": lambda _, __, facts: tell_figures(facts["indicators"]),
    "history": lambda _, __, facts: tell_last_year(facts),
    "inspections": lambda _, __, facts: tell_inspections(facts["inspections"]),
    "local_evidence": lambda _, __, facts: tell_local(facts["officer"]),
    "decision": lambda _, __, facts: (ToFillIn("Record of the decision", TO_DECIDE, _PART),),
    "to_agree": lambda _, __, facts: (ToFillIn("Agreed: what, who, by when", _TO_AGREE, _PART),),
}
