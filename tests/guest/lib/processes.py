# SPDX-License-Identifier: GPL-2.0-only
"""Child processes that never outlive this one."""
import atexit
import ctypes
import os
import signal
import subprocess

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_running = []


def _die_with_parent(parent):
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before prctl
        os._exit(1)


def start(argv, log):
    """Starts argv with its output going to the file named log."""
    parent = os.getpid()
    with open(log, "ab") as output:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   preexec_fn=lambda: _die_with_parent(parent))
    _running.append(process)
    return process


def stop(process, grace=3):
    """Ends a process politely, then by force; returns its exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process in _running:
        _running.remove(process)
    return process.returncode


@atexit.register
def stop_all():
    for process in list(_running):
        stop(process, grace=1)


def exit_on_signals():
    """Turns signals into an orderly exit; SIGINT too, which a background job ignores."""
    def leave(number, _frame):
        raise SystemExit(128 + number)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
