"""Faults of the meetings that a policy names: categories that are none, a decision that no paper records."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.policy.checking.misfit import Misfit
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
from pipeline.policy.policy import Policy


def check_meetings(policy: Policy) -> Iterator[Misfit]:
    """Give every fault of the policy's meetings, in the order of the file."""
    known = [*(category.key for category in policy.categories), INSUFFICIENT_EVIDENCE]
    keys = [meeting.key for meeting in policy.meetings]
    for position, meeting in enumerate(policy.meetings):
        if meeting.key in keys[:position]:
            what = f"two meetings are called {meeting.key!r}"
            yield Misfit(("meetings", position, "key"), what, "Give each a key of its own.")
        for place, category in enumerate(meeting.categories):
            if category not in known:
                what = f"{category!r} is no category of this policy"
                yield Misfit(("meetings", position, "categories", place), what, f"Use one of: {', '.join(known)}.")
        records = any("decision" in item.shows for item in meeting.agenda)
        if meeting.decides != records:
            what = (
                f"{meeting.title} {'decides and no item' if meeting.decides else 'does not decide and an item'} shows"
            )
            remedy = "Write `shows: [decision]` under one item of a meeting with `decides: true`, and of no other."
            yield Misfit(("meetings", position, "agenda"), f"{what} the record of a decision", remedy)
