#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs the TuneD profiles by TuneD's own code on a kernel made of files; TAP.

tuned-profile.py PROFILES-DIRECTORY TOOL VARIABLES-FILE RECOMMENDATIONS-FILE
"""
import itertools
import logging
import os
import pathlib
import re
import shutil
import sys
import tempfile

import golden
import tuned.consts
import tuned.logs
from tuned.daemon import Application
from tuned.utils.global_config import GlobalConfig
from tuned.utils.profile_recommender import ProfileRecommender

# TuneD's logs.get() looks at the module it is called from.
LOG = tuned.logs.get()
LOG.handlers[:] = [logging.NullHandler()]

BASE = pathlib.Path(__file__).parent / "golden"
KNOBS = {
    "migrator": "/sys/kernel/mm/migrate_offload/migrator",
    "reasons": "/sys/kernel/mm/migrate_offload/reasons",
    "max_batch_pages": "/sys/kernel/mm/migrate_offload/max_batch_pages",
    "nr_dma_chan": "/sys/module/dcbm/parameters/nr_dma_chan",
    "dram": "/sys/kernel/mm/migrate_offload/node0/min_bytes",
    "cxl": "/sys/kernel/mm/migrate_offload/node2/min_bytes",
    "pmem": "/sys/kernel/mm/migrate_offload/node4/min_bytes",
}
ORIGINAL = {"migrator": "[none] dcbm", "reasons": "all", "max_batch_pages": "512",
            "nr_dma_chan": "16", "dram": "0", "cxl": "0", "pmem": "0"}
MIB = 1 << 20
TIERING = "numa_misplaced,demotion,damon"
# A machine with nodes of all kinds, on which only the profile sets thresholds.
PLAIN = "/usr/lib/migrate-offload/migrate-offload.conf.d/50-defaults.conf = migrator = dcbm"


class Machine:
    """A tree, TuneD with the profile, and the tool that works on the tree."""

    def __init__(self, directory, profiles, tool, variables):
        self.directory = pathlib.Path(directory)
        self.tree = self.directory / "tree"
        self.variables = self.directory / "variables.conf"
        shutil.copy(variables, self.variables)
        for profile in profiles.glob("migrate-offload*"):
            self.copy_profile(profile)
        bin_directory = self.directory / "bin"
        bin_directory.mkdir()
        shim = bin_directory / "migrate-offload"
        shim.write_text(f'#!/bin/sh\nverb=$1\nshift\nexec "{tool}" "$verb" --root "{self.tree}" "$@"\n')
        shim.chmod(0o755)
        os.environ["PATH"] = f"{bin_directory}:{os.environ['PATH']}"

    def copy_profile(self, profile):
        copy = self.directory / "profiles" / profile.name
        shutil.copytree(profile, copy)
        text = (profile / "tuned.conf").read_text()
        installed = "/etc/tuned/migrate-offload-variables.conf"
        # Only the base profile names it: the others include that one.
        assert (f"include={installed}" in text) == (profile.name == "migrate-offload")
        (copy / "tuned.conf").write_text(text.replace(f"include={installed}",
                                                      f"include={self.variables}"))

    def boot(self, *lines):
        if self.tree.exists():
            shutil.rmtree(self.tree)
        self.tree.mkdir()
        for line in ("include tiers", PLAIN, *lines):
            golden.describe(self.tree, line, BASE)
        (self.tree / "fake").mkdir()

    def knobs(self):
        return {name: (self.tree / path[1:]).read_text().strip()
                for name, path in KNOBS.items() if (self.tree / path[1:]).exists()}

    def manager(self, profile="migrate-offload"):
        """TuneD's unit manager with the profile loaded, as the daemon does it."""
        config = GlobalConfig("/dev/null")
        config.set(tuned.consts.CFG_PROFILE_DIRS, str(self.directory / "profiles"))
        daemon = Application(profile, config).daemon
        daemon._unit_manager.create(daemon.profile.units)
        return daemon._unit_manager


