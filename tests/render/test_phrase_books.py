"""Telling texts by a phrase book: slots, lists, cases and forms; what no phrase tells is untold, and said so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.foundation.errors import FaultyInput
from pipeline.render.language.book import BookFile, PhraseBook, find_book, list_books, read_books
from pipeline.render.language.telling import Teller

NAMES = ("St. Mary's, Upper Marl", "{number} <b>School</b>", "Reading")
BOOK = BookFile(
    language="cy",
    short_months=("Ion", "Chwef", *("x" for _ in range(10))),
    months=("Ionawr", "Chwefror", "Mawrth", *("x" for _ in range(9))),
    mutations={"soft": {"p": "b", "c": "g", "g": "", "ch": "ch"}, "aspirate": {"p": "ph", "c": "ch", "ch": "ch"}},
    lists={"last": "a", "form": "aspirate", "before_vowel": "ac", "vowels": "aeiouwy"},
    sections={
        "measure": {
            "reading": "darllen",
            "persistent absence": "presenoldeb",
            "writing": "ysgrifennu",
            "reading, writing and maths": "y tri",
            "Progress {number}": "Cynnydd {number}",
        },
        "count": {"{number}": "{number}", "two": "dau", "three": "pedwar"},
    },
    phrases={
        "{measure+}": "{measure}",
        "{measure+}.": "{measure}.",
        "No clear change in {measure+}.": "Dim newid o ran {measure}.",
        "{measure} fell since {year}.": "Gostyngodd {measure} ers {year}.",
        "{a:count} of {b:number} gaps, {share:number}": "{share}: {a} o {b}",
        "Seen on {day+} and on {date}.": "Gwelwyd ar {day} ac ar {date}.",
        "Seen on {date} at {name}.": "Gwelwyd yn {name} ar {date}.",
        "About {measure}": "Am {measure:soft}",
        "and {count} more": "{count:and} arall",
        "{name}": "{name}",
        "Files: {file+}.": "Ffeiliau: {file}.",
        "{measure}{marks}": "{measure}{marks}",
    },
)


@pytest.fixture(scope="module")
def teller() -> Teller:
    return Teller(PhraseBook([BOOK]), NAMES)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Reading, writing and maths; and persistent absence", "Y tri; a phresenoldeb"),
        ("reading, persistent absence and writing.", "darllen, presenoldeb ac ysgrifennu."),
        ("No clear change in reading.", "Dim newid o ran darllen."),
        ("Persistent absence fell since 2022/23.", "Gostyngodd presenoldeb ers 2022/23."),
        ("Two of 1,234 gaps, −3.5%", "−3.5%: dau o 1,234"),
        ("Seen on 12 March 2024 at St. Mary's, Upper Marl.", "Gwelwyd yn St. Mary's, Upper Marl ar 12 Mawrth 2024."),
        ("Seen on 5 Jan, 14 Feb and on 2 March 2024.", "Gwelwyd ar 5 Ion, 14 Chwef ac ar 2 Mawrth 2024."),
        ("About persistent absence", "Am bresenoldeb"),
        ("and three more", "a phedwar arall"),
        ("No clear change in reading. Writing. Progress 8.", "Dim newid o ran darllen. Ysgrifennu. Cynnydd 8."),
        ("Files: a-1/b_2.csv; and c.csv.", "Ffeiliau: a-1/b_2.csv; a c.csv."),
        ("Persistent absence*† (b)", "Presenoldeb*† (b)"),
        ("{number} <b>School</b>", "{number} <b>School</b>"),
    ],
)
def test_a_text_is_told_with_its_slots_in_the_language(teller, text, told):
    assert teller.tell(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "No clear change in readings.",
        "No clear change in reading. Nobody knows.",
        "reading writing",
        "Seen on 12 March 2024 at Elsewhere.",
        "Seen on March 2024 at Reading.",
        "Seen on 5 January and on 2 March 2024.",
        "About persistent absence and more",
        "",
    ],
)
def test_a_text_is_untold_where_patterns_do_not_account_for_all_of_it(teller, text):
    assert teller.tell(text) is None


def test_the_sentence_that_is_missing_is_given_as_a_pattern_to_begin_from(teller):
    text = "No clear change in reading. Reading had 12 of 40 pupils on 1 March 2024, in 2023/24."
    (missing,) = teller.list_untold(text)
    assert missing == "Reading had 12 of 40 pupils on 1 March 2024, in 2023/24."
    assert teller.generalise(missing) == "{name} had {a:number} of {b:number} pupils on {date}, in {year}."


def test_of_a_list_the_items_that_are_missing_are_given_each_by_itself(teller):
    missing = teller.list_untold("Reading; Visit (14 Jan, 3 Feb); Writing; Letter (by 9 May)")
    assert missing == ["Visit (14 Jan, 3 Feb)", "Letter (by 9 May)"]
    assert [teller.generalise(one) for one in missing] == ["Visit ({day+})", "Letter (by {day})"]


def test_an_organisations_own_words_take_the_place_of_ours_and_leave_the_rest(teller):
    assert teller.tell_what_is_known("Nobody knows. No clear change in reading.") == (
        "Nobody knows. Dim newid o ran darllen."
    )


@pytest.mark.slow
@given(st.text(min_size=1))
def test_a_name_is_told_as_it_is_and_no_other_text_is_told_by_it(name):
    teller = Teller(PhraseBook([BookFile(phrases={"At {name}.": "Yn {name}."})]), [name])
    told = f"Yn {name}." if name.strip() else None
    assert teller.tell(f"At {name}.") == told
    assert teller.tell(f"At {name}x.") is None


@pytest.mark.slow
@given(st.lists(st.sampled_from(["reading", "writing", "persistent absence", "Progress 8"]), min_size=1, max_size=9))
def test_a_list_keeps_its_items_in_their_order(items):
    teller = Teller(PhraseBook([BOOK]), ())
    text = items[0] if len(items) == 1 else f"{'; '.join(items[:-1])}; and {items[-1]}"
    told = teller.tell(text)
    assert told is not None and told.count(";") == len(items) - 1
    words = {
        "reading": "darllen",
        "writing": "ysgrifennu",
        "persistent absence": "resenoldeb",
        "Progress 8": "ynnydd 8",
    }
    assert all(words[one] in part for one, part in zip(items, told.split(";"), strict=True))


def test_faults_of_a_book_are_all_told_with_their_lines(tmp_path):
    path = tmp_path / "book.yaml"
    path.write_text(
        "language: cy\n"
        "months: [Ionawr]\n"
        "short_months: [Ion]\n"
        "phrases:\n"
        '  "{number} gaps": bylchau\n'
        '  "{a:number} of {a:number}": "{a}"\n'
        '  "A {thing}": "{thing}"\n'
        '  "Of {number}": "{number:nasal} {other}"\n'
        '  "Broken {": "x"\n',
        encoding="utf-8",
    )
    with pytest.raises(FaultyInput) as refused:
        read_books([path])
    said = str(refused.value)
    for words in (
        "line 2: 1 months are named",
        "line 3: 1 months are named",
        "line 5: '{number} gaps': what stands in {number} would be dropped",
        "line 6: '{a:number} of {a:number}': two slots have one name",
        "line 7: 'A {thing}': there is no kind of slot 'thing'",
        "line 8: 'Of {number}': it has no slot 'other'",
        "line 8: 'Of {number}': there is no form 'nasal'",
        "line 9: 'Broken {': a brace opens no slot",
    ):
        assert words in said


def test_a_later_book_counts(tmp_path):
    for name, word in (("one.yaml", "un"), ("two.yaml", "dau")):
        (tmp_path / name).write_text(f'phrases: {{"One": "{word}"}}\n', encoding="utf-8")
    assert Teller(read_books([tmp_path / "one.yaml", tmp_path / "two.yaml"]), ()).tell("One") == "dau"


def test_the_books_that_come_with_the_product_have_no_fault(tmp_path):
    for language in list_books():
        book = read_books([find_book(language, tmp_path)])
        assert book.language == language and book.also
