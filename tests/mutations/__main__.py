"""``python -m tests.mutations``: real published files, changed one at a time, and what the readers make of each."""

from __future__ import annotations

import atexit
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from pipeline.foundation.paths import find_project
from tests.conftest import find_published

from .describing import describe
from .editions import list_real, list_sample
from .judging import PASSED, Edition
from .mutating import ALL_KINDS, TO_BE_CAUGHT, mutate
from .results import Result, measure_caught, tabulate


def run_mutations(
    count: int, seed: int, published: Path | None, kinds: Sequence[str] = ALL_KINDS, workers: int = 1
) -> list[Result]:
    """Change ``count`` files one at a time, each kind as often; what becomes of each. The same seed does the same."""
    numbered = [(place, seed, kinds[place % len(kinds)]) for place in range(count)]
    if workers == 1:
        _open_editions(published)
        return [_try_one(*one) for one in numbered]
    with ProcessPoolExecutor(workers, initializer=_open_editions, initargs=(published,)) as pool:
        return list(pool.map(_try_one, *zip(*numbered, strict=True), chunksize=20))


_EDITIONS: list[Edition] = []


def _open_editions(published: Path | None) -> None:
    """Read the files that this process changes, once."""
    folder = Path(tempfile.mkdtemp(prefix="mutations-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    sheets = list_real(published) if published else list_sample()
    _EDITIONS[:] = [Edition(files, folder) for files in sheets if files]


def _try_one(place: int, seed: int, kind: str) -> Result:
    chance = random.Random(f"{seed}/{place}")
    while True:
        edition = chance.choice(_EDITIONS)
        sheet = chance.choice(edition.sheets)
        mutation = mutate(kind, chance, sheet)
        if mutation is not None:
            try:
                outcome, example = edition.judge(mutation, sheet)
            except Exception as error:
                raise AssertionError(f"{kind} in {sheet.name}, {mutation.what}: {error!r}") from error
            return Result(kind, sheet.name, mutation.what, outcome, example)


def main(
    count: Annotated[int, typer.Option(help="How many files to change.")] = 1_000,
    seed: Annotated[int, typer.Option(help="Of the choices: the same makes the same.")] = 1,
    kind: Annotated[str, typer.Option(help="Only kinds that begin so: cell, unit, cohort, shift, …")] = "",
    docs: Annotated[bool, typer.Option("--docs", help="Write docs/mutations.md.")] = False,
    workers: Annotated[int, typer.Option(help="How many at a time.")] = 1,
    passed: Annotated[bool, typer.Option("--passed", help="List those that passed.")] = False,
) -> None:
    """Change published files one at a time and say what the readers make of each."""
    kinds = [one for one in ALL_KINDS if one.startswith(kind)]
    results = run_mutations(count, seed, find_published(), kinds, workers)
    print(tabulate(results))
    for group in TO_BE_CAUGHT:
        caught, all_changed = measure_caught(results, group)
        print(f"{group}: {caught:,} of {all_changed:,} refused or questioned ({caught / max(all_changed, 1):.1%})")
    if docs:
        page = find_project() / "docs" / "mutations.md"
        page.write_text(describe(results, seed), encoding="utf-8", newline="\n")
    if passed:
        for one in results:
            if one.outcome == PASSED:
                print(f"{one.kind} | {one.file} | {one.what} | {one.example}")
    sys.exit(any(caught < 0.9 * every for caught, every in (measure_caught(results, group) for group in TO_BE_CAUGHT)))


if __name__ == "__main__":
    typer.run(main)
