"""`python -m benchmarks.crop_quality`."""

import sys

from benchmarks.crop_quality.command import main

if __name__ == "__main__":
    sys.exit(main())
