"""What a message may say of a school: a fixed set of words, taken from its facts and nowhere else.

Templates see these words alone. What officers keep to themselves (a panel's reason, its members, what was heard of a
school) is never read here, so that no template can print it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.delivery.mail.message import Attachment, Recipient
from pipeline.delivery.settings import DeliverySettings
from pipeline.foundation.errors import FailedReport
from pipeline.foundation.vocabulary import Rating, format_date
from pipeline.policy.assign import grant_entitlement
from pipeline.policy.policy import Policy, RoleOfRecipient
from pipeline.render.engine import list_translations
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import ENGLAND, FACTS_VERSION, SIMILAR
from pipeline.report.sentences.category_wording import STARTING_POINT
from pipeline.report.sentences.counting import (
    CAME_TO,
    count_things,
    end_sentence,
    join_words,
    phrase_step,
    start_sentence,
    tell_ratings,
)

#: How many sentences a message has about the school, and how many indicators one of them names.
SENTENCES = 5
NAMED = 3

_QUESTION = (
    "If you think a figure {or_category}is wrong, tell us{when}: say which, and what you know that the figures do not "
    "show."
)


@dataclass(frozen=True)
class Letter:
    """The words that templates may use; docs/policies.md says what each is. All are on one line and unescaped."""

    school: str
    urn: int
    edition: str
    year: str
    organisation: str
    policy: str
    recipient: str
    role: str
    dear: str
    category: str
    sentences: tuple[str, ...]
    brings: str
    next_steps: tuple[str, ...]
    dates: tuple[str, ...]
    challenge: str
    cautions: tuple[str, ...]
    correction: str
    how_it_comes: str
    link: str
    contact: str
    sender: str


def compose_letter(
    facts: Mapping[str, Any],
    policy: Policy,
    settings: DeliverySettings,
    recipient: Recipient,
    attachments: Sequence[Attachment],
    *,
    corrects: bool = False,
) -> Letter:
    """Put a school's facts into the words of one recipient's message; ``corrects`` where they have had another report.

    Raises FailedReport where the report was made by another policy, or by another wording of its category.
    """
    refuse_other_policy(facts, policy, recipient.urn)
    role, school = policy.recipients[recipient.role], facts["school"]
    name = clean_text(recipient.name)
    return Letter(
        school=clean_text(school["name"]),
        urn=recipient.urn,
        edition=clean_text(facts["edition"]["title"]),
        year=facts["edition"]["year"],
        organisation=clean_text(facts["policy"]["organisation"]),
        policy=clean_text(facts["policy"]["title"]),
        recipient=name,
        role=role.title,
        dear=name or role.title,
        category=clean_text(facts["final"]["title"]) if role.category_in_message else "",
        sentences=phrase_sentences(facts, policy, role),
        brings=_introduce_next_steps(facts) if role.category_in_message else "",
        next_steps=tuple(_list_next_steps(facts, policy)) if role.category_in_message else (),
        dates=tuple(_list_dates(facts)),
        challenge=_phrase_challenge(facts, role),
        cautions=tuple(list_cautions(facts)) if role.category_in_message else (),
        correction=phrase_correction(corrects),
        how_it_comes=introduce_files(attachments, settings, recipient),
        link=settings.link.replace("{urn}", str(recipient.urn)),
        contact=clean_text(settings.contact),
        sender=clean_text(settings.sender.name),
    )


def refuse_other_policy(facts: Mapping[str, Any], policy: Policy, urn: int) -> None:
    """Raise FailedReport where the facts are of another shape, policy or category's title than those in hand."""
    if facts.get("version") != FACTS_VERSION:
        what = "its facts are written in another way than this version of the software reads"
    elif facts["policy"]["key"] != policy.key:
        what = f"its report was made by the policy {facts['policy']['key']}, not by {policy.key}"
    elif not _knows(policy, facts["final"]):
        what = f"its report says {facts['final']['title']!r}, a category the policy {policy.key} no longer has"
    else:
        return
    raise FailedReport(urn, what, where=f"schools/{urn}/facts.json", remedy="Make the reports again, then send.")


def _knows(policy: Policy, final: Mapping[str, Any]) -> bool:
    try:
        return policy.outcome(final["category"]).title == final["title"]
    except KeyError:
        return False


