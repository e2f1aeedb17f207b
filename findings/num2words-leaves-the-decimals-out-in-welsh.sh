#!/usr/bin/env bash
# num2words: a Decimal of 61.5 is "un a thrigain" in Welsh, 61, and 0.4 is no word at all; a float of -1.4 loses its minus.
# In English each is said whole. Welsh has a way of its own for every number, which asks whether it is a float before it looks for
# decimals, and says of a float what comes before the point without its sign.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
{
    python3 -m venv env
    env/bin/pip install num2words==0.5.14
} >install.log 2>&1 || { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import sys
from decimal import Decimal
from importlib.metadata import version

from num2words import num2words

NUMBERS = [61.5, Decimal("61.5"), "61.5", Decimal("0.4"), 1.4, -1.4, -3]
welsh = [num2words(number, lang="cy") for number in NUMBERS]
english = [num2words(number, lang="en") for number in NUMBERS]

print(f"num2words {version('num2words')}")
print("expected: every language says the number that was given, and a Decimal is what the library itself makes of text (its changelog, 0.5.10)")
print("input                 English                     seen in Welsh")
for number, *said in zip(NUMBERS, english, welsh):
    print(f"{number!r:20}  {said[0]:26}  {said[1]!r}")

as_stated = welsh == [
    "un a thrigain pwynt pump",
    "un a thrigain",
    "un a thrigain",
    "",
    "un pwynt pedwar",
    "un pwynt pedwar",
    "meinws tri",
] and english == [
    "sixty-one point five",
    "sixty-one point five",
    "sixty-one point five",
    "zero point four",
    "one point four",
    "minus one point four",
    "minus three",
]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
