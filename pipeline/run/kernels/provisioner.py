"""The kernel provisioner: how Jupyter's clients get a kernel of ours, named in the kernelspec ``school-report``.

Which kind of kernel that is, the environment says: ``SCHOOL_REPORTS_KERNELS`` is ``cold``, or anything else for one
that is forked by the fork server. Where there is none a cold one takes its place, with one warning.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
import warnings
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from pipeline.run.kernels.finding import are_forked, find_fork_server
from pipeline.run.kernels.fork_client import ForkedKernel, NoForkServer
from pipeline.run.kernels.launching import KernelRequest, read_memory_limit

NAME = "school-report-provisioner"
SAID, ENDED = "kernel.said", "kernel.ended"  # beside the connection file: a kernel's own words, and how it ended
NOTES = "SCHOOL_REPORTS_KERNEL_NOTES"  # the environment variable with the folder of whoever reads them after its end
_KERNEL_MODULE = "ipykernel_launcher"
_LOOK_SECONDS = 0.005
_BOUND_SECONDS, _END_SECONDS = 2.0, 1.0  # a kernel that takes longer is left to Jupyter, which waits for it in its way


class SchoolReportProvisioner(LocalProvisioner):
    """Launches a fresh kernel: forked by the fork server, or cold."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel for the command that the kernelspec made, in the environment Jupyter chose."""
        request = self._describe(cmd, kwargs)
        process = await asyncio.to_thread(take_kernel, request)
        if process is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid = process, process.pid, process.pid
        await self._await_sockets(process)
        return self.connection_info

    async def _await_sockets(self, process: Any) -> None:
        """Wait until the kernel can be connected to: who tries earlier tries again only a tenth of a second later."""
        if self.connection_info.get("transport") != "ipc":
            return
        at = os.fsdecode(self.connection_info["ip"])
        sockets = [Path(f"{at}-{port}") for name, port in self.connection_info.items() if name.endswith("_port")]
        end = time.monotonic() + _BOUND_SECONDS
        while not all(socket.exists() for socket in sockets) and time.monotonic() < end:
            if process.poll() is not None:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    def _describe(self, cmd: list[str], launch: dict[str, Any]) -> KernelRequest:
        return KernelRequest(
            arguments=cmd[cmd.index(_KERNEL_MODULE) + 1 :],
            environment=dict(launch.get("env") or os.environ),
            folder=str(launch["cwd"]) if launch.get("cwd") else None,
            memory_bytes=read_memory_limit(),
            said=str(self._beside_connection(SAID)),
        )

    def _beside_connection(self, name: str) -> Path:
        file = Path(self.parent.connection_file) if self.parent else Path(os.devnull)
        return file.with_name(f"{file.stem}.{name}")

    async def poll(self) -> int | None:
        """Whether the kernel ended; how it did, and what it used, is left beside its connection file."""
        had = self.process
        ended = await super().poll()
        if had is not None and ended is not None and self.parent:
            note = self._beside_connection(ENDED)
            if note.parent.is_dir():
                note.write_text(json.dumps({"status": ended, **getattr(had, "used", {})}), encoding="utf-8")
        return ended

    async def wait(self) -> int | None:
        """Wait for its end, looking more often than Jupyter does: it ends within milliseconds of being told."""
        while self.process is not None and await self.poll() is None:
            await asyncio.sleep(_LOOK_SECONDS)
        return await super().wait()

    async def kill(self, restart: bool = False) -> None:
        """Kill it and see it end, which Jupyter would only after a tenth of a second."""
        await super().kill(restart=restart)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.wait(), _END_SECONDS)

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of what it had; whoever does not ask for its notes is left with none."""
        await super().cleanup(restart=restart)
        notes = [self._beside_connection(name) for name in (SAID, ENDED)]
        if restart or os.environ.get(NOTES) == str(notes[0].parent):
            return
        for note in notes:
            note.unlink(missing_ok=True)


def take_kernel(request: KernelRequest) -> Any:
    """A process that is or becomes the requested kernel; None where a cold one must be started."""
    if not are_forked():
        return None
    try:
        return ForkedKernel(find_fork_server(), request)
    except (NoForkServer, OSError) as error:
        _warn_once(str(error))
        return None


@cache
def _warn_once(why: str) -> None:
    warnings.warn(f"kernels start cold: {why}", stacklevel=3)


def register_provisioner() -> None:
    """Let Jupyter in this process find the provisioner, whether or not the package is installed."""
    known = KernelProvisionerFactory.instance().provisioners
    known.setdefault(
        NAME, EntryPoint(NAME, f"{__name__}:{SchoolReportProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME)
    )
