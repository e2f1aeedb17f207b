"""How the sample editions are delivered, and to whom. Everybody is invented, and no address leads to anybody.

Domains that end in ``.example`` are kept free of owners for such use (RFC 2606).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from pipeline.sample.country import School, found_county, found_trust

SETTINGS, RECIPIENTS = "delivery.yaml", "local/recipients.csv"

COUNTY_YAML = """\
# How the reports reach the schools; docs/sending.md tells all of it. No password belongs in this file.
sender:
  name: Marlshire School Improvement
  address: reports@marlshire.example
  reply_to: school.improvement@marlshire.example
contact: Marlshire School Improvement, school.improvement@marlshire.example, 01632 960100
allowed_domains: [schools.marlshire.example, marlshire.example]   # no message leaves to any other
channel: smtp
files: [pdf]
approvals: 1
roles_with_many_schools: [adviser]
shared_addresses: [governors@marlshire.example]   # one clerk for several schools, and meant so
smtp:
  host: mail.marlshire.example
  port: 587
  security: starttls
  user: reports@marlshire.example
  per_minute: 30
"""

TRUST_YAML = """\
# How the reports reach the schools; docs/sending.md tells all of it. No password belongs in this file.
sender:
  name: The Larkmere Schools Trust
  address: standards@larkmere.example
contact: the trust's standards team, standards@larkmere.example
allowed_domains: [larkmere.example]   # no message leaves to any other
channel: smtp
files: [pdf, html]
approvals: 2   # the director of standards and a second person
smtp:
  host: mail.larkmere.example
  user: standards@larkmere.example
"""

_GIVEN = (
    *("Amina", "Bryn", "Carol", "Daniel", "Eleri", "Femi", "Grace", "Hugh", "Ioana", "Jun", "Kezia", "Liam", "Maeve"),
    *("Noor", "Owen", "Priya", "Rhys", "Siân", "Tomasz", "Una", "Viktor", "Wren", "Yusuf", "Zoë"),
)
_FAMILY = (
    *("Ashdown", "Birch", "Calder", "Dunmore", "Eastwick", "Farrow", "Goodge", "Hallam", "Inskip", "Jessop"),
    *("Kemble", "Lockyer", "Marchetti", "Nwosu", "O'Dowd", "Penhale", "Quennell", "Rusbridge", "Szabo", "Tranter"),
    *("Underhill", "Vyner", "Whitlock", "Yeadon", "de Wylde"),
)
_HEADINGS = ("urn", "role", "name", "email", "channel", "school")
_ABOUT = "# Who receives each school's report; one row a person and school. All of them are invented."
_WITH_AN_ADVISER, _WITH_A_CLERK = (900003, 900027, 900039), (900004, 900011)


def write_county_delivery() -> dict[str, str]:
    """The county's settings and address book, by their place in the edition's folder."""
    schools = _list_open(found_county())
    rows = [row for school in schools for row in _list_county_rows(school)]
    retired = f"# {schools[0].urn},head,Mr P. Gone,head.{schools[0].urn}@schools.marlshire.example,,left at Easter"
    return {SETTINGS: COUNTY_YAML, RECIPIENTS: _format_rows(rows, retired)}


def write_trust_delivery() -> dict[str, str]:
    """The same of the trust."""
    rows = [row for school in _list_open(found_trust()) for row in _list_pair(school, "larkmere.example")]
    return {SETTINGS: TRUST_YAML, RECIPIENTS: _format_rows(rows)}


def _list_open(schools: Iterable[School]) -> list[School]:
    """The schools that are due a report, by their URN."""
    found = [school for school in schools if not school.closed and not school.independent]
    return sorted(found, key=lambda school: school.urn)


def _list_county_rows(school: School) -> list[Sequence[object]]:
    rows = _list_pair(school, "schools.marlshire.example")
    if school.urn in _WITH_AN_ADVISER:
        rows.append((school.urn, "adviser", "Joss Marlow", "joss.marlow@marlshire.example", "", school.name))
    if school.urn in _WITH_A_CLERK:
        rows.append((school.urn, "clerk", "", "governors@marlshire.example", "", school.name))
    return rows


def _list_pair(school: School, domain: str) -> list[Sequence[object]]:
    """A head and a chair. Names are taken in turn, so that a row stays as it is when another school is added."""
    return [
        (school.urn, role, _name(school.urn * 2 + place), f"{role}.{school.urn}@{domain}", "", school.name)
        for place, role in enumerate(("head", "chair"))
    ]


def _name(number: int) -> str:
    return f"{_GIVEN[number % len(_GIVEN)]} {_FAMILY[number * 7 % len(_FAMILY)]}"


def _format_rows(rows: Iterable[Sequence[object]], *comments: str) -> str:
    text = io.StringIO(newline="")
    written = csv.writer(text, lineterminator="\n")
    written.writerow(_HEADINGS)
    text.write("".join(f"{comment}\n" for comment in (_ABOUT, *comments)))
    written.writerows(rows)
    return text.getvalue()
