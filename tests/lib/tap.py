# SPDX-License-Identifier: GPL-2.0-only
"""Results as TAP on stdout."""


class Tap:
    """Counts and prints results."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def diagnostic(self, text):
        """Prints a remark."""
        for line in str(text).splitlines():
            print("#", line, flush=True)

    def result(self, passed, name, detail=None):
        """Prints one result, and the detail if it failed; returns whether it passed."""
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}", flush=True)
        if detail and not passed:
            self.diagnostic(detail)
        return passed

    def end(self):
        """Prints the plan; returns the exit status. Nothing tested is a failure."""
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed or not self.count else 0
