"""Adding a family of tidy files, its suite and an indicator as a newcomer would: three files, none of them code."""

from __future__ import annotations

import json
import shutil

import pytest
from newcomer import Newcomer

pytestmark = pytest.mark.kernel

SCHOOL = 900013

ALIASES = """\
# Suspensions (Explore Education Statistics): whole academic years, one row per school or area.
title: suspensions and permanent exclusions (Explore Education Statistics)
recognised_by: [time_period, geographic_level, headcount, one_plus_susp_rate]
sector: education_phase
cohort: headcount
parts:
  "":
    suspended_pupils: {unit: percent, columns: {all: one_plus_susp_rate}}
"""
INDICATOR = """\
key: suspended_pupils
order: 275
title: "Pupils suspended at least once: suspended pupils"
short_title: Suspended pupils
key_stage: all
theme: behaviour
measure: suspended_pupils
formula: "pupils suspended at least once in the academic year ÷ pupils on roll × 100"
unit: percent
direction: lower is better
axis: Per cent suspended
share_of: pupils
key_priority: false
key_priority_reason: "A signal to talk about, not a result."
method: percent
minimum_pupils: 11
minimum_years: 2
decimals: 1
baseline: census_phase
applies_to: [secondary]
why_it_matters: "A suspended pupil misses lessons, and may soon be excluded."
source: "Department for Education, suspensions and permanent exclusions"
reviewed: 2026-11-22
"""
HEADER = (
    "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,"
    "new_la_code,la_name,school_laestab,school_urn,school_name,education_phase,headcount,one_plus_susp,"
    "one_plus_susp_rate\n"
)
AREA = "E92000001,England,,,"


def write_figures(path):
    rows = [HEADER]
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
    newcomer = Newcomer(tmp_path, made_sample)
    published = newcomer.root / "data/editions/sample/published/2024-2025/susp_school.csv"
    for older in ("2022-2023", "2023-2024", "ofsted"):  # all files are read again at each change
        shutil.rmtree(published.parents[1] / older)
    write_figures(published)
    code, said = newcomer.say("check", "sample")
    assert "susp_school.csv" in said and code == 3, said  # nobody knows such files yet

    (newcomer.root / "pipeline/sources/aliases/ees_suspensions.yaml").write_text(ALIASES, encoding="utf-8")
    suite = (newcomer.root / "expectations/ees_absence.json").read_text(encoding="utf-8")
    suite = suite.replace('"name": "ees_absence"', '"name": "ees_suspensions"').replace(
        "absence_[a-z0-9_]+|roll", "suspended_pupils"
    )
    suite = suite.replace("Pupil absence, Explore", "Suspensions, Explore").replace("absence files", "suspension files")
    (newcomer.root / "expectations/ees_suspensions.json").write_text(suite, encoding="utf-8")
    (newcomer.root / "pipeline/analysis/indicators/suspended_pupils.yaml").write_text(INDICATOR, encoding="utf-8")
    assert newcomer.list_changed() == {
        "pipeline/sources/aliases/ees_suspensions.yaml",
        "expectations/ees_suspensions.json",
        "pipeline/analysis/indicators/suspended_pupils.yaml",
    }

    code, said = newcomer.say("check", "sample")
    assert code in (0, 6), said
    assert "suspensions and permanent exclusions" in said, said
    code, said = newcomer.say("reports", "sample", "--urn", str(SCHOOL))
    assert code == 0, said
    facts = json.loads((newcomer.reports / f"schools/{SCHOOL}/facts.json").read_text(encoding="utf-8"))
    (result,) = [one for one in facts["indicators"] if one["indicator"] == "suspended_pupils"]
    assert result["value"] == pytest.approx(2.2, abs=0.01)
    page = (newcomer.reports / f"schools/{SCHOOL}/report.html").read_text(encoding="utf-8")
    assert "Suspended pupils" in page

    broken = published.read_text(encoding="utf-8").replace(",2.20\n", ",220\n")
    published.write_text(broken, encoding="utf-8")
    code, said = newcomer.say("check", "sample")
    assert code in (3, 6) and "susp_school.csv" in said and "220" in said, said
