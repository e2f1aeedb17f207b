"""Messages laid out for looking at before anything is sent: one page each, and one that lists them all."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.delivery.mail.message import Message, count_schools
from pipeline.delivery.pages import describe_page, load_page, put_into_page
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.vocabulary import count_noun, place_by_name
from pipeline.foundation.writing import write_beside

INDEX = "index.html"
_PAGE = re.compile(r"(\d{6}|digest)-[a-z][a-z0-9_]*(-\d+)?(\.message)?\.html")


@dataclass(frozen=True)
class Preview:
    """A message, and by which name it is shown: ``900003-head``; ``900003-head-2`` for a second person of the role."""

    message: Message
    name: str

    @property
    def page(self) -> str:
        """The page that shows it with what stands at its head."""
        return f"{self.name}.html"

    @property
    def html(self) -> str:
        """Its HTML as it would leave."""
        return f"{self.name}.message.html"


def write_previews(paths: EditionPaths, messages: Iterable[Message], into: Path) -> Path:
    """Write each message in the folder ``into``, as a page and its HTML as it is, and ``index.html``; give the index.

    Pages of an earlier preview that are not wanted any more are removed. The same messages give the same bytes.
    Raises PipelineError where ``into`` holds anything but previews.
    """
    _refuse_other_files(into)
    previews = _name_pages(messages)
    into.mkdir(parents=True, exist_ok=True)
    (into / INDEX).unlink(missing_ok=True)  # so that none is there which leads to pages of two times
    wanted = {name for one in previews for name in (one.page, one.html)}
    for path in into.iterdir():
        if path.name not in wanted:
            path.unlink()
    pages = _Pages(paths, into)
    for before, one, after in zip([None, *previews[:-1]], previews, [*previews[1:], None], strict=True):
        write_beside(into / one.html, one.message.html)
        write_beside(into / one.page, pages.render_message(one, before, after))
    write_beside(into / INDEX, pages.render_index(previews))
    return into / INDEX


def _refuse_other_files(into: Path) -> None:
    found = sorted(path.name for path in into.iterdir()) if into.is_dir() else []
    strange = [name for name in found if name != INDEX and not _PAGE.fullmatch(name.removeprefix(".making-"))]
    if strange or (INDEX in found and not _is_preview(into / INDEX)):
        raise PipelineError(
            f"the folder holds other files: {', '.join(strange[:3]) or INDEX}",
            where=into.name,
            remedy="Name an empty folder, or one that does not exist yet, for the previews.",
        )


def _is_preview(index: Path) -> bool:
    return '<meta name="kind" content="preview">' in index.read_text(encoding="utf-8", errors="replace")


def _name_pages(messages: Iterable[Message]) -> list[Preview]:
    """The messages by name of school, in the order of the address book, each with its name."""
    ordered = sorted(messages, key=lambda one: (place_by_name(one.school, one.urn), one.recipient.line, one.digest))
    seen: Counter[str] = Counter()
    previews = []
    for message in ordered:
        name = f"{message.urn or 'digest'}-{message.recipient.role}"
        seen[name] += 1
        previews.append(Preview(message, f"{name}-{seen[name]}" if seen[name] > 1 else name))
    return previews


class _Pages:
    """Renders the previews of one edition; what all of them share is read once."""

    def __init__(self, paths: EditionPaths, into: Path) -> None:
        self._shared = replace(describe_page(paths, "", ""), kind="preview")
        self._message, self._index = load_page("preview_message.html.j2"), load_page("preview.html.j2")
        self._reports = _lead_to_reports(paths, into)

    def render_index(self, previews: list[Preview]) -> str:
        schools = count_schools(one.message for one in previews)
        summary = f"{count_noun(len(previews), 'message')} about {count_noun(schools, 'school')}."
        body = self._index.render(previews=previews, summary=summary)
        return self._put_into_page("Messages as they would be read", "Every message of this delivery", body)

    def render_message(self, one: Preview, before: Preview | None, after: Preview | None) -> str:
        message = one.message
        body = self._message.render(
            message=message,
            html=one.html,
            previous=before,
            next=after,
            reports=self._reports,
            write_size=_format_size,
        )
        role = message.recipient.role.replace("_", " ")
        return self._put_into_page(f"{message.school}: message to the {role}", "Nothing is sent by looking", body)

    def _put_into_page(self, title: str, subject: str, body: str) -> str:

        return put_into_page(replace(self._shared, title=title, subject=subject), body, heading=title)


def _lead_to_reports(paths: EditionPaths, into: Path) -> str:
    """The way from a preview to the edition's reports; empty where they lie apart, so that no path of ours is told."""
    if not into.resolve().is_relative_to(paths.reports.resolve()):
        return ""
    return Path(os.path.relpath(paths.reports, into)).as_posix() + "/"


def _format_size(content: bytes) -> str:
    return f"{max(1, round(len(content) / 1000))} kB"
