"""The parts of `tests/run`, in reading order: groups, suite, servers, packages, machine; what a group needs beside them has its name."""
