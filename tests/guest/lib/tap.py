# SPDX-License-Identifier: GPL-2.0-only
"""Results as TAP on stdout."""


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def diagnostic(self, text):
        for line in str(text).splitlines():
            print("#", line, flush=True)

    def result(self, passed, name, detail=None):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}", flush=True)
        if detail and not passed:
            self.diagnostic(detail)
        return passed

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def plan(self):
        print(f"1..{self.count}", flush=True)
