#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs a case: golden.py TOOL CASE-DIRECTORY [--update]

CASE/tree describes a machine's files, CASE/run what is done with it, and
CASE/expected everything that was printed. A tree has lines of these forms:

    include NAME                     golden/NAME.tree
    /path = content                  a file (\\n is a new line)
    /path -> target                  a symbolic link
    /path/                           a directory
    remove /path                     a file or an empty directory of an included tree
    channel NAME DRIVER NODE [STATE] a DMA channel, held by dcbm in STATE
    node ID MIB CPUS TIER DISTANCES  a node with memory; "-" for no CPUs, no memory tier,
                                     or distances as "10,20"
    dax NAME BELOW DRIVER NODE MIB   a dax device below /sys/devices/BELOW

and a run has

    migrate-offload ...              runs the tool; VAR=value before it, "2>/dev/null"
                                     and the like are the shell's
    16x migrate-offload ...          the same 16 times at once; its lines, counted
    file ... | remove ... | channel ... | node ... | dax ...
                                     as in a tree ("file /path = content")
    show /path                       prints a file
"""
import collections
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT_VERBS = {"status", "tiers", "enable", "disable", "apply", "verify", "revert"}


def put(tree, path, content):
    file = tree / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content.replace("\\n", "\n") + ("\n" if content else ""))


def link(tree, path, target):
    file = tree / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.symlink_to(target)


def remove(tree, path):
    file = tree / path.lstrip("/")
    if file.is_dir() and not file.is_symlink():
        for entry in sorted(file.iterdir()):
            remove(tree, str(entry.relative_to(tree)))
        file.rmdir()
    else:
        file.unlink()


def channel(tree, name, driver, node, state=None):
    device = f"/sys/devices/pci0000:00/0000:00:0{name[3]}.0"
    if not (tree / device.lstrip("/")).exists():
        put(tree, f"{device}/numa_node", node)
        link(tree, f"{device}/driver", f"../../../bus/pci/drivers/{driver}")
    link(tree, f"{device}/dma/{name}/device", "../..")
    link(tree, f"/sys/class/dma/{name}", f"../../{device[5:]}/dma/{name}")
    if state:
        put(tree, f"/sys/module/dcbm/channels/{name}/state", state)


def append(tree, path, number):
    """Adds to one of the kernel's lists of numbers."""
    file = tree / path.lstrip("/")
    numbers = file.read_text().strip().split(",") if file.exists() else []
    if number not in numbers:
        put(tree, path, ",".join(sorted(filter(None, numbers + [number]), key=int)))


def node(tree, number, mib, cpus, tier, distances):
    base = "/sys/devices/system/node"
    put(tree, f"{base}/node{number}/meminfo", f"Node {number} MemTotal:  {int(mib) * 1024} kB\\n"
                                              f"Node {number} MemFree:  {int(mib) * 1000} kB")
    put(tree, f"{base}/node{number}/cpulist", "" if cpus == "-" else cpus)
    put(tree, f"{base}/node{number}/distance", distances.replace(",", " "))
    append(tree, f"{base}/has_memory", number)
    append(tree, f"{base}/online", number)
    if tier != "-":
        append(tree, f"/sys/devices/virtual/memory_tiering/memory_tier{tier}/nodelist", number)
    if (tree / "sys/kernel/mm/migrate_offload").exists():
        put(tree, f"/sys/kernel/mm/migrate_offload/node{number}/min_bytes", "0")


def dax(tree, name, below, driver, target, mib):
    device = f"/sys/devices/{below}/{name}"
    put(tree, f"{device}/target_node", target)
    put(tree, f"{device}/size", str(int(mib) << 20))
    link(tree, f"{device}/driver", f"../../bus/dax/drivers/{driver}")
    link(tree, f"/sys/bus/dax/devices/{name}", f"../../../{device[5:]}")


DEVICES = {"channel": channel, "node": node, "dax": dax}


def describe(tree, line, base):
    words = line.split()
    if words[0] == "include":
        build(tree, base / f"{words[1]}.tree", base)
    elif words[0] == "remove":
        remove(tree, words[1])
    elif words[0] in DEVICES:
        DEVICES[words[0]](tree, *words[1:])
    elif match := re.fullmatch(r"(/\S+) = ?(.*)", line):
        put(tree, *match.groups())
    elif match := re.fullmatch(r"(/\S+) -> (\S+)", line):
        link(tree, *match.groups())
    elif line.endswith("/"):
        (tree / line.strip("/")).mkdir(parents=True, exist_ok=True)
    else:
        raise SystemExit(f"{base}: what is '{line}'?")


def build(tree, file, base):
    for line in file.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            describe(tree, line, base)


def command(tool, tree, line):
    """The line with the tool's path and root in it."""
    match = re.search(r"migrate-offload( \S+)?", line)
    verb = (match.group(1) or "").strip()
    root = f' --root "{tree}"' if verb in ROOT_VERBS else ""
    return f'{line[:match.start()]}"{tool}"{match.group(1) or ""}{root}{line[match.end():]}'


def run_one(tool, tree, line):
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
    return subprocess.Popen(["bash", "-c", command(tool, tree, line)], env=env, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def run(tool, tree, line, base):
    out = [f"$ {line}"]
    many = re.match(r"(\d+)x ", line)
    if many:
        runs = [run_one(tool, tree, line[many.end():]) for _ in range(int(many.group(1)))]
        texts = collections.Counter(f"[exit {p.returncode}] {t.strip()}"
                                    for p in runs for t in [p.communicate()[0]])
        out += [f"{n} x {text}" for text, n in sorted(texts.items())]
    elif line.startswith("show "):
        file = tree / line[5:].lstrip("/")
        out.append(file.read_text().rstrip("\n") if file.exists() else "(no such file)")
    elif line.startswith(("file ", "remove ", *(f"{name} " for name in DEVICES))):
        describe(tree, line.removeprefix("file "), base)
    else:
        process = run_one(tool, tree, line)
        text = process.communicate()[0]
        out += text.rstrip("\n").splitlines()
        out.append(f"[exit {process.returncode}]")
    return out


def main():
    tool, case = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    base = case.parent
    with tempfile.TemporaryDirectory() as directory:
        tree = pathlib.Path(directory)
        build(tree, case / "tree", base)
        (tree / "fake").mkdir(exist_ok=True)
        lines = []
        for line in (case / "run").read_text().splitlines():
            if line and not line.startswith("#"):
                lines += run(tool, tree, line, base)
        text = "\n".join(lines).replace(directory, "TREE") + "\n"
    expected = case / "expected"
    if "--update" in sys.argv[3:]:
        expected.write_text(text)
        return 0
    wanted = expected.read_text() if expected.exists() else ""
    sys.stdout.writelines(difflib.unified_diff(wanted.splitlines(True), text.splitlines(True),
                                               str(expected), "got"))
    return int(text != wanted)


if __name__ == "__main__":
    sys.exit(main())