def checks(machine):
    """Yields (name, good, what was seen)."""
    machine.boot()
    manager = machine.manager()
    manager.start_tuning()
    seen = machine.knobs()
    yield ("activating the profile selects the migrator",
           seen == dict(ORIGINAL, migrator="none [dcbm]"), seen)
    yield "verify passes then", manager.verify_tuning(False), seen
    (machine.tree / KNOBS["migrator"][1:]).write_text("[none] dcbm\n")
    yield "verify fails when somebody selected none", not manager.verify_tuning(False), None
    manager.stop_tuning(tuned.consts.ROLLBACK_FULL)
    seen = machine.knobs()
    yield "leaving it puts everything back", seen == ORIGINAL, seen

    machine.variables.write_text("migrator=dcbm\nreasons=demotion\nnr_dma_chan=4 # few\n"
                                 "dram_min_bytes=1m\ncxl_min_bytes=0\npmem_min_bytes=512k\n")
    manager = machine.manager()
    manager.start_tuning()
    seen = machine.knobs()
    yield ("variables reach the kernel", seen == dict(
        ORIGINAL, migrator="none [dcbm]", reasons="demotion", nr_dma_chan="4",
        dram=str(MIB), pmem=str(MIB // 2)), seen)
    # The process keeps the environment, as TuneD's daemon does.
    machine.variables.write_text("migrator=dcbm\n")
    manager = machine.manager()
    manager.start_tuning()
    seen = machine.knobs()
    yield ("variables that were taken out are no longer in force",
           seen == dict(ORIGINAL, migrator="none [dcbm]"), seen)
    manager.stop_tuning(tuned.consts.ROLLBACK_SOFT)
    seen = machine.knobs()
    yield "a soft roll-back puts everything back too", seen == ORIGINAL, seen

    machine.variables.write_text("migrator=dcbm\nmax_batch_pages=0\n")
    manager = machine.manager()
    manager.start_tuning()
    seen = machine.knobs()
    yield "a bad variable changes nothing", seen == ORIGINAL, seen
    yield "and verify fails", not manager.verify_tuning(False), None
    manager.stop_tuning(tuned.consts.ROLLBACK_FULL)
    machine.variables.write_text("migrator=dcbm\nmax_batch_pages=64\ncxl_min_bytes=64k\n")

    for name, line in (("the kernel has no patches", "remove /sys/kernel/mm/migrate_offload"),
                       ("a knob is missing", "remove " + KNOBS["max_batch_pages"]),
                       ("a node has no threshold", "remove " + KNOBS["cxl"])):
        machine.boot(line)
        manager = machine.manager()
        manager.start_tuning()
        yield f"verify fails when {name}", not manager.verify_tuning(False), None
        yield f"also with --ignore-missing when {name}", not manager.verify_tuning(True), None
        manager.stop_tuning(tuned.consts.ROLLBACK_FULL)

    machine.boot("remove /sys/class/dma")
    manager = machine.manager()
    manager.start_tuning()
    yield "verify fails while there is no channel", not manager.verify_tuning(False), None
    golden.describe(machine.tree, "channel dma0chan5 ptdma 0", BASE)
    os.system("migrate-offload apply --event >/dev/null")
    yield "and passes once one has come", manager.verify_tuning(False), machine.knobs()
    manager.stop_tuning(tuned.consts.ROLLBACK_FULL)
    seen = machine.knobs()
    yield "leaving the profile puts that back", seen == ORIGINAL, seen


def child_checks(machine, variables):
    """The same for the profiles that include the base."""
    for name, settings in (
            ("migrate-offload-cxl", {"max_batch_pages": "2048", "cxl": str(2 * MIB)}),
            ("migrate-offload-pmem", {"nr_dma_chan": "4"})):
        machine.boot()
        shutil.copy(variables, machine.variables)
        manager = machine.manager(name)
        manager.start_tuning()
        seen = machine.knobs()
        yield (f"{name} has its own settings", seen == dict(
            ORIGINAL, migrator="none [dcbm]", reasons=TIERING, **settings), seen)
        yield f"{name} verifies", manager.verify_tuning(False), seen
        # TuneD leaves one profile before it enters the next.
        manager.stop_tuning(tuned.consts.ROLLBACK_FULL)
        manager = machine.manager()
        manager.start_tuning()
        seen = machine.knobs()
        yield (f"nothing of {name} is left in the base profile",
               seen == dict(ORIGINAL, migrator="none [dcbm]"), seen)
        manager.stop_tuning(tuned.consts.ROLLBACK_FULL)
        machine.variables.write_text("migrator=dcbm\nreasons=demotion\nnr_dma_chan=8\n"
                                     "cxl_min_bytes=3m\nmax_batch_pages=1024\n")
        manager = machine.manager(name)
        manager.start_tuning()
        seen = machine.knobs()
        yield (f"the administrator's variables win over {name}", seen == dict(
            ORIGINAL, migrator="none [dcbm]", reasons="demotion", nr_dma_chan="8",
            max_batch_pages="1024", cxl=str(3 * MIB)), seen)
        manager.stop_tuning(tuned.consts.ROLLBACK_FULL)
        seen = machine.knobs()
        yield f"leaving {name} puts everything back", seen == ORIGINAL, seen


def recommended(machine, text):
    """What TuneD's recommender makes of the file, below the tree."""
    file = machine.directory / "recommend.conf"
    file.write_text(re.sub(r"^/", f"{machine.tree}/", text, flags=re.MULTILINE))
    return ProfileRecommender().process_config(str(file))


def recommend_checks(machine, recommendations):
    """TuneD activates what is recommended: only what was asked for is."""
    text = recommendations.read_text()
    machine.boot()
    yield "no profile is recommended by itself", recommended(machine, text) is None, None
    choice = machine.tree / "etc/migrate-offload/tuned-recommend"
    choice.parent.mkdir(parents=True)
    for word, profile in (("base", "migrate-offload"), ("cxl", "migrate-offload-cxl"),
                          ("pmem", "migrate-offload-pmem"), ("cxlx", None), ("", None)):
        choice.write_text(word + "\n")
        seen = recommended(machine, text)
        yield f"'{word}' in tuned-recommend recommends {profile}", seen == profile, seen
    choice.write_text("cxl\n")
    golden.remove(machine.tree, KNOBS["migrator"][1:])
    seen = recommended(machine, text)
    yield "but not on a kernel without the patches", seen is None, seen


def main():
    profiles, recommendations = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[4])
    tool, variables = map(os.path.abspath, sys.argv[2:4])
    failed = number = 0
    with tempfile.TemporaryDirectory() as directory:
        machine = Machine(directory, profiles, tool, variables)
        every = itertools.chain(checks(machine), child_checks(machine, variables),
                                recommend_checks(machine, recommendations))
        for name, good, seen in every:
            number += 1
            print(f"{'ok' if good else 'not ok'} {number} - tuned: {name}")
            if not good:
                failed += 1
                print(f"# seen: {seen}")
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
