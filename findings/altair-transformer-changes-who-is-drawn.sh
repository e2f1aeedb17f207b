#!/usr/bin/env bash
# Altair: the same chart draws other schools when its data are prepared by VegaFusion.
# Vega compares as JavaScript does, where a missing value is less than 30; VegaFusion compares as a database does, where
# it is not. A withheld figure is counted as "low" in the picture and left out of the chart's own transformed_data().
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv venv
    venv/bin/python -m pip install altair==6.3.0 vl-convert-python==1.9.0.post1 vegafusion==2.0.3 \
        pandas==3.1.1 numpy==2.4.6 pyarrow==26.0.1
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

venv/bin/python -I - <<'PY'
import io
import re
import sys
from importlib.metadata import version

import altair as alt
import pandas as pd

# School B's percentage is withheld.
schools = pd.DataFrame({"school": ["A", "B", "C", "D"], "share": [12.0, None, 60.0, 25.0]})
chart = (
    alt.Chart(schools)
    .transform_filter(alt.FieldLTPredicate(field="share", lt=30))
    .mark_text()
    .encode(text="school:N", y=alt.Y("school:N", axis=None))
)


def read_drawn(chart):
    """The words of the picture that chart.save() writes."""
    picture = io.StringIO()
    chart.save(picture, format="svg")
    return sorted(re.findall(r"<text[^>]*>([^<]+)</text>", picture.getvalue()))


drawn = read_drawn(chart)
told = sorted(chart.transformed_data()["school"])
with alt.data_transformers.enable("vegafusion"):
    drawn_by_vegafusion = read_drawn(chart)
by_pandas = sorted(schools.loc[schools["share"] < 30, "school"])

print(*(f"{name} {version(name)}" for name in ("altair", "vl-convert-python", "vegafusion")))
print("input:    A 12, B withheld (missing), C 60, D 25; a chart of those whose share is less than 30")
print("expected: the picture holds the rows that transformed_data() returns ('Evaluate the data transforms associated")
print("          with a Chart'), and enabling another data transformer changes how it is made, not what it shows")
print(f"          share < 30 in pandas: {by_pandas}")
print(f"seen:     drawn by chart.save(): {drawn}")
print(f"          chart.transformed_data(): {told}")
print(f"          drawn with alt.data_transformers.enable('vegafusion'): {drawn_by_vegafusion}")

as_stated = drawn == ["A", "B", "D"] and told == drawn_by_vegafusion == by_pandas == ["A", "D"]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
