#!/usr/bin/env bash
# jupytext: a line of a notebook such as cat += 1 is a comment in the script that is written of it.
# A line that begins with cat, cd, cp, ls, rm or another command that IPython has is taken for that command unless a comma
# or a single = follows; a sum (+=), a share (/=) or a union (|=) of a variable of that name is left out of the script, which
# runs and gives another figure. Read back as a notebook the line is there again, so that --test finds no difference.
# (cat = x was mended: github.com/mwouts/jupytext/issues/339.)
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet jupytext==1.19.6 nbformat==5.11.1 nbconvert==7.17.2 ipython==9.14.1 \
    >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import re
import subprocess
import sys
from importlib.metadata import version

import jupytext
import nbconvert
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell, new_notebook

# Pupils by category in two schools; cat is those of the category, cp those of the catchment.
CELLS = ["cat, cp, kept = 0, 12, 0", "cat += 7\ncat += 4\ncp -= 2\nkept += 9", "print(cat, cp, kept)"]
kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
notebook = new_notebook(cells=[new_code_cell(cell) for cell in CELLS], metadata=kernel)


def run(script):
    return subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()


shell = InteractiveShell()
for cell in CELLS[:-1]:
    shell.run_cell(cell).raise_error()
in_notebook = [str(shell.user_ns[name]) for name in ("cat", "cp", "kept")]
by_nbconvert = run(nbconvert.PythonExporter().from_notebook_node(notebook)[0])
script = jupytext.writes(notebook, "py:percent")
lines = re.findall(r".*[+-]= \d", script)
back = [cell.source for cell in jupytext.reads(script, "py:percent").cells]

print(", ".join(f"{name} {version(name)}" for name in ("jupytext", "nbconvert", "ipython")))
print("input:    a notebook of three cells:", CELLS)
print("expected: a script that prints what the notebook does, 11 10 9")
print("          IPython, the cells run one by one:", in_notebook)
print("          nbconvert --to script:            ", by_nbconvert)
print("seen:     jupytext --to py:percent:         ", run(script), "by", lines)
print("          read back, all lines are there:   ", back == CELLS)

as_stated = (
    in_notebook == by_nbconvert == ["11", "10", "9"]
    and run(script) == ["0", "12", "9"]
    and lines == ["# cat += 7", "# cat += 4", "# cp -= 2", "kept += 9"]
    and back == CELLS
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
