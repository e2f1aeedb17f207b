"""What a person reads on the screen when a run is over."""

from __future__ import annotations

from types import SimpleNamespace

from pipeline.cli.printing import say_summary
from pipeline.run.jobs import ReportOutcome
from pipeline.run.reports import RunSummary


def test_a_bug_that_several_schools_meet_is_printed_once_with_its_traceback(capsys):
    said = "a fault in the pipeline itself: KeyError: 'value'"
    failed = tuple(ReportOutcome(urn, f"School {urn}", said, bug="Traceback: [cell 4]\n") for urn in (900001, 900002))
    edition = SimpleNamespace(name="sample", description=SimpleNamespace(title="Sample"))
    say_summary(RunSummary(edition, (), failed, (), (), (), None))
    printed = capsys.readouterr()
    assert printed.err.count("Traceback: [cell 4]") == 1
    assert printed.out.count(said) == 2
