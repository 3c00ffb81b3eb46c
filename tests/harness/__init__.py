"""The parts of `tests/run`, in reading order: groups, suite, servers, soap, packages, machine."""
