"""From an edition's terms, people and changes to ``prepared/support/``: what a report says of the year of support.

A fault in one of these files, or in another that support is planned, brokered or followed up from, stops the run, as in
all local files. Without terms no day is known, and nothing is kept.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.edition.editions import Edition
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.paths import SUPPORT
from pipeline.run.preparing.local import hash_local_files, list_local_warnings, name_schools
from pipeline.run.stamps.code import Code
from pipeline.run.stamps.made import STAMP, describe_inputs, find_reason, hash_file, keep_made, read_made
from pipeline.sources.local import LocalFile
from pipeline.sources.local.support_files import (
    AGREED_FILE,
    CHANGES_FILE,
    LOG_FILE,
    PARTNERS_FILE,
    PEOPLE_FILE,
    PROGRAMMES_FILE,
    TERMS_FILE,
)

if TYPE_CHECKING:
    from pipeline.edition.support.known import LocalSupport
    from pipeline.policy import Policy
    from pipeline.policy.policy import Support

_FILES = (TERMS_FILE, PEOPLE_FILE, CHANGES_FILE, AGREED_FILE)
_ASKED_TOO = (PARTNERS_FILE, PROGRAMMES_FILE, LOG_FILE)  # that no report rests on
#: What this imports that reads none of these files; the policy's words and the tables are parts of the key.
_APART = (
    *("pipeline.analysis", "pipeline.policy", "pipeline.report", "pipeline.run"),
    *("pipeline.sources", "pipeline.validation"),
)
_WITHIN = (
    *("pipeline.edition.schools", "pipeline.run.preparing.local", "pipeline.run.preparing.support"),
    *("pipeline.sources.local.evidence", "pipeline.sources.local.files", "pipeline.sources.local.folder"),
    *("pipeline.sources.local.rows", "pipeline.sources.local.support_files"),
)


def prepare_support(
    edition: Edition,
    published: str,
    progress: Callable[[str], None] = lambda step: None,
    code: Code | None = None,
) -> None:
    """Read what the local files say of the year of support, unless that is done and nothing has changed.

    ``published`` is the key of the prepared tables, ``progress`` is told why it is read again, ``code`` is the code as
    it is. Raises FaultyInput with every fault; what was kept before is then gone.
    """
    folder, policy = edition.paths.prepared / SUPPORT, _open_policy(edition)
    key = _describe_inputs(edition, published, policy, code or Code())
    reason = find_reason(read_made(folder, STAMP), key, folder)
    if not reason:
        return
    from pipeline.edition.support.known import keep_support, write_kept
    from pipeline.sources.prepared import open_prepared

    if folder.is_dir():
        progress(f"the year of support again: {reason}")
    shutil.rmtree(folder, ignore_errors=True)
    support, questions = policy.support if policy else None, list[Fault]()
    schools = name_schools(open_prepared(edition.paths.prepared), edition).own
    known = read_support_files(edition, support, schools, questions)
    kept = keep_support(policy.key, support, known) if policy and support and known else None
    told = {"warnings": [vars(question) for question in questions]}
    keep_made(folder, key, lambda making: write_kept(making, kept), told)


def list_support_questions(prepared: Path) -> tuple[Fault, ...]:
    """What may be meant in the files of the year of support, and hardly is."""
    return list_local_warnings(prepared, SUPPORT)


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


def read_support_files(
    edition: Edition,
    support: Support | None,
    schools: Mapping[int, str],
    questions: list[Fault],
    *,
    planned: Mapping[int, str] | None = None,
    needs_terms: bool = False,
) -> LocalSupport | None:
    """Read every local file that support is planned, brokered or followed up from; what it rests on is given.

    None where there are no terms, or the policy says nothing of ``support``. ``schools``, ``questions``, ``planned``
    and ``needs_terms`` are those of ``read_local_support``. Raises FaultyInput with every fault of every file.
    """
    from pipeline.edition.brokering import NO_PARTNERS, read_partners
    from pipeline.edition.support import ProgrammeRating, read_programmes
    from pipeline.edition.support.known import read_local_support
    from pipeline.edition.support.local import read_on
    from pipeline.sources.prepared import open_prepared

    paths, faults, known, prepared = edition.paths, list[Fault](), None, edition.paths.prepared
    if support is not None:
        known = read_on(
            faults,
            lambda: read_local_support(
                *(paths, schools, support, edition.year, edition.date, questions),
                planned=planned,
                needs_terms=needs_terms,
            ),
            None,
        )
    places = [int(urn) for urn in open_prepared(prepared).schools()["urn"]] if prepared.is_dir() else []
    read_on(faults, lambda: read_partners(paths, places), NO_PARTNERS)
    read_on(faults, lambda: read_programmes(paths, schools, edition.date, questions), tuple[ProgrammeRating, ...]())
    if faults:
        raise FaultyInput(faults)
    return known


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
