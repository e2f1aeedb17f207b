"""Who receives a report: the policy says so, a slip in it is named with its line, and no report is made anew for it."""

from __future__ import annotations

import pytest

from pipeline.edition.editions import load_edition
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.paths import Workspace, find_project
from pipeline.policy.loading import list_policies, load_policy, read_policy
from pipeline.policy.policy import FOLDER
from pipeline.run.due.keys import describe_shared_parts
from pipeline.run.rendering import BUILT_IN
from pipeline.run.stamps.code import Code

SECTION = "\nrecipients:\n  head: {title: headteacher, category_in_message: true}\n"


def write_policy(folder, section):
    """The small policy with another section on recipients."""
    text = (FOLDER / "example-three.yaml").read_text(encoding="utf-8")
    path = folder / "example-three.yaml"
    path.write_text(text.partition("\n# Who may receive")[0] + section, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", list_policies())
def test_every_shipped_policy_lets_a_head_read_the_category(name):
    recipients = load_policy(name).recipients
    assert recipients["head"].category_in_message
    assert all(role.title == " ".join(role.title.split()) for role in recipients.values())


def test_a_policy_without_the_section_lets_nobody_receive_anything(tmp_path):
    assert read_policy(write_policy(tmp_path, "")).recipients == {}


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (SECTION.replace("category_in_message", "category"), "unknown field 'category'"),
        (SECTION.replace(", category_in_message: true", ""), "'recipients.head.category_in_message' is missing"),
        (SECTION.replace("true", "perhaps"), "recipients.head.category_in_message"),
        (SECTION.replace("head:", "Head teacher:"), "recipients"),
        (SECTION.replace("headteacher", "H"), "recipients.head.title"),
        (SECTION + "  head: {title: head, category_in_message: true}\n", "the field 'head' is written twice"),
    ],
)
def test_a_slip_is_named_with_its_line(tmp_path, section, said):
    path = write_policy(tmp_path, section)
    with pytest.raises(FaultyInput) as caught:
        read_policy(path)
    first = path.read_text(encoding="utf-8").splitlines().index("recipients:") + 1
    assert any(said in fault.what and fault.line and fault.line >= first for fault in caught.value.faults)


@pytest.mark.slow
def test_who_receives_reports_makes_none_of_them_again():
    edition = load_edition(Workspace(find_project()), "sample")
    policy, code = load_policy("worcestershire"), Code()

    def describe(one):
        notebook = find_project() / "notebooks" / "school_report.ipynb"
        return describe_shared_parts(edition, one, notebook, {"policy": "worcestershire"}, code, BUILT_IN)["policy"]

    fewer = policy.model_copy(update={"recipients": {}})
    assert describe(fewer) == describe(policy)
    assert describe(policy.model_copy(update={"title": "Another title"})) != describe(policy)
