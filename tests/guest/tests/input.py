# SPDX-License-Identifier: GPL-2.0-only
"""Bad input: refused with file, key, reason and range, and nothing half applied."""
import product

MACHINE = "ours"

CONFIG = "/etc/migrate-offload/migrate-offload.conf.d/70-bad.conf"

# file, value, what the kernel answers
SYSFS = (
    ("migrator", "no-such-thing", "Invalid argument"),
    ("reasons", "demotion,no-such-thing", "Invalid argument"),
    ("reasons", "demotion,,damon", "Invalid argument"),
    ("max_batch_pages", "many", "Invalid argument"),
    ("max_batch_pages", "0", "Numerical result out of range"),
    ("max_batch_pages", "65537", "Numerical result out of range"),
    ("max_batch_pages", "-1", ""),
    ("max_batch_pages", "99999999999999999999", "Numerical result out of range"),
)
# the bad line, words that the message has to contain
LINES = (
    ("no_such_key = 1", ("no_such_key",)),
    ("max_batch_pages = 0", ("max_batch_pages", "1", "65536")),
    ("max_batch_pages = many", ("max_batch_pages", "1", "65536")),
    ("reasons = demotion, no-such-reason", ("reasons", "no-such-reason", "numa_misplaced")),
    ("migrator = not/a/name", ("migrator",)),
    ("nr_dma_chan = 65", ("nr_dma_chan", "1", "64")),
    ("max_batch_pages", ("70-bad.conf:3",)),
)


def state(guest):
    names = ["migrator", "reasons", "max_batch_pages"]
    return [guest.read(f"{product.SYSFS}/{name}") for name in names]


def run(guest, t):
    before = state(guest)
    for name, value, answer in SYSFS:
        run = guest.run(f"echo '{value}' >{product.SYSFS}/{name}", check=False)
        t.check(run.status != 0 and answer in run.err, f"sysfs refuses {value} for {name}", f"{run.status}: {run.err}")
    t.equal(state(guest), before, "and nothing changed")

    for line, words in LINES:
        good = "max_batch_pages = 256" if line.startswith("reasons") else "reasons = demotion"
        guest.run(f"printf '%s\\n' '{good}' '# a comment' '{line}' >{CONFIG}")
        for verb in ("apply", "enable"):
            run = guest.run(f"migrate-offload {verb}", check=False)
            t.equal(run.status, 3, f"{verb} refuses the configuration '{line}'")
            t.check(all(word in run.err for word in (f"{CONFIG}:3", *words)),
                    f"{verb} names file, line, key and what is valid", run.err)
        t.equal(state(guest), before, f"and nothing of it was applied: {line}")
    guest.run(f"rm {CONFIG}")

    for command in ("no-such-verb", "status --no-such-option", "bench --size 3k", "bench --rounds 0", "apply --holder me"):
        run = guest.run(f"migrate-offload {command}", check=False)
        t.check(run.status == 2 and run.err.strip(), f"wrong usage is refused: {command}", f"{run.status}: {run.err}")
    for parameter, value in (("nr_dma_chan", "0"), ("nr_dma_chan", "65"), ("nr_dma_chan", "x"), ("offloading", "maybe"),
                             ("min_folio_bytes", "some"), ("min_folio_bytes", "2097153"), ("min_folio_bytes_in_force", "0")):
        path = f"{product.DCBM}/{parameter}"
        old = guest.read(path)
        run = guest.run(f"echo {value} >{path}", check=False)
        t.check(run.status != 0 and guest.read(path) == old, f"dcbm refuses {value} for {parameter}", run.err)
    t.equal(state(guest), before, "at the end all is as it was")
    t.equal(guest.run("migrate-offload verify", check=False).status, 0, "and verify agrees")
