"""What published figures are questioned for, beside what is impossible: ``docs/validation.md`` lists the rules."""

from pipeline.sources.plausibility.questions import Questions, question_blocks
from pipeline.sources.plausibility.together import RowsCompared, question_counts, set_aside_row
from pipeline.sources.plausibility.totals import compare_with_authorities

__all__ = [
    "Questions",
    "RowsCompared",
    "compare_with_authorities",
    "question_blocks",
    "question_counts",
    "set_aside_row",
]
