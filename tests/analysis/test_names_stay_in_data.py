"""No code decides by the name of an indicator, a measure or a theme: those stand in their own data files.

A new indicator, such as suspensions, was drawn and told as absence wherever code asked for a theme or a key.
"""

from __future__ import annotations

import ast

import pytest

from pipeline.analysis.context import load_context
from pipeline.analysis.country.context_variables import VARIABLES
from pipeline.analysis.indicators import load_indicators, load_themes
from pipeline.foundation.paths import find_project

INDICATORS = load_indicators()
#: How the names of measures begin that belong together.
BEGINNINGS = ("ks2_", "ks4_", "absence_", "local_early", "local_phon", "local_mult")
NAMES = {
    *(name for one in INDICATORS for name in (one.key, one.measure, one.theme)),
    *load_themes(),
    *(one.measure for one in load_context()),
    *(source.measure for variable in VARIABLES for source in variable.sources),
} - {"roll"}  # also the edition's list of schools

#: Where such a name may stand, and why.
ALLOWED = {
    "pipeline/foundation/vocabulary.py": "pupil groups and units are closed lists of the field",
    "pipeline/sample/": "writes synthetic files as the publishers do, column by column",
    "pipeline/sources/families/ks2.py": "the reader of these files owns their columns",
    "pipeline/sources/families/tidy/ees.py": "the reader of these files owns their columns",
    "pipeline/sources/families/destinations.py": "the reader of these files owns their columns",
    "pipeline/sources/families/tidy/subjects.py": "the reader of these files owns their columns",
    "pipeline/sources/local/files.py": "the templates of an edition's own files name their columns",
    "pipeline/sources/local/early_pupils.py": "the reader of this file owns its columns",
    "pipeline/policy/policy.py": "a policy's own words for what starts an activity: progress on areas for improvement",
    "pipeline/edition/support/activities.py": "the same words, as a plan tells them",
    "pipeline/analysis/reproduce.py": "works out again what the department prints in named columns; decides nothing",
}


def list_words(tree):
    """Every text of a module that is not a docstring, with its line."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = [node.body[0] for node in ast.walk(tree) if isinstance(node, documented) and node.body]
    said = {id(one.value) for one in first if isinstance(one, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def find_names(path):
    for line, words in list_words(ast.parse(path.read_text(encoding="utf-8"))):
        if words in NAMES or (words.startswith(BEGINNINGS) and " " not in words):
            yield f"line {line}: {words!r}"


MODULES = {
    path.relative_to(find_project()).as_posix(): path for path in sorted((find_project() / "pipeline").rglob("*.py"))
}


@pytest.mark.slow
@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith(tuple(ALLOWED))])
def test_no_code_names_a_theme_a_key_or_a_measure(module):
    assert list(find_names(MODULES[module])) == []


@pytest.mark.slow
@pytest.mark.parametrize("place", list(ALLOWED))
def test_what_is_allowed_is_needed(place):
    assert any(list(find_names(path)) for name, path in MODULES.items() if name.startswith(place)), ALLOWED[place]


def test_every_indicator_says_all_of_itself():
    for one in INDICATORS:
        assert one.axis and one.axis != one.short_title, one.key
        assert bool(one.share_of) == (one.unit == "percent"), one.key
        assert one.unit == "progress" or one.scale.least is not None, one.key
        of_leavers = one.optional and one.years_behind  # of those who left in these years figures were published
        if one.theme in load_themes() and not of_leavers:  # not those of a theme that an analyst adds
            assert [year for year, _ in one.not_held] == ["2019/20", "2020/21"], one.key
