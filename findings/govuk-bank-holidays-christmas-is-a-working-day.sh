#!/usr/bin/env bash
# govuk-bank-holidays: beyond the last day of its list every weekday is a working day, Christmas Day too.
# is_work_day() answers True as it would for any Tuesday. Nothing tells an answer from one that is not known.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet govuk-bank-holidays==0.19 holidays==0.109 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import sys
from datetime import date
from importlib.metadata import version

import holidays
from govuk_bank_holidays.bank_holidays import BankHolidays

listed = BankHolidays(use_cached_holidays=True)
england = BankHolidays.ENGLAND_AND_WALES
last = max(one["date"] for one in listed.get_holidays(division=england))
known, unknown = date(2028, 12, 25), date(2029, 12, 25)
by_rule = holidays.country_holidays("GB", subdiv="ENG", years=[2028, 2029])

print(f"govuk-bank-holidays {version('govuk-bank-holidays')}, holidays {version('holidays')}")
print(f"input:    is_work_day() for {known:%d %B %Y}, a Monday, and {unknown:%d %B %Y}, a Tuesday; the list that comes")
print("          with the package")
print("expected: no day's work on either, or an error that says where the list ends")
print("          holidays:", [day not in by_rule for day in (known, unknown)])
answers = [listed.is_work_day(day, division=england) for day in (known, unknown)]
print("seen:     is_work_day():", answers, f"- the list ends on {last:%d %B %Y}")

as_stated = answers == [False, True] and known in by_rule and unknown in by_rule and last == date(2028, 12, 26)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
