"""Messages: one school's own words and files, what officers know left out, the same in text and HTML."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import shutil
from dataclasses import fields, replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from delivered_edition import DATE, ORGANISATION, SECRETS, TITLE, make_delivered_edition, make_row, sign_report
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.delivery.composing.letter import Letter, compose_letter
from pipeline.delivery.composing.messages import compose, name_file
from pipeline.delivery.mail.message import Recipient
from pipeline.delivery.settings import read_settings
from pipeline.foundation.errors import FailedReport, PipelineError
from pipeline.policy import load_policy
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
from tests.conftest import count_examples

FIRST, DECIDED = 900001, 900003
NASTY = 'St <b>Anne\'s</b> & "Zoë" {{ urn }} School'
SCHOOLS = ("Larkstead Primary School", NASTY, "Quenford Junior School")
ROLES = ("head", "chair", "clerk", "adviser")
PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_delivered_edition(tmp_path_factory.mktemp("messages"), SCHOOLS, roles=ROLES)


@pytest.fixture
def edition(made, tmp_path):
    """A copy that a test may spoil."""
    shutil.copytree(made.workspace.root, tmp_path, dirs_exist_ok=True)
    workspace = type(made.workspace)(tmp_path)
    return replace(made, workspace=workspace, paths=workspace.edition("county"))


def name_recipient(edition, urn=FIRST, role="head", **changes):
    row = make_row(edition, urn, role)
    return replace(Recipient(urn, role, row["name"], row["email"], line=2), **changes)


def write(edition, urn=FIRST, role="head", policy=None, **changes):
    """The message to one recipient; ``changes`` are the settings'."""
    chosen = read_settings(edition.paths).model_copy(update=changes)
    return compose(edition.paths, chosen, policy or edition.policy, name_recipient(edition, urn, role))


def read_facts(edition, urn=FIRST):
    return json.loads((edition.paths.school(urn) / "facts.json").read_text(encoding="utf-8"))


def tell(facts, edition, role="head", policy=None, **changes):
    """The letter that would be written from ``facts``."""
    chosen = read_settings(edition.paths).model_copy(update=changes)
    return compose_letter(facts, policy or edition.policy, chosen, name_recipient(edition, role=role), ())


def list_words(text):
    """The words in their order; a list's hyphens are none."""
    return [word for word in text.split() if word != "-"]


def read_page(html):
    return BeautifulSoup(html, "html.parser")


# What a message is


@pytest.mark.slow
def test_a_message_brings_the_report_as_it_was_made(made):
    message = write(made, files=("pdf", "html"))
    folder = made.paths.school(FIRST)
    pdf = (folder / "report.pdf").read_bytes()
    assert [(one.name, one.media_type, one.source) for one in message.attachments] == [
        ("900001 Larkstead Primary School 2024-25.pdf", "application/pdf", "schools/900001/report.pdf"),
        ("900001 Larkstead Primary School 2024-25.html", "text/html", "schools/900001/report.html"),
    ]
    assert message.attachments[0].content == pdf
    assert message.attachments[1].content == (folder / "report.html").read_bytes()
    assert message.report == hashlib.sha256(pdf).hexdigest()
    assert (message.edition, message.date) == ("county", datetime.date.fromisoformat(DATE))
    assert (message.urn, message.school) == (FIRST, SCHOOLS[0])


@pytest.mark.slow
def test_the_same_report_and_recipient_give_the_same_message(made):
    assert write(made).digest == write(made).digest
    assert write(made).digest != write(made, role="chair").digest


@pytest.mark.slow
def test_whoever_had_another_report_is_told_that_this_one_is_corrected(made):
    def write_after(role, *reports):
        person, chosen = name_recipient(made, role=role), read_settings(made.paths)
        return compose(made.paths, chosen, made.policy, person, "2024/25", frozenset(reports))

    for role in ROLES:
        first = write_after(role)
        assert write_after(role, first.report).digest == first.digest  # the same report sent once more corrects nothing
        corrected = write_after(role, "a" * 64, first.report)
        told = "This is a corrected report: please use it in place of the one that was sent to you before."
        for said in (corrected.text, corrected.html):
            assert told in said and f"{SCHOOLS[0]}: corrected school report, 2024/25" in said
        assert corrected.subject == f"{SCHOOLS[0]} (URN {FIRST}): corrected school report, {TITLE}"
        assert "correct" not in first.subject + first.text


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("urn", [900001, 900002, 900003])
def test_text_and_html_say_the_same(made, role, urn):
    message = write(made, urn, role, link="https://reports.example.org/{urn}", files=("pdf", "html"))
    page = read_page(message.html)
    assert list_words(page.main.get_text(" ")) == list_words(message.text)
    assert page.title.get_text() == message.subject


