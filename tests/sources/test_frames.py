"""Tables of which a school has no row: whole columns, and one school's are no other's."""

from __future__ import annotations

from pipeline.sources.frames import SELF_EVALUATION, LocalSlice, StudySlice


def test_a_table_without_rows_has_every_column_and_what_is_done_to_it_reaches_no_other_school():
    one, other = LocalSlice().self_evaluation, LocalSlice().self_evaluation
    assert {name: str(kind) for name, kind in one.dtypes.items()} == SELF_EVALUATION and one.empty
    one["more"] = 1
    one.columns = [name.upper() for name in one]
    assert list(other) == list(LocalSlice().self_evaluation) == list(SELF_EVALUATION) and other.empty
    assert StudySlice().similar.index.equals(other.index)
