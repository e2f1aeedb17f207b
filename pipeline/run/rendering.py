"""Which engine renders an edition's reports, and what of it a report rests on."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.edition.branding import find_logo_kind
from pipeline.foundation.errors import MissingTool, PipelineError
from pipeline.render.engine import Engine, EngineChoice, Look
from pipeline.render.engines import open_engine
from pipeline.render.language.book import find_book
from pipeline.run.stamps.made import hash_file, hash_json

if TYPE_CHECKING:
    from pipeline.edition.editions import Edition

BUILT_IN = EngineChoice()


def choose_engine(edition: Edition, asked: str | None = None) -> EngineChoice:
    """The engine ``asked`` for, or else the edition's own, with the edition's settings for it.

    Raises MissingTool where that is Quarto and this machine has none, or one that is too old, and FaultyInput where its
    settings cannot be read: it is opened to find that out before anything is made.
    """
    said = edition.description
    look = read_look(edition)
    if (asked or said.engine) == BUILT_IN.name:
        if look is None:
            return BUILT_IN
        choice = EngineChoice(look=look)
        keep_engine(choice)
        return choice
    if look is not None:
        what = "Quarto lays out no logo, no words of an organisation's own and no second language"
        remedy = "Leave those out of the branding, or let the built-in engine make the reports."
        raise PipelineError(what, where=said.branding, remedy=remedy)
    from pipeline.render.quarto import find_quarto

    settings = edition.paths.quarto if edition.paths.quarto.is_dir() else None
    choice = EngineChoice("quarto", find_quarto().version, settings, word=said.word)
    keep_engine(choice)
    return choice


def keep_engine(choice: EngineChoice) -> Engine:
    """The engine of ``choice``, opened once in the life of a process, and again where its settings have changed.

    Raises MissingTool and FaultyInput where it cannot be opened.
    """
    return _open_once(choice, hash_engine(choice))


@lru_cache(maxsize=1)
def _open_once(choice: EngineChoice, state: str) -> Engine:
    return open_engine(choice)


def hash_engine(choice: EngineChoice) -> str:
    """One SHA-256 of all by which ``choice`` can change a page: the same for equal settings, wherever they lie."""
    settings = [[name, hash_file(path)] for name, path in list_settings(choice.settings).items()]
    look = [] if choice.look is None else [_hash_look(choice.look)]
    return hash_json([choice.name, choice.version, choice.word, settings, *look])


def read_look(edition: Edition) -> Look | None:
    """What of the edition's branding its pages show; None where that is nothing."""
    branding = edition.branding
    if branding is None:
        return None
    beside = edition.branding_file.parent
    logo = beside / branding.logo.file if branding.logo else None
    books = branding.language.books if branding.language else ()
    look = Look(
        logo=logo,
        logo_kind=find_logo_kind(logo) if logo else "",
        logo_alt=branding.logo.alt if branding.logo else "",
        dark=branding.colours.dark,
        wording=tuple(branding.wording.items()),
        books=tuple(find_book(name, beside) for name in books),
    )
    return look if look != Look() else None


def read_phrase_books(edition: Edition) -> None:
    """Read what the edition's pages are told by; raises FaultyInput with every mistake of it."""
    if (look := read_look(edition)) is not None:
        keep_engine(EngineChoice(look=look))


def _hash_look(look: Look) -> list[object]:
    logo = hash_file(look.logo) if look.logo else ""
    return [logo, look.logo_kind, look.logo_alt, look.dark, look.wording, [hash_file(book) for book in look.books]]


def list_branding(edition: Edition) -> dict[str, Path]:
    """The files of the edition's branding by name: its own, and those that it names."""
    if edition.branding is None:
        return {}
    look = read_look(edition) or Look()
    return {path.name: path for path in (edition.branding_file, *([look.logo] if look.logo else []), *look.books)}


def list_settings(folder: Path | None) -> dict[str, Path]:
    """The files of a folder of Quarto settings by their names below it, sorted; hidden ones do not count."""
    if folder is None:
        return {}
    names = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        name.as_posix(): path for name, path in names.items() if not any(part.startswith(".") for part in name.parts)
    }


def find_quarto_version() -> str:
    """The version of the Quarto that would be used here; "" where there is none, or none that is new enough."""
    from pipeline.render.quarto import find_quarto

    try:
        return find_quarto().version
    except MissingTool:
        return ""
