"""An organisation's own colours: which ones can be read, by the contrast that accessibility asks for."""

from __future__ import annotations

import re

#: The least contrast of letters with what they stand on (Web Content Accessibility Guidelines 2.2, 1.4.3).
LEAST_CONTRAST = 4.5
#: What pages and panels stand on, white, and the lightest of what they stand on where a reader asked for the dark.
PAPER, DARK_PAPER = "#ffffff", "#1c262e"
_HEXADECIMAL = re.compile(r"#[0-9a-f]{6}")


def read_colour(text: str, ground: str = PAPER) -> str:
    """A colour as ``#14466b``, for headings on ``ground`` and for letters of that colour on it.

    Contrast is a matter of lightness alone, so what can be read in colour can be read in grey.
    Raises ValueError where the text is no such colour, or one that cannot be read there.
    """
    colour = text.strip().lower()
    if not _HEXADECIMAL.fullmatch(colour):
        raise ValueError(f"{text!r} is no colour; write it as six hexadecimal digits in quotation marks: '#14466b'")
    contrast = find_contrast(colour, ground)
    if contrast < LEAST_CONTRAST:
        said, paper, better = (
            ("light", "white", "darker") if ground == PAPER else ("dark", f"a dark page ({ground})", "lighter")
        )
        raise ValueError(
            f"{colour} is too {said} to be read: its contrast with {paper} is {contrast:.1f} to 1, and "
            f"{LEAST_CONTRAST} to 1 is needed; choose a {better} one"
        )
    return colour


def find_contrast(colour: str, ground: str = PAPER) -> float:
    """How many times lighter the lighter of two colours is: 1 where they are alike, 21 for black and white."""
    dark, light = sorted(_find_luminance(one) + 0.05 for one in (colour, ground))
    return light / dark


def _find_luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
