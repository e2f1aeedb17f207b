"""An edition whose reports are told in Welsh too: made, refused, listed, verified and sent."""

from __future__ import annotations

import json
import shutil

import pytest

from pipeline.foundation.paths import find_project
from pipeline.render.language.book import find_book

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("no_data_docs")]

PRIMARY, SECONDARY = 900001, 900013  # those of ``made_sample``
OWN = """
language: cy
sections:
  organisation: {Marlshire County Council: Cyngor Sir Marl}
  edition: {Marlshire: Sir Marl}
"""
FOLDER = "data/editions/sample"


@pytest.fixture
def edition(desk, made_sample):
    """The sample of two schools, all its reports made, given a branding with Welsh."""
    shutil.copytree(made_sample, desk.root, dirs_exist_ok=True)
    folder = desk.root / FOLDER
    shutil.copyfile(find_project() / "data/editions/sample-cymraeg/logo.svg", folder / "logo.svg")
    (folder / "own.yaml").write_text(OWN, encoding="utf-8")
    write_branding(folder, "cy")
    with (folder / "edition.yaml").open("a", encoding="utf-8") as file:
        file.write("branding: branding.yaml\n")
    return folder


def write_branding(folder, book: str) -> None:
    text = "logo: {file: logo.svg, alt: Marlshire County Council}\ncolours: {dark: '#8fd9c4'}\n"
    text += f"wording: {{To work on: Where to look first}}\nlanguage: {{books: [{book}, own.yaml]}}\n"
    (folder / "branding.yaml").write_text(text, encoding="utf-8")


def test_a_second_language_is_made_from_what_was_executed_refused_where_not_whole_verified_and_sent(
    desk, edition, monkeypatch
):
    from pipeline.run.making import notebooks

    reports = desk.root / "reports/sample"
    with monkeypatch.context() as here:
        here.setattr(notebooks, "execute_notebook", None)  # the words change no figure: no notebook is run again
        code, said = desk.say("reports", "sample", "--executor", "serial", "--urn", str(PRIMARY))
    assert code == 0, said
    folder = reports / "schools" / str(PRIMARY)
    welsh, english = ((folder / name).read_text(encoding="utf-8") for name in ("report.cy.html", "report.html"))
    assert '<html lang="cy">' in welsh and "Lle mae" in welsh and 'alt="Cyngor Sir Marl"' in welsh
    assert '<html lang="en-GB">' in english and "Where to look first" in english and "To work on" not in english
    assert "html:root { --deep: #8fd9c4; }" in english and 'href="report.cy.html"' in english

    code, said = desk.say("phrases", "sample")
    assert code == 0 and "tells every text of 2 report(s)" in said
    short = find_book("cy", edition).read_text(encoding="utf-8")
    line = '  "Every measure": "Pob mesur"\n'
    (edition / "short.yaml").write_text(short.replace(line, ""), encoding="utf-8")
    write_branding(edition, "short.yaml")
    code, said = desk.say("phrases", "sample")
    assert code == 6 and f'  "Every measure": ""  # URN {PRIMARY}, under' in said
    code, said = desk.say("reports", "sample", "--executor", "serial", "--urn", str(PRIMARY))
    assert code == 5 and "its report in 'cy' would not be whole; no phrase tells" in said
    assert "'Every measure'" in said and "python -m pipeline phrases EDITION" in said
    assert (folder / "report.cy.html").read_text(encoding="utf-8") == welsh  # what was made before stays

    write_branding(edition, "cy")
    code, said = desk.say("reports", "sample", "--executor", "serial")
    assert code == 0, said
    manifest = json.loads((reports / "manifest.json").read_text(encoding="utf-8"))
    assert {f"schools/{PRIMARY}/report.cy.{kind}" for kind in ("html", "pdf")} <= manifest["outputs"].keys()
    assert sorted(manifest["inputs"]["branding"]) == ["branding.yaml", "cy.yaml", "logo.svg", "own.yaml"]
    code, said = desk.say("verify", "sample")
    assert code == 0, said
    (edition / "own.yaml").write_text(OWN.replace("Sir Marl}", "Sir Farl}"), encoding="utf-8")
    assert "branding" in desk.say("verify", "sample")[1]
    (edition / "own.yaml").write_text(OWN, encoding="utf-8")

    book = edition / "local/recipients.csv"
    rows = book.read_text(encoding="utf-8").splitlines(keepends=True)
    theirs = [row for row in rows[1:] if row.startswith((str(PRIMARY), str(SECONDARY)))]
    book.write_text("".join([rows[0], *theirs]), encoding="utf-8")
    code, said = desk.say("messages", "sample")
    assert code in (0, 6), said
    written = [path.read_text("utf-8", "replace") for path in (reports / "delivery").rglob("*") if path.is_file()]
    assert any("2024-25.pdf" in one and "2024-25.cy.pdf" in one for one in written)
    assert any("attached as a PDF, in two languages" in one for one in written)
