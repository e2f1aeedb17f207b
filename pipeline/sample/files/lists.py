"""School lists: performance-tables spine, school information, the register (GIAS) with its links, and trusts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.sample.country import AUTHORITY_NAMES, DISTRICTS, TOWNS, TRUST_NAMES, TYPE_NAMES, School, pick_year
from pipeline.sample.printing import FEWEST, Rows, Texts, as_texts, name_columns, round_half_up, write_csv
from pipeline.sample.results import Tally

_GIAS_TYPES = {
    "CY": (1, "Community school", 4, "Local authority maintained schools"),
    "VA": (2, "Voluntary aided school", 4, "Local authority maintained schools"),
    "VC": (3, "Voluntary controlled school", 4, "Local authority maintained schools"),
    "FD": (5, "Foundation school", 4, "Local authority maintained schools"),
    "CYS": (7, "Community special school", 5, "Special schools"),
    "IND": (11, "Other independent school", 3, "Independent schools"),
    "PRU": (14, "Pupil referral unit", 4, "Local authority maintained schools"),
    "AC": (28, "Academy sponsor led", 10, "Academies"),
    "ACC": (34, "Academy converter", 10, "Academies"),
    "F": (35, "Free schools", 11, "Free Schools"),
    "ACCS": (44, "Academy special converter", 10, "Academies"),
}
_SPINE_TYPES = {
    "ACC": "Academy - Converter mainstream",
    "AC": "Academy sponsor led mainstream",
    "F": "Free school - Mainstream",
}


def find_street(school: School) -> str:
    return f"{school.estab % 97 + 1} School Lane"


def find_postcode(school: School) -> str:
    """A postcode in an area that is not in use."""
    return f"ZZ{school.estab % 9 + 1} {school.urn % 9 + 1}ZZ"


def find_grid_reference(school: School) -> tuple[int, int] | tuple[str, str]:
    """Metres east and north, within half a mile of the middle of its town; blank where the town has no place."""
    if school.town not in TOWNS:
        return "", ""
    east, north = TOWNS[school.town]
    return east + school.urn * 131 % 1_200 - 600, north + school.urn * 197 % 1_200 - 600


def find_telephone(school: School) -> str:
    """A number from the range kept for fiction."""
    return f"01632960{school.urn % 1000:03d}"


def find_successor(school: School, schools: Sequence[School]) -> School | None:
    """The school that took over by conversion; a merger is not one."""
    if not school.successor:
        return None
    return next((one for one in schools if one.urn == school.successor and not one.merged), None)


def spell_date(iso: str, pattern: str = "dd-mm-yyyy") -> str:
    """``2024-04-01`` as ``01-04-2024``, ``01/04/2024`` or ``20240401``; "" stays ""."""
    if not iso:
        return ""
    year, month, day = iso.split("-")
    return pattern.replace("dd", day).replace("mm", month).replace("yyyy", year)


def print_places(schools: Sequence[School], rows: Rows) -> dict[str, Texts]:
    """Name, address and kind, as both results files head them."""
    blank = [""] * len(rows.areas)
    areas = [AUTHORITY_NAMES.get(area.la or 0, "") for area in rows.areas]
    heirs = [find_successor(one, rows.everyone) for one in schools]
    return {
        "SCHNAME": rows.spell([one.name for one in schools], areas),
        "ADDRESS1": rows.spell([find_street(one) for one in schools], blank),
        "TOWN": rows.spell([one.town for one in schools], blank),
        "PCODE": rows.spell([find_postcode(one) for one in schools], blank),
        "TELNUM": rows.spell([find_telephone(one) for one in schools], blank),
        "PCON_CODE": rows.spell([f"E1400{one.la}{one.urn % 3}" for one in schools], blank),
        "PCON_NAME": rows.spell(
            [f"{AUTHORITY_NAMES.get(one.la, 'England')} {one.urn % 3 + 1}" for one in schools], blank
        ),
        "URN_AC": rows.spell([heir.urn if heir else 0 for heir in heirs], blank),
        "SCHNAME_AC": rows.spell([heir.name if heir else "" for heir in heirs], blank),
        "OPEN_AC": rows.spell([spell_date(heir.opened, "yyyymmdd") if heir else "" for heir in heirs], blank),
        "NFTYPE": rows.spell([one.code for one in schools], blank),
        "RELDENOM": rows.spell([one.religion for one in schools], blank),
        "TAB15": rows.spell([0] * len(schools), blank),
        "TAB1618": rows.spell([0] * len(schools), blank),
    }


def _tell_columns(schools: Sequence[School], tell) -> dict[str, Texts]:
    told = [tell(school) for school in schools]
    return {name: as_texts([cells[name] for cells in told]) for name in told[0]}


def write_spine(path: Path, schools: Sequence[School], year: int) -> None:
    """The school list of ``year`` as the performance tables gave it, predecessors named in OTHERURN."""
    listed = [one for one in schools if year in one.years]

    def tell(school: School) -> dict[str, object]:
        former = next((one for one in schools if school.predecessors == (one.urn,)), None)
        heir = find_successor(school, schools)
        other = former or heir
        return {
            "URN": school.urn,
            "LA": school.la,
            "ESTAB": school.estab,
            "LAESTAB": school.laestab,
            "SCHNAME": school.name,
            "OTHERSCHNAME": other.name if other else "",
            "STREET": find_street(school),
            "TOWN": school.town,
            "POSTCODE": find_postcode(school),
            "TELNUM": find_telephone(school),
            "ICLOSE": 2 if school.closed else 3 if school.new else 1,
            "OPENDATE": spell_date(school.opened, "yyyymmdd") if school.opened >= f"{year - 1}-09-12" else "",
            "CLOSEDATE": spell_date(school.closed, "yyyymmdd"),
            "ISNEW": int(school.new),
            "MINORGROUP": _name_minor_group(school),
            "NFTYPE": _SPINE_TYPES.get(school.code, TYPE_NAMES[school.code]),
            "OTHERNFTYPE": TYPE_NAMES[other.code] if other else "",
            "ISPRIMARY": int(school.ages[0] < 11),
            "ISSECONDARY": int(school.ages[1] > 11),
            "ISPOST16": int(school.ages[1] > 16),
            "AGEL": school.ages[0],
            "AGEH": school.ages[1],
            "GENDER": school.gender,
            "RELDENOM": school.religion,
            "ADMPOL": "Not recorded" if school.ages[1] <= 11 else "Non-selective",
            "OTHERURN": other.urn if other else "",
            "NEWACFLAG": 3 if former else 4 if heir else 6,
            "RE-BROKERED": 0,
        }

    write_csv(path, name_columns("spine"), _tell_columns(listed, tell))


def _name_minor_group(school: School) -> str:
    if school.independent:
        return "Independent School"
    if school.special:
        return "Special School"
    return "Academy" if school.academy else "Maintained School"


def write_school_information(path: Path, schools: Sequence[School], year: int) -> None:
    """The school information file of ``year``, whose headings differ from the spine's."""

    def tell(school: School) -> dict[str, object]:
        return {
            "URN": school.urn,
            "LANAME": AUTHORITY_NAMES[school.la],
            "LA": school.la,
            "ESTAB": school.estab,
            "LAESTAB": school.laestab,
            "SCHNAME": school.name,
            "STREET": find_street(school),
            "TOWN": school.town,
            "POSTCODE": find_postcode(school),
            "SCHSTATUS": _name_status(school),
            "OPENDATE": spell_date(school.opened),
            "CLOSEDATE": spell_date(school.closed),
            "MINORGROUP": _name_minor_group(school),
            "SCHOOLTYPE": TYPE_NAMES[school.code],
            "ISPRIMARY": int(school.ages[0] < 11),
            "ISSECONDARY": int(school.ages[1] > 11),
            "ISPOST16": int(school.ages[1] > 16),
            "AGELOW": school.ages[0],
            "AGEHIGH": school.ages[1],
            "GENDER": school.gender,
            "RELCHAR": school.religion,
            "ADMPOL": "Not applicable" if school.ages[1] <= 11 else "Non-selective",
        }

    write_csv(path, name_columns("school_information"), _tell_columns(pick_year(schools, year), tell))


