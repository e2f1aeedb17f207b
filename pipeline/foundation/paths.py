"""Where things stand. The only place that knows the folder names of the top level."""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass
from pathlib import Path

#: Folders within an edition's prepared tables, each with an account of its own.
LOCAL, SUPPORT, STUDY = "local", "support", "study"


def find_project() -> Path:
    """The folder that holds ``notebooks/`` and ``pipeline/``."""
    return Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Workspace:
    """One tree of inputs and outputs. Notebooks, suites and code always come from the project."""

    root: Path

    @property
    def editions(self) -> Path:
        return self.root / "data" / "editions"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def edition(self, name: str) -> EditionPaths:
        return EditionPaths(self.editions / name, self.reports / name)


@dataclass(frozen=True)
class EditionPaths:
    """All that goes into an edition (``folder``) and all that comes out of it (``reports``)."""

    folder: Path
    reports: Path

    @property
    def description(self) -> Path:
        return self.folder / "edition.yaml"

    @property
    def published(self) -> Path:
        return self.folder / "published"

    @property
    def local(self) -> Path:
        return self.folder / "local"

    @property
    def delivery_settings(self) -> Path:
        return self.folder / "delivery.yaml"

    @property
    def ledger(self) -> Path:
        """Who approved and received what. It cannot be made again, so it stands with what goes in."""
        return self.folder / "delivery" / "ledger.sqlite"

    @property
    def delivery(self) -> Path:
        """The pages and drafts of a delivery."""
        return self.reports / "delivery"

    @property
    def delivered(self) -> str:
        """By which words a verb is told what is delivered."""
        return self.folder.name

    def list_reminder_days(self) -> tuple[str, ...]:
        """The days, like 2026-02-01, of which reminders were written or are accounted for, sorted."""
        kept = self.folder / "delivery" / "reminders", self.reports / "delivery" / "reminders"
        return tuple(sorted({day.name for folder in kept if folder.is_dir() for day in folder.iterdir()}))

    def reminders(self, day: datetime.date) -> ReminderPaths:
        """The same edition, of which the reminders of one day are delivered in place of the reports."""
        return ReminderPaths(self.folder, self.reports, day)

    @property
    def quarto(self) -> Path:
        """The organisation's own Quarto settings, where it has some."""
        return self.folder / "quarto"

    @property
    def prepared(self) -> Path:
        return self.folder / "prepared"

    def school(self, urn: int) -> Path:
        return self.reports / "schools" / str(urn)

    @property
    def area(self) -> Path:
        return self.reports / "area"

    @property
    def area_site(self) -> Path:
        """Pages for the area's officers, written after every run; nothing of it is ever sent."""
        return self.reports / "area-site"

    @property
    def data_docs(self) -> Path:
        return self.reports / "data-docs"


@dataclass(frozen=True)
class ReminderPaths(EditionPaths):
    """An edition whose reminders of one ``day`` are delivered, with a ledger, drafts and pages of their own: what was
    sent on another day, or is a report, was something else."""

    day: datetime.date

    @property
    def ledger(self) -> Path:
        return self.folder / "delivery" / "reminders" / self.day.isoformat() / "ledger.sqlite"

    @property
    def delivery(self) -> Path:
        return self.reports / "delivery" / "reminders" / self.day.isoformat()

    @property
    def delivered(self) -> str:
        return f"{self.folder.name} --reminders {self.day.isoformat()}"


def find_workspace() -> Workspace:
    """The workspace in force: ``SCHOOL_REPORTS_HOME`` where set, else the project itself."""
    home = os.environ.get("SCHOOL_REPORTS_HOME")
    return Workspace(Path(home).resolve() if home else find_project())