# Sentences


def phrase_sentences(facts: Mapping[str, Any], policy: Policy, role: RoleOfRecipient) -> tuple[str, ...]:
    """Give up to five sentences: the category and why, how many indicators stand out, and which; and one more where the
    report shows early results.

    The category and its reason are left out for a role whose message may not name it.
    """
    compared = _find_compared(facts, ENGLAND)
    standing = (_phrase_category(facts), _phrase_reason(facts, policy))
    found = [
        *(standing if role.category_in_message else ("The report names the category of support and says why.",)),
        _count_compared(compared),
        *([_name_rated(compared, rating) for rating in (Rating.STRENGTH, Rating.GAP)] if len(compared) > 1 else ()),
        _count_beside_similar(_find_compared(facts, SIMILAR)),
    ]
    said = [*[sentence for sentence in found if sentence][:SENTENCES], _phrase_early(facts)]
    return tuple(clean_text(sentence) for sentence in said if sentence)


def _phrase_early(facts: Mapping[str, Any]) -> str:
    """That the report shows early results; empty where it shows none."""
    early = facts["early_results"]
    if early is None:
        return ""
    decides = "are counted for the category" if early["judged"] else "have no part in the category"
    return f"Figures of {join_words(early['years'])} that are marked early are not validated; they {decides}."


def _phrase_category(facts: Mapping[str, Any]) -> str:
    final, certainty = facts["final"], facts["certainty"] or {}
    if final["tier"] is None:
        return f"{final['title']}: the figures indicate no category, and a panel decides."
    place = f"{final['title']}, {_place(final['tier'], final['tiers'])}"
    if final["decided_by_panel"]:
        decided = "decided on it" if _was_changed(facts) else "confirmed it"
        return f"The category is {place}; a panel met on {format_date(facts['panel_date'])} and {decided}."
    rests = "early results, not validated" if facts["assignment"]["without_early"] else "one year"
    provisional = f" (provisional: it rests on {rests})" if final["provisional"] else ""
    if certainty.get("between"):
        unsure = f"{certainty['sureness']} between {join_words(certainty['between'])}"
        return f"The indicative category is {place}{provisional}; it is {unsure}, and a panel decides."
    return f"The indicative category is {place}{provisional}; a panel decides."


def _place(tier: int, tiers: int) -> str:
    ends = {1: "the least support", tiers: "the most support"}
    return f"{tier} of {tiers}, {ends.get(tier, '1 being the least support')}"


def _was_changed(facts: Mapping[str, Any]) -> bool:
    """Whether a panel decided on another category than the figures indicate: why is then for officers alone."""
    return facts["final"]["category"] != facts["assignment"]["category"]


def _phrase_reason(facts: Mapping[str, Any], policy: Policy) -> str:
    if _was_changed(facts):
        return end_sentence(policy.outcome(facts["final"]["category"]).meaning)
    return end_sentence(facts["assignment"]["reason"])


def _find_compared(facts: Mapping[str, Any], comparator: str) -> list[tuple[Mapping[str, Any], Rating]]:
    """The indicators that were rated against ``comparator``, key priorities first, each with its rating."""
    found = [
        (result, Rating(comparison["rating"]))
        for result in facts["indicators"]
        for comparison in result["comparisons"]
        if comparison["comparator"] == comparator and _is_rated(result, comparison)
    ]
    return sorted(found, key=lambda one: not one[0]["key_priority"])


def _is_rated(result: Mapping[str, Any], comparison: Mapping[str, Any]) -> bool:
    return (
        comparison["rating"] != Rating.NOT_RATED and result["value"] is not None and comparison["baseline"] is not None
    )


def _count_compared(compared: Sequence[tuple[Mapping[str, Any], Rating]]) -> str:
    if not compared:
        return "None of the school's published figures could be compared fairly with England's."
    if len(compared) == 1:
        (result, rating), *_ = compared
        opening = "Only one published figure could be compared fairly with England's"
        return f"{opening}, {_name(result)}: {CAME_TO[rating]}."
    opening = f"Of {count_things(len(compared), 'indicator')} compared with England"
    return tell_ratings(opening, [rating for _, rating in compared], whom="England", explain=True)