@pytest.mark.parametrize("role", ROLES)
def test_the_html_can_be_read_aloud_and_reaches_for_nothing(made, role):
    page = read_page(write(made, role=role).html)
    assert page.html["lang"] == "en-GB"
    levels = [int(tag.name[1]) for tag in page.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1 and levels.count(1) == 1 and set(levels) <= {1, 2}
    assert not page.find_all(["img", "script", "link", "table", "iframe", "form"])
    assert "url(" not in page.style.get_text() and "@import" not in page.style.get_text()


def test_each_says_whom_it_is_about_and_whom_to_ask(made):
    for urn, school in made.schools.items():
        message = write(made, urn)
        assert school in message.subject and str(urn) in message.subject
        for words in (message.text, read_page(message.html).get_text(" ")):
            flat = " ".join(words.split())
            for part in (school, str(urn), TITLE, f"Dear H. Oakley {urn}", "01632 960123", "delete it"):
                assert part in flat


@pytest.mark.parametrize("role", ["head", "adviser"])
def test_who_writes_is_named_once(made, role):
    """A message was signed "Marlshire County Council" twice where the sender is the organisation."""
    sender = read_settings(made.paths).sender
    for name, signed in ((sender.name, [sender.name, ORGANISATION]), (ORGANISATION, [ORGANISATION])):
        message = write(made, role=role, sender=sender.model_copy(update={"name": name}))
        assert message.text.split("\n\n")[-1].splitlines() == signed
        assert list(read_page(message.html).main.find_all("p")[-1].stripped_strings) == signed


def test_no_category_stands_in_a_subject(made):
    titles = [category.title for category in made.policy.categories]
    for urn in made.schools:
        assert not any(title in write(made, urn).subject for title in titles)


def test_a_person_without_a_name_is_addressed_by_the_role(made):
    chosen = read_settings(made.paths)
    message = compose(made.paths, chosen, made.policy, name_recipient(made, name=""))
    assert "Dear headteacher," in message.text
    assert "meant for its headteacher." in message.text


def test_a_school_s_name_is_text_and_nothing_else(made):
    message = write(made, 900002)
    assert message.school == NASTY
    assert "<b>Anne" not in message.html
    assert NASTY in read_page(message.html).h1.get_text()
    assert NASTY in message.text
    assert message.attachments[0].name == "900002 St b Anne's b & Zoë {{ urn }} School 2024-25.pdf"


# How the report comes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"files": ("pdf",)}, "The report is attached as a PDF."),
        ({"files": ("pdf", "html")}, "attached as a PDF and a web page, which say the same."),
        (
            {"files": (), "link": "https://reports.example.org/{urn}"},
            "Read it online: https://reports.example.org/900001\n",
        ),
        ({"files": ("pdf", "html"), "channel": "notify"}, "The link in this message leads to the report, a PDF."),
    ],
)
def test_the_reader_is_told_where_the_report_is(made, changes, said):
    message = write(made, **changes)
    assert said in message.text
    assert ("attached" in message.text) == ("attached" in said)


def test_by_notify_the_pdf_goes_and_no_page(made):
    chosen = read_settings(made.paths).model_copy(update={"files": ("html",)})
    message = compose(made.paths, chosen, made.policy, name_recipient(made, channel="notify"))
    assert [one.media_type for one in message.attachments] == ["application/pdf"]


# What is kept back


@pytest.mark.parametrize("role", ROLES)
def test_what_officers_know_is_in_no_message(made, role):
    for urn in made.schools:
        message = write(made, urn, role, files=("pdf", "html"))
        for secret in SECRETS:
            assert secret not in message.subject + message.text + message.html
            assert all(secret.encode() not in one.content for one in message.attachments)


@pytest.mark.parametrize("role", ROLES)
def test_no_word_depends_on_what_officers_know(made, role):
    for urn in made.schools:
        facts = read_facts(made, urn)
        told = tell(facts, made, role)
        facts["officer"] = {"panel": {"reason": "Gossip", "person": "P."}, "soft_intelligence": [{"note": "Rumours"}]}
        facts["last_year"] = facts["similar"] = facts["writing_check"] = None
        assert tell(facts, made, role) == told


