"""Brokering for an edition: what its reports, the register and people's own files say, put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.edition.brokering import (
    BrokeredSchool,
    DepartmentLinks,
    Group,
    HelpNeed,
    Partners,
    Place,
    find_help,
    link_departments,
    read_brokered_school,
    read_partners,
    read_places,
)
from pipeline.edition.editions import Edition
from pipeline.edition.support.local import PARTNERS_FILE
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.paths import EditionPaths, Workspace
from pipeline.policy import Policy
from pipeline.run.desk.brokering.agreed import read_agreed_triads, write_agreed_triads
from pipeline.run.desk.brokering.triads import Triads, form_triads
from pipeline.run.desk.support.planning import EditionPlan
from pipeline.sources.frames import SUBJECTS, shape_frame


@dataclass(frozen=True)
class EditionBrokering:
    """Who might help whom in an edition; ``triads`` and ``links`` are None where the policy asks for none."""

    edition: Edition
    policy: Policy
    schools: tuple[BrokeredSchool, ...]  # by URN
    needs: tuple[HelpNeed, ...]
    triads: Triads | None
    links: tuple[DepartmentLinks, ...] | None
    partners: Partners

    @property
    def unplaced(self) -> tuple[BrokeredSchool, ...]:
        """The schools of which no file tells where they lie."""
        return tuple(school for school in self.schools if school.place.grid is None)


def broker_edition(workspace: Workspace, plan: EditionPlan, *, agree: bool = False) -> EditionBrokering:
    """Say who might help whom among the schools of a plan, who reviews whom and which departments work together.

    Where ``agree``, the triads are written down as agreed. Raises FaultyInput with every fault of a local file.
    """
    edition, policy, rules = plan.edition, plan.policy, plan.policy.brokering
    places, subjects = _read_prepared(edition.paths, [school.urn for school in plan.schools])
    partners = read_partners(edition.paths, places)
    schools = _read_schools(edition.paths, sorted(school.urn for school in plan.schools), places)
    triads = None
    if rules.triads is not None:
        _refuse_strangers(partners, {school.urn for school in schools})
        previous = edition.description.previous
        last_year = read_agreed_triads(workspace.edition(previous)) if previous else ()
        agreed = read_agreed_triads(edition.paths)
        triads = form_triads(schools, rules.triads, partners, last_year=last_year, agreed=agreed)
        if agree:
            write_agreed_triads(edition.paths, [group.urns for group in triads.groups])
    links = (
        link_departments(schools, subjects, rules.departments_linked, partners) if rules.departments_linked else None
    )
    return EditionBrokering(edition, policy, schools, find_help(schools, policy, partners), triads, links, partners)


def _refuse_strangers(partners: Partners, planned: Collection[int]) -> None:
    """Raise FaultyInput where a triad that people settled has a school that cannot be in one."""
    faults = []
    for urn in sorted(Group().union(*partners.triads)):
        if urn in partners.outside_triads or urn not in planned:
            why = "another row keeps it out of triads" if urn in planned else "it has no plan of support"
            what = f"URN {urn} is in a triad that is settled, and {why}"
            faults.append(Fault(PARTNERS_FILE.name, None, "schools", what, "Take it out of one of the rows.", urn))
    if faults:
        raise FaultyInput(faults)


def _read_schools(paths: EditionPaths, urns: list[int], places: Mapping[int, Place]) -> tuple[BrokeredSchool, ...]:
    from pipeline.report.area.notebook import read_facts

    return tuple(read_brokered_school(read_facts(paths.school(urn)), places.get(urn)) for urn in urns)


def _read_prepared(paths: EditionPaths, urns: list[int]) -> tuple[dict[int, Place], pd.DataFrame]:
    """Where each school lies, and SUBJECTS of ``urns``; nothing where the edition's tables were taken away."""
    from pipeline.sources.prepared import open_prepared

    if not paths.prepared.is_dir():
        return {}, shape_frame(pd.DataFrame(), SUBJECTS)
    prepared = open_prepared(paths.prepared)
    return read_places(prepared.schools()), prepared.subjects(urns)
