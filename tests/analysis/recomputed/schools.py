"""Which schools there are, of which phase and kind, and who carries on whose history (method 1 and 4)."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from .cells import number, read, year_of

VARIABLES = ("PNUMFSMEVER", "PNUMEAL", "PSENELK", "PSENELSE", "NOR")
TINY = 50


@dataclass
class School:
    """One school of the school list."""

    urn: str
    name: str
    phase: str
    kind: str  # mainstream, special or unlike
    closed: bool
    type: str
    census: dict  # year -> PRI, SEC or SPE
    context: dict  # census column -> number, of the year under review
    predecessors: tuple = ()
    carried_on: str = ""

    @property
    def tiny(self):
        """Fewer than 50 pupils on roll."""
        roll = self.context.get("NOR")
        return roll is not None and roll < TINY


def load(published, year):
    """All schools of the register's list, by URN."""
    register, links, census = None, None, {}
    for path in sorted(Path(published).rglob("*.csv")):
        frame = read(path)
        if "TypeOfEstablishment (name)" in frame:
            register = frame
        elif "LinkURN" in frame:
            links = frame
        elif "NUMFSMEVER" in frame or ("SCHOOLTYPE" in frame and "NOR" in frame):
            census[year_of(path, frame)] = frame
    review = datetime.date(int(year[:4]) + 1, 8, 31)
    schools = {}
    for _, row in register.iterrows():
        urn = row["URN"]
        closed = row["EstablishmentStatus (name)"] == "Closed" and _date(row["CloseDate"]) <= review
        phases, context = {}, {}
        for of, frame in census.items():
            here = frame[frame["URN"] == urn]
            if len(here):
                phases[of] = _census_phase(here["SCHOOLTYPE"].iloc[0])
                if of == year:
                    context = {c: number(here[c].iloc[0]) for c in VARIABLES}
        schools[urn] = School(
            urn,
            row["EstablishmentName"],
            _phase(row),
            _kind(row),
            closed,
            row["TypeOfEstablishment (name)"],
            phases,
            context,
        )
    follow(schools, links, review)
    return schools


def follow(schools, links, review):
    """Predecessor and successor, not merged, dated before the review's date: the later carries on the earlier."""
    for _, link in links.iterrows():
        if link["LinkType"] not in ("Predecessor", "Successor"):
            continue
        if link["LinkEstablishedDate"] and _date(link["LinkEstablishedDate"]) >= review:
            continue
        old, new = link["LinkURN"], link["URN"]
        if link["LinkType"] == "Successor":
            old, new = new, old
        if old in schools and new in schools:
            schools[old].carried_on = new
            if old not in schools[new].predecessors:
                schools[new].predecessors += (old,)
    for school in schools.values():
        for old in school.predecessors:
            for of, phase in schools[old].census.items():
                school.census.setdefault(of, phase)


def _date(text):
    day, month, year = text.split("-")
    return datetime.date(int(year), int(month), int(day))


def _census_phase(text):
    text = text.lower()
    if "primary" in text:
        return "PRI"
    if "secondary" in text:
        return "SEC"
    return "SPE" if "special" in text else ""


def _kind(row):
    name, phase = row["TypeOfEstablishment (name)"].lower(), row["PhaseOfEducation (name)"].lower()
    if "special" in name:
        return "special"
    if any(w in name for w in ("pupil referral", "alternative", "independent", "nursery", "hospital")):
        return "unlike"
    return "unlike" if phase in ("16 plus", "nursery") else "mainstream"


def _phase(row):
    low, high = int(row["StatutoryLowAge"]), int(row["StatutoryHighAge"])
    phase = row["PhaseOfEducation (name)"]
    if phase.startswith("Middle"):
        return "middle"
    if phase == "Primary":
        if low >= 7:
            return "junior"
        return {7: "infant", 8: "infant", 9: "first", 10: "first"}.get(high, "primary")
    if phase == "Secondary":
        return "high" if low >= 12 else "all-through" if low <= 10 else "secondary"
    return "other"
