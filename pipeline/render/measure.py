"""How wide a picture is by itself, in CSS pixels, as its bytes say."""

from __future__ import annotations

import base64
import binascii
import re
import struct

WIDE = 480  # pixels; a chart as wide is not shrunk to a telephone's width, where its words could not be read
_UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "em": 16.0}
_LENGTH = re.compile(r"\s*([\d.]+)\s*([a-z]*)\s*")
_SIZES_OF_JPEG = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # its segments that say how large it is


def measure_width(address: str) -> float | None:
    """The width of the picture held in a data ``address``; None where it does not say, and is as wide as its place."""
    head, _, held = address.partition(",")
    try:
        content = base64.b64decode(held)
    except (binascii.Error, ValueError):
        return None
    if head.startswith("data:image/svg+xml"):
        return _measure_svg(content.decode("utf-8", errors="replace"))
    if content[:8] == b"\x89PNG\r\n\x1a\n" and len(content) >= 24:
        return float(struct.unpack(">I", content[16:20])[0])
    if content[:4] == b"GIF8" and len(content) >= 10:
        return float(struct.unpack("<H", content[6:8])[0])
    return _measure_jpeg(content) if content[:2] == b"\xff\xd8" else None


def _measure_svg(text: str) -> float | None:
    root = re.search(r"<svg\b[^>]*>", text)
    said = dict(re.findall(r"\b(width|viewBox)\s*=\s*[\"']([^\"']*)", root[0])) if root else {}
    length = _LENGTH.fullmatch(said.get("width", ""))
    if length and length[2] in _UNITS:
        return float(length[1]) * _UNITS[length[2]]
    return None


def _measure_jpeg(content: bytes) -> float | None:
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        if content[place + 1] in _SIZES_OF_JPEG:
            return float(struct.unpack(">H", content[place + 7 : place + 9])[0])
        place += 2 + int(struct.unpack(">H", content[place + 2 : place + 4])[0])
    return None