def _name_status(school: School) -> str:
    return "Closed" if school.closed else "Open"


def _name_phase(school: School) -> tuple[int, str]:
    if school.special or school.independent or school.code == "PRU":
        return 0, "Not applicable"
    low, high = school.ages
    if high <= 11:
        return 2, "Primary"
    if high <= 14:
        return 5, "Middle deemed secondary"
    return (7, "All-through") if low < 7 else (4, "Secondary")


def write_gias(path: Path, schools: Sequence[School]) -> None:
    """The register of all schools (edubasealldata), in cp1252, with trust numbers and inspection dates."""

    def tell(school: School) -> dict[str, object]:
        code, kind, group, group_name = _GIAS_TYPES[school.code]
        phase, phase_name = _name_phase(school)
        easting, northing = find_grid_reference(school)
        trust = TRUST_NAMES.get(school.trust or 0, "")
        return {
            "URN": school.urn,
            "LA (code)": school.la,
            "LA (name)": AUTHORITY_NAMES.get(school.la, f"Authority {school.la}"),
            "EstablishmentNumber": school.estab,
            "EstablishmentName": school.name,
            "TypeOfEstablishment (code)": code,
            "TypeOfEstablishment (name)": kind,
            "EstablishmentTypeGroup (code)": group,
            "EstablishmentTypeGroup (name)": group_name,
            "EstablishmentStatus (code)": 2 if school.closed else 1,
            "EstablishmentStatus (name)": _name_status(school),
            "OpenDate": spell_date(school.opened),
            "CloseDate": spell_date(school.closed),
            "PhaseOfEducation (code)": phase,
            "PhaseOfEducation (name)": phase_name,
            "StatutoryLowAge": school.ages[0],
            "StatutoryHighAge": school.ages[1],
            "OfficialSixthForm (name)": "Has a sixth form" if school.ages[1] > 16 else "Does not have a sixth form",
            "Gender (name)": school.gender,
            "ReligiousCharacter (name)": school.religion,
            "AdmissionsPolicy (name)": "Not applicable" if school.ages[1] <= 11 else "Non-selective",
            "CensusDate": "16-01-2025",
            "NumberOfPupils": school.roll or "",
            "TrustSchoolFlag (name)": "Supported by a multi-academy trust" if trust else "Not applicable",
            "Trusts (code)": school.trust or "",
            "Trusts (name)": trust,
            "Street": find_street(school),
            "Town": school.town,
            "DistrictAdministrative (name)": DISTRICTS.get(school.town, ""),
            "Postcode": find_postcode(school),
            "TelephoneNum": find_telephone(school),
            "Country (name)": "",
            "Easting": easting,
            "Northing": northing,
        }

    write_csv(path, name_columns("gias"), _tell_columns(schools, tell), encoding="cp1252")


