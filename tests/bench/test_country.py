"""A country to measure on is an edition like any other, of as many schools as asked for."""

from collections import Counter

import pytest

from pipeline.edition.editions import load_edition
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import open_prepared
from pipeline.sources.reading import PublishedFile
from pipeline.sources.tabular.tables import read_table
from tests.bench.country import write_country

OF_EACH_YEAR = (
    *("absence", "census", "destinations", "ees_absence", "ees_authority_early_years", "ks2", "ks4", "ks5"),
    "workforce",
)
#: The families of a country's files over three years, with those of later years.
FAMILIES = 3 * OF_EACH_YEAR + ("ees_authority_ks4", "ees_suspensions", "gias", "ks4_subjects", "lait")


@pytest.mark.slow
def test_the_country_is_an_edition_whose_first_schools_are_its_area(tmp_path):
    edition = load_edition(Workspace(tmp_path), write_country(tmp_path, reported=3, country=40, years=1))
    register = next(file for file in edition.list_published() if file.name.startswith("gias/"))
    urns = sorted(read_table(PublishedFile(register.path, register.name)).cells["URN"].astype(int))
    assert len(urns) == 40
    assert list(edition.description.area.schools) == urns[:3]


@pytest.mark.slow
def test_every_family_of_later_years_is_known_and_used_whole(tmp_path):
    edition = load_edition(Workspace(tmp_path), write_country(tmp_path, reported=60, country=300, families=True))
    found = prepare_edition(edition.list_published(), tmp_path / "prepared", year=edition.year)
    assert found.faults == ()
    accounts = open_prepared(tmp_path / "prepared").reconciliation()
    assert Counter(one.family for one in accounts if one.loaded) == Counter(FAMILIES)
    absence = next(one for one in accounts if one.family == "ees_absence")
    assert len(absence.columns_used) + len(absence.columns_unused) == 80
    subjects = open_prepared(tmp_path / "prepared").subjects()
    assert set(subjects["urn"].dropna()) <= set(edition.description.area.schools)
    told = open_prepared(tmp_path / "prepared").authorities()
    assert {"early_years_good_level", "phonics_expected", "ks4_attainment8"} <= set(told["measure"].astype(str))


@pytest.mark.slow
def test_what_is_there_is_not_written_again(tmp_path):
    name = write_country(tmp_path, reported=2, country=4, years=1)
    description = Workspace(tmp_path).edition(name).description
    before = description.stat().st_mtime_ns
    assert write_country(tmp_path, reported=2, country=4, years=1) == name
    assert description.stat().st_mtime_ns == before


@pytest.mark.parametrize("asked", [{"reported": 0}, {"reported": 5, "country": 4}, {"reported": 1, "years": 4}])
def test_a_country_that_cannot_be_is_refused(tmp_path, asked):
    with pytest.raises(PipelineError):
        write_country(tmp_path, **asked)
