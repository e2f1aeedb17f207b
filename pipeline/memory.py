"""Giving memory back to the system."""

from __future__ import annotations

import contextlib
import ctypes


def give_back_memory() -> None:
    """Give back what the C library keeps of memory that is no longer used.

    After a country's frames glibc keeps some hundred megabytes for later. Where another library allocates, nothing is
    done.
    """
    with contextlib.suppress(OSError, TypeError, AttributeError):  # other systems have no such function, or no handle
        ctypes.CDLL(None).malloc_trim(0)
