"""A word means one thing in the code, as docs/glossary.md says."""

from __future__ import annotations

import ast
import re

import pytest

from pipeline.foundation.paths import find_project

PROJECT = find_project()
FUNCTIONS = [
    pytest.param(path.relative_to(PROJECT).as_posix(), node, id=f"{path.stem}.{node.name}")
    for path in sorted((PROJECT / "pipeline").rglob("*.py"))
    for node in ast.parse(path.read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef)
]
TEXT = {"str", "bytes", "Markup", "tuple[str, ...]"}
GIVES_TEXT = re.compile(r"(str|tuple\[str|list\[str|dict\[str, str\]|Iterator|re\.Pattern|StatusLine|None)")
#: A list of what was written is no text.
NAMES_OF_FILES = {"write_documentation"}


def list_named(*words):
    named = re.compile(rf"_?({'|'.join(words)})_")
    return [one for one in FUNCTIONS if named.match(one.values[1].name)]


@pytest.mark.parametrize(("path", "function"), list_named("write"))
def test_what_writes_writes_a_file(path, function):
    returns = ast.unparse(function.returns) if function.returns else "None"
    assert returns not in TEXT or function.name in NAMES_OF_FILES, f"{path}: {function.name} gives {returns}"


@pytest.mark.parametrize(("path", "function"), list_named("phrase", "format"))
def test_what_phrases_or_formats_gives_text(path, function):
    assert function.returns is not None, f"{path}: {function.name}"
    assert re.match(
        r"(str|tuple\[str|list\[str|Iterator|Pattern|re\.Pattern|StatusLine|None)", ast.unparse(function.returns)
    )


def test_what_draws_makes_a_picture():
    drawing = ("pipeline/report/", "pipeline/render/", "pipeline/run/kernels/showing.py")
    elsewhere = [
        f"{path}: {one.name}" for path, one in (p.values for p in list_named("draw")) if not path.startswith(drawing)
    ]
    assert elsewhere == []


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
    plain = [word.strip("`").casefold() for word in words if not word.startswith("`")]
    assert plain == sorted(plain) and len(set(plain)) == len(plain) > 40
