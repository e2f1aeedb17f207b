"""Calling the Quarto program: one process for several documents, killed with all it started when its time is up."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.render.quarto.log import Message, clean, find_reason, read_log

_LOG = "log.jsonl"
_SAID = "said.txt"
_UNWANTED = ("QUARTO_LOG", "QUARTO_PDF_STANDARD", "QUARTO_PROFILE", "QUARTO_PROJECT", "QUARTO_DEBUG", "TYPST_")


@dataclass(frozen=True)
class Ran:
    """How a call ended. ``code`` is None where it was stopped for taking too long."""

    code: int | None
    messages: tuple[Message, ...]
    seconds: int

    @property
    def has_warned(self) -> bool:
        """Whether it said what may concern any of its documents: no warning names the one it is about."""
        return any(message.is_warning or (message.is_error and self.code == 0) for message in self.messages)

    def complain(self) -> list[str]:
        """All that went wrong, in Quarto's own words where it has some."""
        told = [message for message in self.messages if message.is_warning or message.is_error]
        said = [message.text for message in told if message.says_why]
        if self.code is None:
            return [f"Quarto did not finish within {self.seconds} seconds and was stopped", *said]
        if self.code and not any(message.is_error and message.says_why for message in told):
            said += find_reason(self.messages)
        if said or not self.code:
            return said
        return [message.text for message in told] or [f"Quarto ended with exit code {self.code} and said nothing"]


def run_quarto(
    quarto: Path, folder: Path, inputs: Sequence[str], formats: str, extra: dict[str, str], seconds: int
) -> Ran:
    """Render ``inputs`` (paths below ``folder``) to ``formats`` (``html,typst``), within ``seconds``.

    ``folder`` is private: Quarto's own temporary files and caches go there too, so that calls side by side never meet.
    """
    command = [str(quarto), "render", *inputs, "--to", formats, "--no-execute", "--no-execute-daemon", "--quiet"]
    command += ["--log", str(folder / _LOG), "--log-format", "json-stream", "--log-level", "info"]
    (folder / _LOG).unlink(missing_ok=True)
    with (folder / _SAID).open("wb") as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_describe_environment(folder) | extra,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        with _no_survivors(process):
            try:
                code: int | None = process.wait(seconds)
            except subprocess.TimeoutExpired:
                code = None
    folders = [folder, folder.resolve()]
    messages = read_log(folder / _LOG, folders)
    if code and not any(message.is_error and message.says_why for message in messages):
        text = clean((folder / _SAID).read_text(encoding="utf-8", errors="replace")[-2000:], map(str, folders))
        messages += [Message("INFO", text)] if text else []
    return Ran(code, tuple(messages), seconds)


@contextmanager
def _no_survivors(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever happens, neither ``process`` nor what it started outlives the call: it would hold files and a core."""
    try:
        yield
    finally:
        if process.poll() is None:
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait()


def _describe_environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_UNWANTED)}
    kept |= {"QUARTO_RUN_NO_NETWORK": "true", "NO_COLOR": "1"}
    for name, place in (("TMPDIR", "tmp"), ("XDG_CACHE_HOME", "cache")):
        (folder / place).mkdir(exist_ok=True)
        kept[name] = str(folder / place)
    return kept
