# SPDX-License-Identifier: GPL-2.0-only
"""The distribution's kernel with the same engines: what ours is compared with."""
import product
from migrations import check_migrations

MACHINE = "base"


def run(guest, t):
    t.check("mo" not in guest.out("uname -r"), "the base kernel runs")
    t.equal(guest.run(f"test -e {product.SYSFS}", check=False).status, 1, "it has no offload")
    names = product.channels(guest)
    t.equal(len(names), len(guest.engines), "its own ptdma driver binds to each engine")
    dmatest(guest, t, names)
    check_migrations(guest, t)


def dmatest(guest, t, names):
    """The driver's copies through the engines, verified by the kernel's own test."""
    before = {engine.name: engine.stats()["bytes"] for engine in guest.engines.values()}
    guest.run("modprobe dmatest timeout=10000 iterations=50 threads_per_chan=1 test_buf_size=65536 polled=N")
    for name in names:
        guest.run(f"echo {name} >/sys/module/dmatest/parameters/channel")
    guest.run("echo 1 >/sys/module/dmatest/parameters/run; cat /sys/module/dmatest/parameters/wait", timeout=120)
    summaries = [line for line in guest.kernel_log().splitlines() if "summary" in line and "dmatest" in line]
    t.equal(len(summaries), len(names), "dmatest ran on each channel")
    t.check(all(" 50 tests, 0 failures" in line for line in summaries), "dmatest found every copy right",
            "\n".join(summaries))
    for engine in guest.engines.values():
        t.check(engine.stats()["bytes"] > before[engine.name], f"the copies went through {engine.name}")
    guest.run("modprobe -r dmatest")
