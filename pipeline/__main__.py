"""``python -m pipeline``."""

import sys


def _find_verbs():
    """The verbs; where a package they are made with is missing, a sentence instead of a traceback."""
    from pipeline.foundation.machine import explain_machine_fault

    try:
        from pipeline.cli.verbs import main
    except ImportError as error:
        fault = explain_machine_fault(error)
        if fault is None:
            raise
        sys.stderr.write(f"Error: {fault}\n")
        raise SystemExit(fault.exit_code) from None
    return main


def _run() -> None:
    """Run a verb; whoever stops it while it is only being loaded is told no more than that."""
    try:
        _find_verbs()()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        raise SystemExit(130) from None


if __name__ == "__main__":
    _run()
