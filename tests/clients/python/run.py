"""Runs all test_*.py beside this file, or in another folder; the last line is `N passed, N failed`. FOOTBRIDGE_URL names the gateway."""

import sys
import unittest
import warnings
from pathlib import Path


class Result(unittest.TextTestResult):
    """Counts a test once, however many of its subtests failed."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.bad = set()

    def addError(self, test, err):
        super().addError(test, err)
        self.bad.add(test.id())

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.bad.add(test.id())

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.bad.add(test.id())


def main(here: Path = Path(__file__).parent) -> int:
    warnings.simplefilter("ignore", DeprecationWarning)  # Py3AMF's own
    suite = unittest.defaultTestLoader.discover(str(here), top_level_dir=str(here))
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result, warnings="ignore")
    result = runner.run(suite)
    print(f"{result.testsRun - len(result.bad)} passed, {len(result.bad)} failed")
    return 1 if result.bad else 0


if __name__ == "__main__":
    sys.exit(main())
