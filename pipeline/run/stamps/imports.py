"""What a Python text rests on, as its syntax tree tells: what it imports, and what it reads that lies beside it.

Nothing is imported to find that out, and no word in a text or a comment is taken for an import.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

#: What calls by name one module, or one package whose data is read.
_IMPORTING = ("import_module", "__import__")
_READING = ("PackageLoader", "files", "get_data", "open_binary", "open_text", "read_binary", "read_text")
#: What tells where a module, or the project, lies: a text beside it may name a file there.
_PLACES = ("__file__", "__path__", "find_project")
_LONGEST = 100  # characters of a text that may be a file's name


@dataclass(frozen=True)
class Needs:
    """What one Python text needs besides itself.

    ``imports`` are dotted names, of modules or of what a module holds; one that ends in ``.*`` stands for all that lies
    in a package. ``names`` are texts that may name a module: of a command, or of what is imported by a name that stands
    elsewhere. ``files`` are the texts by which it may name data (a file, a folder, a pattern), ``packages`` those whose
    data it reads besides its own, ``above`` the folders over its own from which it looks (``..``, ``../..``).
    """

    imports: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    above: tuple[str, ...] = ()


def find_needs(text: str, package: str = "") -> Needs:
    """Read ``text``, which belongs to ``package`` ("" for a cell or a script); Needs() where it is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):  # running it says what is wrong
        return Needs()
    return find_needs_of(tree.body, package)


def find_needs_of(statements: Iterable[ast.stmt], package: str = "") -> Needs:
    """The same of statements that are parsed already."""
    reader = _Reader(package)
    for statement in statements:
        reader.visit(statement)
    names = sorted(text for text in reader.texts if _is_dotted(text))
    files = sorted(reader.texts) if reader.names_places else ()
    parts = (reader.imports, names, files, reader.packages, reader.above)
    return Needs(*(tuple(sorted(part)) for part in parts))


@dataclass
class _Reader(ast.NodeVisitor):
    package: str
    imports: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    above: set[str] = field(default_factory=set)
    names_places: bool = False

    def visit_Import(self, node: ast.Import) -> None:
        self.imports.update(alias.name for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = self._resolve("." * node.level + (node.module or ""))
        if module:
            self.imports.add(module)
            self.imports.update(f"{module}.{alias.name}" for alias in node.names)

    def visit_If(self, node: ast.If) -> None:
        """What stands under ``if TYPE_CHECKING:`` is read by a type checker alone."""
        if not _asks_for_type_checking(node.test):
            self.generic_visit(node)
            return
        for statement in node.orelse:
            self.visit(statement)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A text that stands by itself is a description."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and 0 < len(node.value) <= _LONGEST and node.value.isprintable():
            self.texts.add(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """What is put together counts as a pattern."""
        parts = [str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values if part is not None]
        pattern = "".join(parts)
        if pattern.strip("*") and len(pattern) <= _LONGEST and pattern.isprintable():
            self.texts.add(pattern)
        for part in node.values:
            if not isinstance(part, ast.Constant):
                self.visit(part)

    def visit_Name(self, node: ast.Name) -> None:
        self.names_places |= node.id in _PLACES

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.names_places |= node.attr in _PLACES
        self._climb(_count_parents(node) - 1)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """``parents[1]`` of a file is the folder over its own."""
        level = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if isinstance(level, int) and getattr(node.value, "attr", "") == "parents":
            self._climb(level)
        self.generic_visit(node)

    def _climb(self, levels: int) -> None:
        if levels > 0:
            self.above.add("/".join([".."] * levels))

    def visit_Call(self, node: ast.Call) -> None:
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        given = _read_text(node.args[0]) if node.args else None
        if name in _IMPORTING and given:
            self._import_named(given, node)
        elif name in _READING and given:
            self.names_places = True
            self.packages.add(given)
        self.generic_visit(node)

    def _import_named(self, name: str, call: ast.Call) -> None:
        beside = call.args[1] if len(call.args) > 1 else next((one.value for one in call.keywords), None)
        anchor = (_read_text(beside) if beside is not None else None) or self.package
        self.imports.add(_resolve(name, anchor))

    def _resolve(self, name: str) -> str:
        return _resolve(name, self.package)


def _count_parents(node: ast.expr) -> int:
    """How many times in a row ``.parent`` ends an expression."""
    count = 0
    while isinstance(node, ast.Attribute) and node.attr == "parent":
        node, count = node.value, count + 1
    return count


def _resolve(name: str, package: str) -> str:
    """The dotted name from the top of a module that is named relative to ``package``; "" above its top."""
    plain = name.lstrip(".")
    level = len(name) - len(plain)
    if not level:
        return plain
    parts = package.split(".") if package else []
    if level > len(parts):
        return ""
    return ".".join([*parts[: len(parts) - level + 1], *filter(None, [plain])])


def _asks_for_type_checking(test: ast.expr) -> bool:
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def _is_dotted(text: str) -> bool:
    return "." in text and all(part.isidentifier() for part in text.split("."))


def _read_text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
