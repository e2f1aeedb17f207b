"""Opening a transport by the name it has in ``delivery.yaml`` and the address book."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from pipeline.delivery.clock import read_clock
from pipeline.delivery.settings import SETTINGS, DeliverySettings
from pipeline.delivery.transports import Transport, WrongSetting
from pipeline.delivery.transports.folder import DRAFTS, PILOT, REHEARSAL, Folder
from pipeline.foundation.paths import EditionPaths


def open_transport(
    name: str,
    settings: DeliverySettings,
    paths: EditionPaths,
    *,
    now: Callable[[], datetime.datetime] = read_clock,
    pilot: bool = False,
) -> Transport:
    """Give the transport ``name``, to be used as a context; nothing is connected before its first message.

    ``now`` (UTC) dates what is sent. The drafts of a ``pilot`` have a folder of their own, emptied of what an earlier
    one left: one among the drafts of a live sending would count as sent.

    Raises WrongSetting where ``delivery.yaml`` does not say how to reach it, or a package is missing.
    """
    if name == "folder":
        return Folder(paths.delivery / (PILOT if pilot else DRAFTS), afresh=pilot)
    try:
        return _open(name, settings, paths, now)
    except ModuleNotFoundError as missing:
        raise WrongSetting(
            f"sending by {name} needs the package {missing.name}, which is not installed",
            remedy="`pip install -r requirements-send.lock` installs it.",
        ) from missing


def open_rehearsal(paths: EditionPaths) -> Folder:
    """Give the folder of a rehearsal, emptied of what an earlier one left."""
    return Folder(paths.delivery / REHEARSAL, afresh=True)


def _open(
    name: str, settings: DeliverySettings, paths: EditionPaths, now: Callable[[], datetime.datetime]
) -> Transport:
    if name == "smtp" and settings.smtp:
        from pipeline.delivery.transports.smtp import Smtp

        return Smtp(settings.smtp, paths, now=now)
    if name == "notify" and settings.notify:
        from pipeline.delivery.transports.notify import Notify

        return Notify(settings.notify)
    if name == "microsoft365" and settings.microsoft365:
        from pipeline.delivery.transports.microsoft365 import Microsoft365

        return Microsoft365(settings.microsoft365, paths, now=now)
    raise WrongSetting(
        f"nothing says how to reach {name}",
        where=f"{paths.folder.name}/{SETTINGS}",
        remedy=f"Add a section `{name}:`; docs/sending.md says what stands in it.",
    )
