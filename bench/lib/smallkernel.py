# SPDX-License-Identifier: GPL-2.0-only
"""Small kernels, compiled from the base source with or without the patches, that QEMU runs with a program of
ours as their only one. It counts instructions in place of time, so the machine's load does not matter."""
import os
import pathlib
import re
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
# Fixed, so that the compiler cache knows the files again; the tool root's /tmp is nobody else's.
WORK = pathlib.Path("/tmp/smallkernel")
TREE = WORK / "tree"
JOBS = str(os.cpu_count() or 1)
# One CPU, and no clock but the count of instructions: the same run every time.
QEMU = ("qemu-system-x86_64", "-accel", "tcg", "-cpu", "max,la57=off,-erms,-fsrm", "-smp", "1", "-nodefaults",
        "-display", "none", "-no-reboot", "-serial", "stdio")
CMDLINE = "console=ttyS0 quiet reboot=t panic=-1"


def say(text):
    """Tells on stderr what is going on."""
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def run(*command, **options):
    """Runs a command in the tree; ends everything with its last words if it fails."""
    done = subprocess.run(command, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}\n" + done.stdout[-2000:])
    return done.stdout


def unpack(tarball):
    """The base kernel's source."""
    os.environ.update(KBUILD_BUILD_USER="small", KBUILD_BUILD_HOST="localhost",
                      KBUILD_BUILD_TIMESTAMP="Thu Jan 1 00:00:00 UTC 1970",
                      PATH=f"/usr/lib/ccache:{os.environ['PATH']}")
    say(f"unpacking {os.path.basename(tarball)}")
    TREE.mkdir(parents=True)
    subprocess.run(["tar", "-C", TREE, "--strip-components=1", "-xf", tarball], check=True)


def patch():
    """Applies the patch stack."""
    for line in (TOP / "SOURCES/patches/series").read_text(encoding="utf-8").splitlines():
        if name := line.split("#")[0].strip():
            run("patch", "-s", "-p1", "--fuzz=0", "-i", TOP / "SOURCES/patches" / name)


def build(name, *fragments):
    """Compiles the tree as it is, with no option but those of the fragments; returns the kernel."""
    say(f"compiling the kernel '{name}'")
    run("bash", TOP / "SOURCES/config/configure-kernel", "allnoconfig", *fragments)
    run("make", "-s", f"-j{JOBS}", "bzImage")
    kernel = WORK / f"{name}.bzImage"
    (TREE / "arch/x86/boot/bzImage").rename(kernel)
    return kernel


def initramfs(source):
    """A program as the kernel's only file."""
    root = WORK / "root"
    root.mkdir()
    run("gcc", "-static", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{TOP}/bench/lib", "-o", root / "init", source)
    # Only root may make a console node; the kernel's own packer makes it from a list.
    lines = [f"dir /{name} 0755 0 0" for name in ("dev", "proc", "sys")]
    lines += ["nod /dev/console 0600 0 0 c 5 1", f"file /init {root}/init 0755 0 0", ""]
    listing = WORK / "list"
    listing.write_text("\n".join(lines), encoding="utf-8")
    image = WORK / "initramfs"
    with open(image, "wb") as file:
        subprocess.run([TREE / "usr/gen_init_cpio", listing], stdout=file, check=True)
    return image


def boot(kernel, image, memory, cmdline, ns_shift=0):
    """Runs a kernel with so many MiB; an instruction takes 2^ns_shift ns. Returns what it printed."""
    done = subprocess.run([*QEMU, "-icount", f"shift={ns_shift},sleep=off", "-m", str(memory), "-kernel", kernel,
                           "-initrd", image, "-append", f"{CMDLINE} {cmdline}"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          timeout=900, check=False)
    if "DONE" not in done.stdout:
        sys.exit(f"{kernel.name} did not measure to the end:\n{done.stdout[-3000:]}")
    if wrong := re.search(r"^.*(?:BUG|WARNING|Bad page)\b.*$", done.stdout, re.MULTILINE):
        sys.exit(f"{kernel.name}, {cmdline}: {wrong[0]}\n{done.stdout[-3000:]}")
    return done.stdout
