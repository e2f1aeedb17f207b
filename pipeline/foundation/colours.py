"""An organisation's own colour: which ones can be read, by the contrast that accessibility asks for."""

from __future__ import annotations

import re

#: The least contrast of letters with what they stand on (Web Content Accessibility Guidelines 2.2, 1.4.3).
LEAST_CONTRAST = 4.5
_HEXADECIMAL = re.compile(r"#[0-9a-f]{6}")


def read_colour(text: str) -> str:
    """A colour as ``#14466b``, for headings on white and for white letters on it.

    Raises ValueError where the text is no such colour, or one too light to be read on white.
    """
    colour = text.strip().lower()
    if not _HEXADECIMAL.fullmatch(colour):
        raise ValueError(f"{text!r} is no colour; write it as six hexadecimal digits in quotation marks: '#14466b'")
    contrast = find_contrast_with_white(colour)
    if contrast < LEAST_CONTRAST:
        raise ValueError(
            f"{colour} is too light to be read: its contrast with white is {contrast:.1f} to 1, and "
            f"{LEAST_CONTRAST} to 1 is needed; choose a darker one"
        )
    return colour


def find_contrast_with_white(colour: str) -> float:
    """How many times lighter white is than ``colour``: 1 for white itself, 21 for black."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    red, green, blue = linear
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
