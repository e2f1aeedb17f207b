"""The verb that fetches, as an analyst meets it: what it prints, its exit codes, and that nothing else ever fetches."""

import ast
import json
import shutil
import socket
import sys

import pytest
from statistics_stand_in import StandIn, number, serve

from pipeline.cli.verbs import main
from pipeline.foundation.paths import find_project
from pipeline.sources.fetching import download as downloading

PROJECT = find_project()
ABSENCE = (PROJECT / "data/editions/sample/published/2024-2025/1_absence_3term_school.csv").read_bytes()
SLUG, TITLE = "pupil-absence-in-schools-in-england", "Absence [bold]rates[/] by school"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A workspace with one edition, in which nothing was ever read."""
    folder = tmp_path / "data" / "editions" / "marlshire"
    folder.mkdir(parents=True)
    (folder / "edition.yaml").write_text(
        "title: Marlshire\narea: {authority: 998}\nyear: 2024/25\npolicy: worcestershire\n", encoding="utf-8"
    )
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.delenv("STATISTICS_SERVICE", raising=False)
    return folder


@pytest.fixture
def service():
    stand_in = StandIn()
    stand_in.add(SLUG, TITLE, ABSENCE)
    with serve(stand_in):
        yield stand_in


def run(*words, monkeypatch, capsys):
    """Exit code and what was printed, whichever way."""
    monkeypatch.setattr(sys, "argv", ["pipeline", "fetch", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return ended.value.code or 0, said.out + said.err


@pytest.mark.slow
def test_a_file_is_brought_and_what_comes_next_is_said(home, service, monkeypatch, capsys):
    asked = ("marlshire", "--family", "absence", "--from", service.address)
    code, said = run(*asked, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert said.strip().splitlines()[-6:] == [
        TITLE,
        "  ees_absence, Pupil absence in schools in england, version 1.0, Academic year 2024/25, published 2026-02-05, "
        "2022/2023 to 2024/2025",
        "  brought",
        "  published/fetched/ees_absence-absence-bold-rates-by-school.csv",
        "",
        "1 data set for 2024/25. Then: python -m pipeline check marlshire",
    ]
    code, said = run(*asked, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0 and "here already" in said
    service.add(SLUG, TITLE, ABSENCE + b"\n", version="1.1")
    code, said = run(*asked, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 6 and "newer on the service: version 1.0 is kept; --update brings the newer one" in said
    code, said = run(*asked, "--update", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0 and "brought anew" in said


@pytest.mark.slow
def test_a_list_names_each_data_set_and_writes_nothing(home, service, monkeypatch, capsys):
    monkeypatch.setenv("STATISTICS_SERVICE", service.address)
    before = sorted(home.parent.parent.parent.rglob("*"))
    code, said = run("marlshire", "--list", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0 and f"--data-set {number(f'{SLUG} {TITLE}')}" in said and "not here yet" in said
    assert "ks4_subjects: the service offers no data set that looks like it" in said
    assert sorted(home.parent.parent.parent.rglob("*")) == before and not service.list_asked()


@pytest.mark.slow
def test_what_was_asked_for_and_is_not_there_is_a_matter_for_a_person(home, service, monkeypatch, capsys):
    service.publish("school-workforce-in-england")
    words = ("marlshire", "--from", service.address, "--family")
    assert run(*words, "workforce", monkeypatch=monkeypatch, capsys=capsys)[0] == 6
    code, said = run(*words, "absence", "--year", "2018-19", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 6 and "not for this year" in said and "it covers 2022/2023 to 2024/2025" in said
    code, said = run(*words, "absence", "--year", "soon", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 1 and "'soon' is no academic year" in said


@pytest.mark.slow
def test_offline_is_one_clear_word_and_nothing_is_written(home, monkeypatch, capsys):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for address in (f"http://127.0.0.1:{port}/v1", "https://nowhere.invalid/v1"):
        code, said = run("marlshire", "--from", address, monkeypatch=monkeypatch, capsys=capsys)
        assert code == 1 and "Traceback" not in said
        assert said.count("it cannot be reached: this computer is offline") == 1
        assert "download the files by hand" in said
        assert sorted(path.name for path in home.rglob("*")) == ["edition.yaml"]


def test_an_address_that_is_not_encrypted_is_refused(home, monkeypatch, capsys):
    code, said = run("marlshire", "--from", "http://example.org", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 1 and "'http://example.org' is not an encrypted address" in said


def test_a_full_disk_is_said_in_words(home, service, monkeypatch, capsys):
    monkeypatch.setattr(downloading.shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10, 9, 1))
    code, said = run("marlshire", "--from", service.address, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 1 and "the disk is full" in said and "Traceback" not in said
    assert not (home / "fetched.json").exists()


@pytest.mark.slow
def test_the_account_holds_no_time_of_this_computer_and_is_the_same_twice(home, service, monkeypatch, capsys):
    accounts = []
    for _ in range(2):
        run("marlshire", "--from", service.address, monkeypatch=monkeypatch, capsys=capsys)
        accounts.append((home / "fetched.json").read_bytes())
        shutil.rmtree(home / "published")
        (home / "fetched.json").unlink()
    assert accounts[0] == accounts[1]
    assert {len(one) for one in json.loads(accounts[0])} == {12}


def test_no_other_code_fetches():
    """Only the verb reaches the part that fetches, so that no run asks the service for anything by itself."""
    users = set()
    for path in (PROJECT / "pipeline").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "fetching" in text else ():
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else [module]
            if any(name.startswith("pipeline.sources.fetching") for name in names):
                users.add(path.relative_to(PROJECT / "pipeline").as_posix())
    assert {user for user in users if not user.startswith("sources/fetching/")} == {"cli/fetching.py"}
