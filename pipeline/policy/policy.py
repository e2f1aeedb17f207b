"""What a policy file may hold: categories, what each brings, and the ordered clauses that lead to them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from pipeline.foundation.yaml_files import Record
from pipeline.policy.conditions import When
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE

#: Where the product's own policies lie, one file each, named by its key.
FOLDER = Path(__file__).parent / "policies"

_KEY = r"^[a-z][a-z0-9_]*$"


class EarlyResults(StrEnum):
    """What becomes of results that are not published yet (local/early_results.csv, local/early_pupils.csv)."""

    SHOWN_ONLY = "shown_only"  # in reports, marked; the category rests on published figures alone
    MAY_DECIDE = "may_decide"  # rated and counted like published ones; provisional where they make the difference


class EntitlementText(Record):
    """What a category brings."""

    lines: tuple[str, ...] = ()
    amounts: dict[str, str | int] = Field(default_factory=dict)  # "Days a year": 6


class Category(Record):
    """One category, as the organisation words it."""

    key: str = Field(pattern=_KEY)
    title: str = Field(min_length=3)
    meaning: str = Field(min_length=20)
    entitlement: EntitlementText


class Insufficient(Record):
    """The outcome that is no category: too little is known for data to propose one."""

    title: str = Field(min_length=3)
    meaning: str = Field(min_length=20)
    entitlement: EntitlementText


class KeyPriority(Record):
    """One thing the organisation wants watched above others."""

    title: str
    watched: str


class Clause(Record):
    """When every condition holds, the school's category is this one. The first clause that holds decides."""

    name: str = Field(pattern=_KEY)
    category: str  # a category's key, or insufficient_evidence
    reason: str = Field(min_length=20)  # one sentence for a head
    when: When


class Otherwise(Record):
    """The category of a school that no clause has taken."""

    category: str
    reason: str = Field(min_length=20)


class RoleOfRecipient(Record):
    """People who may receive a school's report, which names its category."""

    title: str = Field(min_length=3)  # as a message addresses one whose name is not known: "headteacher"
    category_in_message: bool  # whether the message itself may say the category, or only the report


class Owner(Record):
    """The authority (three digits) or trust (group UID) that a policy was written for."""

    authority: int | None = None
    trust: int | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Owner:
        if (self.authority is None) == (self.trust is None):
            raise ValueError("say exactly one of `authority:` or `trust:`")
        return self


class Policy(Record):
    """A school-improvement policy. ``categories`` stand from least to most support: the position is the tier."""

    key: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str = Field(min_length=3)
    organisation: str = ""  # whose it is; empty where it is for nobody in particular
    written_for: Owner | None = None  # whose edition needs no other organisation named
    summary: str = Field(min_length=20)
    ambition: str = ""
    source: str = Field(min_length=10)
    reviewed: date
    review_by: date
    thresholds_adopted: bool
    thresholds_notice: str = Field(min_length=20)  # printed in every report
    early_results: EarlyResults = EarlyResults.SHOWN_ONLY
    key_priorities: tuple[KeyPriority, ...] = ()
    entitlement_for_all: tuple[str, ...] = ()  # lines every category brings
    categories: tuple[Category, ...] = Field(min_length=2)
    insufficient_evidence: Insufficient
    clauses: tuple[Clause, ...] = Field(min_length=1)
    otherwise: Otherwise
    recipients: dict[Annotated[str, Field(pattern=_KEY)], RoleOfRecipient] = Field(default_factory=dict)

    def dump_rules(self) -> dict[str, Any]:
        """Give all of the policy that can change a report, as JSON values: not who receives it, nor for whom it was."""
        return self.model_dump(mode="json", exclude={"recipients", "written_for"})

    def tier(self, category: str) -> int | None:
        """1 is the least support; None for insufficient evidence. Raises KeyError for a category it does not know."""
        if category == INSUFFICIENT_EVIDENCE:
            return None
        return {known.key: position for position, known in enumerate(self.categories, start=1)}[category]

    def outcome(self, category: str) -> Category | Insufficient:
        """The category of that key, or insufficient evidence. Raises KeyError for a category it does not know."""
        if category == INSUFFICIENT_EVIDENCE:
            return self.insufficient_evidence
        return {known.key: known for known in self.categories}[category]