def test_a_role_that_may_not_read_the_category_learns_nothing_of_it(made):
    facts = read_facts(made)
    told = tell(facts, made, "clerk")
    assert told.category == "" and told.next_steps == () and told.cautions == ()
    for category in made.policy.categories:
        other = give_category(facts, made.policy, category.key)
        assert tell(other, made, "clerk") == told
        assert tell(other, made, "head") != tell(facts, made, "head") or category.key == facts["final"]["category"]
    assert tell(give_category(facts, made.policy, INSUFFICIENT_EVIDENCE), made, "clerk") == told


def give_category(facts, policy, key):
    """The facts of a school like this one, to which the figures gave another category."""
    outcome, tier = policy.outcome(key), policy.tier(key)
    changed = {"category": key, "title": outcome.title, "tier": tier}
    entitlement = {"lines": list(outcome.entitlement.lines), "amounts": []}
    assignment = {**changed, "meaning": outcome.meaning, "reason": f"Because of {key}.", "entitlement": entitlement}
    return {
        **facts,
        "final": {**facts["final"], **changed},
        "assignment": {**facts["assignment"], **assignment},
        "certainty": {"sureness": "borderline", "between": [outcome.title, "Another"]},
    }


# Sentences


def test_five_sentences_tell_the_category_why_and_what_stands_out(made):
    assert tell(read_facts(made), made).sentences == (
        "The indicative category is Secure, 2 of 5, 1 being the least support; a panel decides.",
        "One key priority is a gap against England.",
        "Of three indicators compared with England, one is a strength, one is a gap and one is in "
        "line (shown to be about the same).",
        "The strength is maths.",
        "The gap is reading, writing and maths.",
    )


def test_what_the_category_brings_is_told(made):
    told = tell(read_facts(made), made)
    assert told.brings == "Secure brings:"
    assert told.next_steps == made.policy.outcome("secure").entitlement.lines


def test_what_happens_next_is_told_with_its_dates_whoever_reads_it_as_the_report_has_it(made, edition):
    facts = read_facts(made)
    assert all(tell(facts, made, role).dates == () for role in ("head", "clerk"))
    facts["next_steps"] = [
        {"what": "Tell us if anything is wrong", "who": "the school", "by": "2025-12-12"},
        {"what": "Its <panel> decides.", "who": "", "by": None},
    ]
    for role in ("head", "clerk"):
        told = tell(facts, made, role).dates
        assert told == ("The school, by 12 December 2025: Tell us if anything is wrong.", "Its <panel> decides.")
    change_facts(edition, facts)
    message = write(edition)
    for part in (message.text, read_page(message.html).get_text(" ")):
        words = " ".join(part.split())
        assert words.index("Secure brings:") < words.index("What happens next") < words.index("If something is wrong")
        assert "The school, by 12 December 2025: Tell us if anything is wrong." in words
        assert "Its <panel> decides." in words
    advised = write(edition, role="adviser")
    for part in (advised.text, read_page(advised.html).get_text(" ")):
        assert "What the school is told of what happens next The school, by" in " ".join(part.replace("- ", "").split())


def test_days_of_support_stand_before_what_they_are_for(made):
    facts = read_facts(made)
    facts["assignment"]["entitlement"] = {"amounts": [["Days a year", "6"]], "lines": ["A shared plan"]}
    assert tell(facts, made).next_steps == ("Days a year: 6", "A shared plan")


def test_a_decided_category_is_told_as_decided(made):
    facts = read_facts(made, DECIDED)
    told = tell(facts, made)
    assert told.sentences[0].endswith("a panel met on 18 November 2025 and confirmed it.")
    assert told.sentences[1] == facts["assignment"]["reason"]
    assert "before the panel meets" not in told.challenge


def test_where_a_panel_decided_otherwise_its_category_is_told_and_never_why(made):
    facts = read_facts(made, DECIDED)
    intensive = made.policy.outcome("intensive")
    facts["final"] |= {"category": "intensive", "title": intensive.title, "tier": 5}
    told = tell(facts, made)
    assert told.sentences[0] == (
        "The category is Intensive support, 5 of 5, the most support; "
        "a panel met on 18 November 2025 and decided on it."
    )
    assert told.sentences[1] == intensive.meaning
    assert told.next_steps == intensive.entitlement.lines
    words = " ".join([*told.sentences, *told.next_steps, told.challenge, *told.cautions])
    assert facts["assignment"]["title"] not in words and facts["assignment"]["reason"] not in words


