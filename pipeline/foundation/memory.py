"""Giving memory back to the system."""

from __future__ import annotations


def give_back_memory() -> None:
    """Give back what the C library and Arrow keep of memory that is no longer used.

    After a country's frames each keeps some hundred megabytes for later. Where the C library has no way to be asked
    (musl), Arrow alone gives back.
    """
    import psutil
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    if hasattr(psutil, "heap_trim"):
        psutil.heap_trim()
