"""Running a notebook's cells: the school's first, then the officers', each answering for all it writes.

Officer-only cells run after every other cell, so that nothing they write, change or start can be met by the school's
copy. Whatever a cell writes when it is no longer running, and whatever it ends or leaves running, is its fault.
"""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterable
from typing import Any

from nbclient.exceptions import CellExecutionComplete, CellExecutionError, CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from papermill.clientwrap import PapermillNotebookClient

from pipeline.render.content.document import is_for_officers, number_cell

#: What a kernel is asked when the cells have run, in Jupyter's words.
UNFINISHED: dict[str, Any] = {
    "code": "",
    "silent": True,
    "store_history": False,
    "user_expressions": {"unfinished": "__import__('pipeline.run.kernels.showing', fromlist=['']).list_unfinished()"},
}
_CHART = re.compile(r"application/vnd\.(vega|vegalite)\.v\d+(\.\d+)*\.json")  # as Altair calls it when told to
_CELL_NUMBER = re.compile(r"\(\d+\.py, line")  # a kernel calls a cell by a hash of it
_NO_ERROR = "NoneType"  # what a kernel answers where the cell went well and its last line could not be shown
_NO_ERROR_SHOWN = (
    "A report shows no error: catch it (`try: … except …:`) and print a sentence; where a thing could not be shown, "
    "mend what shows it (`_repr_html_`, `__repr__`)."
)
_SHOWING = {"stream", "display_data", "update_display_data", "execute_result", "error", "clear_output"}


class CellFault(Exception):
    """A cell for which the report cannot be made: which it is, counted from 0, why, and what to do about it."""

    def __init__(self, index: int, what: str, remedy: str = "") -> None:
        self.index, self.what, self.remedy = index, what, remedy
        super().__init__(index, what, remedy)


