"""The parts of `tests/run`, in reading order: groups, suite, servers, packages, machine."""
