"""A kernel as ipykernel makes it, told its settings without a parser for all it could be told."""

from __future__ import annotations

from collections.abc import Sequence

from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config
from traitlets.config.loader import DeferredConfigList, DeferredConfigString

#: The settings that a run gives its kernels, each a single value; one of them is put into a list.
PLAIN = frozenset(
    {
        "Application.log_level",
        "HistoryManager.enabled",
        "IPKernelApp.capture_fd_output",
        "IPKernelApp.extra_extensions",
        "IPKernelApp.outstream_class",
    }
)


class KernelApplication(IPKernelApp):  # type: ignore[misc]
    """ipykernel's own, which else prepares for every setting of every class before it reads the few it is given."""

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """Take the connection file and a run's settings; where more is said, all is read as ipykernel reads it."""
        settings = read_settings(argv or ())
        if settings is None:
            super().parse_command_line(argv)
            return
        self.argv = list(argv or ())
        self.cli_config = settings
        self.update_config(settings)


def read_settings(arguments: Sequence[str]) -> Config | None:
    """What ``-f FILE`` and ``--Class.name=value`` set, of PLAIN settings; None where there is another argument."""
    settings, waiting = Config(), list(arguments)
    while waiting:
        argument = waiting.pop(0)
        named, equals, value = argument.removeprefix("--").partition("=")
        if argument == "-f" and waiting:
            settings.IPKernelApp.connection_file = waiting.pop(0)
        elif argument.startswith("--") and equals and named in PLAIN:
            owner, name = named.split(".")
            is_list = name == "extra_extensions"
            settings[owner][name] = DeferredConfigList([value]) if is_list else DeferredConfigString(value)
        else:
            return None
    return settings
