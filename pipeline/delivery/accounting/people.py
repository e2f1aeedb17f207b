"""The people who approve, answer and decide: each is recorded by name."""

from __future__ import annotations

from pipeline.foundation.errors import PipelineError

_LONGEST_NAME = 100  # characters


def read_approver(by: str) -> str:
    """A person's name, in one line; raises PipelineError where it is none."""
    name = " ".join(by.split())
    if not any(sign.isalpha() for sign in name) or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise PipelineError("an approval needs the name of a person", remedy="Give it, like --by 'Jane Smith'.")
    return name
