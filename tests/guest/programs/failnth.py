# SPDX-License-Identifier: GPL-2.0-only
"""failnth.py FILE VALUE BEFORE: runs in the guest, on a kernel with fault injection. Writes VALUE
to FILE while the first allocation of that fails, then the second, and so on until there is none
left to fail; writes BEFORE to it in between. Prints as JSON how each ended."""
import errno
import json
import os
import sys

MOST = 2000


def main(path, value, before):
    results = []
    fail_nth = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
    for number in range(1, MOST):
        with open(path, "w") as file:
            file.write(before)
        target = os.open(path, os.O_WRONLY)
        os.pwrite(fail_nth, str(number).encode(), 0)
        try:
            os.write(target, value.encode())
            ended = "0"
        except OSError as error:
            ended = errno.errorcode[error.errno]
        left = int(os.pread(fail_nth, 20, 0).split(b"\0")[0])
        os.pwrite(fail_nth, b"0", 0)
        os.close(target)
        if left:
            break
        with open(path) as file:
            results.append((ended, file.read().strip()))
    print(json.dumps({"results": results, "complete": bool(left)}))


main(*sys.argv[1:])
