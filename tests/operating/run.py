"""Runs all test_*.py beside this file, as those of clients/python are."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "clients" / "python"))

import run  # noqa: E402

if __name__ == "__main__":
    sys.exit(run.main(Path(__file__).parent))
