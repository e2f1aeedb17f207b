"""``python -m pipeline``."""

import sys

from pipeline.foundation.machine import explain_machine_fault


def _find_verbs():
    """The verbs; where a package they are made with is missing, a sentence instead of a traceback."""
    try:
        from pipeline.cli.verbs import main
    except ImportError as error:
        fault = explain_machine_fault(error)
        if fault is None:
            raise
        sys.stderr.write(f"Error: {fault}\n")
        raise SystemExit(fault.exit_code) from None
    return main


if __name__ == "__main__":
    _find_verbs()()
