"""Whether a notebook means the same when its officer-only cells run last: found by reading it, before anything runs.

Officer-only cells run after all others, so that no school's copy can meet what they do. A notebook in which that would
show another thing than *Run All* does is refused, with the two cells and the name they share.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.render.content.document import is_for_officers, number_cell


@dataclass(frozen=True)
class Names:
    """The names a cell reads that it has not given a value itself, and those it gives one.

    What is imported stands in ``gives`` with the words of its import: importing twice gives the same.
    """

    reads: frozenset[str]
    gives: dict[str, str]


def find_shared_names(cells: Sequence[Any]) -> list[tuple[int, str]]:
    """Give each cell, counted from 0, that would meet another value than in *Run All*, and of what, in words."""
    names = [_read_names(cell) for cell in cells]
    schools = [index for index, cell in enumerate(cells) if not is_for_officers(cell)]
    officers = [index for index, cell in enumerate(cells) if is_for_officers(cell)]
    found = []
    for index in (*schools, *officers):
        before = schools[: schools.index(index)] if index in schools else [*schools, *officers[: officers.index(index)]]
        for name in sorted(names[index].reads):
            meant = _find_giver(name, range(index), names)
            met = _find_giver(name, before, names)
            if meant != met and not _is_same_import(name, meant, met, names):
                found.append((index, _explain(name, index, meant, met, cells)))
    return sorted(found)


def _find_giver(name: str, before: Iterable[int], names: Sequence[Names]) -> int | None:
    """The last cell of ``before`` that gives ``name`` a value."""
    givers = [index for index in before if name in names[index].gives]
    return givers[-1] if givers else None


def _is_same_import(name: str, meant: int | None, met: int | None, names: Sequence[Names]) -> bool:
    if meant is None or met is None:
        return False
    return bool(names[meant].gives[name]) and names[meant].gives[name] == names[met].gives[name]


def _explain(name: str, index: int, meant: int | None, met: int | None, cells: Sequence[Any]) -> str:
    if not is_for_officers(cells[index]):
        assert meant is not None  # what it does not meet is an officers' cell's
        return (
            f"it reads `{name}`, to which cell {number_cell(cells, meant)} gives a value, and that cell is "
            "officer-only: what officers' cells do does not reach the school's copy"
        )
    other = next(one for one in (met, meant) if one is not None)
    return (
        f"it reads `{name}`, to which cell {number_cell(cells, other)} gives another value; officer-only cells run "
        "after all others"
    )


def _read_names(cell: Any) -> Names:
    if cell.cell_type != "code":
        return Names(frozenset(), {})
    reads: set[str] = set()
    gives: dict[str, str] = {}
    for statement in read_statements(cell.source):
        read, given = _read_statement(statement)
        reads |= read - gives.keys()
        said = ast.unparse(statement) if isinstance(statement, ast.Import | ast.ImportFrom) else ""
        gives |= dict.fromkeys(given, said)
    plain = {name: said for name, said in gives.items() if not name.startswith("_")}
    return Names(frozenset(name for name in reads if not name.startswith("_")), plain)


def read_statements(source: str) -> list[ast.stmt]:
    """The statements of a cell, and those its magics run; none where it is no Python: running it says what is wrong."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        statements = ast.parse(TransformerManager().transform_cell(source)).body
    except SyntaxError:
        return []
    return [inner for statement in statements for inner in (*_read_magics(statement), statement)]


def _read_magics(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statements within a magic such as ``%time``, which stand in a text."""
    for call in ast.walk(statement):
        name = getattr(getattr(call, "func", None), "attr", "")
        if isinstance(call, ast.Call) and name in ("run_line_magic", "run_cell_magic"):
            for given in call.args[1:]:
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield from read_statements(given.value)


def _read_statement(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """The names of the notebook that a statement reads, and those it gives a value, in functions it defines too."""
    try:
        whole = symtable.symtable(ast.unparse(statement), "<cell>", "exec")
    except SyntaxError:
        return set(), set()
    reads = {symbol.get_name() for symbol in whole.get_symbols() if symbol.is_referenced()}
    gives = {symbol.get_name() for symbol in whole.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    for table in _list_inner(whole):
        shared = [symbol for symbol in table.get_symbols() if symbol.is_global()]
        reads |= {symbol.get_name() for symbol in shared if symbol.is_referenced()}
        gives |= {symbol.get_name() for symbol in shared if symbol.is_assigned()}
    targets = [node.target for node in ast.walk(statement) if isinstance(node, ast.AugAssign)]
    return reads | {target.id for target in targets if isinstance(target, ast.Name)}, gives


def _list_inner(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for inner in table.get_children():
        yield inner
        yield from _list_inner(inner)
