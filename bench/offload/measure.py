# SPDX-License-Identifier: GPL-2.0-only
"""Has the guest measure points with migrate.py."""
import json
import os
import shlex

from progress import say

AT_A_TIME = 6  # points that the guest measures before it reports


def measure(guest, wanted, at_a_time=AT_A_TIME, count=False):
    """Returns the points with what migrate.py adds to them; instructions only if they are to be counted."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "migrate.py"), "rb") as file:
        program = file.read()
    measured = []
    for first in range(0, len(wanted), at_a_time):
        some = wanted[first:first + at_a_time]
        say(f"points {first + 1} to {first + len(some)} of {len(wanted)}")
        started = guest.start(f"python3 - {shlex.quote(json.dumps(some))} {'count' if count else ''}", stdin=program)
        run = guest.finish(started, "migrate.py", 900, interval=0.5)
        if run.status:
            raise RuntimeError(f"migrate.py: status {run.status}: {run.err.strip()[-800:]}")
        measured += json.loads(run.out)
    return measured