class CellRunner(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client, which runs the school's cells and then the officers'. It raises CellFault.

    ``current`` is the cell that runs, or ran last, counted from 0.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.current, self.has_begun = 0, False
        self._asked: dict[str, int] = {}  # the message that ran a cell, and the cell
        self._unknown: dict[str, int] = {}  # a display that was updated before it was shown, and by whom
        self._fault: CellFault | None = None
        self.on_cell_executed = self._hear_answer

    def papermill_execute_cells(self) -> None:
        """Run every cell once."""
        for for_officers in (False, True):
            chosen = [index for index, cell in enumerate(self.nb.cells) if is_for_officers(cell) is for_officers]
            for index in chosen:
                self._run(index, self.nb.cells[index])
            if any(self.nb.cells[index].cell_type == "code" for index in chosen):
                self._refuse_what_goes_on()

    def _run(self, index: int, cell: Any) -> None:
        self.current, self.has_begun = index, True
        try:
            self.nb_man.cell_start(cell, index)
            self.execute_cell(cell, index)
        except CellExecutionError as error:
            self.nb_man.cell_exception(cell, cell_index=index, exception=error)
            if error.ename == _NO_ERROR and (shown := _find_errors(cell)):
                raise CellFault(index, *_explain_error_shown(shown[0])) from None
            raise CellFault(index, *_explain_error(error.ename, error.evalue)) from None
        finally:
            self.nb_man.cell_complete(cell, cell_index=index)
        self._refuse_what_was_said()
        if shown := _find_errors(cell):
            raise CellFault(index, *_explain_error_shown(shown[0]))

    def _refuse_what_was_said(self) -> None:
        if self._fault is not None:
            raise self._fault

    # What the kernel says

    def _hear_answer(self, cell: Any, cell_index: int, execute_reply: Any) -> None:
        content = execute_reply["content"]
        if any(payload.get("source") == "ask_exit" for payload in content.get("payload", ())):
            self._refuse(cell_index, *_explain_error("SystemExit", ""))
        elif content["status"] == "error" and "raises-exception" in cell.metadata.get("tags", []):
            if content.get("ename") == _NO_ERROR:
                return  # it stands in the cell's output
            what, _ = _explain_error(content.get("ename", ""), content.get("evalue", ""))
            self._refuse(cell_index, what, _NO_ERROR_SHOWN)

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: Any, cell_index: int) -> None:
        """Take what comes until the cell is done; what another cell wrote meanwhile is that cell's fault."""
        self._asked[parent_msg_id] = cell_index
        while True:
            message = await self.kc.iopub_channel.get_msg(timeout=None)
            if not self._is_late(message, parent_msg_id):
                try:
                    self.process_message(message, cell, cell_index)
                except CellExecutionComplete:
                    return

    def _is_late(self, message: Any, expected: str) -> bool:
        whose = message["parent_header"].get("msg_id")
        if whose == expected:
            return False
        if message["msg_type"] in _SHOWING and whose in self._asked:
            self._refuse(
                self._asked[whose],
                "what it started went on and wrote when the cell had ended",
                "Let the cell wait for it (`thread.join()`, `await task`), or print what it found in a cell below.",
            )
        return True

    def process_message(self, message: Any, cell: Any, cell_index: int) -> Any:
        """Take the message as nbclient does, but for what would change another reader's copy."""
        shown = (message["content"].get("transient") or {}).get("display_id")
        if shown and message["msg_type"] in _SHOWING and not self._may_show(shown, message["msg_type"], cell_index):
            return None
        if message["msg_type"] in _SHOWING and (data := message["content"].get("data")):
            self._fit_into_notebook(data, cell_index)
        return super().process_message(message, cell, cell_index)

    def _fit_into_notebook(self, data: dict[str, Any], index: int) -> None:
        """Name a chart's kind as the notebook's format wants it; refuse what that format cannot hold.

        It holds texts, and other content only where its kind says that it is JSON.
        """
        for kind in [kind for kind, content in data.items() if not _is_text(content)]:
            if _CHART.fullmatch(kind):
                data[f"{kind.removesuffix('.json')}+json"] = data.pop(kind)
            elif kind != "application/json" and not kind.endswith("+json"):
                del data[kind]
                what = f"its output is {kind}, which a notebook cannot hold"
                self._refuse(index, what, "Show a figure with its alt text, a table or text.")

    def _may_show(self, shown: str, kind: str, by: int) -> bool:
        """Whether cell ``by`` may show, or update, the display ``shown``: officers' cells have their own."""
        places = [index for index, held in self._display_id_map.get(shown, {}).items() if held]
        if kind == "update_display_data" and not places:
            self._unknown.setdefault(shown, by)
        mine = is_for_officers(self.nb.cells[by])
        others = [index for index in places if is_for_officers(self.nb.cells[index]) is not mine]
        if mine and (others or (shown in self._unknown and not is_for_officers(self.nb.cells[self._unknown[shown]]))):
            other = (others or [self._unknown[shown]])[0]
            self._refuse(
                by,
                f"it shares a display with cell {number_cell(self.nb.cells, other)}, which is not officer-only",
                "Show what is for officers with a display of its own.",
            )
            return False
        return True

    def _refuse(self, index: int, what: str, remedy: str = "") -> None:
        """Remember the first fault; it is raised when the cell that runs is done."""
        self._fault = self._fault or CellFault(index, what, remedy)

    def _refuse_what_goes_on(self) -> None:
        """Ask what has not ended, and hear on the way what was written since the last cell."""
        cells = self._ask_unfinished()
        self._refuse_what_was_said()
        if cells:
            raise CellFault(
                min(cells),
                "what it started had not ended when the notebook did",
                "Let the cell wait for it: `thread.join()`, `await task`.",
            )

    def _ask_unfinished(self) -> list[int]:
        """The cells, counted from 0, of which something has not ended."""
        return self._read_unfinished(run_sync(self._async_ask_unfinished)())

    async def _async_ask_unfinished(self) -> dict[str, Any]:
        last = self.nb.cells[self.current]
        seconds = self._get_timeout(last)
        try:
            return await asyncio.wait_for(self._hear_unfinished(), seconds)
        except TimeoutError:
            raise CellTimeoutError.error_from_timeout_and_cell("Nothing was answered", seconds, last) from None

    async def _hear_unfinished(self) -> dict[str, Any]:
        asked = self.kc.execute(**UNFINISHED)
        reply: dict[str, Any] | None = await self.async_wait_for_reply(asked)
        if reply is None:
            raise DeadKernelError("Kernel died")
        while True:
            message = await self.kc.iopub_channel.get_msg(timeout=None)
            if message["parent_header"].get("msg_id") == asked and message["content"].get("execution_state") == "idle":
                break
            self._is_late(message, asked)
        return reply

    def _read_unfinished(self, reply: dict[str, Any]) -> list[int]:
        found = reply["content"].get("user_expressions", {}).get("unfinished", {})
        if found.get("status") != "ok":
            raise RuntimeError(f"the kernel is not a report's: {found.get('evalue', 'it did not answer')}")
        messages: Iterable[str] = ast.literal_eval(found["data"]["text/plain"])
        return [self._asked[message] for message in messages if message in self._asked]


def _is_text(content: Any) -> bool:
    return isinstance(content, str) or (isinstance(content, list) and all(isinstance(line, str) for line in content))


def _explain_error(name: str, words: str) -> tuple[str, str]:
    """What stopped a cell, and what to do where that is not plain."""
    if name == "SystemExit":
        return "it asked to end the notebook (exit)", "Take `exit`, `quit` or `sys.exit` out: every cell must run."
    words = _CELL_NUMBER.sub("(line", words)
    return f"{name}: {words}" if words else name, ""


def _find_errors(cell: Any) -> list[Any]:
    """The errors among what ``cell`` shows: a cell may end well and have shown one."""
    return [output for output in cell.get("outputs", ()) if output.output_type == "error"]


def _explain_error_shown(error: Any) -> tuple[str, str]:
    what, remedy = _explain_error(error.ename, error.evalue)
    return what, remedy or _NO_ERROR_SHOWN
