# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's own tests of migration, for every reason to migrate, through the engines.

They go by whole memory blocks and zones, so the pages of running programs may be among
what moves. Engines that store into shared memory would leave an interpreting emulator
running such a program's code from before. So here the engines write through QEMU, which
then notices; that is slower, but there is little to move. Besides, the tests keep to what
is theirs: blocks and zones of the node without CPUs, reclaim of a control group of their
own."""
import collections
import os

import ktap
import product

MACHINE = "reasons"

FOLDER = "/usr/local/libexec/kselftests"
TRACING = "/sys/kernel/tracing"
EVENT = f"{TRACING}/events/migrate/migrate_offload_batch"
# The ways of the kernel's tests, and the reason that each is.
REASONS = {
    "move_pages": "syscall_or_cpuset", "migrate_pages": "syscall_or_cpuset", "mbind": "mempolicy_mbind",
    "demotion": "demotion", "promotion": "numa_misplaced", "compaction": "compaction", "offline": "memory_hotplug",
    "contig": "contig_range", "soft_offline": "memory_failure", "longterm": "longterm_pin", "damon": "damon"}
MIB = 4
MINUTES = 20


def run(guest, t):
    t.equal(len(product.held(guest)), 2, "two engines are in use")
    programs = set(guest.out(f"ls {FOLDER}").split())
    t.check({"migrate_offload", "migrate_offload_policy", "migrate_offload_stress"} <= programs,
            "the stack's kselftest programs are there", programs)
    # Batches of any size: whether reasons work is asked here, not whether they are worth it.
    with product.no_batch_too_small(guest):
        passed_on(guest, t, "migrate_offload --self-test")
        with product.counted(guest) as counts:
            by_reason = traced(guest, lambda: every_way(guest, t))
        accounts(t, counts, by_reason)
        with product.counted(guest) as counts:
            passed_on(guest, t, "migrate_offload_stress --time 20 --batches")
        t.equal(counts["engine_bytes"], counts["kernel"]["bytes_offloaded"],
                "under stress the engines counted what the kernel counted")
        passed_on(guest, t, "migrate_offload_policy")
    t.equal(product.migrator(guest), "dcbm", "at the end the offload is on as before")


def passed_on(guest, t, command):
    """Runs a program; each of its results becomes one of ours. Returns what it printed."""
    done = guest.run(f"{FOLDER}/{command}", timeout=60 * MINUTES, check=False)
    ktap.pass_on(done.out, t, command.split()[0])
    t.check(done.status in (0, 4), f"{command}: its exit status says the same", f"{done.status}: {done.err[-500:]}")
    return done.out


def every_way(guest, t):
    return passed_on(guest, t, f"migrate_offload --mib {MIB} --expect-offload")


def traced(guest, work):
    """Runs work; returns its result, the bytes offloaded for each reason, and whether no event
    was lost."""
    # "7 (expanded: 1408)" as long as nothing was traced
    size = guest.read(f"{TRACING}/buffer_size_kb").split()[-1].rstrip(")")
    guest.run(f"echo 32768 >{TRACING}/buffer_size_kb; echo >{TRACING}/trace; echo 1 >{EVENT}/enable")
    result = work()
    guest.run(f"echo 0 >{EVENT}/enable")
    lost = guest.out(f"sed -n 's/^\\(overrun\\|commit overrun\\|dropped events\\): //p' {TRACING}/per_cpu/cpu*/stats").split()
    # summed where the events are: there may be many thousand
    sums = guest.out(rf"""sed -n 's/.*: {os.path.basename(EVENT)}: .* reason=\([a-z_]*\) .* bytes_offloaded=\([0-9]*\) .*/\1 \2/p' \
        {TRACING}/trace | awk '{{ sum[$1] += $2 }} END {{ for (reason in sum) printf "%s %d\n", reason, sum[reason] }}'""",
                     timeout=300)
    guest.run(f"echo >{TRACING}/trace; echo {size} >{TRACING}/buffer_size_kb")
    by_reason = {reason: int(total) for reason, total in (line.split() for line in sums.splitlines())}
    return result, by_reason, bool(lost) and not any(map(int, lost))


def accounts(t, counts, trace):
    printed, by_reason, whole = trace
    kernel = counts["kernel"]
    t.note(f"bytes offloaded by reason: {by_reason}")
    t.check(whole, "no event was lost")
    t.equal(sum(by_reason.values()), kernel["bytes_offloaded"], "the events add up to what the kernel counted")
    t.equal(counts["engine_bytes"], kernel["bytes_offloaded"], "the engines counted what the kernel counted")
    t.check(product.adds_up(kernel) and not kernel["folios_failed"], "counters add up, no failure", kernel)
    worked = collections.Counter(case.name[0].split(":")[0] for case in ktap.parse(printed)[0]
                                 if case.passed and case.skipped is None and case.name and ":" in case.name[0])
    for way, number in worked.items():
        reason = REASONS.get(way, way)
        t.check(by_reason.get(reason, 0) > 0, f"{way}, which worked for {number} kinds of memory: bytes offloaded for {reason}",
                by_reason)
    for way in REASONS.keys() - worked.keys():
        t.note(f"{way} worked for no kind of memory here, see the reasons above")
