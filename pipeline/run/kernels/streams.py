"""What a cell prints, sent on as ipykernel does, but for the waiting where nothing was printed."""

from __future__ import annotations

from typing import Any

from ipykernel.iostream import OutStream


class PatientStream(OutStream):  # type: ignore[misc]
    """ipykernel sends its streams on four times a cell and waits each time for another thread; few cells print."""

    _unsent = True

    def write(self, *given: Any, **named: Any) -> Any:
        """Take what is printed; it is sent on with the next ``flush``, or sooner."""
        self._unsent = True
        return super().write(*given, **named)

    def flush(self) -> None:
        """Send on what was printed since the last time, and wait until it is on its way."""
        if self._unsent:
            self._unsent = False
            super().flush()
