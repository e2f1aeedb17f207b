"""Meetings as iCalendar (RFC 5545), in the plain part of it that Outlook, Google and Apple read alike.

Times are in Europe/London with the zone written out; each meeting keeps one UID for good, and its SEQUENCE counts the
changes it has seen, so that a calendar that is read in again moves a meeting and makes no second. What is cancelled
stays in, as cancelled. Nothing here is of the day on which it is written: the same plan gives the same bytes.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_PRODUCT = "-//school-standing//year of support//EN"
#: The change of clocks: the last Sundays of March and October, as since 1996.
_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:Europe/London",
    "BEGIN:DAYLIGHT",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0100",
    "TZNAME:BST",
    "DTSTART:19960331T010000",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0000",
    "TZNAME:GMT",
    "DTSTART:19961027T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "END:STANDARD",
    "END:VTIMEZONE",
)
_LONGEST = 75  # octets of a line, its end left out


@dataclass(frozen=True)
class Meeting:
    """One entry of a calendar. ``begins`` is None where it is due by a day and takes no time of it."""

    uid: str
    day: datetime.date
    begins: datetime.time | None
    minutes: int
    title: str
    about: str  # several lines
    stamp: datetime.date  # when it was last decided
    sequence: int = 0
    cancelled: bool = False
    strand: str = ""


def format_calendar(name: str, meetings: Iterable[Meeting]) -> str:
    """Give a whole calendar as text with CRLF line ends, meetings in order of their days."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{_PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"X-WR-CALNAME:{_simplify(name)}", "X-WR-TIMEZONE:Europe/London", *_ZONE]
    for meeting in sorted(meetings, key=lambda one: (one.day, one.begins or datetime.time.min, one.uid)):
        lines += _list_lines(meeting)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _fold(line))


def _list_lines(meeting: Meeting) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{meeting.uid}"
    yield f"DTSTAMP:{meeting.stamp:%Y%m%d}T000000Z"
    yield f"LAST-MODIFIED:{meeting.stamp:%Y%m%d}T000000Z"
    yield f"SEQUENCE:{meeting.sequence}"
    if meeting.begins is None:
        yield f"DTSTART;VALUE=DATE:{meeting.day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{meeting.day + datetime.timedelta(days=1):%Y%m%d}"
    else:
        begins = datetime.datetime.combine(meeting.day, meeting.begins)
        yield f"DTSTART;TZID=Europe/London:{begins:%Y%m%dT%H%M%S}"
        yield f"DTEND;TZID=Europe/London:{begins + datetime.timedelta(minutes=meeting.minutes):%Y%m%dT%H%M%S}"
    yield f"SUMMARY:{_escape(('Cancelled: ' if meeting.cancelled else '') + meeting.title)}"
    yield f"DESCRIPTION:{_escape(meeting.about)}"
    if meeting.strand:
        yield f"CATEGORIES:{_escape(meeting.strand)}"
    yield f"STATUS:{'CANCELLED' if meeting.cancelled else 'CONFIRMED'}"
    yield f"TRANSP:{'TRANSPARENT' if meeting.begins is None or meeting.cancelled else 'OPAQUE'}"
    yield "END:VEVENT"


def _simplify(name: str) -> str:
    """A calendar's name without the signs that would have to be marked: readers differ in what they make of the marks,
    as the name is no part of the standard."""
    return " ".join(
        "".join(" " if sign in "\\;,\n\r" else sign for sign in name if sign.isprintable() or sign in "\n\r").split()
    )


def _escape(text: str) -> str:
    """Text as a value: signs that have a meaning are marked, control characters left out."""
    plain = "".join(
        sign for sign in text.replace("\r\n", "\n").replace("\r", "\n") if sign == "\n" or sign.isprintable()
    )
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("\n", "\\n")


def _fold(line: str) -> Iterator[str]:
    """The line in parts of at most 75 octets, no letter parted; those after the first begin with a blank."""
    part, length = "", 0
    for sign in line:
        octets = len(sign.encode("utf-8"))
        if length + octets > _LONGEST:
            yield part
            part, length = " ", 1
        part, length = part + sign, length + octets
    yield part
