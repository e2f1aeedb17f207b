"""A word means one thing in the code, as docs/glossary.md says."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from pipeline.foundation.paths import find_project

PROJECT = find_project()
TEXT = {"str", "bytes", "Markup", "tuple[str, ...]"}
GIVES_TEXT = re.compile(r"(str|tuple\[str|list\[str|dict\[str, str\]|Iterator|re\.Pattern|StatusLine|None)")
NAMES_OF_FILES = {"write_documentation"}  # a list of what was written is no text


@cache
def list_functions():
    """Every function of a module by itself, with the path of the module."""
    return [
        (path.relative_to(PROJECT).as_posix(), node)
        for path in sorted((PROJECT / "pipeline").rglob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    ]


def list_named(*words):
    named = re.compile(rf"_?({'|'.join(words)})_")
    found = [(path, function) for path, function in list_functions() if named.match(function.name)]
    assert found
    return found


def say_returned(function):
    return ast.unparse(function.returns) if function.returns else "None"


@pytest.mark.slow
def test_what_writes_writes_a_file():
    giving_text = [
        f"{path}: {function.name}"
        for path, function in list_named("write")
        if say_returned(function) in TEXT and function.name not in NAMES_OF_FILES
    ]
    assert giving_text == []


@pytest.mark.slow
def test_what_phrases_or_formats_gives_text():
    giving_none = [
        f"{path}: {function.name} gives {say_returned(function)}"
        for path, function in list_named("phrase", "format")
        if function.returns is None or not GIVES_TEXT.match(say_returned(function))
    ]
    assert giving_none == []


@pytest.mark.slow
def test_what_draws_makes_a_picture():
    drawing = ("pipeline/report/", "pipeline/render/", "pipeline/run/kernels/showing.py")
    assert [path for path, _ in list_named("draw") if not path.startswith(drawing)] == []


@pytest.mark.slow
def test_a_roll_is_pupils_on_roll():
    """The list of an area's schools was called so too."""
    reading = {"sources", "sample", "validation", "analysis", "report"}
    named = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "pipeline").rglob("*.py")
        if path.relative_to(PROJECT).parts[1] not in reading
        and re.search(r"\b(\w+_)?roll\b\s*[=:(\[]", path.read_text(encoding="utf-8"))
    }
    assert named == set()


def test_the_glossary_is_in_order_and_says_each_word_once():
    page = (PROJECT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")][1:]
    plain = [word.casefold() for word in words if not word.startswith("`")]
    assert plain == sorted(plain) and len(set(plain)) == len(plain) > 40
