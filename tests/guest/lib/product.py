# SPDX-License-Identifier: GPL-2.0-only
"""What the tests need to know of the product, seen from outside the guest."""
import contextlib
import json
import os

from progress import wait_until

SYSFS = "/sys/kernel/mm/migrate_offload"
DCBM = "/sys/module/dcbm/parameters"
CONFIG = "/etc/migrate-offload/migrate-offload.conf.d"
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


@contextlib.contextmanager
def configured(guest, **settings):
    """Has the service apply these settings meanwhile."""
    lines = "".join(f"{key} = {value}\\n" for key, value in settings.items())
    guest.run(f"printf '{lines}' >{CONFIG}/60-test.conf && systemctl restart migrate-offload.service")
    try:
        yield
    finally:
        guest.run(f"rm {CONFIG}/60-test.conf; systemctl restart migrate-offload.service")


def no_batch_too_small(guest):
    """Has batches of any size offered to the migrator meanwhile."""
    return configured(guest, dram_min_bytes=0, cxl_min_bytes=0)


def min_bytes(guest):
    """The least size of a batch, by node."""
    lines = guest.out(f"cd {SYSFS} && grep -H . node*/min_bytes").splitlines()
    return {int(name.split("/")[0].removeprefix("node")): int(value)
            for name, value in (line.split(":") for line in lines)}


def channels(guest):
    """Names of the memcpy channels of the machine."""
    return guest.out("ls /sys/class/dma").split()


def held(guest):
    """Names of the channels that dcbm holds."""
    return guest.out("ls /sys/module/dcbm/channels 2>/dev/null || true").split()


def failed_units(guest):
    return guest.out("systemctl --failed --no-legend --plain | cut -d' ' -f1").split()


def set_channels(guest, count):
    """Plugs or unplugs engines until the guest has count channels, all of them in use."""
    while len(guest.engines) > count:
        guest.unplug(guest.engines[max(guest.engines)])
    if len(guest.engines) < count:
        guest.plug(count - len(guest.engines))
    wait_until(f"{count} channels", lambda: len(channels(guest)) == count, 90, interval=0.5)
    wait_migrator(guest, "dcbm" if count else "none")
    wait_until(f"dcbm to hold {count} channels", lambda: len(held(guest)) == count, 60, interval=0.5)


def unload(guest, module):
    """Has dcbm release all channels and unloads it or the engines' driver, until channels are waited for again. What
    udev still has to say of a channel that has just come may select dcbm once more."""
    guest.run(f"udevadm settle; until systemctl stop migrate-offload.service && modprobe -r {module}; do sleep 1; done; "
              "udevadm settle", timeout=120)


def set_ring_depth(guest, depth):
    """Loads the engines' driver anew; it may then give an engine so many descriptors at a time."""
    unload(guest, "ptdma")
    guest.run(f"modprobe ptdma ring_depth={depth}")
    set_channels(guest, len(guest.engines))


def wait_engines_at_work(guest, port=None):
    """Waits until engines copy; or that one."""
    engines = list(guest.engines.values()) if port is None else [guest.engines[port]]

    def copied():
        return sum(engine.stats()["bytes"] for engine in engines)
    before = copied()
    wait_until("the engines to be at work", lambda: copied() > before, 60, interval=0.1)


def all_engines(guest, command):
    for engine in guest.engines.values():
        engine.do(command)


def heal(guest):
    """Ends every injected fault."""
    for command in ("error off", "hang off", "late 0", "lost-irq off", "flip off", "queue any", "reorder off", "bandwidth 0"):
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


def start_python(guest, name, *arguments):
    """Starts one of our own programs in the guest, which do not need the tool."""
    with open(os.path.join(PROGRAMS, name), "rb") as program:
        return guest.start(" ".join(["python3 -", *map(str, arguments)]), stdin=program.read())


def finish_python(guest, started, name, timeout=180):
    """Waits for it; returns what it printed as JSON."""
    run = guest.finish(started, name, timeout)
    if run.status:
        raise RuntimeError(f"{name}: status {run.status}: {run.err.strip()[-500:]}")
    return json.loads(run.out)


def python(guest, name, *arguments, timeout=180):
    return finish_python(guest, start_python(guest, name, *arguments), name, timeout)


def start_move_pages(guest, folio_kib, mib):
    """Starts our own check of move_pages(2) in the guest."""
    return start_python(guest, "movepages.py", folio_kib, mib)


def finish_move_pages(guest, started, timeout=180):
    return finish_python(guest, started, "movepages.py", timeout)


def move_pages(guest, folio_kib, mib):
    return finish_move_pages(guest, start_move_pages(guest, folio_kib, mib))
