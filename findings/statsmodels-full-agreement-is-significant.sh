#!/usr/bin/env bash
# statsmodels: two years that agree on every school differ "significantly", with a p-value of 0.
# McNemar's test with its continuity correction divides by the number of changes. Where there is none it does not say
# that there is nothing to test, or 1, as its exact form and the same test in SquareTable do, but 0.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv venv
    venv/bin/python -m pip install statsmodels==0.15.0 numpy==2.4.6 scipy==1.17.1 pandas==3.1.1
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

venv/bin/python -I - <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
from statsmodels.stats.contingency_tables import SquareTable, mcnemar

warnings.simplefilter("ignore")  # a division by zero is warned of

# Last year's answer (rows) beside this year's (columns): 50 schools were and are in a category, 40 neither.
agreed = np.array([[50, 0], [0, 40]])
one_change = np.array([[50, 1], [0, 39]])


def find_p_values(table):
    return {
        "mcnemar, exact": float(mcnemar(table, exact=True).pvalue),
        "SquareTable.symmetry": float(SquareTable(table, shift_zeros=False).symmetry().pvalue),
        "mcnemar, chi-square": float(mcnemar(table, exact=False).pvalue),
    }


of_none, of_one = find_p_values(agreed), find_p_values(one_change)

print("statsmodels", version("statsmodels"), "scipy", version("scipy"))
print("input:    no school changed: [[50, 0], [0, 40]]; then one did: [[50, 1], [0, 39]]")
print("expected: no change is no evidence of a difference: a p-value of 1, as by mcnemar's exact form and SquareTable,")
print("          or none (nan); certainly not a smaller one than that of a single change")
print("seen:")
for name in of_none:
    print(f"          {name}: {of_none[name]:.4f} of no change, {of_one[name]:.4f} of one")

as_stated = (
    of_none["mcnemar, exact"] == of_none["SquareTable.symmetry"] == 1
    and of_none["mcnemar, chi-square"] == 0
    and min(of_one.values()) > 0.3
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
