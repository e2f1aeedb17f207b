"""Reports of eleven kinds of school, made once for all that is asked of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

#: Schools of the sample: with many gaps, with strengths, a secondary, a middle and an all-through school; and those of
#: which little is published: a tiny one, an infant, two new ones, a special school; and a secondary with most subjects.
KINDS = (900003, 900032, 900012, 900011, 900016, 900004, 900006, 900019, 900020, 900017, 900014)

#: One school's visit is moved and its first board cancelled; who comes there is agreed.
CHANGES = (
    "urn,activity,number,change,new_date,person,reason,date\n"
    "900003,Initial visit on criteria-based self-evaluation,1,moved,2026-01-14,,Their head is away.,2025-12-08\n"
    "900003,Project board meeting,1,cancelled,,,The governors meet.,2025-12-08\n"
)
AGREED = "urn,activity,person\n900003,adviser_review,Tom Fairbrother\n900003,programme_tier_2,Marek Dunn\n"


@pytest.fixture(scope="session")
def reports(make_once, prepared_sample, kept_fork_server) -> list[Path]:
    """The folder of each kind's report; read, never changed."""

    def fill(root: Path) -> None:
        from pipeline.cli.verbs import app
        from pipeline.run import executors

        shutil.copytree(prepared_sample, root, dirs_exist_ok=True)
        local = root / "data/editions/sample/local"
        (local / "support_plan.csv").write_text(CHANGES, encoding="utf-8")
        (local / "support_agreed.csv").write_text(AGREED, encoding="utf-8")
        with pytest.MonkeyPatch.context() as here:
            here.setenv("SCHOOL_REPORTS_HOME", str(root))
            here.setattr(executors, "_start_fork_server", kept_fork_server.lend)
            asked = [word for urn in KINDS for word in ("--urn", str(urn))]
            assert not app(["reports", "sample", *asked], standalone_mode=False)

    root = make_once("kinds-of-school", fill)
    found = [root / "reports/sample/schools" / str(urn) for urn in KINDS]
    assert all((folder / "report.pdf").is_file() for folder in found)
    return found
