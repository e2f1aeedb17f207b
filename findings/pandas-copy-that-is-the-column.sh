#!/usr/bin/env bash
# pandas: Series.to_numpy(copy=True, na_value=...) gives the column itself, and what is written to it stands in the column.
# Without na_value the copy is one. The array may be written to, so that neither copy=True nor copy-on-write keeps a frame
# that another part of a program holds from being changed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet pandas==3.1.1 numpy==2.4.6 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import sys

import numpy as np
import pandas as pd


def take(**asked):
    """What stands in a column after the first value of its copy was set to 99."""
    results = pd.DataFrame({"pupils": [30, 28]})
    copied = results["pupils"].to_numpy(copy=True, **asked)
    copied[0] = 99
    return results["pupils"].tolist()


plain, filled = take(), take(na_value=0)
print(f"pandas {pd.__version__}, numpy {np.__version__}")
print("input:    a column of 30 and 28; to_numpy(copy=True), and the first value of the array is set to 99")
print("expected: the column is as it was (documentation: copy=True ensures that a copy is made)")
print("          without na_value:", plain)
print("seen:     with na_value=0: ", filled)

as_stated = plain == [30, 28] and filled == [99, 28]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
