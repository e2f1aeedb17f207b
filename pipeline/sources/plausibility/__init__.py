"""What published figures are questioned for, beside what is impossible: ``docs/validation.md`` lists the rules."""

from pipeline.sources.plausibility.questions import Questions, question_blocks

__all__ = ["Questions", "question_blocks"]
