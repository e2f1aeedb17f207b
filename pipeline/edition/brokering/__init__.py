"""A start for brokering: who might help whom, and which departments might work together, by what reports say."""

from pipeline.edition.brokering.helping import Helper, HelpNeed, find_help
from pipeline.edition.brokering.links import Department, DepartmentLinks, link_departments
from pipeline.edition.brokering.partners import NO_PARTNERS, Group, Partners, read_partners
from pipeline.edition.brokering.schools import (
    BrokeredSchool,
    Distance,
    Place,
    measure_distance,
    read_brokered_school,
    read_places,
)

__all__ = [
    "NO_PARTNERS",
    "BrokeredSchool",
    "Department",
    "DepartmentLinks",
    "Distance",
    "Group",
    "HelpNeed",
    "Helper",
    "Partners",
    "Place",
    "find_help",
    "link_departments",
    "measure_distance",
    "read_brokered_school",
    "read_partners",
    "read_places",
]
