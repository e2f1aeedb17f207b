"""What is wrong with a field of a YAML file, and what to write: the one place for it.

Pydantic says what a program may not be given; whoever wrote the file is told what stands there and what belongs there.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from re import findall
from typing import Any

SEE = "See the comments in the file and docs/ for what this field takes."
#: Patterns that fields must fit, in words.
PATTERNS = {
    r"^[a-z0-9_]+$": "small letters, digits and _",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and _, a letter first",
    r"^[a-z][a-z0-9-]*$": "small letters, digits and hyphens, a letter first",
    r"^([a-z]{2,3}(-[A-Z]{2})?)?$": "a language by its code, like cy or en-GB",
    r"[^.]$": "part of a sentence, without a full stop at its end",
    r"^([01]\d|2[0-3]):[0-5]\d$": "a time of day like 09:30",
    r"^(\d{1,2} weeks? (before|after) )?(the review|(start|end) of year|(start|half|end) of term (one|two|three))$": (
        "a moment like 'end of term one', 'the review', 'end of year' or '2 weeks before end of term one'"
    ),
}
_NUMBER, _WHOLE = "Write a number, in digits, without quotes.", "Write a whole number, in digits, without quotes."
_YES_OR_NO, _DAY = "Write true or false.", "Write the day like 2025-11-01: year, month, day."
_OF_SIZES = {
    "greater_than": ("is too small", "Write a number above {gt:g}."),
    "greater_than_equal": ("is too small", "Write {ge:g} or more."),
    "less_than": ("is too large", "Write a number below {lt:g}."),
    "less_than_equal": ("is too large", "Write {le:g} or less."),
}
#: By the beginning of pydantic's name of a fault, once those that need more than the value have been told.
_OF_KINDS = (
    (("int_",), "is no whole number", _WHOLE),
    (("float_", "finite_number", "decimal_"), "is no number", _NUMBER),
    (("bool_",), "is neither true nor false", _YES_OR_NO),
    (("date_", "datetime_"), "is no date", _DAY),
)
#: PyYAML's words for what is no YAML, by their beginning, and what they mostly come from.
_NO_YAML = (
    ("mapping values are not allowed", "a second colon stands in the line", "Put the words after the first in quotes."),
    ("found character '\\t'", "a tab stands where blanks belong", "Put blanks in its place."),
    ("found a tab", "a tab stands where blanks belong", "Put blanks in its place."),
    ("did not find expected alphabetic", "a word begins with * or &, YAML's own signs", "Put the words in quotes."),
    ("did not find expected ','", "a list or group is not closed", "Close it by ] or }."),
    ("expected ',' or", "a list or group is not closed", "Close it by ] or }."),
    ("expected alphabetic", "a word begins with * or &, YAML's own signs", "Put the words in quotes."),
    ("found unexpected end of stream", "a quotation mark or bracket is not closed", "Close it."),
    ("found undefined alias", "a word begins with *, which is YAML's own sign", "Put the words in quotes."),
    ("found character", "a word begins with a sign that is YAML's own", "Put the words in quotes."),
    (
        "could not determine a constructor",
        "a value is of a kind that this file cannot hold",
        "Put the words in quotes.",
    ),
    ("found unhashable key", "a list or fields stand where a field's name belongs", "Write `field: value`."),
    ("could not find expected ':'", "a colon is missing after a field's name", "Write `field: value`."),
    ("while scanning a simple key", "a colon is missing after a field's name", "Write `field: value`."),
    ("did not find expected", "the line does not fit those above it", "Indent it as far as the lines it belongs to."),
    ("expected", "the line does not fit those above it", "Indent it as far as the lines it belongs to."),
)


def explain_field(
    fault: Mapping[str, Any], place: Sequence[Any], fields: Callable[[Sequence[Any]], list[str]]
) -> tuple[str, str]:
    """What pydantic's ``fault`` (one of ``ValidationError.errors()``) means, and the remedy.

    ``place`` is where it stands (field names, list positions from 0); ``fields`` gives the names that may stand at a
    place.
    """
    field = ".".join(map(str, place))
    last = str(place[-1]) if place else ""
    if fault["type"] == "extra_forbidden":
        near = get_close_matches(last, fields(place[:-1]), n=1)
        remedy = f"Did you mean {near[0]!r}?" if near else "Remove it, or correct its spelling."
        return f"unknown field {place[-1]!r}", remedy
    if fault["type"] == "missing":
        return f"the field {field!r} is missing", f"Add `{last}: …`."
    what, remedy = _explain_value(fault, last, fields(place))
    return (f"{field}: {what}" if field else what), remedy


def _explain_value(fault: Mapping[str, Any], name: str, fields: list[str]) -> tuple[str, str]:
    kind, given, context = str(fault["type"]), fault["input"], fault.get("ctx", {})
    shown = _show(given)
    if kind == "value_error" or not _is_pydantics(kind):
        what, _, write = str(fault["msg"]).removeprefix("Value error, ").rpartition("; write ")
        return (what, f"Write {write}.") if what else (write, SEE)
    if kind in ("enum", "literal_error") and not isinstance(given, list | dict | None):
        near = get_close_matches(str(given), findall("'([^']*)'", context["expected"]), n=1)
        return f"unknown word {given!r}", f"Did you mean {near[0]!r}?" if near else f"Use {context['expected']}."
    if kind in _OF_SIZES:
        what, remedy = _OF_SIZES[kind]
        return f"{shown} {what}", remedy.format(**context)
    if kind in ("too_short", "too_long"):
        bound, word = ("least", "min_length") if kind == "too_short" else ("most", "max_length")
        return f"the list has {context['actual_length']} entries", f"Write {context[word]} at the {bound}."
    if kind in ("tuple_type", "list_type", "set_type", "frozen_set_type"):
        remedy = f"Write `{name}: [{given}]`." if _is_scalar(given) else "Write each entry on a line, after a hyphen."
        return f"{shown} stands where a list belongs", remedy
    if kind in ("dict_type", "model_type", "model_attributes_type", "dataclass_type"):
        where = "after the hyphen" if name.isdecimal() else f"below `{name}:`, each indented"
        listed = f": {', '.join(fields)}" if fields else ""
        remedy = f"Write fields {where}{listed}."
        return f"{shown} stands where further fields belong", remedy
    if given is None:
        return "nothing is written", "Write what belongs there, or take the line out."
    if kind == "invalid_key":
        return f"{shown} is no name", f'Put it in quotes: `"{given}":`.'
    if kind.startswith("string_"):
        return _explain_text(kind, name, given, context)
    for beginnings, what, remedy in _OF_KINDS:
        if kind.startswith(beginnings):
            return f"{shown} {what}", remedy
    return f"{shown} cannot stand here", f"Use {context['expected']}." if "expected" in context else SEE


def _explain_text(kind: str, name: str, given: Any, context: Mapping[str, Any]) -> tuple[str, str]:
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        return f"{_show(given)} does not fit", f"Write {PATTERNS.get(pattern, pattern)}."
    if kind == "string_too_long":
        return f"{len(given)} signs are too many", f"Write {context['max_length']} at the most."
    if kind == "string_too_short":
        if not given.strip():
            return "nothing is written", "Write what belongs there."
        return f"{_show(given)} is too short", f"Write {context['min_length']} signs at the least."
    if not _is_scalar(given):
        return f"{_show(given)} stands where a text belongs", "Write one text on the line."
    return f"{_show(given)} is no text", f'Put it in quotes: `{name}: "{given}"`.'


def _is_pydantics(kind: str) -> bool:
    from typing import get_args

    from pydantic_core.core_schema import ErrorType

    return kind in get_args(ErrorType)


def _is_scalar(given: Any) -> bool:
    return isinstance(given, str | int | float | datetime.date)


def _show(given: Any) -> str:
    if given is None:
        return "nothing"
    if isinstance(given, str):
        return repr(given if len(given) <= 60 else f"{given[:60]}…")
    if isinstance(given, bool):
        return str(given).lower()
    return str(given) if _is_scalar(given) else "a list" if isinstance(given, list | tuple) else "a group of fields"


def explain_yaml(problem: str) -> tuple[str, str]:
    """What PyYAML's ``problem`` means, and the remedy."""
    near = "Mend the YAML at or just before this line."
    found = next(((what, remedy) for beginning, what, remedy in _NO_YAML if problem.startswith(beginning)), None)
    return (found[0], f"{near} {found[1]}") if found else (problem or "not YAML", near)
