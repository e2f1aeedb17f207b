"""The certificate authorities of an organisation's own, where its servers are not vouched for by the world's."""

from __future__ import annotations

from pathlib import Path

from pipeline.delivery.transports import WrongSetting
from pipeline.foundation.paths import EditionPaths


def find_certificates(said: str, paths: EditionPaths, section: str) -> Path | None:
    """Give the file that ``section`` of ``delivery.yaml`` names, relative to the edition; None where it names none.

    Raises WrongSetting where it is not there.
    """
    if not said:
        return None
    file = paths.folder / said
    if not file.is_file():
        raise WrongSetting(
            f"the file of certificate authorities {said!r} is not there",
            where=f"{section}: certificates",
            remedy="Put it beside edition.yaml, or leave the field out to trust what this computer trusts.",
        )
    return file
