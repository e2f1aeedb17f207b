"""Inspection outcomes in both published layouts: graded judgements (to August 2025) and report cards (since)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.sample.country import AUTHORITY_NAMES, TRUST_NAMES, TYPE_NAMES, Inspection, School
from pipeline.sample.files.lists import find_postcode, spell_date
from pipeline.sample.printing import as_texts, name_columns, write_csv

_LINK = "https://reports.example.org/provider/"  # a fictional country has no page of its own
_PHASES = {"primary": "Primary", "secondary": "Secondary", "special": "Special"}


def _describe(school: School, number: str) -> dict[str, object]:
    """The columns both layouts begin with; ``number`` is how whole numbers end (".0" in the older one)."""
    trust = TRUST_NAMES.get(school.trust or 0, "")
    return {
        "Web Link (opens in new window)": f"{_LINK}{school.urn}",
        "URN": f"{school.urn}{number}",
        "LAESTAB": f"{school.laestab}{number}",
        "School name": school.name,
        "Ofsted phase": "PRU" if school.code == "PRU" else _PHASES[school.census_phase],
        "Type of education": TYPE_NAMES[school.code].title(),
        "School open date": spell_date(school.opened, "dd/mm/yyyy"),
        "Admissions policy": "Not applicable" if school.ages[1] <= 11 else "Non-selective",
        "Sixth form": "Has a sixth form" if school.ages[1] > 16 else "Does not have a sixth form",
        "Designated religious character": school.religion,
        "Religious ethos": "Does not apply",
        "Faith grouping": "Non-faith" if school.religion == "Does not apply" else "Christian",
        "Ofsted region": "Fictional Midlands",
        "Region": "Fictional Midlands",
        "Local authority": AUTHORITY_NAMES[school.la],
        "Parliamentary constituency": f"{AUTHORITY_NAMES[school.la]} {school.urn % 3 + 1}",
        "Postcode": find_postcode(school),
        "Multi-academy trust UID": f"{school.trust}{number}" if school.trust else "",
        "Multi-academy trust name": trust,
        "Total number of pupils": f"{school.roll}{number}",
        "Statutory lowest age": f"{school.ages[0]}{number}",
        "Statutory highest age": f"{school.ages[1]}{number}",
    }


def _find(school: School, kind: str) -> Inspection | None:
    return next((one for one in school.inspections if one.kind == kind), None)


def _list_inspected(schools: Sequence[School]) -> list[School]:
    return [one for one in schools if not one.closed and not one.independent and not one.aside]


def write_graded_inspections(path: Path, schools: Sequence[School]) -> None:
    """The layout of August 2025: blanks for what was not judged, numbers with ".0", a blank row for no inspection."""
    told = [_describe(one, ".0") | _tell_graded(one) | _tell_ungraded(one) for one in _list_inspected(schools)]
    _write(path, "ofsted_graded", told, "", encoding="cp1252")


def _tell_graded(school: School) -> dict[str, object]:
    graded = _find(school, "graded")
    if graded is None:
        return {}
    own = graded.urn is None
    plain = graded.overall == "Not judged"
    return {
        "Inspection number of latest graded inspection": 10_000_000 + school.urn,
        "Inspection type": "S5 Inspection",
        "Inspection type grouping": "S5 Inspection",
        "Event type grouping": "Schools - S5" if own else "Schools \u2013 Section 8 conversion",
        "Inspection start date": spell_date(graded.date, "dd/mm/yyyy"),
        "Publication date": spell_date(graded.published, "dd/mm/yyyy"),
        "Does the latest graded inspection relate to the URN of the current school?": "Yes" if own else "No",
        "URN at time of latest graded inspection": f"{graded.urn or school.urn}.0",
        "LAESTAB at time of latest graded inspection": f"{school.laestab}.0",
        "School name at time of latest graded inspection": graded.name or school.name,
        "School type at time of latest graded inspection": TYPE_NAMES["CY" if not own else school.code].title(),
        "Overall effectiveness": graded.overall,
        "Category of concern": graded.concern,
        "Quality of education": f"{graded.quality}.0",
        "Behaviour and attitudes": f"{2 if plain else graded.quality}.0",
        "Personal development": f"{2 if plain else graded.quality}.0",
        "Effectiveness of leadership and management": f"{graded.leadership}.0",
        "Safeguarding is effective?": graded.safeguarding if graded.quality != "9" else "9",
        "Early years provision (where applicable)": "2.0" if school.ages[0] < 5 else "9.0",
        "Sixth form provision (where applicable)": "2.0" if school.ages[1] > 16 else "9.0",
    }


def _tell_ungraded(school: School) -> dict[str, object]:
    visit = _find(school, "ungraded")
    if visit is None:
        return {}
    return {
        "Latest ungraded inspection number since last graded inspection": f"{11_000_000 + school.urn}.0",
        "Does the ungraded inspection relate to the URN of the current school?": "Yes",
        "URN at time of the ungraded inspection": f"{school.urn}.0",
        "LAESTAB at time of the ungraded inspection": f"{school.laestab}.0",
        "School name at time of the latest ungraded inspection": school.name,
        "School type at time of the latest ungraded inspection": TYPE_NAMES[school.code].title(),
        "Number of ungraded inspections since the last graded inspection": "1.0",
        "Date of latest ungraded inspection": spell_date(visit.date, "dd/mm/yyyy"),
        "Ungraded inspection publication date": spell_date(visit.published, "dd/mm/yyyy"),
        "Did the latest ungraded inspection convert to a graded inspection?": "No",
        "Ungraded inspection overall outcome": visit.overall,
    }


def write_report_cards(path: Path, schools: Sequence[School]) -> None:
    """The layout of February 2026: NULL for every absent value; plain column names are the new inspection's."""
    told = []
    for school in _list_inspected(schools):
        cells = _describe(school, "") | _tell_report_card(school) | _tell_oeif(school)
        told.append({name: text if text != "" else "NULL" for name, text in cells.items()} | _tell_concern(school))
    _write(path, "ofsted_report_card", told, "NULL")


