"""A school's year of support: what its category brings, dated within terms, and who may give it.

A pure function gives one school's list (``activities``); what people write down of terms, people and changes is read
from the edition's ``local/`` folder.
"""

from pipeline.edition.support.activities import PlannedActivity, SchoolSupport, list_activities
from pipeline.edition.support.changes import Change, read_changes
from pipeline.edition.support.focus import Area, GapNote, find_focus_areas
from pipeline.edition.support.log import LoggedSupport, read_log
from pipeline.edition.support.people import Person, read_people
from pipeline.edition.support.programmes import ASPECTS, LEAST, MOST, ProgrammeRating, read_programmes
from pipeline.edition.support.terms import SchoolYear, Term, read_terms

__all__ = [
    "ASPECTS",
    "LEAST",
    "MOST",
    "Area",
    "Change",
    "GapNote",
    "LoggedSupport",
    "Person",
    "PlannedActivity",
    "ProgrammeRating",
    "SchoolSupport",
    "SchoolYear",
    "Term",
    "find_focus_areas",
    "list_activities",
    "read_changes",
    "read_log",
    "read_people",
    "read_programmes",
    "read_terms",
]
