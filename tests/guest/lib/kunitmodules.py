# SPDX-License-Identifier: GPL-2.0-only
"""The stack's KUnit modules: loading one runs its suites."""
import ktap

RESULTS = "/sys/kernel/debug/kunit"


def modules(guest):
    """Names of the test modules that packages have brought for the running kernel."""
    folder = f"/usr/lib/modules/{guest.out('uname -r')}/internal"
    return guest.out(f"find {folder} -printf '%f\\n' | sed -n 's/_kunit[.]ko.*/_kunit/p' | sort").split()


def suites(guest):
    return set(guest.out(f"ls {RESULTS} 2>/dev/null || true").split())


def run(guest, t, module, only="*.*"):
    """Loads a module, passes the results of its suites on (or of the one case that is named
    SUITE.CASE), and unloads it."""
    guest.run("modprobe -r kunit", check=False)  # what has been loaded keeps its filter
    guest.run(f"modprobe kunit filter_glob='{only}'")
    before = suites(guest)
    # it returns when the last test is through
    loaded = guest.run(f"modprobe {module}", timeout=600, check=False)
    if not t.check(loaded.status == 0, f"{module} can be loaded", loaded.err):
        return
    added = sorted(suites(guest) - before)
    t.check(added, f"{module} has results below {RESULTS}")
    for suite in added:
        ktap.pass_on(guest.read(f"{RESULTS}/{suite}/results"), t, suite)
    guest.run(f"modprobe -r {module}")