def write_links(path: Path, schools: Sequence[School]) -> None:
    """Predecessors and successors in cp1252; the two directions of one link differ by a day, as in the register."""
    by_urn = {one.urn: one for one in schools}
    links = []
    for school in schools:
        for urn in school.predecessors:
            former = by_urn[urn]
            kind = " - merged" if school.merged else ""
            links.append((school.urn, urn, former.name, f"Predecessor{kind}", spell_date(school.opened)))
            links.append((urn, school.urn, school.name, f"Successor{kind}", spell_date(former.closed)))
    sixth = [(one.urn, one.urn + 500_000, f"{one.name} Sixth Form", "Sixth Form Centre Link", "") for one in schools]
    links += [link for link, one in zip(sixth, schools, strict=True) if one.ages == (13, 18)]
    header = name_columns("links")
    links.sort(key=lambda link: link[:2])
    columns = {name: as_texts([link[place] for link in links]) for place, name in enumerate(header)}
    write_csv(path, header, columns, encoding="cp1252", quote_all=True)


def write_trusts(path: Path, tally: Tally, year: int) -> None:
    """Trust-level key stage 4 figures: weighted over a trust's schools, SUPPMAT where too few of them count."""
    trusts = sorted({one.trust for one in tally.schools if one.trust})
    told = [_tell_trust(tally, uid, year) for uid in trusts]
    columns = {name: as_texts([cells[name] for cells in told]) for name in told[0]}
    write_csv(path, name_columns("trusts_ks4"), columns)


