"""Does the same edition give the same bytes again? It is made anew in a folder of its own, then compared.

Nothing is taken from what the edition has prepared or made: only its description, its published and local files, its
policy, its Quarto settings and, for last year's categories, the facts of the edition before.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from pipeline.edition.editions import Edition, load_edition
from pipeline.edition.pages import EDITION_PAGES
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths, Workspace, find_project
from pipeline.run.executors import Choice
from pipeline.run.record.manifest import (
    MANIFEST,
    Manifest,
    find_policy_file,
    find_previous_facts,
    hash_inputs,
    read_manifest,
)
from pipeline.run.record.verification import Finding, compare_inputs, compare_versions, find_versions
from pipeline.run.record.watching import Watcher
from pipeline.run.rendering import list_branding
from pipeline.run.reports import RunSummary, make_reports
from pipeline.run.stamps.made import hash_file

_SHOWN = 60  # characters of a differing line that are shown
_LARGE = 2**20  # bytes from which on a file is linked: only downloads are so large, and nobody edits those


@dataclass(frozen=True)
class Reproduction:
    """What became of making an edition's reports again.

    ``compared`` files were looked at; ``differences`` names each that is not the same. ``versions`` tells of packages
    that are not the manifest's. ``kept`` is the folder of reports made again, None where it was cleared away.
    """

    edition: str
    compared: int
    differences: tuple[Finding, ...]
    versions: tuple[Finding, ...]
    kept: Path | None

    @property
    def exit_code(self) -> int:
        """0 every byte is the same; 5 a file differs."""
        return 5 if self.differences else 0


def reproduce_edition(
    workspace: Workspace,
    name: str,
    watcher: Watcher,
    *,
    urns: Sequence[int] = (),
    into: Path | None = None,
    choice: Choice | None = None,
) -> Reproduction:
    """Make the edition's reports again, those of ``urns`` only where given, and compare every byte with those in place.

    They are made in ``into``, which must be empty or not there yet, else in a temporary folder, which is kept only
    where something differs. ``choice`` says in which processes, as for any run.
    Raises PipelineError where an input is not the manifest's, and as a run does.
    """
    edition = load_edition(workspace, name)
    manifest = read_manifest(edition.paths)
    _refuse_unknown(manifest, urns)
    folder = _open_folder(name, into)
    keep = into is not None
    try:
        fresh = lay_out_edition(workspace, edition, manifest.policy, folder)
        _refuse_changed(manifest, load_edition(fresh, name))
        summary = make_reports(
            fresh, name, watcher, urns=urns, policy=manifest.policy, engine=manifest.engine, choice=choice
        )
        there = fresh.edition(name).reports
        names = _choose_files(manifest, fresh.edition(name), urns)
        differences = tuple(_compare(names, manifest, edition.paths.reports, there, summary))
        keep = keep or bool(differences)
    finally:
        if not keep:
            shutil.rmtree(folder)
    versions = tuple(compare_versions(manifest, find_versions(manifest)))
    return Reproduction(name, len(names), differences, versions, there if keep else None)


def _refuse_unknown(manifest: Manifest, urns: Sequence[int]) -> None:
    known = {name.split("/")[1] for name in manifest.outputs if name.startswith("schools/")}
    unknown = [str(urn) for urn in urns if str(urn) not in known]
    if unknown:
        raise PipelineError(
            f"the manifest names no report of URN {', '.join(unknown)}",
            remedy="The index says which schools have a report, and why others have none.",
        )


def _open_folder(name: str, into: Path | None) -> Path:
    """An empty folder that only its maker may read."""
    if into is None:
        return Path(tempfile.mkdtemp(prefix=f"reproduce-{name}-")).resolve()
    into = into.resolve()
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise PipelineError(f"{into} is not an empty folder", remedy="Name one that is empty or not there yet.")
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    return into


def lay_out_edition(workspace: Workspace, edition: Edition, policy: str, folder: Path) -> Workspace:
    """Bring what goes into an edition, and nothing that came out of it, to the empty ``folder``; give its workspace.

    What ``edition.yaml`` names by a path relative to itself is brought to where that path leads from there; what it
    names by an absolute path is read where it is. Large files are linked where the file system can do that.
    """
    paths = edition.paths
    own = [paths.description, paths.delivery_settings]
    own += [*_walk(paths.published), *_walk(paths.local), *_walk(paths.quarto)]
    facts = [path for _, path in find_previous_facts(edition)]
    if edition.description.previous is not None:
        facts.append(workspace.edition(edition.description.previous).description)
    elsewhere = list(_find_elsewhere(edition, policy))
    top = Path(os.path.commonpath([workspace.root, *elsewhere]))
    for path in dict.fromkeys([*own, *facts, *elsewhere]):
        if path.is_file():
            _bring(path, folder / path.relative_to(top))
    return Workspace(folder / workspace.root.relative_to(top))


def _find_elsewhere(edition: Edition, policy: str) -> Iterator[Path]:
    """The published files, the policy and the branding that the edition names by paths relative to its folder."""
    home = edition.paths.folder
    named = (Path(os.path.expandvars(file.path)).expanduser() for file in edition.description.published)
    places = [home / path for path in named if not path.is_absolute()]
    _, place = find_policy_file(edition, policy)
    if not Path(policy).is_absolute() and place.is_relative_to(home):
        places.append(place)
    places += [path for path in list_branding(edition).values() if not path.is_relative_to(find_project() / "pipeline")]
    for path in places:
        yield Path(os.path.normpath(path))


def _walk(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _bring(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    if path.stat().st_size >= _LARGE:
        with suppress(OSError):  # another file system, or one that knows no links
            os.link(path.resolve(), to)
            return
    shutil.copyfile(path, to)


def _refuse_changed(manifest: Manifest, fresh: Edition) -> None:
    changed = list(compare_inputs(manifest, hash_inputs(fresh, manifest.policy, manifest.engine)))
    if changed:
        raise PipelineError(
            "\n".join(map(str, changed)),
            where="the reports in place were made from something else",
            remedy=f"Put back what it was, or make the reports anew: `python -m pipeline reports {fresh.name}`.",
        )


def _choose_files(manifest: Manifest, fresh: EditionPaths, urns: Sequence[int]) -> list[str]:
    """What is compared: all that the manifest, or the run just made, has put among the reports (of ``urns``)."""
    if not urns:
        return sorted({*manifest.outputs, *read_manifest(fresh).outputs, MANIFEST})
    places = tuple(f"schools/{urn}/" for urn in urns)
    made = (path.relative_to(fresh.reports).as_posix() for place in places for path in _walk(fresh.reports / place))
    return sorted({*(name for name in manifest.outputs if name.startswith(places)), *made})


def _compare(names: Iterable[str], manifest: Manifest, old: Path, new: Path, summary: RunSummary) -> Iterator[Finding]:
    """Tell of each of the files ``names`` that is not the same below ``old`` and ``new``."""
    problems = dict(_list_problems(summary))
    for name in names:
        if not (new / name).is_file():
            problem = problems.get(name.rpartition("/")[0])
            yield Finding(name, f"could not be made again: {problem}" if problem else "was not made again")
        elif not (old / name).is_file():
            yield Finding(name, "was made again, and is not in place")
        elif (old / name).read_bytes() != (new / name).read_bytes():
            yield Finding(name, describe_difference(old / name, new / name) + _judge(manifest, name, old, new))


def _list_problems(summary: RunSummary) -> Iterator[tuple[str, str]]:
    """Of each report that could not be made again its folder and the problem."""
    pages = zip(EDITION_PAGES, summary.pages, strict=False)  # none, where schools were named
    outcomes = [(f"schools/{failed.urn}", failed) for failed in summary.failed]
    for place, outcome in [*outcomes, *((page.folder, outcome) for page, outcome in pages)]:
        if outcome.problem:
            yield place, outcome.problem.splitlines()[0]


def _judge(manifest: Manifest, name: str, old: Path, new: Path) -> str:
    """Which of two differing files is the one that the manifest names."""
    then = manifest.outputs.get(name)
    if then is None or hash_file(old / name) == then:
        return ""
    if hash_file(new / name) == then:
        return "; the one in place has changed since it was made"
    return "; neither is the one that the manifest names"


def describe_difference(old: Path, new: Path) -> str:
    """Say how two files differ: texts by the first line that does, PDFs by their words, others by the first byte."""
    if old.suffix == ".pdf":
        return _describe_pdf(old, new)
    try:
        texts = [path.read_bytes().decode("utf-8") for path in (old, new)]
    except UnicodeDecodeError:
        return _describe_bytes(old.read_bytes(), new.read_bytes())
    return _describe_lines(*texts) or _describe_bytes(old.read_bytes(), new.read_bytes())


def _describe_pdf(old: Path, new: Path) -> str:
    from pikepdf import PdfError
    from pypdfium2 import PdfiumError

    from pipeline.render.checks import read_pdf

    try:
        pages = [read_pdf(path.read_bytes()).text.split("\f") for path in (old, new)]
    except (PdfError, PdfiumError, KeyError) as error:
        return f"cannot be read as a PDF ({error}); {_describe_bytes(old.read_bytes(), new.read_bytes())}"
    for number, (one, other) in enumerate(zip(*pages, strict=False), start=1):
        if one != other:
            return f"page {number}, {_describe_lines(one, other)}"
    if len(pages[0]) != len(pages[1]):
        return f"{len(pages[0])} pages in place, {len(pages[1])} made again"
    return f"the words are the same on every page; {_describe_bytes(old.read_bytes(), new.read_bytes())}"


def _describe_lines(old: str, new: str) -> str:
    """The first line that differs in two texts; "" where none does."""
    lines = zip_longest(old.split("\n"), new.split("\n"))
    for number, (one, other) in enumerate(lines, start=1):
        if one != other:
            start = max(0, _count_common(one or "", other or "") - _SHOWN // 3)
            return f"line {number}: in place {_quote(one, start)}, made again {_quote(other, start)}"
    return ""


def _quote(line: str | None, start: int) -> str:
    """The part of a line from ``start`` on that fits a screen, without what would move a terminal's cursor."""
    if line is None:
        return "nothing more"
    shown = "".join(sign if sign.isprintable() else "�" for sign in line[start : start + _SHOWN])
    return f"“{'…' if start else ''}{shown}{'…' if len(line) > start + _SHOWN else ''}”"


def _describe_bytes(old: bytes, new: bytes) -> str:
    if len(old) != len(new):
        return f"{len(old)} bytes in place, {len(new)} made again"
    return f"the bytes differ, the first after {_count_common(old, new)} of {len(old)}"


def _count_common(one: Sequence, other: Sequence) -> int:
    """How many items two sequences have in common from their start."""
    differing = (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))
