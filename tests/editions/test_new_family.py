"""Adding a family of tidy files, its suite and an indicator as a newcomer would: three files, none of them code."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from newcomer import Newcomer

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import recognise
from pipeline.sources.tabular.tables import read_table

pytestmark = pytest.mark.kernel

SCHOOL, OTHER = 900013, 900012

ALIASES = """\
# Offers of school places (Explore Education Statistics): whole academic years, one row per school or area.
title: offers of school places (Explore Education Statistics)
recognised_by: [time_period, geographic_level, first_preferences, refused_percent]
sector: education_phase
cohort: first_preferences
parts:
  "":
    refused_places: {unit: percent, columns: {all: refused_percent}}
"""
INDICATOR = """\
key: refused_places
order: 275
title: "Families not offered the school they put first: refused places"
short_title: Refused places
key_stage: all
theme: admissions
measure: refused_places
formula: "pupils not offered the school ÷ pupils for whom it was put first × 100"
unit: percent
direction: lower is better
axis: Per cent refused
share_of: pupils
key_priority: false
key_priority_reason: "A signal to talk about, not a result."
method: percent
minimum_pupils: 11
minimum_years: 2
decimals: 1
baseline: census_phase
applies_to: [secondary]
why_it_matters: "A child who is refused travels farther, and apart from friends."
source: "Department for Education, school applications and offers"
reviewed: 2026-11-22
"""
HEADER = (
    "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,"
    "new_la_code,la_name,school_laestab,school_urn,school_name,education_phase,first_preferences,refused,"
    "refused_percent\n"
)
AREA = "E92000001,England,,,"


def write_figures(path):
    """The figures of a school and of England, and another school's of which one cannot be."""
    rows = [
        HEADER,
        f"202425,Academic year,School,{AREA}998,E10000998,Marlshire,9984012,{OTHER},Wychlade High School,"
        "State-funded secondary,1000,22,220\n",
    ]
    for period, count, rate in (("202223", 20, "2.00"), ("202324", 24, "2.40"), ("202425", 22, "2.20")):
        rows.append(
            f"{period},Academic year,School,{AREA}998,E10000998,Marlshire,9984013,{SCHOOL},Larkstead Academy,"
            f"State-funded secondary,1000,{count},{rate}\n"
        )
        rows.append(
            f"{period},Academic year,National,{AREA},,,,,,State-funded secondary,3400000,200000,5.88\n"
            f"{period},Academic year,National,{AREA},,,,,,Total,8400000,250000,2.98\n"
        )
    path.write_text("".join(rows), encoding="utf-8")


def test_a_tidy_family_with_its_suite_and_indicator_is_three_files_and_no_code(made_sample, tmp_path):
    with Newcomer(tmp_path, made_sample) as newcomer:
        published = newcomer.root / "data/editions/sample/published/2024-2025/offers_school.csv"
        shutil.rmtree(published.parents[1] / "ofsted")  # all files are read again at each change
        for path in [*published.parent.glob("*.csv"), *(newcomer.root / "data/editions/sample/local").glob("*.csv")]:
            if path.name not in ("england_census.csv", "england_ks4final.csv", "england_school_information.csv"):
                path.unlink()
        write_figures(published)
        with pytest.raises(FaultyInput, match=r"offers_school\.csv"):  # nobody knows such files yet
            recognise(read_table(PublishedFile(published, published.name)))

        (newcomer.root / "pipeline/sources/aliases/ees_offers.yaml").write_text(ALIASES, encoding="utf-8")
        suite = (newcomer.root / "expectations/ees_absence.json").read_text(encoding="utf-8")
        suite = suite.replace('"name": "ees_absence"', '"name": "ees_offers"').replace(
            "absence_[a-z0-9_]+|roll", "refused_places"
        )
        suite = suite.replace("Pupil absence, Explore", "Offers, Explore").replace("absence files", "files of offers")
        (newcomer.root / "expectations/ees_offers.json").write_text(suite, encoding="utf-8")
        (newcomer.root / "pipeline/analysis/indicators/refused_places.yaml").write_text(INDICATOR, encoding="utf-8")
        assert newcomer.list_changed() == {
            "pipeline/sources/aliases/ees_offers.yaml",
            "expectations/ees_offers.json",
            "pipeline/analysis/indicators/refused_places.yaml",
        }

        code, said = newcomer.say("check", "sample")
        assert code in (3, 6) and "offers of school places" in said, said
        assert re.search(r"offers_school\.csv, line 2\b.*\b220\b", said), said
        code, said = newcomer.say("reports", "sample", "--urn", str(SCHOOL))
        assert code == 0, said
        facts = json.loads((newcomer.reports / f"schools/{SCHOOL}/facts.json").read_text(encoding="utf-8"))
        (result,) = [one for one in facts["indicators"] if one["indicator"] == "refused_places"]
        assert result["value"] == pytest.approx(2.2, abs=0.01)
        page = (newcomer.reports / f"schools/{SCHOOL}/report.html").read_text(encoding="utf-8")
        assert "Refused places" in page
