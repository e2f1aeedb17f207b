"""What a person writes after a verb, read with the words that files are read with."""

from __future__ import annotations

import datetime
import re
from typing import Annotated

import typer

URN = "URN"  # what stands for one in a line of help


def read_urn(said: str) -> int:
    """A URN as a person writes it; raises BadParameter where it has not six digits."""
    if not re.fullmatch(r"[1-9][0-9]{5}", said.strip()):
        raise typer.BadParameter(f"{said!r} is no URN: a URN has six digits, like 900001")
    return int(said)


def read_day(said: str) -> datetime.date:
    """A day as it is written in local files; raises BadParameter where it is none."""
    from pipeline.sources.local.rows import describe_no_date, parse_day

    day = parse_day(said.strip())
    if day is None:
        raise typer.BadParameter(". ".join(describe_no_date(said.strip())))
    return day


Urns = Annotated[
    list[int] | None,
    typer.Option("--urn", metavar=URN, parser=read_urn, help="Only this school; may be repeated."),
]
