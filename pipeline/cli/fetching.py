"""The verb that brings published files from the department's statistics service. Nothing is fetched without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.consoles import make_console
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import find_workspace
from pipeline.foundation.vocabulary import count_noun, name_academic_year, read_academic_year

if TYPE_CHECKING:
    from pipeline.sources.fetching.fetch import FetchResult, Told

app = typer.Typer()

_EXAMPLES = (
    "Examples: python -m pipeline fetch worcs-2025 --list · python -m pipeline fetch worcs-2025 --family ks4 "
    "--family absence · python -m pipeline fetch worcs-2025 --update. "
    "Exit codes: 0 all is here · 1 the service cannot be used · 6 look at what is said: something newer was left, a "
    "file was changed here, or what was asked for is not offered."
)


@app.command(epilog=_EXAMPLES)
def fetch(
    edition: Annotated[str, typer.Argument(help="The edition: a folder of data/editions.")],
    year: Annotated[str, typer.Option(help="The academic year; default: the edition's.")] = "",
    family: Annotated[list[str] | None, typer.Option(help="Only this family (ks2, ks4, …); may be repeated.")] = None,
    data_set: Annotated[
        list[str] | None, typer.Option(metavar="NUMBER", help="Only this data set, by its number; may be repeated.")
    ] = None,
    only_list: Annotated[bool, typer.Option("--list", help="Say what the service offers; bring nothing.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Replace files of which there are newer versions.")] = False,
    address: Annotated[
        str, typer.Option("--from", metavar="URL", envvar="STATISTICS_SERVICE", help="Another address of the service.")
    ] = "",
) -> None:
    """Bring an edition's published files from the department's statistics service."""
    import time

    from pipeline.cli import printing
    from pipeline.edition.editions import load_edition
    from pipeline.run.lock import hold_edition
    from pipeline.sources.fetching.fetch import fetch_files, list_states
    from pipeline.sources.fetching.service import ADDRESS, Service

    if only_list and update:
        raise typer.BadParameter("give --list or --update, not both")
    described = load_edition(find_workspace(), edition)
    of_year = _read_year(year) if year else described.year
    service, folder = Service(address or ADDRESS, time.sleep), described.paths.folder
    families, numbers = tuple(family or ()), tuple(data_set or ())
    try:
        if only_list:
            result = list_states(service, folder, of_year, families, numbers)
        else:
            with hold_edition(described.paths), printing.watch() as watcher:
                result = fetch_files(
                    service,
                    folder,
                    of_year,
                    families=families,
                    ids=numbers,
                    update=update,
                    wait=time.sleep,
                    progress=watcher.reading,
                )
    finally:
        service.close()
    say_fetched(result, of_year, edition, is_list=only_list)
    raise typer.Exit(_find_exit_code(result, is_asked=bool(families or numbers), is_list=only_list))


def _read_year(text: str) -> int:
    try:
        return read_academic_year(text)
    except ValueError:
        raise PipelineError(f"{text!r} is no academic year", where="--year", remedy="Write it like 2024/25.") from None


def _find_exit_code(result: FetchResult, *, is_asked: bool, is_list: bool) -> int:
    from pipeline.sources.fetching.fetch import TO_LOOK_AT, Outcome

    if is_list:
        return 0
    missed = is_asked and (result.lacking or any(one.outcome == Outcome.NOT_COVERED for one in result.told))
    return 6 if missed or not result.told or any(one.outcome in TO_LOOK_AT for one in result.told) else 0


def say_fetched(result: FetchResult, year: int, edition: str, *, is_list: bool) -> None:
    """Print each data set with what became of it, and the families of which the service has none."""
    console = make_console()
    for one in result.told:
        console.print(f"\n{_clean(one.offer.data_set.title)}")
        console.print(f"  {_describe(one)}")
        console.print(f"  {one.outcome}{f': {_clean(one.note)}' if one.note else ''}")
        if is_list:
            console.print(f"  --data-set {one.offer.data_set.id}")
        elif one.file:
            console.print(f"  published/{one.file}")
    for family, titles in result.lacking.items():
        console.print(f"\n{family}: the service offers no data set that looks like it")
        for title in titles:
            console.print(f"  it has: {_clean(title)}")
    said = f"{count_noun(len(result.told), 'data set')} for {name_academic_year(year)}"
    next_step = "" if is_list else f" Then: python -m pipeline check {edition}"
    console.print(f"\n{said}.{next_step}")


def _describe(one: Told) -> str:
    offer, version = one.offer, one.offer.version
    words = [offer.family, _clean(offer.publication.title)]
    if version is not None:
        words += [f"version {version.version}", _clean(version.release.title) if version.release else ""]
        words += [f"published {version.published[:10]}" if version.published else ""]
        words += [f"{_clean(version.time_periods.start)} to {_clean(version.time_periods.end)}"]
    elif offer.data_set.latest_version is not None:
        covers = offer.data_set.latest_version.time_periods
        words += [f"it covers {_clean(covers.start)} to {_clean(covers.end)}"]
    return ", ".join(word for word in words if word)


def _clean(text: str) -> str:
    """A name that the service gives, in one line of letters that can be shown."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:200]
