#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs the TuneD profile by TuneD's own code on a kernel made of files; TAP.

tuned-profile.py PROFILE-DIRECTORY TOOL VARIABLES-FILE
"""
import logging
import os
import pathlib
import shutil
import sys
import tempfile

import golden
import tuned.consts
import tuned.logs
from tuned.daemon import Application
from tuned.utils.global_config import GlobalConfig

# TuneD's logs.get() looks at the module it is called from.
LOG = tuned.logs.get()
LOG.handlers[:] = [logging.NullHandler()]

BASE = pathlib.Path(__file__).parent / "golden"
KNOBS = {
    "migrator": "/sys/kernel/mm/migrate_offload/migrator",
    "reasons": "/sys/kernel/mm/migrate_offload/reasons",
    "max_batch_pages": "/sys/kernel/mm/migrate_offload/max_batch_pages",
    "nr_dma_chan": "/sys/module/dcbm/parameters/nr_dma_chan",
}
ORIGINAL = {"migrator": "[none] dcbm", "reasons": "all", "max_batch_pages": "512",
            "nr_dma_chan": "16"}


class Machine:
    """A tree, TuneD with the profile, and the tool that works on the tree."""

    def __init__(self, directory, profile, tool, variables):
        self.directory = pathlib.Path(directory)
        self.tree = self.directory / "tree"
        self.variables = self.directory / "variables.conf"
        shutil.copy(variables, self.variables)
        self.copy_profile(profile)
        bin_directory = self.directory / "bin"
        bin_directory.mkdir()
        shim = bin_directory / "migrate-offload"
        shim.write_text(f'#!/bin/sh\nverb=$1\nshift\nexec "{tool}" "$verb" --root "{self.tree}" "$@"\n')
        shim.chmod(0o755)
        os.environ["PATH"] = f"{bin_directory}:{os.environ['PATH']}"

    def copy_profile(self, profile):
        copy = self.directory / "profiles" / "migrate-offload"
        copy.mkdir(parents=True)
        shutil.copy(profile / "script.sh", copy)
        text = (profile / "tuned.conf").read_text()
        installed = "/etc/tuned/migrate-offload-variables.conf"
        assert f"include={installed}" in text
        (copy / "tuned.conf").write_text(text.replace(f"include={installed}",
                                                      f"include={self.variables}"))

    def boot(self, *lines):
        if self.tree.exists():
            shutil.rmtree(self.tree)
        self.tree.mkdir()
        golden.describe(self.tree, "include supported", BASE)
        for line in lines:
            golden.describe(self.tree, line, BASE)
        (self.tree / "fake").mkdir()

    def knobs(self):
        return {name: (self.tree / path[1:]).read_text().strip()
                for name, path in KNOBS.items() if (self.tree / path[1:]).exists()}

    def manager(self):
        """TuneD's unit manager with the profile loaded, as the daemon does it."""
        config = GlobalConfig("/dev/null")
        config.set(tuned.consts.CFG_PROFILE_DIRS, str(self.directory / "profiles"))
        daemon = Application("migrate-offload", config).daemon
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

    machine.variables.write_text("migrator=dcbm\nreasons=demotion\nnr_dma_chan=4 # few\n")
    manager = machine.manager()
    manager.start_tuning()
    seen = machine.knobs()
    yield ("variables reach the kernel", seen == dict(
        ORIGINAL, migrator="none [dcbm]", reasons="demotion", nr_dma_chan="4"), seen)
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
    machine.variables.write_text("migrator=dcbm\nmax_batch_pages=64\n")

    for name, line in (("the kernel has no patches", "remove /sys/kernel/mm/migrate_offload"),
                       ("a knob is missing", "remove " + KNOBS["max_batch_pages"])):
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


def main():
    profile, tool, variables = pathlib.Path(sys.argv[1]), *map(os.path.abspath, sys.argv[2:4])
    failed = number = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, good, seen in checks(Machine(directory, profile, tool, variables)):
            number += 1
            print(f"{'ok' if good else 'not ok'} {number} - tuned: {name}")
            if not good:
                failed += 1
                print(f"# seen: {seen}")
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
