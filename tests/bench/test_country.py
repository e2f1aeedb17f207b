"""A country to measure on is an edition like any other, of as many schools as asked for."""

import pytest

from pipeline.edition.editions import load_edition
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace
from pipeline.sources.reading import PublishedFile
from pipeline.sources.tabular.tables import read_table
from tests.bench.country import write_country


@pytest.mark.slow
def test_the_country_is_an_edition_whose_first_schools_are_its_area(tmp_path):
    edition = load_edition(Workspace(tmp_path), write_country(tmp_path, reported=3, country=40, years=1))
    register = next(file for file in edition.list_published() if file.name.startswith("gias/"))
    urns = sorted(read_table(PublishedFile(register.path, register.name)).cells["URN"].astype(int))
    assert len(urns) == 40
    assert list(edition.description.area.schools) == urns[:3]


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
