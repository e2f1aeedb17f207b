"""Giving memory back to the system."""

from __future__ import annotations

import contextlib
import ctypes


def give_back_memory() -> None:
    """Give back what the C library and Arrow keep of memory that is no longer used.

    After a country's frames each keeps some hundred megabytes for later. Where another library than glibc allocates,
    Arrow alone gives back.
    """
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    with contextlib.suppress(OSError, TypeError, AttributeError):  # other systems have no such function, or no handle
        ctypes.CDLL(None).malloc_trim(0)
