"""How many comparisons came out how, each way said once: in a report's first sentences and in a message's.

*In line* is claimed only where it was shown. What shows no clear difference is one plain sentence however many
comparisons it holds for: it is neither good news nor bad, and a list of it tells nobody more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.foundation.vocabulary import Rating, format_date

#: What a single comparison came to, as part of a sentence.
CAME_TO = {
    Rating.STRENGTH: "it is a strength",
    Rating.GAP: "it is a gap",
    Rating.IN_LINE: "it is in line",
    Rating.NO_CLEAR_DIFFERENCE: "it shows no clear difference, in either direction",
}

#: What keeps its capital wherever it stands.
_NAMES = ("English", "England")

# Written out because strftime follows the machine's locale.
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def join_words(words: Iterable[str], *, last: str = "and", between: str = ",") -> str:
    """Join as a sentence does: ``a``, ``a and b``, ``a, b and c``; with semicolons ``a; b; and c``."""
    listed = [word for word in words if word]
    if len(listed) < 2:
        return "".join(listed)
    comma = between if between != "," else ""
    return f"{f'{between} '.join(listed[:-1])}{comma} {last} {listed[-1]}"


def count_things(count: int, thing: str, things: str = "") -> str:
    """``one gap``, ``two gaps``, ``no gaps``; figures from eleven on."""
    return f"{spell_count(count)} {thing if count == 1 else things or thing + 's'}"


def count_those(count: int, one: str, many: str) -> str:
    """What is said of some of them: ``one is a gap``, ``two are gaps``, ``none are gaps``."""
    return f"{'none' if count == 0 else spell_count(count)} {one if count == 1 else many}"


def spell_count(count: int) -> str:
    """``no``, ``one`` … ``ten``, ``11`` … ``1,308``."""
    return _SMALL[count] if 0 <= count < len(_SMALL) else f"{count:,}"


def start_sentence(words: str) -> str:
    """Give ``words`` a capital at the start and leave the rest as it is."""
    return words[:1].upper() + words[1:]


def start_within(name: str) -> str:
    """A name within a sentence: ``reading``, but ``Attainment 8``, ``EBacc`` and ``English``."""
    kept = name.startswith(_NAMES) or name[:2].isupper() or any(mark.isdigit() for mark in name)
    return name if kept else name[:1].lower() + name[1:]


def end_sentence(words: str) -> str:
    """Give ``words`` a full stop unless they end with one."""
    words = words.rstrip()
    return words if words.endswith((".", "!", "?")) else f"{words}."


def phrase_step(what: str, who: str, by: str) -> tuple[str, str]:
    """What happens next: who and by when (an ISO date), ``The school, by 12 December 2025:``, or "" where neither is
    said; and what, as a sentence."""
    whom = ", ".join(filter(None, (who, f"by {format_date(by)}" if by else "")))
    return f"{start_sentence(whom)}:" if whom else "", end_sentence(what)


def tell_ratings(opening: str, ratings: Sequence[Rating], *, whom: str, years: str = "", explain: bool = False) -> str:
    """Tell in a sentence or three how comparisons with ``whom`` came out.

    ``opening`` begins the first (``Of six indicators compared with England``), ``years`` says of how many the figures
    are (`` of three years``), and with ``explain`` it is said what *in line* is. Raises ValueError where there is
    nothing to tell.
    """
    if not ratings or Rating.NOT_RATED in ratings:
        raise ValueError("only comparisons that were rated can be told")
    strengths, gaps, in_line, unclear = (
        ratings.count(one) for one in (Rating.STRENGTH, Rating.GAP, Rating.IN_LINE, Rating.NO_CLEAR_DIFFERENCE)
    )
    if len(ratings) == 1:
        return f"{opening}: {CAME_TO[ratings[0]]}."
    undecided = f"the figures{years} do not show a difference from {whom}, in either direction"
    near = " (shown to be about the same)" if in_line and explain else ""
    level = f"{count_those(in_line, 'is in line', 'are in line')}{near}" if in_line else ""
    if strengths or gaps:
        found = (
            count_those(strengths, "is a strength", "are strengths"),
            count_those(gaps, "is a gap", "are gaps"),
            level,
        )
        first = f"{opening}, {join_words(found)}."
    elif not unclear:
        return f"{opening}, none stands out: {'both' if in_line == 2 else 'all'} are in line{near}."
    elif not in_line:
        return f"{opening}, none stands out: {undecided}."
    else:
        first = f"{opening}, none stands out: {level}."
    rest = "the other one" if unclear == 1 else f"the other {spell_count(unclear)}"
    return f"{first} For {rest} {undecided}." if unclear else first
