"""Whether what was made still holds: one key of all it was made from, one account beside it, one reason in words."""

from __future__ import annotations

import json
import os
from importlib.metadata import version

import pytest

from pipeline.run.stamps.made import (
    MADE,
    STAMP,
    UNKNOWN,
    Made,
    describe_inputs,
    find_reason,
    find_version,
    hash_file,
    hash_key,
    measure_files,
    name_changes,
    read_made,
    write_made,
)

KEY = {"published files": "a", "the edition's year": "b"}


@pytest.fixture
def product(tmp_path):
    """A folder with two files and their account: one by its hash, one by its size."""
    (tmp_path / "small.json").write_text("{}", encoding="utf-8")
    (tmp_path / "large.parquet").write_bytes(b"1234")
    files = {"small.json": hash_file(tmp_path / "small.json"), "large.parquet": 4}
    write_made(tmp_path, Made(KEY, files, {"warnings": ["one"]}), STAMP)
    return tmp_path


def describe(folder, **changed):
    (folder / "table.csv").write_text(changed.pop("text", "1,2"), encoding="utf-8")
    given = {"year": 2025, "digest": "c", "packages": ["numpy"], **changed}
    return describe_inputs(
        values={"the edition's year": given["year"]},
        files={"published files": {"table.csv": folder / "table.csv", "other.csv": folder / "other.csv"}},
        code={"how files are read": given["digest"]},
        packages={"versions of packages": given["packages"]},
    )


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"year": 2024}, "the edition's year"),
        ({"text": "1,3"}, "published files"),
        ({"digest": "d"}, "how files are read"),
        ({"packages": ["numpy", "pandas"]}, "versions of packages"),
    ],
)
def test_each_input_is_a_part_of_the_key_by_its_name(tmp_path, changed, part):
    before = describe(tmp_path)
    assert name_changes(before, describe(tmp_path, **changed)) == (part,)
    assert name_changes(before, describe(tmp_path)) == ()


def test_a_file_that_comes_counts_and_one_that_is_touched_does_not(tmp_path):
    before = describe(tmp_path)
    os.utime(tmp_path / "table.csv", (0, 0))
    assert describe(tmp_path) == before
    (tmp_path / "other.csv").touch()
    assert name_changes(before, describe(tmp_path)) == ("published files",)


def test_another_version_of_python_or_of_a_package_counts(tmp_path, monkeypatch):
    from pipeline.run.stamps import made

    before = describe(tmp_path)
    monkeypatch.setattr(made, "_find_imported", lambda name: "another")
    assert name_changes(before, describe(tmp_path)) == ("versions of packages",)
    monkeypatch.undo()
    monkeypatch.setattr(made.platform, "python_version", lambda: "4.0")
    assert name_changes(before, describe(tmp_path)) == ("versions of packages",)


@pytest.mark.parametrize("name", ["yaml", "zmq", "PIL", "bs4", "vl_convert", "numpy", "IPython"])
def test_a_package_is_found_by_the_name_it_is_imported_by(name):
    from pipeline.run.stamps.made import _find_imported

    assert _find_imported(name)[0].isdigit()


@pytest.mark.slow
def test_what_is_no_installed_package_has_no_version():
    from pipeline.run.stamps.made import _find_imported

    assert _find_imported("no_such_package_anywhere") == ""


def test_what_is_whole_and_made_from_the_same_holds(product):
    made = read_made(product, STAMP)
    assert find_reason(made, KEY, product) == "" and made.told == {"warnings": ["one"]}
    assert hash_key(dict(reversed(KEY.items()))) == hash_key(made.key)
    assert not list(product.glob(".making-*"))


def test_what_changed_is_named_before_what_is_damaged(product):
    (product / "small.json").unlink()
    made = read_made(product, STAMP)
    assert find_reason(made, {**KEY, "published files": "z"}, product) == "changed: published files"
    assert find_reason(made, {"published files": "a"}, product) == "changed: the edition's year"


def test_every_file_that_is_damaged_is_named(product):
    (product / "small.json").write_text("[]", encoding="utf-8")
    (product / "large.parquet").write_bytes(b"123")
    assert find_reason(read_made(product, STAMP), KEY, product) == "large.parquet was changed, small.json was changed"
    (product / "large.parquet").unlink()
    assert "large.parquet is gone" in find_reason(read_made(product, STAMP), KEY, product)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"text"', b"\xff\xfe{}", b"{}", b'{"key": {}}', b'{"key": [], "files": {}}', b"null"],
)
def test_an_account_that_cannot_be_read_is_none_and_that_is_the_reason(product, content):
    (product / STAMP).write_bytes(content)
    assert read_made(product, STAMP) is None
    assert find_reason(read_made(product, STAMP), KEY, product) == UNKNOWN


def test_where_nothing_was_made_there_is_no_account(tmp_path):
    (tmp_path / "a file").touch()
    assert read_made(tmp_path) is None and read_made(tmp_path / "nowhere") is None
    assert read_made(tmp_path / "a file") is None


def test_the_same_account_has_the_same_bytes_whatever_order_it_was_made_in(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    write_made(one, Made(KEY, {"b": "2", "a": "1"}))
    write_made(other, Made(dict(reversed(KEY.items())), {"a": "1", "b": "2"}))
    assert (one / MADE).read_bytes() == (other / MADE).read_bytes()
    assert json.loads((one / MADE).read_text(encoding="utf-8"))["key"] == KEY


def test_sizes_are_told_by_the_paths_below_the_folder(product):
    assert measure_files(product.rglob("*.parquet"), product) == {"large.parquet": 4}


@pytest.mark.parametrize("package", ["great_expectations", "Pandas", "pyyaml", "typst"])
def test_a_packages_version_is_the_one_its_metadata_tells_however_it_is_spelt(package):
    assert find_version(package) == version(package)
    assert find_version("no-such-package") == ""
