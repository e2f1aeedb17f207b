"""An organisation's branding: its logo, colours, contact, own words for ours, and the books of a second language.

One YAML file, named by ``branding:`` in ``edition.yaml``, so that several editions may share it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import Field, field_validator

from pipeline.foundation.colours import DARK_PAPER, read_colour
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.yaml_files import Record, find_line, read_record

#: Beginnings of the pictures that page and PDF can hold, by their media type.
LOGO_KINDS = {"image/png": b"\x89PNG\r\n", "image/jpeg": b"\xff\xd8\xff", "image/svg+xml": b"<"}
_LARGEST_LOGO = 100_000  # bytes: every report holds it


class Contact(Record):
    """Whom a school rings about its report."""

    name: str = Field(min_length=2)
    role: str = ""
    email: str = ""
    telephone: str = ""


class Logo(Record):
    """A picture in the title block of every report; ``alt`` is what it says to who does not see it."""

    file: str = Field(min_length=1)
    alt: str = Field(min_length=2)


class Colours(Record):
    """The organisation's colour of headings and panels, on white paper and where a reader has asked for a dark page."""

    light: str = ""
    dark: str = ""

    @field_validator("light")
    @classmethod
    def _can_be_read(cls, colour: str) -> str:
        return read_colour(colour) if colour else ""

    @field_validator("dark")
    @classmethod
    def _can_be_read_in_the_dark(cls, colour: str) -> str:
        return read_colour(colour, ground=DARK_PAPER) if colour else ""


class SecondLanguage(Record):
    """Phrase books, one that comes with the product by its language (``cy``), others by path; later ones count."""

    books: tuple[str, ...] = Field(min_length=1)


class Branding(Record):
    """The content of a branding file."""

    logo: Logo | None = None
    colours: Colours = Colours()
    contact: Contact | None = None
    wording: Mapping[str, str] = {}  # ours, as a pattern: the organisation's own
    language: SecondLanguage | None = None


def read_branding(path: Path, name: str) -> Branding:
    """Read a branding file; ``name`` stands for it in messages. Raises FaultyInput with every mistake and its line."""
    branding = read_record(path, Branding, name=name)
    if faults := list(_check_logo(path, branding, name)):
        raise FaultyInput(faults)
    return branding


def _check_logo(path: Path, branding: Branding, name: str) -> Iterator[Fault]:
    if branding.logo is None:
        return
    line = find_line(path, ["logo", "file"])
    logo = path.parent / branding.logo.file
    if not logo.is_file():
        yield Fault(name, line, None, f"the logo {branding.logo.file} is not there", "Put it beside this file.")
    elif not find_logo_kind(logo):
        yield Fault(name, line, None, f"the logo {branding.logo.file} is no picture", "Save it as SVG, PNG or JPEG.")
    elif (size := logo.stat().st_size) > _LARGEST_LOGO:
        what = f"the logo {branding.logo.file} has {size:,} bytes, and every report would hold them"
        yield Fault(name, line, None, what, f"Make it smaller than {_LARGEST_LOGO:,} bytes.")


def find_logo_kind(logo: Path) -> str:
    """The media type of a picture by how it begins; "" where it is none that page and PDF can hold."""
    begins = logo.read_bytes()[:2000].lstrip(b"\xef\xbb\xbf \r\n\t")
    kind = next((kind for kind, sign in LOGO_KINDS.items() if begins.startswith(sign)), "")
    return kind if kind != "image/svg+xml" or b"<svg" in begins else ""
