"""Previews: every message to look at before anything is sent, the same bytes each time, no other files touched."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from delivered_edition import make_delivered_edition, make_row

from pipeline.delivery.composing.messages import compose
from pipeline.delivery.composing.preview import write_previews
from pipeline.delivery.mail.message import Recipient
from pipeline.delivery.settings import read_settings
from pipeline.foundation.errors import PipelineError
from pipeline.render.checks import check_html

pytestmark = pytest.mark.slow

SCHOOLS = ("Quenford <i>Junior</i> School", "Larkstead Primary School")
FIRST, SECOND = 900001, 900002


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return make_delivered_edition(tmp_path_factory.mktemp("preview"), SCHOOLS)


@pytest.fixture(scope="module")
def messages(edition):
    """Of each school the head's and two chairs'."""
    chosen = read_settings(edition.paths)
    found = []
    for line, (urn, role, who) in enumerate(
        (urn, role, who) for urn in edition.schools for role, who in (("head", "A"), ("chair", "B"), ("chair", "C"))
    ):
        row = make_row(edition, urn, role)
        person = Recipient(urn, role, f"{who} & <b>Hart</b>", f"{who.lower()}.{row['email']}", line=line)
        found.append(compose(edition.paths, chosen, edition.policy, person))
    return found


def read_folder(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read_page(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def test_every_message_is_listed_once_by_name_of_school_and_can_be_opened(edition, messages, tmp_path):
    index = write_previews(edition.paths, messages, tmp_path / "look")
    links = [link["href"] for link in read_page(index).main.table.find_all("a")]
    assert links == [
        *("900002-head.html", "900002-chair.html", "900002-chair-2.html"),
        *("900001-head.html", "900001-chair.html", "900001-chair-2.html"),
    ]
    assert all((index.parent / link).is_file() for link in links)
    assert "6 messages about 2 schools." in read_page(index).main.get_text()


def test_a_page_shows_the_head_the_words_and_the_html_as_they_would_leave(edition, messages, tmp_path):
    folder = write_previews(edition.paths, messages, tmp_path / "look").parent
    for message, name in zip(messages[:3], ("head", "chair", "chair-2"), strict=True):
        page = read_page(folder / f"{FIRST}-{name}.html")
        assert page.pre.get_text() == message.text
        said = page.find("dl").get_text(" ")
        for part in (message.subject, message.recipient.name, message.recipient.address, message.sender.address):
            assert part in said
        assert message.attachments[0].name in said
        assert (folder / f"{FIRST}-{name}.message.html").read_text(encoding="utf-8") == message.html


def test_pages_hold_to_the_rules_of_all_pages(edition, messages, tmp_path):
    folder = write_previews(edition.paths, messages, tmp_path / "look").parent
    for path in folder.glob("*.html"):
        if ".message." not in path.name:
            assert check_html(path.read_text(encoding="utf-8")) == []
            assert not read_page(path).main.find_all(["b", "i", "script"])


def test_the_same_messages_give_the_same_bytes_in_whatever_order(edition, messages, tmp_path):
    first = write_previews(edition.paths, messages, tmp_path / "one").parent
    other = write_previews(edition.paths, reversed(messages), tmp_path / "other").parent
    assert read_folder(first) == read_folder(other)
    assert not any(str(tmp_path).encode() in content for content in read_folder(first).values())


def test_previews_among_the_reports_lead_to_the_files(edition, messages):
    folder = write_previews(edition.paths, messages, edition.paths.reports / "delivery" / "preview").parent
    links = [link["href"] for link in read_page(folder / f"{FIRST}-head.html").find("dl").find_all("a")]
    assert links == [f"../../schools/{FIRST}/report.pdf"]
    assert (folder / links[0]).resolve() == edition.paths.school(FIRST).resolve() / "report.pdf"


def test_who_is_gone_from_the_address_book_is_gone_from_the_previews(edition, messages, tmp_path):
    folder = write_previews(edition.paths, messages, tmp_path / "look").parent
    write_previews(edition.paths, messages[:1], folder)
    assert sorted(read_folder(folder)) == ["900001-head.html", "900001-head.message.html", "index.html"]


@pytest.mark.parametrize("name", ["index.html", "letter.docx", "900001-head.html.bak"])
def test_a_folder_that_holds_other_files_is_left_as_it_is(edition, messages, tmp_path, name):
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(PipelineError, match="the folder holds other files") as caught:
        write_previews(edition.paths, messages, tmp_path)
    assert name in caught.value.what
    assert read_folder(tmp_path) == {name: b"mine"}
