"""What does not go together in the files of indicators: fields of one file, and files beside one another.

All of it is asked of what a file says, as far as it can be read: a file with other faults is told of these too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pipeline.analysis.indicators.subjects import check_subjects
from pipeline.analysis.indicators.themes import check_themes
from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import Unit
from pipeline.foundation.yaml_files import Misfit, find_line, place_misfits

#: Which unit each method is for.
_UNITS_OF_METHOD = {
    "percent": lambda unit: unit == Unit.PERCENT,
    "published_interval": lambda unit: unit == Unit.PROGRESS,
    "average": lambda unit: unit != Unit.PROGRESS,
}
_GO_TOGETHER = (
    f"`method: percent` goes with `unit: {Unit.PERCENT}`, `method: published_interval` with "
    f"`unit: {Unit.PROGRESS}`, and `method: average` (with `pupil_sd` and `minimum_difference`) with any other unit."
)


@dataclass(frozen=True)
class IndicatorFile:
    """One file of indicators: what its fields say, whether or not they are right."""

    path: Path
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What stands for it in messages."""
        return "/".join(self.path.parts[-2:])

    def get(self, name: str) -> str:
        """The word that a field holds; "" where there is none."""
        word = self.said.get(name)
        return word if isinstance(word, str) else ""

    def list_words(self, name: str) -> list[str]:
        """The words of a field that is a list."""
        words = self.said.get(name)
        return [word for word in words if isinstance(word, str)] if isinstance(words, list | tuple) else []


def find_misfits(said: Mapping[str, Any]) -> list[Misfit]:
    """The fields of an indicator that do not go together."""
    unit, method = said.get("unit"), said.get("method")
    found = []
    if unit and method in _UNITS_OF_METHOD and not _UNITS_OF_METHOD[method](unit):
        what = f"`method: {method}` and `unit: {unit}` do not go together"
        found.append(Misfit(("method", "unit"), what, _GO_TOGETHER))
    if method == "average" and said.get("pupil_sd") is None:
        what = "an average needs `pupil_sd`: without the spread between pupils it has no interval"
        remedy = "Add `pupil_sd` with its `value`, `source` and `assumption`, or write another `method`."
        found.append(Misfit(("method", "pupil_sd"), what, remedy))
    if method in ("percent", "published_interval") and said.get("pupil_sd") is not None:
        what = f"`pupil_sd` is for averages, and does not go with `method: {method}`"
        found.append(Misfit(("pupil_sd", "method"), what, "Remove it, or write `method: average`."))
    if method in ("average", "published_interval") and said.get("minimum_difference") is None:
        what = f"`method: {method}` needs `minimum_difference`: only a percentage can be counted in whole pupils"
        remedy = "Add `minimum_difference: …`, the least difference that counts."
        found.append(Misfit(("method", "minimum_difference"), what, remedy))
    if (said.get("gap_to") is None) != (not said.get("gap_reason")):
        what = "`gap_to` and `gap_reason` go together: to whom the gap is measured, and why"
        found.append(Misfit(("gap_to", "gap_reason"), what, "Write both, or neither."))
    if said.get("gap_to") is not None and said["gap_to"] == said.get("group", "all"):
        what = f"`gap_to` names other pupils than `group`: here both are {said['gap_to']}"
        found.append(Misfit(("gap_to", "group"), what, "Name those to whom the gap is measured, or take both out."))
    if said.get("gap_to") is not None and method == "published_interval":
        what = "`gap_to` is for shares and averages, and does not go with `method: published_interval`"
        found.append(Misfit(("gap_to", "method"), what, "Take `gap_to` and `gap_reason` out."))
    return found


def list_misfits(file: IndicatorFile, faults: Sequence[Fault]) -> list[Fault]:
    """A fault for each misfit of a file that has other ``faults``, of fields that are themselves right."""
    wrong = {fault.line for fault in faults}
    told = {fault.what for fault in faults}
    return [
        fault
        for misfit in find_misfits(file.said)
        if not wrong & {find_line(file.path, [name]) for name in misfit.fields if name in file.said}
        for fault in place_misfits(file.path, file.name, [misfit])
        if fault.what not in told
    ]


