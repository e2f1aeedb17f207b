"""A third kind of message: one to each person who gives support, with what of it is overdue and due next.

It says what that person has to do and at which schools, and nothing that others do, found or wrote down.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.delivery.addressing.supporters import read_supporters
from pipeline.delivery.composing.messages import Words, tidy
from pipeline.delivery.mail.message import Message, Recipient
from pipeline.delivery.settings import DeliverySettings, read_settings
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import ReminderPaths, Workspace
from pipeline.foundation.vocabulary import count_noun, format_date
from pipeline.run.desk.following.following import WEEKS, FollowedSupport, follow_edition_support
from pipeline.run.desk.following.matching import FollowedActivity, State
from pipeline.run.desk.following.tables import list_people

if TYPE_CHECKING:
    from pipeline.edition.support import Person


@dataclass(frozen=True)
class ReminderLine:
    """One activity: ``when`` is its day in words, ``ago`` how long that is past, "" where it is still to come."""

    what: str
    school: str
    urn: int
    when: str
    ago: str
    about: str
    how_long: str
    comes_first: str


@dataclass(frozen=True)
class TermDays:
    """One person's days of one term."""

    term: str
    to_give: str
    given: str
    planned: str
    left: str


@dataclass(frozen=True)
class ReminderLetter:
    """The words that templates of a reminder may use; docs/policies.md says what each is."""

    overdue: tuple[ReminderLine, ...]
    coming: tuple[ReminderLine, ...]
    days: tuple[TermDays, ...]
    on: str
    until: str
    edition: str
    organisation: str
    recipient: str
    role: str
    contact: str
    sender: str


@dataclass(frozen=True)
class Reminders:
    """The reminders of one day. ``unreachable`` are the names of those who have something to do and no address."""

    followed: FollowedSupport
    paths: ReminderPaths
    settings: DeliverySettings
    messages: tuple[Message, ...]
    unreachable: tuple[str, ...]

    def list_schools_by_person(self) -> dict[str, set[int]]:
        """By name, the schools at which each person has something to do."""
        found: dict[str, set[int]] = {}
        for one in self.followed.activities:
            found.setdefault(one.visit.person, set()).add(one.planned.urn)
        return found

    def list_officers_words(self) -> list[str]:
        """What came of visits, and why the plan was changed: it is in no reminder."""
        outcomes = [row.outcome for row in self.followed.log]
        return [words for words in [*outcomes, *(one.activity.reason for one in self.followed.plan.visits)] if words]


def compose_reminders(
    workspace: Workspace,
    name: str,
    progress: Callable[[str], None],
    *,
    on: datetime.date | None = None,
    weeks: int = WEEKS,
) -> Reminders:
    """Compose a message to everybody who has something overdue, or due in the next ``weeks``, as of the day ``on``.

    Raises as ``follow_edition_support`` does; PipelineError where people.csv names nobody or delivery.yaml is missing;
    FaultyInput with every fault of an address.
    """
    followed = follow_edition_support(workspace, name, progress, on=on, weeks=weeks)
    plan, paths = followed.plan, followed.plan.edition.paths.reminders(followed.on)
    if plan.people is None:
        what, remedy = (
            "nobody can be reminded: people.csv names no one",
            "Write who gives support, with their addresses.",
        )
        raise PipelineError(what, where=f"{name}/local/people.csv", remedy=remedy)
    settings = read_settings(paths)
    addresses = read_supporters(paths, settings)
    messages, unreachable = [], []
    for person in plan.people:
        lines = [
            [one for one in followed.list_in(state) if one.visit.person == person.name]
            for state in (State.OVERDUE, State.COMING)
        ]
        if not any(lines):
            continue
        if person.name not in addresses:
            unreachable.append(person.name)
            continue
        messages.append(_compose(followed, paths, settings, person, addresses[person.name], *lines))
    return Reminders(followed, paths, settings, tuple(messages), tuple(unreachable))


def _compose(
    followed: FollowedSupport,
    paths: ReminderPaths,
    settings: DeliverySettings,
    person: Person,
    address: str,
    overdue: Sequence[FollowedActivity],
    coming: Sequence[FollowedActivity],
) -> Message:
    from pipeline.report.exhibits import clean_text

    plan = followed.plan
    names = {school.urn: clean_text(school.name) for school in plan.schools}
    letter = ReminderLetter(
        overdue=tuple(_tell(one, names, followed.on) for one in overdue),
        coming=tuple(_tell(one, names, followed.on) for one in coming),
        days=tuple(_list_days(followed, person)),
        on=format_date(followed.on.isoformat()),
        until=format_date(followed.until.isoformat()),
        edition=clean_text(plan.edition.description.title),
        organisation=clean_text(plan.policy.organisation),
        recipient=clean_text(person.name),
        role=plan.support.roles[person.roles[0]].title,
        contact=clean_text(settings.contact),
        sender=clean_text(settings.sender.name),
    )
    write = Words(paths, [f"{plan.policy.key}/reminder", "reminder"], vars(letter))
    subject = clean_text(write("subject"))
    text, html = tidy(write("txt", subject=subject)), tidy(write("html", subject=subject))
    about = {one.planned.urn: names[one.planned.urn] for one in (*overdue, *coming)}
    return Message(
        edition=plan.edition.name,
        date=followed.on,
        urn=0,
        school=count_noun(len(about), "school"),
        recipient=Recipient(0, person.roles[0], clean_text(person.name), address, settings.reminders or ""),
        sender=settings.from_whom,
        subject=subject,
        text=text,
        html=html,
        attachments=(),
        report=hashlib.sha256("\n".join((subject, text, html)).encode()).hexdigest(),
        about=tuple(sorted(about.items())),
        reminds=True,
    )


def _tell(one: FollowedActivity, names: Mapping[int, str], on: datetime.date) -> ReminderLine:
    planned = one.planned
    assert planned.day is not None  # what is overdue or coming has one
    day, past = format_date(planned.day.isoformat()), (on - planned.day).days
    at = f", {one.visit.begins}" if one.visit.begins and past <= 0 else ""
    return ReminderLine(
        what=planned.what,
        school=names[planned.urn],
        urn=planned.urn,
        when=f"by {day}" if planned.by else f"{day}{at}",
        ago=count_noun(past, "day") if past > 0 else "",
        about=planned.area,
        how_long=planned.how_long,
        comes_first=one.what_comes_first,
    )


def _list_days(followed: FollowedSupport, person: Person) -> Iterator[TermDays]:
    """The person's days of this term and those after it."""
    year = followed.plan.year
    for name, _, term, *days in list_people(followed):
        if name == person.name and isinstance(term, int) and term >= year.find_term(followed.on):
            yield TermDays(year.terms[term - 1].name, *(f"{round(float(str(one)), 2):g}" for one in days))
