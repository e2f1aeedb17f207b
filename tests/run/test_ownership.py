"""Whose name is printed: the edition's own organisation, never one that nobody gave.

Before, an edition of any other authority told its schools to write to the county that the policy was written for.
"""

from __future__ import annotations

import sys

import pytest

from pipeline.cli.verbs import main
from pipeline.edition.editions import Area, load_edition, read_policy_of, write_new_edition
from pipeline.edition.ownership import find_placeholder, propose_organisation
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.paths import Workspace
from pipeline.policy import load_policy

OWN_POLICY = "worcestershire"


def write_edition(root, area="{authority: 850}", policy=OWN_POLICY, more=""):
    paths = Workspace(root).edition("county")
    paths.folder.mkdir(parents=True)
    text = f"title: A county\narea: {area}\nyear: 2018/19\npolicy: {policy}\n{more}"
    paths.description.write_text(text, encoding="utf-8")
    return load_edition(Workspace(root), "county")


@pytest.mark.parametrize(
    ("area", "policy"),
    [
        ("{authority: 850}", "worcestershire"),
        ("{trust: 99001}", "worcestershire"),
        ("{schools: [116794]}", "worcestershire"),
        ("{authority: 850}", "two-counties"),
        ("{trust: 99001}", "two-counties"),
        ("{authority: 885}", "example-three"),
    ],
)
def test_a_policy_of_somebody_else_stops_until_an_organisation_is_named(tmp_path, area, policy):
    edition = write_edition(tmp_path, area, policy)
    with pytest.raises(FaultyInput, match=r"(?s)edition\.yaml, line 4, field organisation: .*`organisation:`"):
        read_policy_of(edition)
    edition.paths.description.write_text(
        edition.paths.description.read_text(encoding="utf-8") + "organisation: Hampshire County Council\n",
        encoding="utf-8",
    )
    assert read_policy_of(load_edition(Workspace(tmp_path), "county")).organisation == "Hampshire County Council"


@pytest.mark.parametrize(
    ("area", "policy", "organisation"),
    [
        ("{authority: 885}", "worcestershire", "Worcestershire County Council"),
        ("{trust: 16093}", "two-counties", "The Two Counties Trust"),
    ],
)
def test_the_organisation_that_a_policy_was_written_for_need_not_be_named(tmp_path, area, policy, organisation):
    assert read_policy_of(write_edition(tmp_path, area, policy)).organisation == organisation


@pytest.mark.slow
def test_a_copied_policy_that_kept_its_organisation_is_still_that_ones(tmp_path):
    edition = write_edition(tmp_path, policy="./our-own.yaml")
    shipped = load_policy("worcestershire")
    text = (edition.paths.folder / "our-own.yaml").write_text
    content = _read_shipped().replace("key: worcestershire", "key: our-own")
    text(content, encoding="utf-8")
    with pytest.raises(FaultyInput, match="was written for Worcestershire County Council"):
        read_policy_of(edition)
    without = "\n".join(line for line in content.splitlines() if not line.startswith("written_for"))
    text(without, encoding="utf-8")
    with pytest.raises(FaultyInput, match="was written for Worcestershire County Council"):
        read_policy_of(edition)
    text(without.replace(f"organisation: {shipped.organisation}", "organisation: Hampshire"), encoding="utf-8")
    assert read_policy_of(edition).organisation == "Hampshire"


def _read_shipped():
    from pipeline.policy.policy import FOLDER

    return (FOLDER / "worcestershire.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("said", ["Your County Council", "your organisation", "Your Trust", "TODO"])
def test_a_placeholder_is_no_organisation(tmp_path, said):
    edition = write_edition(tmp_path, "{authority: 885}", more=f"organisation: {said}\n")
    with pytest.raises(FaultyInput, match=r"line 5, field organisation: .* is no organisation's name"):
        read_policy_of(edition)


@pytest.mark.parametrize(
    "said",
    [
        "Hampshire County Council",
        "Marlshire School Improvement, 01632 960100",
        "Your school improvement adviser, Jo Hart",
    ],
)
def test_a_true_name_is_no_placeholder(said):
    assert find_placeholder(said) == ""


@pytest.mark.slow
def test_check_stops_before_anything_is_read(tmp_path, monkeypatch, capsys):
    write_edition(tmp_path)
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(tmp_path))
    for verb in ("check", "reports", "plan", "preview", "edit"):
        school = ["--urn", "116794"] if verb in ("preview", "edit") else []
        monkeypatch.setattr(sys, "argv", ["pipeline", verb, "county", *school])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 3
        assert "this edition is about the authority 850" in capsys.readouterr().err


