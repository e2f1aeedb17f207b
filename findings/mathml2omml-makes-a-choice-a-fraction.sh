#!/usr/bin/env bash
# mathml2omml (of Python): in Word "10 choose 3", which is 120, stands as the fraction ten thirds.
# In MathML a number of choices is a fraction without its line, and the line is what tells the two apart. mathml2omml
# writes it with the line, without a word. Its namesake of npm keeps the line away.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv env && env/bin/pip install latex2mathml==3.81.1 mathml2omml==0.0.2
    npm install --prefix "$work" --no-audit --no-fund mathml2omml@0.5.0
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >convert.mjs <<'JS'
import { mml2omml } from "mathml2omml";

console.log(mml2omml(process.argv[2]));
JS

cat >check.py <<'PY'
import re
import subprocess
import sys
from importlib.metadata import version
from xml.etree import ElementTree

import mathml2omml
from latex2mathml.converter import convert

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"


def read_fractions(omml):
    """Of each fraction what stands above and below, and its type; one without a type has a line."""
    if "xmlns:m=" not in omml:
        omml = omml.replace("<m:oMath", f'<m:oMath xmlns:m="{M[1:-1]}"', 1)
    return [
        (
            "".join(fraction.find(f"{M}num").itertext()),
            "".join(fraction.find(f"{M}den").itertext()),
            next((kind.get(f"{M}val") for kind in fraction.iterfind(f"{M}fPr/{M}type")), "bar"),
        )
        for fraction in ElementTree.fromstring(omml).iter(f"{M}f")
    ]


choice, share = convert(r"\binom{10}{3}"), convert(r"\frac{10}{3}")
namesake = subprocess.run(["node", "convert.mjs", choice], check=True, capture_output=True, text=True)
by_namesake = read_fractions(namesake.stdout)
seen, of_share = read_fractions(mathml2omml.convert(choice)), read_fractions(mathml2omml.convert(share))

print(", ".join(f"{name} {version(name)}" for name in ("mathml2omml", "latex2mathml")), "and mathml2omml 0.5.0 of npm")
print(r"input:    \binom{10}{3} by latex2mathml:", re.search("<mfrac.*</mfrac>", choice)[0])
print("expected: no line (MathML, linethickness of mfrac: 'a value of \"0\" renders without the bar such as for binomial")
print("          coefficients'; ECMA-376, part 1, type of a fraction: noBar); npm's mathml2omml:", by_namesake)
print(r"seen:     mathml2omml, as of \frac{10}{3}:", seen, of_share)

as_stated = by_namesake == [("10", "3", "noBar")] and seen == of_share == [("10", "3", "bar")]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