def _tell_report_card(school: School) -> dict[str, object]:
    card = _find(school, "report card")
    if card is None:
        return {}
    date = spell_date(card.date, "dd/mm/yyyy")
    cells: dict[str, object] = {
        "Inspection number of latest full inspection": 12_000_000 + school.urn,
        "Inspection type": "S5 Inspection",
        "Inspection type grouping": "S5 Inspection",
        "Event type grouping": "Schools - S5",
        "Inspection start date": date,
        "Publication date": spell_date(card.published, "dd/mm/yyyy"),
        "Does the latest full inspection relate to the URN of the current school?": "Yes",
        "URN at time of latest full inspection": school.urn,
        "LAESTAB at time of latest full inspection": school.laestab,
        "School name at time of latest full inspection": school.name,
        "School type at time of latest full inspection": TYPE_NAMES[school.code].title(),
        "Safeguarding standards": card.safeguarding,
        "Safeguarding standards - date of judgement": date,
    }
    for area, grade in card.areas.items():
        cells |= {area: grade, f"{area.removesuffix(' (where applicable)')} - date of judgement": date}
    return cells


def _tell_oeif(school: School) -> dict[str, object]:
    """The latest graded and ungraded inspections of the earlier framework, under their longer names."""
    graded, visit = _tell_graded(school), _tell_ungraded(school)
    kept = {
        "Latest OEIF category of concern": "Category of concern",
        "Latest OEIF overall effectiveness": "Overall effectiveness",
        "Latest OEIF quality of education": "Quality of education",
        "Latest OEIF behaviour and attitudes": "Behaviour and attitudes",
        "Latest OEIF personal development": "Personal development",
        "Latest OEIF effectiveness of leadership and management": "Effectiveness of leadership and management",
        "Latest OEIF  safeguarding is effective?": "Safeguarding is effective?",
        "Latest OEIF early years provision (where applicable)": "Early years provision (where applicable)",
        "Latest OEIF sixth form provision (where applicable)": "Sixth form provision (where applicable)",
        "Inspection number of latest OEIF graded inspection": "Inspection number of latest graded inspection",
    }
    stems = (
        "Inspection type",
        "Inspection type grouping",
        "Event type grouping",
        "Inspection start date",
        "Publication date",
    )
    kept |= {f"{stem} of latest OEIF graded inspection": stem for stem in stems}
    for name in graded:
        if "latest graded inspection" in name:
            kept[name.replace("latest graded", "latest OEIF graded")] = name
    cells: dict[str, object] = {
        name: str(graded[own]).removesuffix(".0") for name, own in kept.items() if own in graded
    }
    for name, text in visit.items():
        name = name.replace("number since last graded inspection", "number").replace(
            "time of the latest", "time of the"
        )
        cells[name] = str(text).removesuffix(".0")
    return cells


def _tell_concern(school: School) -> dict[str, object]:
    """A category of concern is blank, not NULL, where an inspection found none."""
    graded = _find(school, "graded")
    if graded is None:
        return {}
    cells: dict[str, object] = {
        "Latest OEIF category of concern": graded.concern,
        "Most recent category of concern": graded.concern,
    }
    return cells | ({"Category of concern": ""} if _find(school, "report card") else {})


def _write(path: Path, family: str, told: list[dict[str, object]], missing: str, encoding: str = "utf-8") -> None:
    header = name_columns(family)
    columns = {name: as_texts([cells.get(name, missing) for cells in told]) for name in header}
    write_csv(path, header, columns, encoding=encoding)
