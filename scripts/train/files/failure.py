"""One clear sentence for whoever runs a script, instead of a traceback."""
from __future__ import annotations

import sys
from typing import Callable


class Failure(Exception):
    """Bad input: what was tried, on what, what was found, what to do. Our own mistakes raise anything else."""


def run(main: Callable[[], None]) -> None:
    """Calls `main`; a Failure becomes one line on standard error and exit code 1, Ctrl-C 130."""
    try:
        main()
    except Failure as failure:
        sys.exit(f"error: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