def test_no_category_is_told_as_none(made):
    told = tell(give_category(read_facts(made), made.policy, INSUFFICIENT_EVIDENCE), made)
    assert told.sentences[0] == "Insufficient evidence: the figures indicate no category, and a panel decides."
    assert told.brings == "" and told.next_steps
    assert "category" not in told.challenge


def test_a_borderline_category_says_so(made):
    facts = read_facts(made)
    facts["certainty"] |= {"sureness": "borderline", "between": ["Secure", "Light touch support"]}
    assert "it is borderline between Secure and Light touch support, and a panel" in tell(facts, made).sentences[0]


def test_a_provisional_category_says_so(made):
    facts = read_facts(made)
    facts["final"]["provisional"] = True
    assert "(provisional: it rests on one year); " in tell(facts, made).sentences[0]


def test_a_suppressed_figure_is_counted_nowhere(made):
    facts = read_facts(made)
    suppressed = facts["indicators"][3]
    assert suppressed["by_year"][0]["availability"] == "suppressed"
    told = tell(facts, made)
    facts["indicators"].remove(suppressed)
    assert tell(facts, made).sentences == told.sentences
    suppressed["comparisons"][0]["rating"] = "gap"  # a rating without a figure counts for nothing either
    facts["indicators"].append(suppressed)
    assert tell(facts, made).sentences == told.sentences


def test_many_gaps_are_counted_and_the_key_priorities_named_first(made):
    facts = read_facts(made)
    gap = facts["indicators"][0]
    facts["indicators"] = [
        *({**gap, "short_title": f"Measure {number}", "key_priority": False} for number in range(4)),
        {**gap, "short_title": "Attainment 8"},
    ]
    assert tell(facts, made).sentences[2:] == (
        "Of five indicators compared with England, none are strengths and five are gaps.",
        "The gaps include Attainment 8; Measure 0; Measure 1; and two more.",
    )


def test_a_school_of_which_hardly_anything_could_be_compared(made):
    facts = read_facts(made)
    facts["indicators"] = facts["indicators"][2:3]
    assert tell(facts, made).sentences[2:] == (
        "Only one published figure could be compared fairly with England's, reading: it is in line.",
    )
    facts["indicators"] = []
    assert tell(facts, made).sentences[2:] == (
        "None of the school's published figures could be compared fairly with England's.",
    )


def test_default_thresholds_are_said_to_be_defaults_until_they_are_adopted(made):
    facts = read_facts(made)
    assert any("defaults that came with the software" in caution for caution in tell(facts, made).cautions)
    facts["policy"]["thresholds_adopted"] = True
    assert len(tell(facts, made).cautions) == 1


# Reports that may not be sent


@pytest.mark.parametrize("file", ["facts.json", "report.pdf", "report.html"])
def test_a_file_that_is_not_what_was_made_is_refused(edition, file):
    path = edition.paths.school(FIRST) / file
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(FailedReport, match=f"{file} is not the file that was made") as caught:
        write(edition)
    assert caught.value.urn == FIRST
    path.unlink()
    with pytest.raises(FailedReport, match=f"{file} is not there"):
        write(edition)


def test_a_report_without_its_account_is_refused(edition):
    (edition.paths.school(FIRST) / "made.json").unlink()
    with pytest.raises(FailedReport, match=r"made\.json"):
        write(edition)


def test_two_schools_swapped_folders_are_refused(edition):
    first, other = edition.paths.school(FIRST), edition.paths.school(DECIDED)
    aside = first.with_name("aside")
    first.rename(aside)
    other.rename(first)
    aside.rename(other)
    for urn, found in ((FIRST, DECIDED), (DECIDED, FIRST)):
        with pytest.raises(FailedReport, match=f"the report in its folder is of URN {found}"):
            write(edition, urn)


def test_another_editions_report_is_refused(edition):
    change_facts(edition, {"edition": {**read_facts(edition)["edition"], "name": "county-2024"}})
    with pytest.raises(FailedReport, match="of the edition county-2024"):
        write(edition)


