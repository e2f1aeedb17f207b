#!/usr/bin/env bash
# PuLP: a plan that is saved and read again costs less, by the part that does not depend on what is decided.
# Days that are agreed already stand in the total as a number: days = 40 + ... The number is left out by to_json(),
# writeLP() and writeMPS(), without a warning, so that the total of the very same plan is 40 days short. A HiGHS model
# keeps such a number in each of its files.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
python3 -m venv env && env/bin/pip install --quiet pulp==3.3.2 highspy==1.16.0 numpy==2.4.6 >install.log 2>&1 ||
    { cat install.log >&2; exit 2; }

cat >check.py <<'PY'
import sys
from importlib.metadata import version

import highspy
import pulp

AGREED = 40  # days


def solve(plan):
    plan.solve(pulp.HiGHS(msg=False))
    return {variable.name: variable.value() for variable in plan.variables()}, pulp.value(plan.objective)


def read_by_highs(path):
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.readModel(path)
    model.run()
    return model.getInfo().objective_function_value


# Days of two advisers, six in all; those of the second count twice.
plan = pulp.LpProblem("days", pulp.LpMinimize)
first, second = pulp.LpVariable("first", 0, 5), pulp.LpVariable("second", 0, 5)
plan += AGREED + first + 2 * second
plan += first + second >= 6
days, total = solve(plan)

plan.to_json("plan.json")
read_days, read_total = solve(pulp.LpProblem.from_json("plan.json")[1])
plan.writeLP("plan.lp")
plan.writeMPS("plan.mps")
_, from_mps = solve(pulp.LpProblem.fromMPS("plan.mps")[1])

in_highs = highspy.Highs()
in_highs.setOptionValue("output_flag", False)
in_highs.readModel("plan.lp")
in_highs.changeObjectiveOffset(AGREED)
in_highs.writeModel("highs.lp")
in_highs.writeModel("highs.mps")
by_highs = [read_by_highs("highs.lp"), read_by_highs("highs.mps")]
seen = [read_total, from_mps, read_by_highs("plan.lp"), read_by_highs("plan.mps")]

print(f"pulp {version('pulp')}, highspy {version('highspy')}")
print("input:    a plan whose total is 40 + first + 2 second; solved:", days, "in all", total)
print("expected: the same days and the same total from each file; a HiGHS model's .lp and .mps:", by_highs)
print("seen:     to_json(), from_json():    ", read_days, "in all", seen[0])
print("          writeMPS(), fromMPS():     ", seen[1])
print("          writeLP(), writeMPS(), read by HiGHS:", seen[2:])

as_stated = (
    days == read_days == {"first": 5, "second": 1}
    and [total, *by_highs] == [47, 47, 47]
    and seen == [7, 7, 7, 7]
)
print("as stated" if as_stated else "CHANGED")
sys.exit(0 if as_stated else 1)
PY
env/bin/python -I check.py
