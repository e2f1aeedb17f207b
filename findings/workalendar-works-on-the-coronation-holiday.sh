#!/usr/bin/env bash
# workalendar: Monday 8 May 2023, a bank holiday of the whole United Kingdom, is a working day there.
# The release is of a later year, and its other days of 2012 to 2028 are those that gov.uk lists for England and Wales.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet workalendar==17.0.0 govuk-bank-holidays==0.19 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import sys
from datetime import date
from importlib.metadata import version

from govuk_bank_holidays.bank_holidays import BankHolidays
from workalendar.europe import UnitedKingdom, UnitedKingdomNorthernIreland

listed = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
by_gov_uk = {one["date"] for one in listed}
calendar = UnitedKingdom()
by_workalendar = {
    day for year in range(2012, 2029) for day, _ in calendar.holidays(year) if day.weekday() < 5
}
coronation = date(2023, 5, 8)
works = [part().is_working_day(coronation) for part in (UnitedKingdom, UnitedKingdomNorthernIreland)]
apart = sorted(by_gov_uk ^ by_workalendar)

print(f"workalendar {version('workalendar')}, govuk-bank-holidays {version('govuk-bank-holidays')}")
print("input:    bank holidays of 2012 to 2028 that are weekdays")
print("expected: the days of gov.uk's list, 8 May 2023 among them:", coronation in by_gov_uk)
print("seen:     days in one alone:", [str(day) for day in apart], "- is_working_day():", works)

as_stated = apart == [coronation] and coronation in by_gov_uk and works == [True, True]
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
