"""The command `keepsight`, and `python -m keepsight`."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line."""
    # What imports make stays: looking for garbage among it is a tenth of a start. `serve` looks again once it serves.
    gc.disable()
    from keepsight.cli import main as run  # noqa: PLC0415 - see above

    run()


if __name__ == "__main__":
    main()
