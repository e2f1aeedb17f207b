"""NOT Quarto: a recording stand-in for its command line, for machines that have none.

It takes the arguments that ``quarto render`` takes, reads a notebook as Quarto reads it as far as these tests need
(front matter in a raw cell, prose, Markdown outputs), converts with Pandoc, filters of its own and the ``typst``
package, and leaves the files and the log that Quarto leaves. Where Quarto 1.9 and 1.10 surprise, so does it: a cell's
source that is one string loses its line ends; an image alone in a paragraph loses its description; a callout is a
quotation on a page without a theme; a theme brings links to other formats and a second main part; what filters and
Pandoc say is logged at level INFO, cut anywhere, and a failure itself says nothing. It knows no project, and of
shortcodes only which there are.

Each call is recorded as a JSON line in the file that QUARTO_STAND_IN_RECORD names. It misbehaves as
QUARTO_STAND_IN_DOES says, or as a comment in a notebook's prose says: ``<!-- stand-in: fail -->``.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

TOLD = ("TMPDIR", "XDG_CACHE_HOME", "SOURCE_DATE_EPOCH", "TYPST_FONT_PATHS", "QUARTO_RUN_NO_NETWORK", "HOME")
WITH_VALUE = ("--to", "--log", "--log-format", "--log-level", "--output", "-M", "--metadata")
WARNINGS = {
    "warn-crossref": "Unable to resolve crossref @fig-nowhere",
    "warn-image": "Unable to resolve image missing.png",
    "warn-fetch": "Could not fetch resource https://example.org/a.png",
    "warn-verapdf": "PDF standard validation requested but verapdf is not installed.\nInstall with: quarto install",
}
SHORTCODES = ("meta", "var", "env", "include", "embed", "video", "pagebreak", "kbd", "lipsum", "placeholder", "version")
FAILED = "Error encountered when rendering files"
FATAL = """\x1b[31mFATAL (/opt/quarto/share/filters/main.lua:3761) An error occurred:
Could not run {path} as a JSON filter.
Please make sure the file exists and is executable.

Did you intend '{name}' as a Lua filter in an extension?
If so, make sure you've spelled the name of the extension correctly.

The original Pandoc error follows below.
Error running filter {path}:
Could not find executable {path}
\x1b[39mError running filter /opt/quarto/share/filters/main.lua:
/opt/quarto/share/filters/main.lua:586: FATAL QUARTO ERROR
stack traceback:
\t/opt/quarto/share/filters/main.lua:2619: in function 'fatal'
\t/opt/quarto/share/filters/main.lua:3761: in field 'Pandoc'
"""
UNKNOWN = "\x1b[33mWARNING (/opt/quarto/share/filters/main.lua:20607) Shortcode '{}' not found\n\x1b[39m"
OTHER_FORMATS = """<div id="quarto-margin-sidebar">
<div class="quarto-alternate-formats"><h2>Other Formats</h2><ul>{}</ul></div></div>"""
TEMPLATE = (
    "\n\n".join(f"${name}.typ()$" for name in ("definitions", "typst-template", "page", "typst-show")).replace(
        "$page.typ()$", "$for(header-includes)$\n$header-includes$\n$endfor$\n\n$page.typ()$"
    )
    + "\n\n$body$\n"
)


class Failed(Exception):
    """The document cannot be rendered; Quarto exits with 1."""


class Log:
    """Quarto's log of JSON lines."""

    def __init__(self, path: str | None) -> None:
        self.path = Path(path) if path else None
        if self.path:
            self.path.write_text("")

    def write(self, level: str, text: str) -> None:
        number = {"INFO": 20, "WARN": 30, "ERROR": 40}[level]
        record = {"msg": text, "args": [], "level": number, "levelName": level, "loggerName": "default"}
        self.write_line(json.dumps(record) + "\n")

    def pipe(self, text: str) -> None:
        """What another program said, as it comes through a pipe: cut in two, whatever stands there."""
        for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
            if piece:
                self.write("INFO", piece)

    def write_line(self, line: str) -> None:
        if self.path:
            with self.path.open("a") as stream:
                stream.write(line)


def main(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        print(os.environ.get("QUARTO_STAND_IN_VERSION", "1.10.3"))
        return 0
    command, inputs, options = read_arguments(arguments)
    record(arguments, inputs)
    log = Log(options.get("--log"))
    if command != "render" or not inputs or "--execute" in options or os.sep in options.get("--output", ""):
        log.write("ERROR", "ERROR: the arguments are not those of a render that executes nothing")
        return 1
    try:
        for position, name in enumerate(inputs):
            render(Path(name), options["--to"].split(","), log, inputs, position)
    except Failed as fault:
        if str(fault):
            log.write("ERROR", f"\x1b[31mERROR: {fault}\x1b[39m")
        return 1
    return 0


def read_arguments(arguments: list[str]) -> tuple[str, list[str], dict[str, str]]:
    command, *rest = arguments
    inputs: list[str] = []
    options: dict[str, str] = {}
    while rest:
        word = rest.pop(0)
        if word.startswith("-"):
            options[word] = rest.pop(0) if word in WITH_VALUE else ""
        else:
            inputs.append(word)
    return command, inputs, options


def record(arguments: list[str], inputs: list[str]) -> None:
    if path := os.environ.get("QUARTO_STAND_IN_RECORD"):
        told = {
            "argv": arguments,
            "cwd": str(Path.cwd()),
            "environment": {name: os.environ.get(name) for name in TOLD},
            "inputs": {name: hashlib.sha256(Path(name).read_bytes()).hexdigest() for name in inputs},
        }
        add_line(path, told)


def add_line(path: str, told: dict) -> None:
    with Path(path).open("a") as stream:
        stream.write(json.dumps(told) + "\n")


# One document


def render(path: Path, formats: list[str], log: Log, inputs: list[str], position: int) -> None:
    front_matter, prose = read_notebook(path)
    does = re.search(r"<!-- stand-in: ([\w-]+) -->", prose)
    does = does[1] if does else os.environ.get("QUARTO_STAND_IN_DOES", "")
    if does == f"stop-at-{position + 1}" and len(inputs) > 1:
        raise Failed(f"it stopped at input {position + 1}")
    misbehave(does, path, log)
    if does == "nothing":
        return
    if does == "other-in-batch" and position:
        for ending in (".html", ".pdf"):
            shutil.copyfile(Path(inputs[0]).with_suffix(ending), path.with_suffix(ending))
        return
    for shortcode in re.findall(r"\{\{< *([\w-]+)[^{}\n]*>\}\}", re.sub(r"(`+).*?\1", "", prose, flags=re.S)):
        if shortcode not in SHORTCODES:
            log.pipe(UNKNOWN.format(shortcode))
    for name in formats:
        render_format(path, name, {**front_matter, **front_matter.get("format", {}).get(name, {})}, prose, log)
    spoil(does, path)


def misbehave(does: str, path: Path, log: Log) -> None:
    if does in WARNINGS:
        log.write("WARN", WARNINGS[does])
    elif does == "fail":
        leave_files(path)
        raise Failed(f"compiling {path.resolve()} failed: the stand-in was told so")
    elif does == "fail-with-half-a-line":
        log.write("ERROR", "ERROR: the disc is full")
        log.write_line('{"msg": "and the rest of')
        raise Failed
    elif does == "crash":
        sys.stderr.write("Segmentation fault\n")
        raise Failed
    elif does == "hang":
        child = subprocess.Popen(["sleep", "600"])
        if recorded := os.environ.get("QUARTO_STAND_IN_RECORD"):
            add_line(recorded, {"child": child.pid})
        time.sleep(600)


def spoil(does: str, path: Path) -> None:
    page = path.with_suffix(".html")
    if does == "fetch":
        address = '<p><img src="https://example.org/x.png" alt="x"></p></main>'
        page.write_text(page.read_text().replace("</main>", address))
    elif does == "script":
        page.write_text(page.read_text().replace("</main>", "<script>alert(1)</script></main>"))
    elif does == "stranger":
        page.write_text(re.sub(r'(name="urn" content=")\d+', r"\g<1>999999", page.read_text()))
    elif does == "second-main":
        page.write_text(re.sub(r"(<main[^>]*>)(.*)(</main>)", r"\1<main>\2</main>\3", page.read_text(), flags=re.S))
    elif does == "dead-link":
        page.write_text(page.read_text().replace("</main>", '<p><a href="document.pdf">PDF</a></p></main>'))
    elif does == "lost-part":
        page.write_text(re.sub(r'<div data-exhibits="1"></div>', "", page.read_text()))
    elif does == "half-a-pdf":
        path.with_suffix(".pdf").write_bytes(path.with_suffix(".pdf").read_bytes()[:2000])
    elif does == "no-pdf":
        path.with_suffix(".pdf").unlink()


def leave_files(path: Path) -> None:
    (path.parent / f"{path.stem}_files" / "figure-typst").mkdir(parents=True, exist_ok=True)


def read_notebook(path: Path) -> tuple[dict, str]:
    import yaml

    first, *rest = json.loads(path.read_text(encoding="utf-8"))["cells"]
    front_matter = re.fullmatch(r"---\n(.*?)\n---\s*", read_source(first), re.S)
    if first["cell_type"] != "raw" or front_matter is None:
        raise Failed("the notebook has no front matter")
    return yaml.safe_load(front_matter[1]), "\n\n".join(map(write_cell, rest))


def read_source(cell: dict) -> str:
    source = cell["source"]
    return "".join(source.split("\n") if isinstance(source, str) else source)


def write_cell(cell: dict) -> str:
    if cell["cell_type"] == "markdown":
        return read_source(cell)
    outputs = ["".join(output.get("data", {}).get("text/markdown", "")) for output in cell.get("outputs", ())]
    kind = "::: {.cell-output .cell-output-display .cell-output-markdown}"
    return "::: {.cell}\n" + "".join(f"{kind}\n{text}\n:::\n" for text in outputs if text) + ":::\n"


def render_format(path: Path, name: str, told: dict, prose: str, log: Log) -> None:
    source = path.with_name(f".{path.stem}.md")
    source.write_text(prose, encoding="utf-8")
    log.write("INFO", f"pandoc \n  to: {name}\n  output-file: {path.stem}.{name}\n  standalone: true\n")
    log.write("INFO", f"metadata\n  title: {told['title']}\n  lang: {told['lang']}\n")
    try:
        if name == "html":
            convert(path, name, told, [*describe_page(told), "--output", f"{path.stem}.html"], log)
            lay_out_page(path, told)
        elif name == "docx":
            reference = [f"--reference-doc={told['reference-doc']}"] if "reference-doc" in told else []
            convert(path, name, told, [*reference, "--output", f"{path.stem}.docx"], log)
        else:
            stage_template(path, told)
            template = f"--template=.template/{path.stem}.template"
            convert(path, name, told, [template, "--wrap=none", "--output", f"{path.stem}.typ"], log)
            compile_typst(path, told)
    finally:
        source.unlink()
        shutil.rmtree(path.with_name(".template"), ignore_errors=True)


def describe_page(told: dict) -> list[str]:
    options = [f"--template={told['template']}", "--section-divs", "--embed-resources"]
    options += ["--mathml"] if told.get("html-math-method") == "mathml" else []
    styles = told.get("css", [])
    return options + [f"--css={one}" for one in ([styles] if isinstance(styles, str) else styles)]


def lay_out_page(path: Path, told: dict) -> None:
    """What a theme does to a page, around a template of someone else's too."""
    if told.get("theme") in (None, "none", "pandoc"):
        return
    page = path.with_suffix(".html")
    before, opening, body, closing = re.fullmatch(r"(.*?)(<main[^>]*>)(.*)(</main>.*)", page.read_text(), re.S).groups()
    if told.get("page-layout") != "custom":
        body = f'<main class="content" id="quarto-document-content">{body}</main>'
    if told.get("format-links") is not False:
        others = [ending for ending in ("pdf", "docx") if ending == "pdf" or "docx" in told["format"]]
        links = "".join(f'<li><a href="{path.stem}.{ending}">{ending}</a></li>' for ending in others)
        body = OTHER_FORMATS.format(links) + body
    page.write_text(f"{before}{opening}{body}{closing}")


def find_filters(path: Path, told: dict, log: Log) -> list[str]:
    """The filters that a document names, then Quarto's own; one that is no Lua file would be run as a program."""
    for name in told.get("filters", []):
        if not name.endswith(".lua"):
            log.pipe(FATAL.format(path=path.resolve().with_name(name), name=name))
            raise Failed(FAILED)
    return [*told.get("filters", []), str(Path(__file__).with_suffix(".lua"))]


def convert(path: Path, name: str, told: dict, options: list[str], log: Log) -> None:
    command = [find_pandoc(), f".{path.stem}.md", f"--from={told.get('from', 'markdown')}", f"--to={name}"]
    command += ["--standalone", f"--shift-heading-level-by={told.get('shift-heading-level-by', -1)}"]
    command += ["--syntax-highlighting=none", f"--metadata=title:{told['title']}", f"--metadata=lang:{told['lang']}"]
    command += [f"--lua-filter={one}" for one in find_filters(path, told, log)]
    ran = subprocess.run([*command, *options], cwd=path.parent, capture_output=True, encoding="utf-8", check=False)
    log.pipe(ran.stderr)
    if ran.returncode:
        leave_files(path)
        raise Failed(FAILED)
    log.write("INFO", f"Output created: {path.stem}.{name}")


def find_pandoc() -> str:
    if named := os.environ.get("QUARTO_PANDOC"):
        return named
    import pypandoc

    return pypandoc.get_pandoc_path()


def stage_template(path: Path, told: dict) -> None:
    folder = path.with_name(".template")
    folder.mkdir()
    for partial in told["template-partials"]:
        shutil.copyfile(path.with_name(partial), folder / partial)
    (folder / f"{path.stem}.template").write_text(TEMPLATE)


def compile_typst(path: Path, told: dict) -> None:
    import typst

    noon = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), tz=datetime.UTC)
    try:
        typst.compile(
            path.with_suffix(".typ"),
            path.with_suffix(".pdf"),
            root=path.parent,
            font_paths=[os.environ["TYPST_FONT_PATHS"]],
            ignore_system_fonts=os.environ.get("TYPST_IGNORE_SYSTEM_FONTS") == "true",
            pdf_standards=told["pdf-standard"],
            timestamp=noon,
        )
    except typst.TypstError as error:
        leave_files(path)
        raise Failed(f"{error.message} {' '.join(error.hints)}") from error
    path.with_suffix(".typ").unlink()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
