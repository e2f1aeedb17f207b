"""The shipped files are what the generator writes, are small, and hold every oddity of the published ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.edition.editions import load_edition
from pipeline.foundation.paths import Workspace
from pipeline.run.preparing.preparation import prepare
from pipeline.sample.country import found_county, found_trust
from pipeline.sample.editions import write_editions
from pipeline.sample.guide import describe_sample
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import recognise
from pipeline.sources.tabular.tables import read_table
from tests.sample.conftest import EDITIONS, read_rows

SHIPPED = ("sample", "sample-trust")
WORDS = "SUPP,NE,NA,NP,NEW,LOWCOV,SP,SN,RE,SUPPMAT,SUPP!,NULL,Not judged,z,x,c,low,k,u"


def list_shipped(editions: Path) -> dict[str, bytes]:
    return {
        path.relative_to(editions).as_posix(): path.read_bytes()
        for name in SHIPPED
        for part in ("edition.yaml", "delivery.yaml", "published", "local")
        for path in sorted([editions / name / part, *(editions / name / part).rglob("*")])
        if path.is_file()
    }


@pytest.mark.slow
def test_shipped_files_are_what_the_generator_writes(tmp_path: Path) -> None:
    write_editions(tmp_path)
    written, shipped = list_shipped(tmp_path / "data" / "editions"), list_shipped(EDITIONS)
    assert sorted(written) == sorted(shipped)
    assert [name for name in written if written[name] != shipped[name]] == []


def test_shipped_files_are_small() -> None:
    assert sum(map(len, list_shipped(EDITIONS).values())) < 2_000_000


@pytest.mark.slow
def test_the_guide_is_current() -> None:
    page = EDITIONS.parents[1] / "docs" / "sample.md"
    assert page.read_text(encoding="utf-8") == describe_sample(), "write it again: python -m pipeline sample"


@pytest.mark.parametrize("word", WORDS.split(","))
def test_every_word_that_stands_for_a_number_is_there(word: str) -> None:
    cells = {
        cell.strip('"')
        for name, content in list_shipped(EDITIONS).items()
        if name.endswith(".csv")
        for line in content.decode("cp1252").splitlines()
        for cell in line.split(",")
    }
    assert word in cells


def test_areas_are_told_by_record_type_and_stand_among_schools(ks2, ks4) -> None:
    for rows, areas in ((ks2, {"3", "4", "5"}), (ks4, {"4", "5", "7"})):
        places = [place for place, row in enumerate(rows) if row["RECTYPE"] in areas]
        assert {rows[place]["RECTYPE"] for place in places} == areas
        assert max(places) < len(rows) - 1


def test_an_authority_may_have_a_single_space_for_a_urn(ks2) -> None:
    assert {row["URN"] for row in ks2 if row["RECTYPE"] == "3"} == {" "}


def test_rows_are_ragged_and_a_new_school_stops_at_new(county: Path) -> None:
    lines = (county / "2024-2025" / "england_ks2final.csv").read_text("utf-8-sig").splitlines()
    assert len({line.count(",") for line in lines}) > 3
    (new,) = [line for line in lines if line.startswith("1,20,998,2020,900020")]
    assert new.endswith(",NEW")
    assert len(new.split(",")) == 24


def test_signs_encodings_newlines_and_headings_drift(county: Path) -> None:
    files = {path.relative_to(county).as_posix(): path.read_bytes() for path in county.rglob("*.csv")}
    before, now = files["2022-2023/england_census.csv"], files["2024-2025/england_census.csv"]
    assert b"%" not in before and b"%" in now
    assert b",ESTAB," in before and b",Estab," in now
    assert b"%" not in files["2023-2024/absence_2023-2024.csv"]
    assert b"PTNotFSM6CLA1A," in files["2023-2024/england_ks2final.csv"]
    assert b"PTNOTFSM6CLA1A," in files["2024-2025/england_ks2final.csv"]
    assert files["2024-2025/england_ks2final.csv"].startswith(b"\xef\xbb\xbf")
    for name in ("gias/edubasealldata20251001.csv", "2023-2024/england_ks4provisional.csv"):
        with pytest.raises(UnicodeDecodeError):
            files[name].decode("utf-8")
        assert "é" in files[name].decode("cp1252")
    assert {b"\r\n" in content for content in files.values()} == {True, False}


def test_the_census_holds_an_impossible_percentage(county: Path) -> None:
    rows = read_rows(county / "2024-2025" / "england_census.csv")
    assert [row["URN"] for row in rows if row["PSENELSE"] == "104.17%"] == ["900019"]


def test_a_special_school_has_nought_per_cent_throughout(ks2) -> None:
    (special,) = [row for row in ks2 if row["RECTYPE"] == "2"]
    shares = [
        column for column in special if column.startswith(("PTRWM", "PTREAD_EXP", "PTMAT_EXP")) and special[column]
    ]
    assert {special[column] for column in shares} <= {"0%", "SUPP"}
    assert special["PTRWM_EXP"] == "0%"
    assert special["READ_AVERAGE"] == ""


def test_an_academy_keeps_its_number_and_a_merger_is_told_apart(county: Path) -> None:
    register = {row["URN"]: row for row in read_rows(county / "gias" / "edubasealldata20251001.csv", "cp1252")}
    assert register["900022"]["EstablishmentNumber"] == register["900122"]["EstablishmentNumber"]
    links = read_rows(county / "gias" / "links_edubasealldata20251001.csv", "cp1252")
    kinds = {(row["URN"], row["LinkURN"]): (row["LinkType"], row["LinkEstablishedDate"]) for row in links}
    assert kinds["900022", "900122"] == ("Predecessor", "01-04-2024")
    assert kinds["900122", "900022"] == ("Successor", "31-03-2024")
    assert [kind for (urn, _), (kind, _) in kinds.items() if urn == "900023"] == ["Predecessor - merged"] * 2


@pytest.mark.slow
def test_no_number_of_the_sample_is_in_use() -> None:
    schools = [*found_county(), *found_trust()]
    assert len({school.urn for school in schools}) == len(schools)
    assert all(900_000 < school.urn < 901_000 and school.la > 990 for school in schools)


def list_files(name: str) -> list[PublishedFile]:
    paths = sorted((EDITIONS / name).rglob("published/**/*.csv"))
    return [PublishedFile(path, path.relative_to(EDITIONS / name).as_posix()) for path in paths]


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_the_readers_know_every_file(name: str) -> None:
    families = {file.name: recognise(read_table(file)).family for file in list_files(name)}
    assert len(set(families.values())) >= 12
    assert families["published/2024-2025/england_ks4final.csv"] == "ks4"


@pytest.mark.kernel
def test_every_file_is_prepared_without_a_fault(prepared_sample: Path) -> None:
    prepared = prepare(load_edition(Workspace(prepared_sample), "sample"))
    assert prepared.faults == ()
    files = {file.name.removeprefix("published/") for file in list_files("sample")}
    told = {account.file for account in prepared.tables.reconciliation()}
    assert {file for file in told if not file.startswith("local/")} == files
    assert set(prepared.tables.schools()["urn"]) == {school.urn for school in found_county()}
