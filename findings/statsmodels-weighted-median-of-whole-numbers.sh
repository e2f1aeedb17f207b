#!/usr/bin/env bash
# statsmodels: a weighted quantile of whole numbers loses its half.
# The documentation promises the mean of the two middle values; for a column of integers the half is cut off, while the
# same column as decimals, or beside a decimal column, keeps it.
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
from importlib.metadata import version

import numpy as np
import pandas as pd
from statsmodels.stats.weightstats import DescrStatsW

# Four schools' whole percentages, each of thirty pupils.
percentages = pd.Series([54, 61, 70, 72])
pupils = np.array([30, 30, 30, 30])


def find_median(values):
    return float(DescrStatsW(values, weights=pupils).quantile([0.5]).iloc[0])


whole = find_median(percentages)
decimal = find_median(percentages.astype(float))
table = pd.DataFrame({"whole": percentages, "decimal": percentages + 0.25})
beside = float(DescrStatsW(table, weights=pupils).quantile([0.5]).iloc[0, 0])
every_pupil = float(np.median(np.repeat(percentages, pupils)))
promise = "If pW = s_j then the estimated quantile is (y_j + y_{j+1})/2."
promised = promise in " ".join(DescrStatsW.quantile.__doc__.split())

print("statsmodels", version("statsmodels"), "numpy", version("numpy"))
print("input:    54, 61, 70 and 72 per cent, 30 pupils each; DescrStatsW(...).quantile([0.5])")
print("expected: 65.5, the mean of 61 and 70")
print(f"          its documentation says so: {promise!r} (found there: {promised})")
print(f"          numpy's median over all 120 pupils: {every_pupil}")
print(f"seen:     {whole} for whole numbers, {decimal} for the same numbers as decimals,")
print(f"          {beside} for the same whole numbers in a table beside a column of decimals")

as_stated = promised and (whole, decimal, beside, every_pupil) == (65.0, 65.5, 65.5, 65.5)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