def _count_beside_similar(compared: Sequence[tuple[Mapping[str, Any], Rating]]) -> str:
    if len(compared) < 2:
        return ""
    opening = f"Of {count_things(len(compared), 'indicator')} compared with schools whose pupils are most alike"
    return tell_ratings(opening, [rating for _, rating in compared], whom="them")


def _name_rated(compared: Sequence[tuple[Mapping[str, Any], Rating]], rating: Rating) -> str:
    """Which indicators are strengths, or gaps, the key priorities first; empty where none is."""
    names = [_name(result) for result, found in compared if found == rating]
    if not names:
        return ""
    word = str(rating)
    more = len(names) - NAMED
    if more > 0:
        names[NAMED:] = [count_things(more, "more", "more")]
    verb = f"The {word} is" if len(names) == 1 else f"The {word}s are" if more <= 0 else f"The {word}s include"
    return f"{verb} {join_words(names, between=';')}."


def _name(result: Mapping[str, Any]) -> str:
    """An indicator's short title within a sentence: ``overall absence``, but ``Attainment 8``."""
    title = clean_text(result["short_title"])
    keeps = any(mark.isdigit() for mark in title) or title[:2].isupper()
    name = title if keeps else title[:1].lower() + title[1:]
    return f"{name}, early" if result["early"] else name


# What follows


def _introduce_next_steps(facts: Mapping[str, Any]) -> str:
    return "" if facts["final"]["tier"] is None else f"{clean_text(facts['final']['title'])} brings:"


def _list_next_steps(facts: Mapping[str, Any], policy: Policy) -> Iterator[str]:
    """What the category brings, in the report's words; in the policy's where a panel set another category."""
    if _was_changed(facts):
        brings = grant_entitlement(policy, facts["final"]["category"])
        amounts, lines = brings.amounts, brings.lines
    else:
        amounts, lines = (facts["assignment"]["entitlement"][part] for part in ("amounts", "lines"))
    yield from (clean_text(f"{what}: {amount}") for what, amount in amounts)
    yield from (clean_text(line) for line in lines)


def _list_dates(facts: Mapping[str, Any]) -> Iterator[str]:
    """What happens after the report is sent, in the report's words: ``The school, by 12 December 2025: …``."""
    for step in facts.get("next_steps", ()):
        yield clean_text(" ".join(phrase_step(step["what"], step["who"], step["by"] or "")))


def _phrase_challenge(facts: Mapping[str, Any], role: RoleOfRecipient) -> str:
    indicated = facts["final"]["tier"] is not None or not role.category_in_message  # the words must not give it away
    return _QUESTION.format(
        or_category="or the category " if indicated else "",
        when="" if facts["final"]["decided_by_panel"] else " before the panel meets",
    )


def list_cautions(facts: Mapping[str, Any]) -> Iterator[str]:
    """What the category is not, and who set its thresholds."""
    if facts["final"]["tier"] is not None:
        yield STARTING_POINT
    if not facts["policy"]["thresholds_adopted"] and facts["policy"]["notice"]:
        yield end_sentence(clean_text(facts["policy"]["notice"]))


def phrase_correction(corrects: bool, *, several: bool = False) -> str:
    """That a report, or ``several``, takes the place of what was sent before; empty where it ``corrects`` nothing."""
    if not corrects:
        return ""
    if several:
        return "These are corrected reports: please use them in place of those that were sent to you before."
    return "This is a corrected report: please use it in place of the one that was sent to you before."


def introduce_files(
    attachments: Sequence[Attachment], settings: DeliverySettings, recipient: Recipient, *, several: bool = False
) -> str:
    """How the report comes with the message, or ``several`` do: attached, or by the link that Notify adds; empty where
    only by ours."""
    if (recipient.channel or settings.channel) == "notify":
        return "The link in this message leads to the report, a PDF."
    words = {"application/pdf": "a PDF", "text/html": "a web page"}
    kinds = [words[kind] for kind in dict.fromkeys(one.media_type for one in attachments)]
    if not kinds:
        return ""
    same = ", which say the same" if len(kinds) > 1 else ""
    languages = list_translations(one.source.rpartition("/")[2] for one in attachments)
    same = f", in two languages{same}" if languages else same
    whose = "each report is attached" if several else "the report is attached"
    return start_sentence(f"{whose} as {join_words(kinds)}{same}.")
