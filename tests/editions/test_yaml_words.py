"""Whatever is wrong in a YAML file is told in words of ours: what stands there, where, and what to write."""

from __future__ import annotations

import datetime
import json
import pkgutil
import re
from importlib import import_module
from typing import Annotated, Literal

import pytest
import yaml
from pydantic import Field

import pipeline
from pipeline.delivery.settings import DeliverySettings
from pipeline.edition.editions import EditionDescription, read_area
from pipeline.foundation import yaml_files
from pipeline.foundation.errors import FaultyInput, PipelineError
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.foundation.yaml_words import PATTERNS

#: Words by which pydantic, or PyYAML, would be known.
THEIRS = re.compile(
    r"Input should|should be a|should have at|valid (string|integer|tuple|dictionary)|instance of|parsing"
)
EDITION = {"title": "Autumn", "area": "{authority: 885}", "year": "2024/25", "policy": "worcestershire"}


class Inner(Record):
    number: int


class Every(Record):
    """A field of each kind that a file of ours may have."""

    text: str = Field("abc", min_length=3, max_length=5)
    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = "a"
    whole: int = Field(3, ge=1, lt=10)
    number: float = Field(3, gt=0, le=9, allow_inf_nan=False)
    sure: bool = True
    day: datetime.date | None = None
    word: Literal["one", "two"] = "one"
    many: tuple[int, ...] = Field((1,), min_length=1, max_length=2)
    inner: Inner | None = None
    named: dict[str, Inner] = Field(default_factory=dict)
    either: dict[str, str | int] = Field(default_factory=dict)


def refuse(tmp_path, kind, text):
    path = tmp_path / "edition.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultyInput) as refused:
        read_record(path, kind, name="edition.yaml")
    assert not THEIRS.search(str(refused.value))
    return str(refused.value)


