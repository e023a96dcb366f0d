# SPDX-License-Identifier: GPL-2.0-only
"""KVM where it really works, else TCG.

A /dev/kvm that opens, and even runs a boot sector, may still fail on a kernel (nested
and paravirtual hosts), so a kernel is booted until it misses its root file system."""
import functools
import os
import tempfile
import time

import processes
from progress import say

QEMU = "qemu-system-x86_64"
KVM = ["-accel", "kvm", "-cpu", "host"]
# Without "rep movsb" flags: TCG would copy pages byte by byte.
TCG = ["-accel", "tcg,thread=multi"]
TCG_CPU = "max,la57=off,-erms,-fsrm"
# An instruction takes a nanosecond of the guest's time. While it is idle, its time is the host's.
COUNTING = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=on"]
PROBE_SECONDS = 12


def kvm_boots(kernel):
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "no access to /dev/kvm"
    with tempfile.TemporaryDirectory() as folder:
        console, log = os.path.join(folder, "console"), os.path.join(folder, "qemu.log")
        qemu = processes.start([QEMU, *KVM, "-smp", "2", "-m", "1024", "-nodefaults", "-display", "none",
                                "-no-reboot", "-serial", "file:" + console, "-kernel", kernel,
                                "-append", "console=ttyS0 panic=-1"], log)
        try:
            deadline = time.monotonic() + PROBE_SECONDS
            while time.monotonic() < deadline:
                with open(log, errors="replace") as text:
                    if "KVM internal error" in text.read():
                        return "the kernel stops with a KVM internal error"
                if os.path.exists(console):
                    with open(console, errors="replace") as text:
                        if "Unable to mount root fs" in text.read():
                            return None
                if qemu.poll() is not None:
                    return f"QEMU ended with status {qemu.returncode}"
                time.sleep(0.1)
            return f"no kernel boot within {PROBE_SECONDS} s"
        finally:
            processes.stop(qemu, grace=1)


# Some of the kernel does not work in a virtual machine that says that it is one: CXL regions.
BARE = ",-hypervisor"


@functools.cache
def kvm_works(kernel):
    """Call it with one kernel: it takes seconds to find out."""
    why = kvm_boots(kernel)
    if why is None:
        say("KVM works: using it")
        return True
    say(f"KVM does not work here ({why}): using TCG, which is slower but complete")
    return False


def accelerator(kernel, cpu="", bare=False, counting=False):
    """(QEMU's options, name). A CPU of another model than the usual one, or whose instructions are counted,
    is always interpreted. The guest of a bare one is not told that it is a virtual machine."""
    if cpu or counting or not kvm_works(kernel):
        options, name = [*(COUNTING if counting else TCG), "-cpu", cpu or TCG_CPU], "tcg"
    else:
        options, name = KVM, "kvm"
    return [*options[:-1], options[-1] + (BARE if bare else "")], name
