"""A kernel understands what it is told as ipykernel itself does."""

import os
import subprocess
import sys

import pytest
from ipykernel.kernelapp import IPKernelApp
from IPython.core.history import HistoryAccessor
from traitlets.config import Configurable

from pipeline.foundation.paths import find_project
from pipeline.run.kernels.application import KernelApplication, read_settings
from pipeline.run.kernels.launching import TRIMMED


class HistoryManager(Configurable):
    """Takes what is set for the class of this name, without a shell."""

    enabled = HistoryAccessor.enabled


def read_as_ipykernel(arguments):
    application = IPKernelApp()
    application.parse_command_line(arguments)
    return application


@pytest.mark.parametrize(
    "arguments",
    [
        ["-f", "a folder/connection.json", *TRIMMED],
        ["-f", "c.json", "--IPKernelApp.extra_extensions=pipeline.run.kernels.showing"],
        ["-f", "connection.json"],
        ["--Application.log_level=DEBUG", "-f", "a=b.json"],
        [],
    ],
)
def test_a_file_and_settings_by_name_are_read_as_ipykernel_reads_them(arguments):
    ours, theirs = KernelApplication(), read_as_ipykernel(arguments)
    assert read_settings(arguments) is not None
    ours.parse_command_line(arguments)
    assert (ours.connection_file, ours.log_level, ours.argv) == (theirs.connection_file, theirs.log_level, theirs.argv)
    assert (ours.capture_fd_output, ours.outstream_class) == (theirs.capture_fd_output, theirs.outstream_class)
    assert ours.extra_args == theirs.extra_args
    assert ours.extra_extensions == theirs.extra_extensions
    assert HistoryManager(parent=ours).enabled == HistoryManager(parent=theirs).enabled


@pytest.mark.parametrize(
    "arguments",
    [
        ["--debug"],
        ["-f"],
        ["--f=connection.json"],
        ["-f", "c.json", "--matplotlib=agg"],
        ["--InteractiveShellApp.exec_lines=1"],
        ["--Application.log_level"],
    ],
)
def test_whatever_else_is_said_is_left_to_ipykernel(arguments):
    assert read_settings(arguments) is None


def test_a_short_form_is_understood_too():
    application = KernelApplication()
    application.parse_command_line(["--f=connection.json", "--debug"])
    assert (application.connection_file, application.log_level) == ("connection.json", 10)


PREPARED = """
import builtins, os, sys
from IPython import get_ipython
from pipeline.run.kernels.direct import forget_direct_kernel, prepare_direct_kernel
def look():
    return dict(vars(builtins)), dict(vars(sys)), dict(os.environ), sys.modules["__main__"]
before = look()
prepare_direct_kernel()
assert get_ipython() is not None
assert look() == before
forget_direct_kernel()
assert get_ipython() is None
"""


@pytest.mark.slow
def test_a_shell_made_before_the_fork_leaves_its_process_as_it_was_and_is_forgotten(tmp_path):
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", PREPARED], cwd=find_project(), env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