@pytest.mark.parametrize(
    ("line", "what", "remedy"),
    [
        ("text: 2025", "text: 2025 is no text", 'Put it in quotes: `text: "2025"`.'),
        ("text: [a]", "text: a list stands where a text belongs", "Write one text on the line."),
        ("text:", "text: nothing is written", "Write what belongs there, or take the line out."),
        ("text: '  '", "text: nothing is written", "Write what belongs there."),
        ("text: ab", "text: 'ab' is too short", "Write 3 signs at the least."),
        ("text: abcdef", "text: 6 signs are too many", "Write 5 at the most."),
        ("key: Big", "key: 'Big' does not fit", "Write small letters, digits and _, a letter first."),
        ("whole: six", "whole: 'six' is no whole number", "Write a whole number, in digits, without quotes."),
        ("whole: 1.5", "whole: 1.5 is no whole number", "Write a whole number"),
        ("whole: [1]", "whole: a list is no whole number", "Write a whole number"),
        ("whole: 0", "whole: 0 is too small", "Write 1 or more."),
        ("whole: 10", "whole: 10 is too large", "Write a number below 10."),
        ("number: 0", "number: 0 is too small", "Write a number above 0."),
        ("number: 9.5", "number: 9.5 is too large", "Write 9 or less."),
        ("number: much", "number: 'much' is no number", "Write a number, in digits, without quotes."),
        ("number: .nan", "number: nan is no number", "Write a number"),
        ("sure: perhaps", "sure: 'perhaps' is neither true nor false", "Write true or false."),
        ("sure: [1]", "sure: a list is neither true nor false", "Write true or false."),
        ("day: tomorrow", "day: 'tomorrow' is no date", "Write the day like 2025-11-01: year, month, day."),
        ("day: 01/11/2025", "day: '01/11/2025' is no date", "Write the day like 2025-11-01"),
        ("day: 2025-11-01 10:00:00", "day: 2025-11-01 10:00:00 is no date", "Write the day like 2025-11-01"),
        ("day: [1]", "day: a list is no date", "Write the day like 2025-11-01"),
        ("day: 2025-02-30", "there is no such day or time", "Write the day like 2025-11-01"),
        ("word: tow", "word: unknown word 'tow'", "Did you mean 'two'?"),
        ("word: x", "word: unknown word 'x'", "Use 'one' or 'two'."),
        ("word: [one]", "word: a list cannot stand here", "Use 'one' or 'two'."),
        ("word:", "word: nothing is written", "Write what belongs there"),
        ("many: 7", "many: 7 stands where a list belongs", "Write `many: [7]`."),
        ("many: {a: 1}", "many: a group of fields stands where a list belongs", "each entry on a line, after a hyphen"),
        ("many: [x]", "many.0: 'x' is no whole number", "Write a whole number, in digits, without quotes."),
        ("many: []", "many: the list has 0 entries", "Write 1 at the least."),
        ("many: [1, 2, 3]", "many: the list has 3 entries", "Write 2 at the most."),
        ("inner: 7", "inner: 7 stands where further fields belong", "Write fields below `inner:`, each indented: num"),
        ("inner: {}", "the field 'inner.number' is missing", "Add `number: …`."),
        ("inner: {numbr: 1, number: 1}", "unknown field 'numbr'", "Did you mean 'number'?"),
        ("named: 7", "named: 7 stands where further fields belong", "Write fields below `named:`"),
        ("named: {7: {number: 1}}", "named.7: 7 is no text", 'Put it in quotes: `7: "7"`'),
        ("either: {a: [1]}", "either.a: a list stands where a text belongs", "Write one text on the line."),
        ("2025: x", "2025: 2025 is no name", 'Put it in quotes: `"2025":`.'),
    ],
)  # fmt: skip
def test_each_kind_of_mistake_is_told_with_its_line_and_what_to_write(tmp_path, line, what, remedy):
    said = refuse(tmp_path, Every, f"# a note\n{line}\n")
    assert said.startswith(f"edition.yaml, line 2: {what}\n") and remedy in said, said
    assert said.count("\n") == 1


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml_files.LOADER])
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("text: a: b\n", "line 1: a second colon stands in the line"),
        ("text: *bold*\n", "line 1: a word begins with"),
        ("text: @home\n", "line 1: a word begins with a sign that is YAML's own"),
        ("text: 'open\n", "a quotation mark or bracket is not closed"),
        ("many: [1\n", "a list or group is not closed"),
        ("text: !x y\n", "line 1: a value is of a kind that this file cannot hold"),
        ("text: abc\n\tkey: a\n", "line 2: a tab stands where blanks belong"),
        ("text: abc\nkey a\nwhole: 3\n", "a colon is missing after a field's name"),
        ("many:\n  - 1\n - 2\n", "the line does not fit those above it"),
        ("[1]: x\n", "line 1: a list or fields stand where a field's name belongs"),
    ],
)
def test_what_is_no_yaml_is_told_by_what_it_mostly_comes_from(tmp_path, monkeypatch, loader, text, what):
    monkeypatch.setattr(yaml_files, "LOADER", loader)
    assert what in refuse(tmp_path, Every, text)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"area": "{schools: 900001}"}, "line 2: area.schools: 900001 stands where a list belongs\n    Write `sch"),
        ({"area": "885"}, "line 2: area: 885 stands where further fields belong"),
        ({"date": "tomorrow"}, "line 5: date: 'tomorrow' is no date\n    Write the day like 2025-11-01"),
        ({"published": "[x.csv]"}, "published.0: 'x.csv' stands where further fields belong\n    Write fields after"),
    ],
)  # fmt: skip
def test_an_edition_is_told_of_in_these_words(tmp_path, changed, said):
    lines = [f"{field}: {value}\n" for field, value in (EDITION | changed).items()]
    assert said in refuse(tmp_path, EditionDescription, "".join(lines))


def test_so_is_delivery_yaml_and_an_area_on_the_command_line(tmp_path):
    said = refuse(tmp_path, DeliverySettings, "sender: {name: A, address: a@b.example}\ncontact: x\napprovals: 3\n")
    assert "line 3: approvals: 3 is too large\n    Write 2 or less." in said
    assert "line 2: contact: 'x' is too short" in said
    with pytest.raises(PipelineError, match=r"^authority: 5 is too small\n"):
        read_area(authority=5, trust=None, schools="")


@pytest.mark.slow
def test_every_pattern_that_a_field_must_fit_has_its_words():
    for module in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    kinds = list(Record.__subclasses__())
    kinds += [below for kind in kinds for below in kind.__subclasses__()]
    patterns = set()
    for kind in kinds:
        if kind.__module__.startswith("pipeline."):
            schema = json.dumps(kind.model_json_schema())
            patterns |= {
                json.loads(f'"{found}"') for found in re.findall(r'"pattern": "((?:[^"\\\\]|\\\\.)*)"', schema)
            }
    assert patterns and patterns <= set(PATTERNS)
