"""Five locks, one command: each pins what pyproject.toml asks for, with hashes, and names no registry."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline.foundation.environment import LOCKS
from pipeline.foundation.paths import find_project

PROJECT = tomllib.loads((find_project() / "pyproject.toml").read_text(encoding="utf-8"))
LEFT_OUT = set(PROJECT["tool"]["uv"]["pip"]["no-emit-package"])
PIN = re.compile(r"^([a-z0-9.-]+)==([^ ]+)", re.MULTILINE)


def read_pins(purpose: str) -> dict[str, set[str]]:
    """Package → its versions: more than one where Pythons or systems take different ones."""
    pins: dict[str, set[str]] = {}
    for name, version in PIN.findall(read_lock(purpose)):
        pins.setdefault(name, set()).add(version)
    return pins


def read_lock(purpose: str) -> str:
    return (find_project() / LOCKS[purpose]).read_text(encoding="utf-8")


@pytest.mark.parametrize("purpose", LOCKS)
def test_a_lock_pins_all_that_is_asked_for_at_a_version_that_is_allowed(purpose):
    asked = list(PROJECT["project"]["dependencies"])
    if purpose != "run":
        asked += PROJECT["project"]["optional-dependencies"][purpose]
    pins = read_pins(purpose)
    for requirement in map(Requirement, asked):
        versions = pins.get(canonicalize_name(requirement.name), set())
        assert versions and all(requirement.specifier.contains(one) for one in versions), f"{requirement}: make locks"


@pytest.mark.parametrize("purpose", LOCKS)
def test_a_lock_holds_hashes_and_no_address(purpose):
    text = read_lock(purpose)
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 50
    assert all(PIN.match(entry) and "--hash=sha256:" in entry for entry in entries)
    assert "://" not in text and "index-url" not in text and "find-links" not in text


@pytest.mark.parametrize("purpose", [purpose for purpose in LOCKS if purpose != "run"])
def test_what_is_installed_beside_the_reports_changes_no_version_of_theirs(purpose):
    pins = read_pins(purpose)
    assert {name: pins.get(name) for name in read_pins("run")} == read_pins("run")


@pytest.mark.parametrize("purpose", LOCKS)
def test_what_is_left_out_is_in_no_lock(purpose):
    assert LEFT_OUT and not LEFT_OUT & set(read_pins(purpose))


def test_one_command_writes_every_lock():
    makefile = (find_project() / "Makefile").read_text(encoding="utf-8")
    extras = re.search(r"for extra in ([a-z ]+);", makefile)
    assert extras and {"run", *extras[1].split()} == set(LOCKS)
    assert "-o requirements.lock" in makefile and "-o requirements-$$extra.lock" in makefile
