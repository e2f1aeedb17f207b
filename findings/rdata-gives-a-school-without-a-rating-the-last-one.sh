#!/usr/bin/env bash
# rdata: a school without a rating has the last of all ratings once the table was written for R and is read again.
# R keeps a factor as numbers of its levels, a missing one as NA. rdata writes pandas' own number for missing, -1, plus 1: 0, which
# is no level of any factor. Reading, it counts back from there, and Python's place -1 is the last level. An ordered scale is
# written as one without an order.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv env
    env/bin/pip install rdata==1.1.0 pyreadr==0.5.8 pandas==2.3.3 numpy==2.4.6
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import sys
import warnings
from importlib.metadata import version

import pandas as pd
import pyreadr
import rdata

warnings.simplefilter("ignore")
LEVELS = ["Good", "Requires improvement", "Inadequate"]
ratings = pd.Categorical(["Good", None, "Requires improvement"], categories=LEVELS, ordered=True)
table = pd.DataFrame({"school": ["A", "B", "C"], "rating": ratings})


def show(column):
    return [None if pd.isna(one) else str(one) for one in column]


rdata.write_rds("by-rdata.rds", table)
pyreadr.write_rds("by-pyreadr.rds", table)
codes = rdata.parser.parse_file("by-rdata.rds").object.value[1].value.tolist()
back = rdata.read_rds("by-rdata.rds")["rating"]
of_other = rdata.read_rds("by-pyreadr.rds")["rating"]
by_other = pyreadr.read_r("by-rdata.rds")[None]["rating"]

print(", ".join(f"{name} {version(name)}" for name in ("rdata", "pyreadr", "pandas")))
print("input:    ratings of schools A, B and C:", show(ratings), "of an ordered scale", LEVELS)
print("expected: the same, however often it is written and read; in R a code is 1 to the number of levels, or NA")
print("seen:     written and read by rdata:   ", show(back), "ordered:", back.cat.ordered)
print("          codes in that file:          ", codes, "(levels are 1 to 3)")
print("          the same file by pyreadr:    ", show(by_other))
print("          a file of pyreadr's by rdata:", show(of_other))

as_stated = (
    show(back) == ["Good", "Inadequate", "Requires improvement"]
    and not back.cat.ordered
    and codes == [1, 0, 2]
    and show(by_other) == show(of_other) == show(ratings)
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
