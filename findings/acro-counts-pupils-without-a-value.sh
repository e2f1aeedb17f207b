#!/usr/bin/env bash
# acro: pupils without a value are counted among those on whom a statistic rests, so that a median of two is released.
# The least number is 10. Of twenty pupils two have a score: their median stands in the table, and no cell is said to be
# small. With the eighteen rows that add nothing taken out, the same median is suppressed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet acro==1.0.2 pandas==2.3.3 numpy==2.4.6 statsmodels==0.15.0 \
    >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import logging
import sys
import warnings
from importlib.metadata import version

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

import pandas as pd
from acro import ACRO

# Two schools of twenty pupils; of those of B only two have a score.
pupils = pd.DataFrame({
    "school": ["A"] * 20 + ["B"] * 20,
    "key_stage": "KS2",
    "score": [90.0 + number for number in range(20)] + [80.0, 81.0] + [None] * 18,
})
session = ACRO(suppress=True)


def find_medians(pupils):
    """The medians of A and B, and the cells found to be below the least number, by each of the two ways to a table."""
    tables = (
        session.crosstab(pupils.school, pupils.key_stage, values=pupils.score, aggfunc="median"),
        session.pivot_table(pupils, index="school", columns="key_stage", values="score", aggfunc="median"),
    )
    records = list(session.results.results.values())[-2:]
    small = [record.sdc["summary"]["MinimumThresholdCheck"] for record in records]
    return [[None if pd.isna(median) else float(median) for median in table["KS2"]] for table in tables], small


whole, whole_small = find_medians(pupils)
with_score, with_score_small = find_medians(pupils.dropna())

print(f"acro {version('acro')}, pandas {version('pandas')}; the least number is {session.config['safe_threshold']}")
print("input:    20 pupils at A with a score; 20 at B, 2 of them with a score; ACRO(suppress=True), aggfunc='median'")
print("expected: B suppressed: 'cells with fewer than a specified number of contributors are suppressed' (its guide What")
print("          ACRO-R Supports), and pupils without a score contribute nothing to a median")
print(f"          without the rows that have no score: {with_score[0]}, cells below the least number {with_score_small}")
print(f"seen:     crosstab and pivot_table: {whole[0]} and {whole[1]}, cells below the least number {whole_small}")

as_stated = (
    session.config["safe_threshold"] == 10
    and with_score == [[99.5, None]] * 2
    and with_score_small == [1, 1]
    and whole == [[99.5, 80.5]] * 2
    and whole_small == [0, 0]
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
