"""Running a notebook's cells in a direct kernel: as ``CellRunner`` does in any, without what that one waits for."""

from __future__ import annotations

import time
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from nbclient.exceptions import CellExecutionError, CellTimeoutError

from pipeline.run.kernels.direct_client import DirectKernelClient
from pipeline.run.making.cells import UNFINISHED, CellRunner


class DirectRunner(CellRunner):
    """papermill's client of a direct kernel. It raises what ``CellRunner`` raises."""

    def __init__(self, *args: Any, kernel: DirectKernelClient, **named: Any) -> None:
        super().__init__(*args, record_timing=False, **named)
        self._kernel = kernel

    def execute(self, **_: Any) -> Any:
        """Run the notebook, end its kernel and give it back."""
        self.reset_execution_trackers()
        with self._kernel:
            self.papermill_execute_cells()
        self.nb.metadata["language_info"] = IPythonKernel.language_info  # of this very Python
        self.set_widgets_metadata()
        return self.nb

    def execute_cell(self, cell: Any, cell_index: int, **_: Any) -> Any:
        """Run one cell, as nbclient does."""
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or not cell.source.strip() or self.skip_cells_with_tag in tags:
            return cell
        may_fail = "raises-exception" in tags
        cell.outputs, self.clear_before_next_output = [], False
        reply = self._ask(cell_index, code=cell.source, store_history=True, silent=False, stop_on_error=not may_fail)
        self._hear_answer(cell, cell_index, reply)
        if reply["content"]["status"] == "error" and not may_fail:
            raise CellExecutionError.from_cell_and_msg(cell, reply["content"])
        return cell

    def _ask_unfinished(self) -> list[int]:
        return self._read_unfinished(self._ask(self.current, **UNFINISHED))

    def _ask(self, index: int, *, silent: bool, **content: Any) -> dict[str, Any]:
        """Have the kernel run code on behalf of the cell at ``index`` and take what it says of it; gives its reply."""
        cell = self.nb.cells[index]
        seconds = self._get_timeout(cell)
        end = time.monotonic() + seconds
        asked = self._kernel.ask(silent=silent, **content)
        if not silent:
            self._asked[asked] = index
        reply: dict[str, Any] = {}
        while True:
            try:
                message = self._kernel.hear(end)
            except TimeoutError:
                raise CellTimeoutError.error_from_timeout_and_cell("It did not end", seconds, cell) from None
            if message["msg_type"] == "execute_reply":
                reply = message
            elif self._is_late(message, asked):
                continue
            elif message["content"].get("execution_state") == "idle":
                return reply
            elif not silent:
                self.process_message(message, cell, index)