def _tell_trust(tally: Tally, uid: int, year: int) -> dict[str, object]:
    counted = tally["pupils", "all"] > 0
    belongs = np.array([one.trust == uid and not one.special for one in tally.schools]) & counted
    members = [one for one, within in zip(tally.schools, belongs, strict=True) if within]

    def add(measure: str, group: str = "all") -> np.ndarray:
        return np.array([tally[measure, group][belongs].sum()])

    def average(measure: str, group: str, decimals: int, per: int = 1) -> str:
        below = add("progress8_pupils" if measure == "progress8" else "pupils", group) * per
        return f"{int(round_half_up(add(measure, group), below, decimals)[0]) / 10**decimals:.{decimals}f}"

    def share(measure: str, group: str) -> str:
        return f"{int(round_half_up(100 * add(measure, group), add('pupils', group))[0])}%"

    cells: dict[str, object] = {
        "TIME_PERIOD": f"{year - 1}{year % 100:02d}",
        "TIME_IDENTIFIER": "Academic year",
        "TRUST_GROUP_TYPE": "Multi-academy trust",
        "TRUST_NAME": TRUST_NAMES[uid],
        "TRUST_UID": uid,
        "TRUST_ID": f"TR{uid}",
        "TRUST_LEADREGION": "Fictional Midlands",
        "INSTITUTIONS_MATPTINC": ";".join(str(one.urn) for one in members),
        "NUMINST_MATPTINC": len(members),
        "NUMINST_INMAT": len(members),
        "INSTITUTIONS_INMAT": ";".join(str(one.urn) for one in members),
        "TPUP_MATPTINC": int(add("pupils")[0]),
        "TPUP_INMAT": int(add("pupils")[0]),
        "PFSM6CLA1A_MATPTINC": _share_of(add("pupils", "disadvantaged"), add("pupils")),
        "PNOTFSM6CLA1A_MATPTINC": _share_of(add("pupils", "other"), add("pupils")),
    }
    for suffix, group in (("", "all"), ("_FSM6CLA1A", "disadvantaged"), ("_NFSM6CLA1A", "other")):
        covered = int(add("progress8_pupils", group)[0])
        half = 1.96 * tally.spread["progress8"] / max(covered, 1) ** 0.5
        middle = int(add("progress8", group)[0]) / max(covered, 1) / 1000
        figures = {
            f"ATT8SCR_WGTAVG{suffix}": average("attainment8", group, 1),
            f"P8MEA_WGTAVG{suffix}": average("progress8", group, 2, per=1000),
            f"P8CILOW{suffix}": f"{round(middle - half, 2):.2f}",
            f"P8CIUPP{suffix}": f"{round(middle + half, 2):.2f}",
            f"PTL2BASICS_95_WGTAVG{suffix}": share("basics_95", group),
            f"EBACCAPS_WGTAVG{suffix}": average("ebacc_points", group, 2, per=5),
        }
        withheld = (suffix and len(members) < 4) or add("pupils", group)[0] <= FEWEST
        cells |= dict.fromkeys(figures, "SUPPMAT") if withheld else figures
    return cells


def _share_of(part: np.ndarray, whole: np.ndarray) -> str:
    return f"{int(round_half_up(100 * part, whole)[0])}%"


def write_ees_school_information(path: Path, schools: Sequence[School], tally: Tally, year: int) -> None:
    """The tidy school information of key stage 4: z not applicable, c withheld, u unreliable, x not available."""
    listed = [one for one in schools if year in one.years and one.ks4]

    def tell(school: School) -> dict[str, object]:
        place = tally.schools.index(school)
        pupils = int(tally["pupils", "all"][place])
        girls = int(tally["pupils", "girls"][place])
        poor = int(tally["pupils", "disadvantaged"][place])
        few = "c" if pupils <= FEWEST else None
        mark = "z" if school.independent else few
        return {
            "time_period": f"{year - 1}{year % 100:02d}",
            "time_identifier": "Academic year",
            "geographic_level": "School",
            "country_code": "E92000001",
            "country_name": "England",
            "school_laestab": school.laestab,
            "school_urn": school.urn,
            "school_name": school.name,
            "old_la_code": school.la,
            "new_la_code": f"E10000{school.la}",
            "la_name": AUTHORITY_NAMES[school.la],
            "version": "Final",
            "establishment_type_group": school.type_group,
            "full_address": f"{find_street(school)}, {school.town}, {find_postcode(school)}",
            "telnum": find_telephone(school),
            "contflag": 0,
            "iclose": int(bool(school.closed)),
            "reldenom": school.religion,
            "admpol_pt": "Non-selective",
            "egender": school.gender,
            "feeder": 0,
            "agerange": f"{school.ages[0]} to {school.ages[1]}",
            "t_allks_pupils": school.roll,
            "t_pupils": few or pupils,
            "t_boys": few or pupils - girls or "z",
            "t_girls": few or girls or "z",
            "avg_ks2_scaledscore": "u" if school.code == "PRU" else "x" if school.special else mark or "103.9",
            "t_disadvantaged": mark or poor,
            "pt_disadvantaged": mark or _strip(100 * poor, pupils),
            "t_not_disadvantaged": mark or pupils - poor,
            "pt_not_disadvantaged": mark or _strip(100 * (pupils - poor), pupils),
            "p8_banding": "z",
        }

    write_csv(path, name_columns("ees_school_information"), _tell_columns(listed, tell), missing="z", quote_all=True)


def _strip(above: int, below: int) -> str:
    tenths = int(round_half_up(np.array(above), np.array(below), 1))
    return f"{tenths / 10:.1f}".removesuffix(".0")
