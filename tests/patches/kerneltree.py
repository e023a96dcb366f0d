# SPDX-License-Identifier: GPL-2.0-only
"""A kernel source tree and the folders it is compiled in."""

import os
import pathlib
import re
import subprocess

JOBS = str(os.cpu_count() or 1)
# Asks a folder's own Makefile what it would compile in a configuration.
ASK = """
include {out}/include/config/auto.conf
src := {folder}
obj := {folder}
srctree := .
objtree := .
include {folder}/Makefile
parts = $(foreach o,$(1),$($(o:.o=-objs)) $($(o:.o=-y)) $($(o:.o=-m)))
.PHONY: ask
ask: ; @:
$(info $(addprefix {folder}/,$(obj-y) $(obj-m) $(lib-y) $(lib-m) $(call parts,$(obj-y) $(obj-m))))
"""


class Build:
    """A tree compiled in one configuration, in a folder of its own."""

    def __init__(self, tree, out, configuration):
        self.tree = tree
        self.out = pathlib.Path(out)
        self.configuration = configuration
        self.out.mkdir(parents=True)
        self.made = False

    def make(self, *arguments):
        """Runs make; returns its status and output."""
        return run("make", "-s", f"-j{JOBS}", f"O={self.out}", *self.configuration.make, *arguments, cwd=self.tree)

    def make_objects(self, objects, *arguments):
        """Compiles single objects. kbuild enters arch/x86/lib twice for one of its objects: at the same time,
        each would take away what the other needs."""
        twice = [name for name in objects if name.startswith("arch/x86/lib/")]
        once = [name for name in objects if name not in twice]
        status, output = self.make("-j1", *arguments, *twice) if twice else (0, "")
        if status or not once:
            return status, output
        status, rest = self.make(*arguments, *once)
        return status, output + rest

    def configure(self):
        """Configures, again if Kconfig files have changed; returns an error text."""
        config = self.out / ".config"
        wanted = self.configuration
        if not self.made:
            status, output = self.make(wanted.target)
            if status:
                return output
            self.made = True
        offload = "-e" if wanted.offload else "-d"
        options = [word for flag, names in (("-e", wanted.on), ("-m", wanted.modules), ("-d", (*wanted.off, "WERROR")))
                   for name in names for word in (flag, name)]
        run("scripts/config", "--file", str(config), *options, offload, "MIGRATION_COPY_OFFLOAD", cwd=self.tree)
        status, output = self.make("olddefconfig")
        if status:
            return output
        status, output = self.make("prepare")
        return output if status else ""

    def option(self, name):
        """The value of a configuration option, None if it is off."""
        found = re.search(rf"^CONFIG_{name}=(.*)$", (self.out / ".config").read_text(encoding="utf-8"), re.MULTILINE)
        return found.group(1) if found else None

    def compiled(self, folder):
        """The objects that this folder's Makefile names in this configuration."""
        if not (self.tree / folder / "Makefile").exists():
            return set()
        done = subprocess.run(["make", "-s", "-f", "-", "ask", *self.configuration.make], cwd=self.tree, text=True,
                              input=ASK.format(out=self.out, folder=folder), stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
        return {os.path.normpath(word) for word in done.stdout.split()}

    def objects(self, sources):
        """The objects of those sources that this configuration compiles."""
        answers = {}
        found = []
        for source in sorted(sources):
            if not (self.configuration.concerns(source) and (self.tree / source).exists()):
                continue
            target = os.path.splitext(source)[0] + ".o"
            # A Makefile may name what is in a folder below it.
            for folder in (os.path.dirname(source), os.path.dirname(os.path.dirname(source))):
                if folder and folder not in answers:
                    answers[folder] = self.compiled(folder)
                if folder and target in answers[folder]:
                    found.append(target)
                    break
        return found


def run(*command, cwd):
    """Runs a command, returns its status and everything it printed."""
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, errors="replace", check=False)
    return done.returncode, done.stdout
