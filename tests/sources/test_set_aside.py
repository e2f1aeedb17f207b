"""Files that are known for what they are and not read: each is named, with the reason, and none is an unknown one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from wide_files import save

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.families.tidy.set_aside import load_kinds
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.reading import PublishedFile, RawTable
from pipeline.sources.recognise import SOURCES, is_list_of_abbreviations, recognise

NUMBERS = """\
Year,level,country_code,country_name,school_type,fixed_excl,headcount
201516,National,E92000001,England,Total,Total,167125
201516,National,E92000001,England,Total,1,99605
"""


@pytest.mark.slow
def test_pupils_by_how_often_they_were_excluded_are_named_and_keep_nothing_out(tmp_path):
    found = prepare_edition([save(tmp_path, "SFR35.csv", NUMBERS)], tmp_path / "prepared", year=2019)
    assert (found.faults, found.warnings) == ((), ())
    (account,) = found.reconciliations
    assert account.rows_by_kind == {"not read": 2} and account.columns_used == ()
    assert "how many pupils were excluded once, twice and so on" in account.notes[0]


@pytest.mark.parametrize("kind", load_kinds(), ids=lambda kind: kind.name)
@pytest.mark.parametrize("place", [0, -1], ids=["first name", "last name"])
def test_each_kind_is_known_by_its_headings_and_taken_for_no_other(kind, place):
    header = tuple(heading.split(" or ")[place] for heading in kind.headings)
    for spelled in (header, tuple(name.upper() for name in header)):
        assert [source.family for source in SOURCES if source.recognises(spelled)] == [kind.name]
    for heading in header:
        assert not any(
            source.family == kind.name and source.recognises(tuple(name for name in header if name != heading))
            for source in SOURCES
        )
    for other in kind.unless:
        assert kind.name not in [source.family for source in SOURCES if source.recognises((*header, other))]


def test_each_kind_says_why_in_words_that_end_no_sentence():
    for kind in load_kinds():
        assert kind.why[0].islower() and not kind.why.endswith(".")
    assert len({kind.name for kind in load_kinds()}) == len(load_kinds())


#: What is refused by name, and the words that say what it is.
REFUSED = {
    "england_swf.csv": "the last row stops after 10 of 12 cells",  # cut short where it was stored
    "SAMPLE_EES_ks4_performance_tables_schools.json": "the file is JSON, not a CSV",
    "sap_EstablishmentWorkforce_subset.json": "the file is JSON, not a CSV",
}
#: Pages about the files that no publisher made.
NOT_PUBLISHED = {
    "PROVENANCE.tsv",
    "HEADERS_sap-public.tsv",
    "HEADERS_sap-sector.tsv",
    "crosswalk_ks2.csv",
    "crosswalk_ks4.csv",
    "edubasealldata.columns_from_witan_gias.txt",
}


def _tell(path: Path, tabulate: Callable[[Path], RawTable]) -> str:
    """The family of a file, or what its refusal says."""
    if is_list_of_abbreviations(PublishedFile(path, path.name)):
        return "description"
    try:
        return recognise(tabulate(path)).family
    except FaultyInput as error:
        return str(error.faults[0].what)


@pytest.mark.published
def test_every_real_file_is_recognised_or_named(published, tabulate_published):
    told: dict[str, str] = {}
    for folder in (published, published.parent / "dfe-more"):
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in NOT_PUBLISHED]
        assert len(paths) > 20
        told |= {f"{folder.name}/{path.relative_to(folder)}": _tell(path, tabulate_published) for path in paths}
    families = {source.family for source in SOURCES}
    refused = {name: what for name, what in told.items() if what not in families}
    assert {Path(name).name for name in refused} == set(REFUSED)
    for name, what in refused.items():
        assert REFUSED[Path(name).name] in what
    set_aside = {Path(name).name: family for name, family in told.items() if family in {k.name for k in load_kinds()}}
    assert set_aside == {
        "SFR35_2017_number_fixed_period_exclusions.csv": "exclusion_numbers",
        "SFR35_2017_reason_for_exclusion.csv": "exclusion_reasons",
        "exclusions_by_reason.csv": "exclusion_reasons",
        "england_ks4underlying_1.xlsx": "ks4_entry_totals",
        "england_ks5maths-science.xlsx": "ks5_maths_science",
        "ks2_la_social_care_groups.csv": "social_care_groups",
        "ks4_la_social_care_groups.csv": "social_care_groups",
    }
