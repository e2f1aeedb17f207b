"""From an edition's terms, people and changes to ``prepared/support/``: what a report says of the year of support.

A fault in one of these files, or in another that support is planned, brokered or followed up from, stops the run, as in
all local files. Without terms no day is known, and nothing is kept.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from pipeline.edition.brokering import NO_PARTNERS, read_partners
from pipeline.edition.editions import Edition
from pipeline.edition.support import read_log, read_programmes
from pipeline.edition.support.known import (
    FOLDER,
    KeptSupport,
    LocalSupport,
    keep_support,
    read_local_support,
    write_kept,
)
from pipeline.edition.support.local import (
    AGREED_FILE,
    CHANGES_FILE,
    LOG_FILE,
    PARTNERS_FILE,
    PEOPLE_FILE,
    PROGRAMMES_FILE,
    TERMS_FILE,
    read_on,
)
from pipeline.edition.support.terms import find_terms
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.policy import Policy
from pipeline.run.preparing.local import hash_local_files, name_schools
from pipeline.run.stamps.code import Code
from pipeline.run.stamps.made import STAMP, describe_inputs, find_reason, hash_file, keep_made, read_made
from pipeline.sources.local import LocalFile
from pipeline.sources.prepared import Prepared

_FILES = (TERMS_FILE, PEOPLE_FILE, CHANGES_FILE, AGREED_FILE)
_ASKED_TOO = (PARTNERS_FILE, PROGRAMMES_FILE, LOG_FILE)  # that no report rests on
#: What this imports that reads none of these files; the policy's words and the tables are parts of the key.
_APART = (
    *("pipeline.analysis", "pipeline.policy", "pipeline.report", "pipeline.run"),
    *("pipeline.sources", "pipeline.validation"),
)
_WITHIN = (
    *("pipeline.edition.schools", "pipeline.run.preparing.local", "pipeline.run.preparing.support"),
    *("pipeline.sources.local.evidence", "pipeline.sources.local.files", "pipeline.sources.local.rows"),
    "pipeline.sources.local.support_files",
)


def prepare_support(
    edition: Edition,
    tables: Prepared,
    published: str,
    progress: Callable[[str], None] = lambda step: None,
    code: Code | None = None,
) -> None:
    """Read what the local files say of the year of support, unless that is done and nothing has changed.

    ``published`` is the key of the prepared tables, ``progress`` is told why it is read again, ``code`` is the code as
    it is. Raises FaultyInput with every fault; what was kept before is then gone.
    """
    folder, policy = edition.paths.prepared / FOLDER, _open_policy(edition)
    key = _describe_inputs(edition, published, policy, code or Code())
    reason = find_reason(read_made(folder, STAMP), key, folder)
    if not reason:
        return
    if folder.is_dir():
        progress(f"the year of support again: {reason}")
    shutil.rmtree(folder, ignore_errors=True)
    kept = _read(edition, tables, policy)
    keep_made(folder, key, lambda making: write_kept(making, kept))


def hash_local_inputs(edition: Edition) -> dict[str, str]:
    """The SHA-256 by name of each local file that reports rest on, those of the year of support among them."""
    support = {name: hash_file(path) for name, path in _list_files(edition, _FILES).items() if path.is_file()}
    return hash_local_files(edition) | support


def _list_files(edition: Edition, files: Iterable[LocalFile]) -> dict[str, Path]:
    return {file.name: edition.paths.folder / file.name for file in files}


def _open_policy(edition: Edition) -> Policy | None:
    """The edition's policy, opened only where there are terms, so that days may be found."""
    from pipeline.policy import load_policy

    if not (edition.paths.folder / TERMS_FILE.name).is_file():
        return None
    return load_policy(edition.description.policy, beside=edition.paths.folder)


def _read(edition: Edition, tables: Prepared, policy: Policy | None) -> KeptSupport | None:
    paths, names, faults, kept = edition.paths, name_schools(tables, edition).own, list[Fault](), None
    if (year := find_terms(paths, edition.year)) and policy and policy.support:
        support, known = policy.support, LocalSupport(None, (), {})
        known = read_on(faults, lambda: read_local_support(paths, names, support, year), known)
        kept = keep_support(policy.key, support, year, known)
        people = [person.name for person in known.people or ()]
        read_on(faults, lambda: read_log(paths, names, support, edition.year, people), None)
    known_places = [int(urn) for urn in tables.schools()["urn"]]
    read_on(faults, lambda: read_partners(paths, known_places), NO_PARTNERS)
    read_on(faults, lambda: read_programmes(paths, names, edition.date), None)
    if faults:
        raise FaultyInput(faults)
    return kept


def _describe_inputs(edition: Edition, published: str, policy: Policy | None, code: Code) -> dict[str, str]:
    method = code.trace("pipeline.run.preparing.support", apart=_APART, within=_WITHIN)
    support = policy and policy.support
    return describe_inputs(
        values={
            "prepared tables": published,
            # a misnamed file is a fault too
            "names of local files": sorted(path.name for path in edition.paths.local.glob("*")),
            "the edition's area or year": [edition.description.area.model_dump(mode="json"), edition.year],
            "what the policy says of support": [policy and policy.key, support and support.model_dump(mode="json")],
        },
        files={"files of the year of support": _list_files(edition, (*_FILES, *_ASKED_TOO))},
        code={"how the year of support is read": code.hash(method)},
        packages={"versions of Python and packages": method.packages},
    )
