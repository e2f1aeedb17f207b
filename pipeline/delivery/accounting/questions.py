"""Questions that a named person must answer before reports go to schools, each by a code of its own.

An answer is kept in the ledger, with who gave it and why. It holds as long as what was asked about stays as it is: the
code is made from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.delivery.accounting.people import read_approver
from pipeline.edition.editions import Edition, list_editions
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.yaml_files import read_record
from pipeline.run.stamps.made import hash_json

if TYPE_CHECKING:
    from pipeline.delivery.accounting.ledger import Ledger
    from pipeline.foundation.paths import Workspace
    from pipeline.policy import Policy


@dataclass(frozen=True)
class Question:
    """``what`` is asked, ``remedy`` says what to do where the answer is no. ``urn`` is None where it is about all.

    ``why_held`` is why the school waits until it is answered; empty for a question that holds no school.
    """

    code: str
    what: str
    remedy: str
    urn: int | None = None
    line: int | None = None
    why_held: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.what}\n    {self.remedy}"


def name_question(kind: str, *about: object) -> str:
    """The code of a question: what kind it is of, and six digits that are another's where anything is another."""
    return f"{kind}-{hash_json([kind, *map(str, about)])[:6]}"


def tell_how_to_answer(edition: str, code: str) -> str:
    """The command by which a person answers."""
    return f'python -m pipeline answer {edition} {code} --by "Your Name" --why "…"'


def answer(ledger: Ledger, questions: Iterable[Question], codes: Sequence[str], by: str, why: str) -> list[Question]:
    """Record that ``by`` answers the questions with these ``codes``; give them.

    Raises PipelineError where a code is no question's, or a name or a reason is missing.
    """
    who, reason = read_approver(by), " ".join(why.split())
    if not reason:
        raise PipelineError("an answer needs a reason", remedy="Say why it may go ahead: --why '…'.")
    known = {question.code: question for question in questions}
    strange = [code for code in codes if code not in known]
    if strange or not codes:
        listed = ", ".join(known) or "none"
        what = f"no question has the code {', '.join(strange)}" if strange else "no question is named"
        raise PipelineError(what, remedy=f"Questions of this edition: {listed}.")
    for code in dict.fromkeys(codes):
        ledger.record_answer(code, known[code].what, who, reason)
    return [known[code] for code in dict.fromkeys(codes)]


# About all of the edition


def ask_about_thresholds(edition: Edition, policy: Policy) -> list[Question]:
    """Ask where nobody has adopted the numbers that the categories rest on."""
    if policy.thresholds_adopted:
        return []
    what = (
        f"the numbers behind the categories of {policy.title} are defaults that came with the software, and "
        f"{policy.organisation} has not adopted them. May reports go to schools all the same?"
    )
    remedy = "Once they are adopted, write `thresholds_adopted: true` in the policy and make the reports again."
    return [Question(name_question("thresholds", hash_json(policy.dump_rules()), policy.organisation), what, remedy)]


def ask_about_newer_editions(workspace: Workspace, edition: Edition) -> list[Question]:
    """Ask where the workspace has an edition of the same area about a later year."""
    newer = find_editions_of_area(workspace, edition, later=True)
    if not newer:
        return []
    named = ", ".join(f"{one.name} ({one.description.year})" for one in newer)
    what = (
        f"these are reports on {edition.description.year}, and there is a newer edition of the same area: {named}. "
        "May the older reports go to schools?"
    )
    remedy = f"Send the newest: `python -m pipeline approve {newer[0].name} --by …`."
    return [Question(name_question("older", edition.name, edition.description.year, named), what, remedy)]


def find_editions_of_area(workspace: Workspace, edition: Edition, *, later: bool) -> list[Edition]:
    """The editions of the same authority, trust or schools about a later year (else an earlier), the nearest first.

    An edition whose description cannot be read is left out.
    """
    found = []
    for name in list_editions(workspace):
        other = _read_edition(workspace, name)
        if other is None or name == edition.name or not _is_same_area(edition, other):
            continue
        if (other.year > edition.year) if later else (other.year < edition.year):
            found.append(other)
    return sorted(found, key=lambda one: (abs(one.year - edition.year), one.name))


def _read_edition(workspace: Workspace, name: str) -> Edition | None:
    from pipeline.edition.editions import EditionDescription

    paths = workspace.edition(name)
    try:
        return Edition(name, paths, read_record(paths.description, EditionDescription, name=name))
    except (PipelineError, OSError, ValueError):
        return None


def _is_same_area(one: Edition, other: Edition) -> bool:
    area, its = one.description.area, other.description.area
    if area.schools and its.schools:
        shared = set(area.schools) & set(its.schools)
        return 2 * len(shared) >= min(len(area.schools), len(its.schools))
    return (area.authority, area.trust) == (its.authority, its.trust) and not area.schools and not its.schools
