#!/usr/bin/env bash
# Great Expectations: "of this type" and "in this list of types", with that one type, contradict each other.
# For a nullable column of whole numbers each refuses the name that the other takes, so that no name satisfies both, and
# the refusal reports the very type that was asked for.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv venv
    venv/bin/python -m pip install great_expectations==1.24.1 pandas==3.1.1 numpy==2.4.6
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

export GX_ANALYTICS_ENABLED=false
venv/bin/python -I - <<'PY'
import logging
import sys
import warnings
from importlib.metadata import version

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd

context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
asset = context.data_sources.add_pandas("source").add_dataframe_asset("schools")
# The whole numbers of pupils of three schools, one of them withheld.
table = pd.DataFrame({"pupils": pd.Series([30, 28, None], dtype="Int64"), "URN": [100000, 100001, 100002]})
batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": table})


def validate(expectation):
    result = batch.validate(expectation)
    return result.success, result.result["observed_value"]


seen = {
    (column, name): (
        validate(gxe.ExpectColumnValuesToBeOfType(column=column, type_=name)),
        validate(gxe.ExpectColumnValuesToBeInTypeList(column=column, type_list=[name])),
    )
    for column in ("pupils", "URN")
    for name in ("int64", "Int64Dtype")
}

print("great_expectations", version("great_expectations"), "pandas", version("pandas"))
print("input:    pupils is Int64 (30, 28, missing), URN is int64")
print("expected: ExpectColumnValuesToBeOfType with a type and ExpectColumnValuesToBeInTypeList with a list of that one")
print("          type agree, as they do for URN: the second is the first for several types; a column observed to be")
print("          int64 is in the list ['int64']")
print("seen:")
for (column, name), (of_type, in_list) in seen.items():
    print(f"          {column}, {name!r}: of type {of_type[0]} (observed {of_type[1]!r}),", end=" ")
    print(f"in a list of it {in_list[0]} (observed {in_list[1]!r})")

as_stated = seen == {
    ("pupils", "int64"): ((True, "int64"), (False, "int64")),
    ("pupils", "Int64Dtype"): ((False, "int64"), (True, "int64")),
    ("URN", "int64"): ((True, "int64"), (True, "int64")),
    ("URN", "Int64Dtype"): ((False, "int64"), (False, "int64")),
}
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
