"""An organisation's branding: what is refused with its line, and what an edition takes over from it."""

from __future__ import annotations

import pytest

from pipeline.edition.editions import load_edition
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.paths import Workspace, find_project
from pipeline.render.language.book import read_books
from pipeline.run.rendering import list_branding, read_look

EDITION = "title: T\narea: {authority: 998}\nyear: 2024/25\npolicy: worcestershire\nbranding: branding.yaml\n"


@pytest.fixture
def load(tmp_path):
    """Loads an edition with a branding file of the content given, and further lines in ``edition.yaml``."""

    def load(branding: str, more: str = ""):
        folder = tmp_path / "data/editions/one"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "edition.yaml").write_text(EDITION + more, encoding="utf-8")
        (folder / "branding.yaml").write_text(branding, encoding="utf-8")
        (folder / "logo.svg").write_text('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "utf-8")
        (folder / "logo.doc").write_bytes(b"no picture")
        (folder / "large.png").write_bytes(b"\x89PNG\r\n" + bytes(100_001))
        return load_edition(Workspace(tmp_path), "one")

    return load


@pytest.mark.slow
def test_colour_and_contact_are_the_editions_own_and_the_rest_is_its_look(load):
    text = "colours: {light: '#14466B', dark: '#9cc8ee'}\ncontact: {name: Ann Other}\n"
    text += "logo: {file: logo.svg, alt: A council}\nwording: {Pupils: Children}\nlanguage: {books: [cy]}\n"
    edition = load(text)
    assert edition.description.colour == "#14466b" and edition.description.contact.name == "Ann Other"
    look = read_look(edition)
    assert (look.logo_kind, look.logo_alt, look.dark) == ("image/svg+xml", "A council", "#9cc8ee")
    assert look.wording == (("Pupils", "Children"),) and read_books(look.books).language == "cy"
    assert list(list_branding(edition)) == ["branding.yaml", "logo.svg", "cy.yaml"]


def test_an_edition_without_branding_has_no_look(load):
    assert read_look(load("contact: {name: Ann Other}\n")) is None
    assert read_look(load_edition(Workspace(find_project()), "sample")) is None


@pytest.mark.parametrize(
    ("branding", "more", "said"),
    [
        ("colours: {light: '#ffcc00'}\n", "", "line 1: colours.light: #ffcc00 is too light to be read: its contrast"),
        ("colours: {light: '#ffcc00'}\n", "", "with white is 1.5 to 1, and 4.5 to 1 is needed"),
        (
            "colours: {dark: '#14466b'}\n",
            "",
            "#14466b is too dark to be read: its contrast with a dark page (#1c262e) is",
        ),
        ("logo: {file: none.svg, alt: It}\n", "", "branding.yaml, line 1: the logo none.svg is not there"),
        ("logo: {file: logo.doc, alt: It}\n", "", "the logo logo.doc is no picture"),
        ("logo: {file: large.png, alt: It}\n", "", "the logo large.png has 100,007 bytes"),
        ("logo: {file: logo.svg}\n", "", "line 1: the field 'logo.alt' is missing"),
        (
            "colours: {light: '#14466b'}\n",
            "colour: '#14466b'\n",
            "edition.yaml, line 6: colour: branding.yaml says it too",
        ),
        ("language: {books: []}\n", "", "line 1: language.books"),
        ("motto: Onward\n", "", "line 1: unknown field 'motto'"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(load, branding, more, said):
    with pytest.raises(FaultyInput) as refused:
        load(branding, more)
    assert said in str(refused.value)


def test_a_branding_that_is_not_there_is_named(tmp_path):
    folder = tmp_path / "data/editions/two"
    folder.mkdir(parents=True)
    (folder / "edition.yaml").write_text(EDITION, encoding="utf-8")
    with pytest.raises(FaultyInput, match=r"branding\.yaml"):
        load_edition(Workspace(tmp_path), "two")