def test_a_report_of_another_policy_or_wording_is_refused(edition):
    with pytest.raises(FailedReport, match="made by the policy worcestershire, not by two-counties"):
        write(edition, policy=load_policy("two-counties"))
    change_facts(edition, {"final": {**read_facts(edition)["final"], "title": "Very secure"}})
    with pytest.raises(FailedReport, match="'Very secure', a category the policy worcestershire no longer has"):
        write(edition)
    change_facts(edition, {"version": 1})
    with pytest.raises(FailedReport, match="written in another way"):
        write(edition)


def change_facts(edition, changes, urn=FIRST):
    """Put other facts into a report, signed as if it had been made so."""
    facts = {**read_facts(edition, urn), **changes}
    (edition.paths.school(urn) / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    sign_report(edition, urn)


# Templates


def write_own(edition, name, words):
    path = edition.paths.folder / "messages" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words, encoding="utf-8")


@pytest.mark.slow
def test_an_edition_s_own_template_is_taken_by_policy_and_role_before_others(edition):
    write_own(edition, "message.txt.j2", "any role: {{ school }}")
    assert write(edition, role="chair").text == f"any role: {SCHOOLS[0]}\n"
    write_own(edition, "head.txt.j2", "head")
    write_own(edition, "worcestershire/message.txt.j2", "this policy")
    write_own(edition, "two-counties/head.txt.j2", "another policy")
    assert write(edition).text == "this policy\n"
    write_own(edition, "worcestershire/head.txt.j2", "head of this policy")
    assert write(edition).text == "head of this policy\n"
    assert "<h1>" in write(edition).html


@pytest.mark.slow
def test_an_own_template_may_change_a_part_of_ours(edition):
    own = '{% extends "message.html.j2" %}{% block question %}<p>Ring {{ contact }}</p>{% endblock %}'
    write_own(edition, "head.html.j2", own)
    page = read_page(write(edition).html)
    assert "If something is wrong" not in page.get_text() and "Ring School Improvement" in page.get_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("one\n{{ officer }}", r"head.txt.j2, line 2.*'officer' is undefined"),
        ("{% if %}", r"head.txt.j2, line 1"),
        ("\n\n{% include 'nothing.j2' %}", r"head.txt.j2, line 3.*nothing.j2"),
        ("{{ ''.__class__.__mro__ }}", r"head.txt.j2, line 1.*unsafe"),
    ],
)
def test_a_faulty_template_is_named_with_its_line(edition, words, said):
    write_own(edition, "head.txt.j2", words)
    with pytest.raises(PipelineError, match=r"docs/policies\.md") as caught:
        write(edition)
    assert re.search(said, str(caught.value), flags=re.DOTALL)


def test_the_page_for_analysts_lists_every_word_that_a_template_may_use():
    text = (PROJECT / "docs" / "policies.md").read_text(encoding="utf-8")
    rows = text.partition("| word | what it is |\n| --- | --- |\n")[2].partition("\n\n")[0].splitlines()
    listed = [word for row in rows for word in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(listed) == sorted(field.name for field in fields(Letter))


# Whatever a name holds


@pytest.mark.slow
@given(school=st.text(max_size=200), year=st.sampled_from(["2024/25", "2099/00"]))
def test_a_file_s_name_is_one_that_every_computer_takes(school, year):
    name = name_file(FIRST, school, year, ".pdf")
    assert re.match(rf"{FIRST} ", name) and name.endswith(f"{year.replace('/', '-')}.pdf")
    assert not set(name) & set('<>:"/\\|?*')
    assert all(char.isprintable() for char in name.replace("\xa0", " "))
    assert len(name.encode()) <= 100


@pytest.fixture(scope="module")
def lone(tmp_path_factory):
    """An edition of one school whose facts are written anew for each example."""
    return make_delivered_edition(tmp_path_factory.mktemp("lone"), 1)


@pytest.mark.slow
@settings(max_examples=count_examples(100))
@given(school=st.text(max_size=60), person=st.text(max_size=60))
def test_no_name_breaks_a_subject_or_makes_markup(lone, school, person):
    facts = read_facts(lone)
    change_facts(lone, {"school": {**facts["school"], "name": school}})
    message = compose(lone.paths, read_settings(lone.paths), lone.policy, name_recipient(lone, name=person))
    assert len(message.subject.splitlines()) == 1 and message.subject.isprintable()
    page = read_page(message.html)
    assert {tag.name for tag in page.main.find_all(True)} <= {"h1", "h2", "p", "ul", "li", "a", "br"}
    assert list_words(page.main.get_text(" ")) == list_words(message.text)
    assert all(char.isprintable() or char == "\n" for char in message.text)
