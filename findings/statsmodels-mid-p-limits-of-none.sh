#!/usr/bin/env bash
# statsmodels: the mid-P interval of a count of none is a single point that leaves out none.
# confint_poisson(0, ..., method="midp-c") returns the upper limit twice, without a warning. Other methods, and mid-P
# itself for one event, begin at or below the observed rate.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv venv
    venv/bin/python -m pip install statsmodels==0.15.0 numpy==2.4.6 scipy==1.17.1 pandas==3.1.1
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

venv/bin/python -I - <<'PY'
import math
import sys
import warnings
from importlib.metadata import version

from statsmodels.stats.rates import confint_poisson

warnings.simplefilter("error")
pupils = 250  # of one school; the events are its permanent exclusions of a year


def find_limits(events, method):
    low, high = confint_poisson(events, pupils, method=method)
    return float(low), float(high)


def show(limits):
    return " to ".join(f"{limit:.6f}" for limit in limits)


none = {method: find_limits(0, method) for method in ("exact-c", "score", "midp-c")}
one = find_limits(1, "midp-c")
# With no event, half of P(0) is all of the upper tail: exp(-rate * pupils) / 2 = 0.025. Nothing bounds the rate below.
by_definition = (0.0, -math.log(0.05) / pupils)

print("statsmodels", version("statsmodels"), "scipy", version("scipy"))
print("input:    confint_poisson(0, 250, method=...), 95 per cent")
print(f"expected: from 0, the rate observed, to {by_definition[1]:.6f} by the definition of mid-P; the documentation")
print("          says 'the probability of each tail is smaller or equal to alpha / 2', and other methods begin at 0:")
print(f"          exact-c {show(none['exact-c'])}, score {show(none['score'])}")
print(f"          midp-c of one event: {show(one)}, about the observed 0.004000")
print(f"seen:     midp-c of none: {show(none['midp-c'])}")

low, high = none["midp-c"]
as_stated = (
    none["exact-c"][0] == none["score"][0] == 0
    and one[0] < 1 / pupils < one[1]
    and math.isclose(high, by_definition[1], rel_tol=1e-6)
    and math.isclose(low, high, rel_tol=1e-6)
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
