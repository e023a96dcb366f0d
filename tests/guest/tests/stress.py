# SPDX-License-Identifier: GPL-2.0-only
"""Memory that is written while it is moved back and forth, with engines that fail at random.

The kernel's own stress test runs in the guest and selects another migrator each second.
Meanwhile engines report errors, hang, finish late, lose interrupts, die and are pulled, one
after the other, chosen by a seed that is printed. "60-guest:stress=600" runs for 600 seconds
instead of the short time that every run of all tests has."""
import random
import time

import ktap
import product
from progress import say, wait_until

MACHINE = "ours"

PROGRAM = "/usr/local/libexec/kselftests/migrate_offload_stress"
SECONDS = 60
SWITCH_MS = 1000
ENGINES = 2
MIGRATORS = ("dcbm", "mtcopy")
# What the counters of an engine call a fault that was injected, by the fault.
FAULTS = {"errors": "errors_injected", "hang": "hangs_injected", "late": "late_writes",
          "lost interrupts": "lost_interrupts", "unplug": None, "dead": None}


def run(guest, t):
    seconds = int(t.argument or SECONDS)
    seed = random.randrange(1 << 32)
    t.note(f"{seconds} s, seed {seed}")
    product.set_channels(guest, ENGINES)
    with product.no_batch_too_small(guest):
        before, each = product.stats(guest), offered(guest)
        started = guest.start(f"{PROGRAM} --time {seconds} --switch {SWITCH_MS} --batches")
        injected = inject(guest, random.Random(seed), seconds)
        done = guest.finish(started, "the stress test", seconds + 300)
        ktap.pass_on(done.out, t, "migrate_offload_stress")
        t.equal(done.status, 0, "the stress test ends with success")
        t.note(f"injected: {injected}")
        t.check(any(injected.values()), "engines failed meanwhile", injected)
        if seconds >= 30 * len(FAULTS):  # chance has had its time
            for fault in FAULTS:
                t.check(injected[fault], f"{fault}: were injected", injected)
        for migrator, count in product.delta(offered(guest), each).items():
            t.check(count, f"{migrator} was among those selected")
        settle(guest, t, before)


def offered(guest):
    """What was offered to each of our migrators so far, in bytes."""
    return {name: int(guest.read(f"{product.SYSFS}/migrators/{name}/bytes_offered").split()[0]) for name in MIGRATORS}


def settle(guest, t, before):
    """Once the engines work again, nothing is left over."""
    product.heal(guest)
    # Migrators were selected by hand, and nobody can tell which of them was there before.
    guest.run(f"systemctl stop migrate-offload.service; echo none >{product.SYSFS}/migrator; "
              "systemctl start migrate-offload.service")
    product.set_channels(guest, ENGINES)
    wait_until("the quarantine to be empty", lambda: product.stats(guest)["folios_in_quarantine"] == 0, 120, interval=1)
    kernel = product.delta(product.stats(guest), before)
    t.note(f"kernel: {kernel}")
    t.check(product.adds_up(kernel), "offered = offloaded + declined + failed", kernel)
    t.check(kernel["folios_offloaded"] and kernel["folios_failed"], "some were offloaded and some failed", kernel)
    t.equal(kernel["folios_failed"], kernel["folios_recovered"] + kernel["folios_quarantined"],
            "failed = recovered + quarantined")
    isolated = "awk '/^nr_isolated/ { n += $2 } END { print n }' /proc/vmstat"
    wait_until("no page to be isolated", lambda: int(guest.out(isolated)) == 0, 60, interval=1)
    with product.counted(guest) as counts:
        result, = product.bench(guest, "2m", 32)
    t.equal((result["bytes_wrong"], counts["kernel"]["bytes_offloaded"]), (0, 2 * 32 << 20),
            "afterwards migrations are offloaded as before")


def inject(guest, choice, seconds):
    """Lets engines fail for so long; returns how often each fault was seen to happen."""
    seen = dict.fromkeys(FAULTS, 0)
    end = time.monotonic() + seconds
    while time.monotonic() < end - 8:
        fault = choice.choice(list(FAULTS))
        engine = choice.choice(list(guest.engines.values()))
        say(f"stress: {fault} in {engine.name}, {max(0, end - time.monotonic()):.0f} s to go")
        counter = FAULTS[fault]
        count = engine.stats()[counter] if counter else 0
        if fault == "unplug":
            pull(guest, engine)
            seen[fault] += 1
            continue
        begin(engine, fault, choice)
        time.sleep(choice.uniform(2, 5))
        if counter:
            seen[fault] += engine.stats()[counter] - count
        if fault == "dead":
            pull(guest, engine)
            seen[fault] += 1
        else:
            for command in ("error off", "hang off", "late 0", "lost-irq off"):
                engine.do(command)
    return seen


def begin(engine, fault, choice):
    if fault == "errors":
        engine.do(f"error every {choice.randint(2, 9)}")
    elif fault == "hang":
        engine.do("hang next")
    elif fault == "late":
        engine.do(f"late {choice.randint(500, 3000)}")
        engine.do("hang next")
    elif fault == "lost interrupts":
        engine.do(f"lost-irq every {choice.randint(2, 9)}")
    else:
        engine.do("dead on")


def pull(guest, engine):
    """Unplugs an engine, whatever it is doing, and plugs a new one."""
    guest.unplug(engine)
    guest.plug(1)
