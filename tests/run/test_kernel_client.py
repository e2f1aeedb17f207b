"""A kernel is ready when it has answered and what it publishes arrives: no sooner, and without waiting for silence."""

import asyncio
import json
import sys
from queue import Empty

import pytest
from jupyter_client.manager import AsyncKernelManager

from pipeline.run.kernels.client import PromptClient

pytestmark = pytest.mark.kernel


def describe_kernel(folder, *command) -> None:
    """A kernel called ``own`` that is started with ``command``, for whom JUPYTER_PATH is ``folder``."""
    spec = folder / "kernels" / "own" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": list(command), "display_name": "Own", "language": "python"}))


async def speak(client_class, then, kernel="python3"):
    """Start a plain kernel, wait until it is ready, and do ``then`` with its client."""
    manager = AsyncKernelManager(kernel_name=kernel, client_factory=client_class)
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=100)
        return await then(client)
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


async def read_next(client) -> list[bool]:
    """Of the messages that come after a cell is run, up to its end: whether each is the cell's own."""
    asked = client.execute("print(1)")
    said = []
    while not said or said[-1][1] != "idle":
        message = await client.get_iopub_msg(timeout=60)
        said.append((message["parent_header"]["msg_id"] == asked, message["content"].get("execution_state")))
    return [own for own, _ in said]


def test_all_that_was_published_before_it_was_ready_has_been_read():
    owned = asyncio.run(speak(PromptClient, read_next))
    assert len(owned) > 2 and all(owned)


def test_a_kernel_that_published_before_we_listened_is_asked_again():
    class Late(PromptClient):
        missed, asked = 2, 0  # a seam: as if the first answers had been published too early

        def kernel_info(self, *given, **named):
            self.asked += 1
            return super().kernel_info(*given, **named)

        async def get_iopub_msg(self, *given, **named):
            if self.missed:
                self.missed -= 1
                raise Empty
            return await super().get_iopub_msg(*given, **named)

    async def count(client):
        return client.asked, await read_next(client)

    asked, owned = asyncio.run(speak(Late, count))
    assert asked >= 3 and all(owned)


def test_a_kernel_that_ends_before_it_answers_is_not_waited_for(tmp_path, monkeypatch):
    describe_kernel(tmp_path, sys.executable, "-c", "raise SystemExit(3)")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="died"):
        asyncio.run(speak(PromptClient, read_next, "own"))


def test_a_kernel_that_never_answers_is_waited_for_as_long_as_was_said(tmp_path, monkeypatch):
    describe_kernel(tmp_path, sys.executable, "-c", "import time; time.sleep(900)")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    class Hurried(PromptClient):
        async def wait_for_ready(self, timeout=None):
            await super().wait_for_ready(timeout=1)

    with pytest.raises(RuntimeError, match="1 seconds"):
        asyncio.run(speak(Hurried, read_next, "own"))