def check_together(folder: Path, files: Sequence[IndicatorFile]) -> list[Fault]:
    """A fault for each word of the ``files`` that nothing explains, and for each of two that are of the same."""
    faults = []
    for file in files:
        if (key := file.get("key")) and key != file.path.stem:
            what = f"the key is {key!r} but the file is called {file.path.name}"
            faults.append(Fault(file.name, None, "key", what, "Give both the same name."))
    faults += check_themes(folder, {file.name: theme for file in files if (theme := file.get("theme"))})
    faults += check_subjects({file.name: file.list_words("subjects") for file in files})
    faults += _find_twice(files)
    return locate(faults, files)


def _find_twice(files: Sequence[IndicatorFile]) -> list[Fault]:
    faults: list[Fault] = []
    figures: dict[tuple[str, str], IndicatorFile] = {}
    titles: dict[str, IndicatorFile] = {}
    for file in files:
        figure, title = (file.get("measure"), file.get("group") or "all"), file.get("short_title")
        if figure[0] and (other := figures.setdefault(figure, file)) is not file:
            what = f"{other.name} is of the same figures: `measure: {figure[0]}`, `group: {figure[1]}`"
            remedy = "Name other figures in one of them, or take one of the files out: each would count twice."
            faults.append(Fault(file.name, None, "measure", what, remedy))
        if title and (other := titles.setdefault(title.casefold(), file)) is not file:
            what = f"{other.name} has the same short title, {title!r}"
            remedy = "Give one of them another: nothing else tells them apart in tables and charts."
            faults.append(Fault(file.name, None, "short_title", what, remedy))
    return faults


def question_figures(files: Sequence[IndicatorFile], known: Mapping[str, Collection[str] | None]) -> list[Fault]:
    """A fault for each file whose measure no table of columns names, or names for no such group of pupils.

    ``known`` are the groups of each measure that the tables name; None where rows may name any.
    """
    faults = []
    for file in files:
        measure, group = file.get("measure"), file.get("group") or "all"
        if not measure:
            continue
        if measure not in known:
            near = get_close_matches(measure, sorted(known), n=1)
            what = f"no file's table of columns names the measure {measure!r}: no school has a figure of it"
            remedy = (
                f"Did you mean {near[0]!r}?" if near else "Add its column to its family's table in sources/aliases/."
            )
            faults.append(Fault(file.name, None, "measure", what, remedy))
        elif (groups := known[measure]) is not None and group not in groups:
            what = (
                f"no file's table of columns has the measure {measure!r} of the group {group!r}: no school has a figure"
            )
            remedy = f"It is there of {', '.join(sorted(groups))}. Or add its column to its family's table in "
            faults.append(Fault(file.name, None, "group", what, f"{remedy}sources/aliases/."))
    return locate(faults, files)


def question_orders(files: Sequence[IndicatorFile]) -> list[Fault]:
    """A fault for each file that stands at the same place of lists as an earlier one."""
    faults: list[Fault] = []
    orders: dict[Any, IndicatorFile] = {}
    for file in files:
        order = file.said.get("order")
        if isinstance(order, int) and (other := orders.setdefault(order, file)) is not file:
            what = f"{other.name} has the same `order`, {order}: which comes first, the names of the files say"
            faults.append(Fault(file.name, None, "order", what, "Give one of them another number."))
    return locate(faults, files)


def locate(faults: Sequence[Fault], files: Sequence[IndicatorFile]) -> list[Fault]:
    """The faults that name a field of one of the ``files``, with its line."""
    paths = {file.name: file.path for file in files}
    return [
        replace(fault, line=find_line(paths[fault.file], [fault.column]))
        if fault.line is None and fault.column and fault.file in paths
        else fault
        for fault in faults
    ]
