# SPDX-License-Identifier: GPL-2.0-only
"""What the tests need to know of the product, seen from outside the guest."""
import contextlib
import json
import os

from progress import wait_until

SYSFS = "/sys/kernel/mm/migrate_offload"
PROGRAMS = os.path.join(os.path.dirname(__file__), "..", "programs")


def migrator(guest):
    """The selected migrator: the one in brackets."""
    text = guest.read(f"{SYSFS}/migrator")
    return text[text.index("[") + 1:text.index("]")] if "[" in text else text


def wait_migrator(guest, name, seconds=60):
    wait_until(f"migrator {name} to be selected", lambda: migrator(guest) == name, seconds, interval=0.3)


def stats(guest):
    """All counters of the kernel."""
    values = guest.out(f"cd {SYSFS}/stats && grep -H . *").splitlines()
    return {name: int(value) for name, value in (line.split(":") for line in values)}


def delta(after, before):
    return {name: after[name] - before[name] for name in after}


def adds_up(counters):
    """Whether every offered folio and byte is accounted for."""
    return all(counters[f"{unit}_offered"] == counters[f"{unit}_offloaded"] + counters[f"{unit}_declined"] +
               counters[f"{unit}_failed"] for unit in ("folios", "bytes"))


def channels(guest):
    """Names of the memcpy channels of the machine."""
    return guest.out("ls /sys/class/dma").split()


def held(guest):
    """Names of the channels that dcbm holds."""
    return guest.out("ls /sys/module/dcbm/channels 2>/dev/null || true").split()


def set_channels(guest, count):
    """Plugs or unplugs engines until the guest has count channels, all of them in use."""
    while len(guest.engines) > count:
        guest.unplug(guest.engines[max(guest.engines)])
    if len(guest.engines) < count:
        guest.plug(count - len(guest.engines))
    wait_until(f"{count} channels", lambda: len(channels(guest)) == count, 90, interval=0.5)
    wait_migrator(guest, "dcbm" if count else "none")
    wait_until(f"dcbm to hold {count} channels", lambda: len(held(guest)) == count, 60, interval=0.5)


def all_engines(guest, command):
    for engine in guest.engines.values():
        engine.do(command)


def heal(guest):
    """Ends every injected fault."""
    for command in ("error off", "hang off", "late 0", "lost-irq off", "flip off", "bandwidth 0"):
        all_engines(guest, command)


@contextlib.contextmanager
def counted(guest):
    """Collects what the kernel and each engine count meanwhile."""
    def copied():
        return {engine.name: engine.stats()["bytes"] for engine in guest.engines.values()}
    kernel, engines = stats(guest), copied()
    result = {}
    yield result
    result["kernel"] = delta(stats(guest), kernel)
    result["engines"] = delta(copied(), engines)
    result["engine_bytes"] = sum(result["engines"].values())


def bench(guest, size, mib, timeout=300, options="--no-baseline --rounds 1"):
    """Runs the tool's bench for one folio size; returns its result for the migrator."""
    run = guest.run(f"migrate-offload bench --json --size {size} --total {mib}m {options}", timeout=timeout,
                    check=False)
    return bench_result(run)


def bench_result(run):
    if run.status not in (0, 8):
        raise RuntimeError(f"migrate-offload bench: status {run.status}: {run.err.strip()[-500:]}")
    return [dict(result, status=run.status) for result in json.loads(run.out)["results"]]


def start_move_pages(guest, folio_kib, mib):
    """Starts our own check of move_pages(2) in the guest, which does not need the tool."""
    with open(os.path.join(PROGRAMS, "movepages.py"), "rb") as program:
        return guest.start(f"python3 - {folio_kib} {mib}", stdin=program.read())


def finish_move_pages(guest, started, timeout=180):
    run = guest.finish(started, "movepages.py", timeout)
    if run.status:
        raise RuntimeError(f"movepages.py: status {run.status}: {run.err.strip()[-500:]}")
    return json.loads(run.out)


def move_pages(guest, folio_kib, mib):
    return finish_move_pages(guest, start_move_pages(guest, folio_kib, mib))
