"""A run's client of its kernels: Jupyter's own, which hears that a kernel is ready instead of waiting for silence."""

from __future__ import annotations

import time
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient

CLIENT = f"{__name__}.PromptClient"
_ANSWER_SECONDS = 1.0  # a cold kernel takes longer and is asked again
_PUBLISHED_SECONDS = 0.2  # after its answer; longer means that it published before we listened


class PromptClient(AsyncKernelClient):  # type: ignore[misc]
    """Jupyter's own would, once a kernel answered, listen on until a fifth of a second has passed in silence."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when the kernel has answered, and all that it published of the answer has arrived.

        Raises RuntimeError where the kernel ended, or did not answer in ``timeout`` seconds.
        """
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while not await self._is_answered():
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > end:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    async def _is_answered(self) -> bool:
        asked = self.kernel_info()
        try:
            reply = await self.get_shell_msg(timeout=_ANSWER_SECONDS)
            while reply["parent_header"].get("msg_id") != asked:
                reply = await self.get_shell_msg(timeout=_ANSWER_SECONDS)
            said = await self.get_iopub_msg(timeout=_PUBLISHED_SECONDS)
            while said["parent_header"].get("msg_id") != asked or said["content"].get("execution_state") != "idle":
                said = await self.get_iopub_msg(timeout=_PUBLISHED_SECONDS)
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True
