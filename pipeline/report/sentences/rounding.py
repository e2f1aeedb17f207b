"""Every number a reader sees is rounded and written here: half up, published decimals, a true minus sign.

Nothing is rounded before it is printed, and nothing printed is computed with again.
"""

from __future__ import annotations

from pipeline.foundation.vocabulary import Unit, round_half_up

MINUS = "−"

#: Decimals where an indicator does not say its own: as the department publishes each unit for schools.
DECIMALS_OF_UNIT: dict[str, int] = {
    Unit.PERCENT: 0,
    Unit.POINTS: 1,
    Unit.SCALED_SCORE: 1,
    Unit.PROGRESS: 2,
    Unit.PUPILS: 0,
    Unit.DIFFERENCE: 1,
    Unit.BAND: 0,
}


def format_number(value: float, decimals: int, *, signed: bool = False) -> str:
    """Write a number with a minus sign and thousands separators; ``signed`` adds a plus above zero."""
    rounded = round_half_up(value, decimals)
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded):,}"


def format_value(value: float, unit: str, decimals: int | None = None) -> str:
    """Write a figure in its unit: ``62%``, ``46.5``, ``−0.33``. Progress above zero carries its plus."""
    decimals = DECIMALS_OF_UNIT[unit] if decimals is None else decimals
    number = format_number(value, decimals, signed=unit in (Unit.PROGRESS, Unit.DIFFERENCE))
    return f"{number}%" if unit == Unit.PERCENT else number


def format_difference(value: float, unit: str, decimals: int | None = None, *, apart_in: str = "") -> str:
    """Write the size of a difference between two figures, without its sign: ``6 percentage points``.

    ``apart_in`` names what it is counted in where the unit's own word would not be understood.
    """
    decimals = DECIMALS_OF_UNIT[unit] if decimals is None else decimals
    size = format_number(abs(value), decimals)
    if apart_in:
        return f"{size} {apart_in}"
    if unit == Unit.PERCENT:
        return f"{size} percentage point" if size == "1" else f"{size} percentage points"
    if unit == Unit.PUPILS:
        return format_pupils(abs(value))
    return f"{size} point" if size == "1" else f"{size} points"


def format_pupils(count: float) -> str:
    """Write a count of pupils: ``1 pupil``, ``1,204 pupils``."""
    number = format_number(count, 0)
    return f"{number} pupil" if number == "1" else f"{number} pupils"


def format_interval(lower: float, upper: float, unit: str, decimals: int | None = None) -> str:
    """Write an interval: ``48% to 71%``. "to", not a dash, which a minus sign would make unreadable."""
    return f"{format_value(lower, unit, decimals)} to {format_value(upper, unit, decimals)}"
