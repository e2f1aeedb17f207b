"""What a person reads on the screen when a run is over."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from pipeline.cli.printing import say_reconciliation, say_summary
from pipeline.cli.verbs import app
from pipeline.foundation.vocabulary import count_noun
from pipeline.run.jobs import ReportOutcome
from pipeline.run.reports import RunSummary
from pipeline.sources.tabular.reconcile import FileReconciliation


def test_a_bug_that_several_schools_meet_is_printed_once_with_its_traceback(capsys):
    said = "a fault in the pipeline itself: KeyError: 'value'"
    failed = tuple(ReportOutcome(urn, f"School {urn}", said, bug="Traceback: [cell 4]\n") for urn in (900001, 900002))
    edition = SimpleNamespace(name="sample", description=SimpleNamespace(title="Sample"))
    say_summary(RunSummary(edition, (), failed, (), (), (), None))
    printed = capsys.readouterr()
    assert printed.err.count("Traceback: [cell 4]") == 1
    assert printed.out.count(said) == 2


def test_a_verb_that_is_stopped_says_how_to_go_on(monkeypatch):
    def stop():
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.run.desk.documenting.documentation.write_documentation", stop)
    stopped = CliRunner().invoke(app, ["docs"])
    assert stopped.exit_code == 130
    assert "run the same command again to go on" in " ".join(stopped.stderr.split())


def test_a_file_that_holds_no_rows_of_figures_has_no_count_of_them(capsys):
    """The workbook of abbreviations had " rows · 0 columns not used"."""
    noted = FileReconciliation(file="abbreviations.xlsx", title="Descriptions", loaded=True, notes=("no figures",))
    empty = FileReconciliation(file="ks2.csv", title="Key stage 2", loaded=True, columns_used=("URN",))
    full = FileReconciliation(file="ks4.csv", title="Key stage 4", loaded=True, rows=1200, columns_used=("URN",))
    paths = SimpleNamespace(prepared=Path("prepared"))
    say_reconciliation(
        SimpleNamespace(
            tables=SimpleNamespace(reconciliation=lambda: [noted, empty, full]), edition=SimpleNamespace(paths=paths)
        )
    )
    blocks = capsys.readouterr().out.split("\n\n")
    assert blocks[0].split("\n")[-3:] == ["abbreviations.xlsx", "  Descriptions", "  no figures"]
    assert "  0 rows · 0 columns not used" in blocks[1] and "  1,200 rows · 0 columns not used" in blocks[2]


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1 link"), (0, "0 links"), (2872, "2,872 links"), (1.5, "1.5 links"), (1000.0, "1,000 links")],
)
def test_numbers_of_things_are_written_with_their_thousands(number, said):
    assert count_noun(number, "link") == said
