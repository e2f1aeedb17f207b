"""What is no longer used is given back to the system, where the C library can be asked to."""

from __future__ import annotations

import psutil
import pyarrow as pa
import pytest

from pipeline.foundation.memory import give_back_memory


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(psutil, "heap_trim"), reason="this system's C library cannot be asked")
def test_what_the_c_library_keeps_is_given_back():
    held = psutil.Process()
    pieces = [bytes(60_000) for _ in range(4_000)]  # small enough that each is kept for later, 240 MB together
    pieces = pieces[::50]  # those left keep the heap from shrinking by itself
    kept = held.memory_info().rss
    give_back_memory()
    assert kept - held.memory_info().rss > 100_000_000
    assert len(pieces) == 80


def test_arrow_alone_gives_back_where_the_c_library_cannot_be_asked(monkeypatch):
    asked = []
    pool = pa.default_memory_pool()

    class Pool:
        def release_unused(self):
            asked.append("Arrow")
            pool.release_unused()

    monkeypatch.setattr(pa, "default_memory_pool", Pool)
    monkeypatch.setattr(psutil, "heap_trim", lambda: asked.append("C"), raising=False)
    give_back_memory()
    assert asked == ["Arrow", "C"]
    monkeypatch.delattr(psutil, "heap_trim")
    give_back_memory()
    assert asked == ["Arrow", "C", "Arrow"]
