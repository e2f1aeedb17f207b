#!/usr/bin/env bash
# pandera: a check told not to ignore missing values ignores them in columns of nullable whole numbers.
# With ignore_na=False the range check finds a missing value among decimals and overlooks it among Int64; and a fault
# beside a missing value comes back as an error of the check, without the value at fault.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv venv
    venv/bin/python -m pip install pandera==0.35.0 pandas==3.1.1 numpy==2.4.6
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

venv/bin/python -I - <<'PY'
import sys
from importlib.metadata import version

import pandas as pd
import pandera.pandas as pa


def find_faults(check, dtype, values):
    """The faulty values that pandera names, as text; none where the column passes."""
    column = pd.Series(values, dtype=dtype, name="pupils")
    try:
        pa.SeriesSchema(dtype, checks=check, nullable=True).validate(column, lazy=True)
    except pa.errors.SchemaErrors as error:
        return [str(case) for case in error.failure_cases["failure_case"]]
    return []


in_range = pa.Check.in_range(0, 500, ignore_na=False)
is_known = pa.Check.isin([30], ignore_na=False)
seen = {
    "range, decimals": find_faults(in_range, "float64", [30, None]),
    "range, Int64": find_faults(in_range, "Int64", [30, None]),
    "isin, decimals": find_faults(is_known, "float64", [30, None]),
    "isin, Int64": find_faults(is_known, "Int64", [30, None]),
    "range, decimals, with 999": find_faults(in_range, "float64", [999, None]),
    "range, Int64, with 999": find_faults(in_range, "Int64", [999, None]),
}

print("pandera", version("pandera"), "pandas", version("pandas"))
print("input:    a column of 30 and a missing value (then of 999 and a missing value), each check with ignore_na=False")
print("expected: the missing value is a fault in every kind of column ('ignore_na: If True, null values will be")
print("          ignored when determining if a check passed or failed'), as isin() finds it in both; and 999 is named")
print("seen:")
for name, faults in seen.items():
    print(f"          {name}: {faults or 'passes'}")

as_stated = (
    seen["range, decimals"] == ["nan"]
    and seen["range, Int64"] == []
    and seen["isin, decimals"] == ["nan"]
    and seen["isin, Int64"] == ["<NA>"]
    and sorted(seen["range, decimals, with 999"]) == ["999.0", "nan"]
    and "999" not in seen["range, Int64, with 999"]
    and len(seen["range, Int64, with 999"]) == 1
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
