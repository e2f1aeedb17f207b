"""Messages composed: one recipient, one school, its files as they were made, and words from its facts alone."""

from __future__ import annotations

import datetime
import hashlib
import json
import traceback
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.delivery.mail.file_names import clean_file_name
from pipeline.delivery.mail.message import Attachment, Message, Recipient
from pipeline.delivery.settings import DeliverySettings
from pipeline.foundation.errors import FailedReport, PipelineError
from pipeline.foundation.paths import EditionPaths
from pipeline.policy.policy import Policy
from pipeline.render.engine import list_translations

if TYPE_CHECKING:
    from jinja2 import Environment, Template


#: The templates that come with the software, and the folder of an edition where its own lie.
TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
OWN_TEMPLATES = "messages"

FACTS, PDF, PAGE = "facts.json", "report.pdf", "report.html"
_MEDIA_TYPES = {"pdf": "application/pdf", "html": "text/html"}
_LONGEST_NAME = 80  # bytes of a school's name within a file's, which has then no more than the 100 that Notify takes


def compose(
    paths: EditionPaths,
    settings: DeliverySettings,
    policy: Policy,
    recipient: Recipient,
    year: str = "",
    reached: frozenset[str] = frozenset(),
) -> Message:
    """Compose the message that brings ``recipient`` a school's report.

    ``year`` is the edition's academic year, where it is known. ``reached`` are the reports, each by its SHA-256, that
    have reached the recipient before: where one of them is another, the message says that this is a correction.

    Raises FailedReport where a file of the report is missing, is not what was made, or is of another school, edition or
    year; KeyError where the policy does not know the recipient's role; PipelineError for a faulty template.
    """
    from pipeline.delivery.composing.letter import compose_letter
    from pipeline.report.exhibits import clean_text

    files = read_report(paths, recipient.urn)
    facts = read_facts(paths, recipient.urn, files[FACTS], year)
    school = clean_text(facts["school"]["name"])
    attachments = attach_report(files, settings, recipient, school, facts["edition"]["year"])
    report = hashlib.sha256(files[PDF]).hexdigest()
    corrects = bool(reached - {report})
    letter = compose_letter(facts, policy, settings, recipient, attachments, corrects=corrects)
    names = [f"{policy.key}/{recipient.role}", f"{policy.key}/message", recipient.role, "message"]
    write = Words(paths, names, vars(letter))
    subject = clean_text(write("subject"))
    return Message(
        edition=paths.folder.name,
        date=datetime.date.fromisoformat(facts["edition"]["date"]),
        urn=recipient.urn,
        school=school,
        recipient=recipient,
        sender=settings.from_whom,
        subject=subject,
        text=tidy(write("txt", subject=subject)),
        html=tidy(write("html", subject=subject)),
        attachments=attachments,
        report=report,
    )


# Files


def read_report(paths: EditionPaths, urn: int) -> dict[str, bytes]:
    """The report's files by name, read once; raises FailedReport unless each is the file that was made."""
    from pipeline.run.stamps.made import MADE, read_made

    folder = paths.school(urn)
    made = read_made(folder)
    if made is None:
        raise _refuse(paths, urn, f"nothing says what its report was made from ({MADE})")
    files, faults = {}, []
    for name in (FACTS, PDF, PAGE, *list_translations(made.files)):
        try:
            files[name] = (folder / name).read_bytes()
        except OSError:
            faults.append(f"{name} is not there")
            continue
        if hashlib.sha256(files[name]).hexdigest() != made.files.get(name):
            faults.append(f"{name} is not the file that was made")
    if faults:
        raise _refuse(paths, urn, "; ".join(faults))
    return files


def read_facts(paths: EditionPaths, urn: int, content: bytes, year: str) -> dict[str, Any]:
    """A report's facts; raises FailedReport unless they are of this school, edition and (where it is known) year."""
    facts = json.loads(content)
    found = {facts["school"]["urn"], facts["document"]["urn"]}
    if found != {urn}:
        other = ", ".join(str(one) for one in sorted(found - {urn}, key=str))
        raise _refuse(paths, urn, f"the report in its folder is of URN {other}")
    if facts["edition"]["name"] != paths.folder.name:
        raise _refuse(paths, urn, f"the report in its folder is of the edition {facts['edition']['name']}")
    if year and facts["edition"]["year"] != year:
        what = f"the report in its folder is on {facts['edition']['year']}, and edition.yaml says {year}"
        raise _refuse(paths, urn, what)
    return facts


def _refuse(paths: EditionPaths, urn: int, what: str) -> FailedReport:
    remedy = f"Make it again: `python -m pipeline reports {paths.folder.name}`. Nothing was sent about this school."
    return FailedReport(urn, what, where=f"schools/{urn}", remedy=remedy)


def attach_report(
    files: Mapping[str, bytes], settings: DeliverySettings, recipient: Recipient, school: str, year: str
) -> tuple[Attachment, ...]:
    """The files that go with the message. By Notify it is the PDF, whatever is attached elsewhere: it takes no page."""
    by_notify = (recipient.channel or settings.channel) == "notify"
    attached = []
    for kind in ("pdf",) if by_notify else settings.files:
        for file in (f"report.{kind}", *(name for name in list_translations(files) if name.endswith(f".{kind}"))):
            name = name_file(recipient.urn, school, year, file.removeprefix("report"))
            attached.append(Attachment(name, _MEDIA_TYPES[kind], files[file], f"schools/{recipient.urn}/{file}"))
    return tuple(attached)


def name_file(urn: int, school: str, year: str, suffix: str) -> str:
    """Give a file a name that every computer takes: ``900003 Larkstead Primary School 2024-25.pdf``."""
    words = clean_file_name(school).encode()[:_LONGEST_NAME].decode(errors="ignore").strip()
    return clean_file_name(f"{' '.join([str(urn), words, year.replace('/', '-')])}{suffix}")


# Words


class Words:
    """Writes one letter by the first template of ``names`` that is there: the edition's own, then those shipped."""

    def __init__(self, paths: EditionPaths, names: Sequence[str], letter: Mapping[str, Any]) -> None:
        self._own = paths.folder / OWN_TEMPLATES
        self._names = names
        self._letter = letter

    def __call__(self, kind: str, **words: str) -> str:
        from jinja2 import TemplateError

        templates = load_message_templates(self._own)
        try:
            template: Template = templates.select_template([f"{name}.{kind}.j2" for name in self._names])
            return template.render(**self._letter, **words)
        except TemplateError as error:
            raise _describe_fault(error) from None


@lru_cache(maxsize=4)
def load_message_templates(own: Path) -> Environment:
    """The templates of messages, those in the folder ``own`` before those that come with the software.

    Text put into an HTML template is escaped; a template sees words and can run nothing.
    """
    from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([own, TEMPLATES]),
        autoescape=select_autoescape(("html.j2",), default=False),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


def _describe_fault(error: Exception) -> PipelineError:
    """A fault of a template in words, with the file and line where it shows."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    file = getattr(error, "filename", None) or (frames[-1].filename if frames else "")
    line = getattr(error, "lineno", None) or (frames[-1].lineno if frames else None)
    where = f"{Path(file).parent.name}/{Path(file).name}" if file else OWN_TEMPLATES
    return PipelineError(
        f"the template cannot be used: {error}",
        where=f"{where}, line {line}" if line else where,
        remedy="docs/policies.md lists the words a template may use.",
    )


def tidy(words: str) -> str:
    """Lines without blanks at their ends, no more than one empty line between them, one line end at the end."""
    lines: list[str] = []
    for line in words.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines) + "\n"
