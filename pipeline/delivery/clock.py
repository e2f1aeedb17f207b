"""The time at which something was sent, approved or decided; nothing else of delivery may ask for it."""

from __future__ import annotations

from datetime import UTC, datetime


def read_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)
