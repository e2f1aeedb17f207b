"""Callouts in prose are found as Quarto finds them, and nothing else of the prose is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.render.content.callouts import draw_callouts, mark_callouts

FENCES = ["::: {.callout-note}", "::: callout-tip", ':::: {.callout-warning title="T"}', "::: {.other}", ":::", "::::"]
WORDS = ["words", "", "- item", "```", "~~~", "> said"]


def list_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


@pytest.mark.parametrize(
    ("opening", "title", "kind"),
    [
        ("::: {.callout-note}", "Note", "info"),
        (":::{.callout-tip}", "Tip", "info"),
        ("::::: {.callout-important} :::::", "Important", "warning"),
        ("::: callout-warning", "Warning", "warning"),
        ("   ::: { .callout-caution }", "Caution", "warning"),
        ('::: {.callout-note title="A \\"fair\\" *guess*"}', 'A "fair" *guess*', "info"),
        ("::: {#it .callout-note .wide title='One' collapse=true}", "One", "info"),
        ("::: {.callout-note title=Short}", "Short", "info"),
        ('::: {.wide title=".callout-warning" .callout-tip}', ".callout-warning", "info"),
    ],
)
def test_a_callout_is_titled_by_its_fence_or_its_kind(opening: str, title: str, kind: str):
    text = f"Before\n{opening}\nInside\n:::\nAfter"
    drawn, marked = list_lines(draw_callouts(text)), list_lines(mark_callouts(text))
    for lines in (drawn, marked):
        assert [lines[0], lines[2].strip(), lines[3], lines[5]] == ["Before", f"**{title}**", "Inside", "After"]
        assert f'data-kind="{kind}"' in lines[1]
    assert drawn[1].lstrip().startswith("<div") and drawn[4].strip() == "</div>"
    assert marked[1].lstrip().startswith("::: {") and marked[4].strip() == ":::"


def test_a_heading_that_a_callout_starts_with_is_its_title():
    drawn = list_lines(draw_callouts("::: {.callout-tip}\n\n## What *next* ##\n\nInside\n:::"))
    assert drawn[1:3] == ["**What *next***", "Inside"]
    assert "**Tip**" in list_lines(draw_callouts("::: {.callout-tip}\nInside\n\n## Later\n:::"))


def test_a_callout_of_no_kind_has_no_title():
    assert list_lines(draw_callouts("::: {.callout}\nInside\n:::"))[1] == "Inside"


@pytest.mark.parametrize("fence", ["::: {.callouts}", "::: {.callout-danger}", "::: {.column-margin}", "::: aside"])
def test_another_division_is_left_to_quarto_and_is_no_fence_on_our_page(fence: str):
    text = f"Before\n\n{fence}\nInside\n:::"
    assert mark_callouts(text) == text
    assert list_lines(draw_callouts(text)) == ["Before", "Inside"]


def test_a_callout_shown_as_code_stays_as_it_is():
    text = "````\n::: {.callout-note}\n```\n:::\n````\n\n    ::: {.callout-note}\n\n:::"
    assert draw_callouts(text) == mark_callouts(text) == text


@pytest.mark.slow
@given(st.lists(st.sampled_from([*FENCES, *WORDS]), max_size=12))
def test_every_panel_is_closed_and_no_word_is_lost(lines: list[str]):
    text = "\n".join(lines)
    drawn = list_lines(draw_callouts(text))
    assert sum(line.startswith("<div") for line in drawn) == drawn.count("</div>")
    for word in ("words", "- item", "> said"):
        assert drawn.count(word) == list_lines(mark_callouts(text)).count(word) == lines.count(word)


@pytest.mark.slow
@given(st.text())
def test_prose_without_a_fence_is_left_as_it_is(text: str):
    text = text.replace(":::", "")
    assert draw_callouts(text) == mark_callouts(text) == text
