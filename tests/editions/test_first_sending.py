"""docs/sending.md followed from an empty folder to a rehearsal: each step does what the page says and leads on.

Nothing is typed that the page, or what a verb has just printed, does not name.
"""

from __future__ import annotations

import re

import pytest

from pipeline.foundation.paths import find_project

pytestmark = pytest.mark.kernel

PUBLISHED = find_project() / "data" / "editions" / "sample" / "published" / "2024-2025" / "england_ks2final.csv"
GUIDE = (find_project() / "docs" / "sending.md").read_text(encoding="utf-8")


def rewrite(path, changes):
    text = path.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert re.search(old, text, flags=re.MULTILINE), old
        text = re.sub(old, new, text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")


def test_the_week_of_sending_can_be_gone_through_as_its_page_says(desk, area_alone, no_data_docs):
    folder = desk.root / "data" / "editions" / "first"
    code, said = desk.say(
        *("new", "first", "--schools", "900001,900002,900003", "--year", "2024/25", "--from", str(PUBLISHED))
    )
    assert code == 0 and "write in first/edition.yaml who works by the policy: `organisation:`" in said
    assert desk.say("check", "first")[0] == 3 and "stops `check`" in GUIDE
    rewrite(folder / "edition.yaml", {"^# organisation:$": "organisation: Marlshire County Council"})
    assert desk.say("check", "first")[0] in (0, 3, 6)  # the sample's files have faults of their own, which are named
    code, said = desk.say("reports", "first")
    assert code in (0, 3), said

    code, said = desk.say("recipients", "first")
    assert code == 6 and "recipients.csv" in said and "writes two\nfiles where they are missing" in GUIDE
    assert desk.say("recipients", "first")[1].count("has not been filled in") == 4
    rewrite(
        folder / "delivery.yaml",
        {
            '"Your organisation"': '"Marlshire School Improvement"',
            "reports@your-domain.example": "reports@marlshire.example",
            "Your organisation, telephone and address": "School Improvement, 01632 960100",
            "^  - your-schools.example": "  - schools.marlshire.example",
        },
    )
    assert desk.say("recipients", "first")[1].count("the address is missing") == 3
    rewrite(folder / "local" / "recipients.csv", {r"^(\d{6}),head,,,": r"\1,head,,head.\1@schools.marlshire.example,"})
    code, said = desk.say("recipients", "first")
    assert code == 0 and "Next: python -m pipeline messages first" in said

    code, said = desk.say("messages", "first")
    assert code == 0 and (desk.root / "reports" / "first" / "delivery" / "previews" / "index.html").is_file()
    code, said = desk.say("approve", "first", "--by", "Jane Smith", "--schools", "3")
    assert code == 0 and "Next: python -m pipeline send first" in said
    (asked,) = re.findall(r"^(thresholds-[0-9a-f]{6}):", said, flags=re.MULTILINE)
    code, said = desk.say("send", "first")
    assert code == 0 and re.search(r"drafts written +2 +2\n.*waiting +1 +1", said)  # one is of doubtful category
    assert len(list((desk.root / "reports" / "first" / "delivery" / "rehearsal").glob("*.eml"))) == 2
    (doubtful,) = re.findall(r"or answer (doubtful-900002-[0-9a-f]{6})", said)
    assert "`doubtful-" in GUIDE and "answer for sending it as it is" in GUIDE

    assert desk.say("send", "first", "--live", "--schools", "2")[0] == 6
    assert desk.say("answer", "first", asked, "--by", "Jane Smith", "--why", "Agreed for a trial year")[0] == 0
    assert desk.say("answer", "first", doubtful, "--by", "Jane Smith", "--why", "The head asked for it")[0] == 0
    assert re.search(r"drafts written +3 +3", desk.say("send", "first")[1])
    assert desk.say("send", "first", "--live", "--schools", "3")[0] == 0
    assert desk.say("status", "first")[0] == 0