# A new edition


def make_new(workspace, area, files=(), organisation="", policy=OWN_POLICY):
    return write_new_edition(
        workspace,
        "new",
        area=area,
        year="2018/19",
        policy=policy,
        title="",
        files=tuple(files),
        organisation=organisation,
    )


def test_a_new_edition_names_the_organisation_that_was_given(tmp_path):
    made = make_new(Workspace(tmp_path), Area(authority=850), organisation='The "Hampshire" Council')
    assert made.description.organisation == 'The "Hampshire" Council'


def test_a_new_edition_of_the_policys_own_area_leaves_it_to_the_policy(tmp_path):
    made = make_new(Workspace(tmp_path), Area(authority=885))
    assert made.description.organisation == ""
    assert read_policy_of(made).organisation == "Worcestershire County Council"


def test_a_new_edition_of_which_nothing_tells_the_organisation_has_a_line_for_it_and_is_refused(tmp_path):
    made = make_new(Workspace(tmp_path), Area(authority=850))
    assert "# organisation:\n" in made.paths.description.read_text(encoding="utf-8")
    with pytest.raises(FaultyInput, match="organisation"):
        read_policy_of(made)


@pytest.mark.parametrize(
    ("area", "text", "proposed"),
    [
        (
            {"authority": 850},
            "LEA,LA Name,REGION\n201,London,1\n850,Hampshire,6\n",
            "Hampshire local authority",
        ),
        ({"authority": 850}, '"URN","LA (code)","LA (name)"\n1,"850","Hampshire"\n', "Hampshire local authority"),
        ({"authority": 850}, "time_period,old_la_code,la_name\n2018,850,Hampshire\n", "Hampshire local authority"),
        ({"trust": 16093}, "TRUST_NAME,TRUST_UID\nAnother,1\nThe Two Counties Trust,16093\n", "The Two Counties Trust"),
        ({"trust": 3}, "URN,Trusts (code),Trusts (name)\n1,3,Three Trust\n", "Three Trust"),
        ({"trust": 3}, "Multi-academy trust UID,Multi-academy trust name\n33.0,A\n3.0,Three Trust\n", "Three Trust"),
        ({"authority": 850}, "LEA,LA Name\n201,City of London\n", ""),
        ({"authority": 850}, "URN,SCHNAME\n1,A school\n", ""),
        ({"schools": (116794,)}, "LEA,LA Name\n850,Hampshire\n", ""),
    ],
)
def test_the_organisation_is_proposed_from_what_the_files_call_the_area(tmp_path, area, text, proposed):
    (tmp_path / "downloads" / "2018-2019").mkdir(parents=True)
    (tmp_path / "downloads" / "2018-2019" / "codes_meta.csv").write_text(text, encoding="utf-8")
    assert propose_organisation(Area(**area), [tmp_path / "downloads"]) == proposed
    made = make_new(Workspace(tmp_path), Area(**area), [tmp_path / "downloads"])
    assert made.description.organisation == proposed


def test_the_departments_own_list_names_an_authority(published):
    assert propose_organisation(Area(authority=850), [published / "2018-2019"]) == "Hampshire local authority"
    assert propose_organisation(Area(trust=16093), [published / "2023-2024"]) == "The Two Counties Trust"


@pytest.mark.slow
def test_new_says_whose_name_is_printed_and_takes_it_the_contact_and_the_sender(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(tmp_path))

    def new(name, *words):
        argv = ["pipeline", "new", name, "--authority", "850", "--year", "2018/19", *words]
        monkeypatch.setattr(sys, "argv", argv)
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        said = capsys.readouterr()
        return said.out + said.err, Workspace(tmp_path).edition(name).folder

    said, folder = new("bare")
    assert "write in bare/edition.yaml who works by the policy" in said
    settings = (folder / "delivery.yaml").read_text(encoding="utf-8")
    assert "your-domain.example" in settings and "Worcestershire" not in settings
    given = ("--organisation", "Hampshire County Council", "--contact", "Education, 01962 000000")
    said, folder = new("given", *given, "--sender", "reports@hants.example")
    assert "Reports and messages will name Hampshire County Council" in said
    settings = (folder / "delivery.yaml").read_text(encoding="utf-8")
    for words in ('name: "Hampshire County Council"', 'contact: "Education, 01962 000000"', "reports@hants.example"):
        assert words in settings
