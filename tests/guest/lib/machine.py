# SPDX-License-Identifier: GPL-2.0-only
"""The emulated machine: two CPUs or more, a DRAM node, a CPU-less CXL-like node, if wanted NVDIMMs
with a node each and a CXL memory device, PCIe ports for engines, a serial console in a file, and
commands through the guest agent."""
import base64
import collections
import contextlib
import json
import os
import shutil
import tempfile
import time

import accel
import processes
from engine import Engine
from gdbstub import GdbStub
from jsonsocket import Agent, CommandFailed, Qmp
from progress import say, wait_until

PORTS = 16
DRAM, CXL, PMEM = 0, 1, 2  # node numbers; a machine with more NVDIMMs than one has more behind PMEM
NODE_MIB = 2048
# At the end of an NVDIMM. As much, so that what is before it stays aligned for ndctl.
LABELS_MIB = 2
# The least that QEMU makes a window of; behind the window is one device that fills it.
CXL_DEVICE_MIB = 256
# latency in ns and bandwidth, for the guest's HMAT
SPEEDS = {DRAM: (100, "100G"), CXL: (300, "30G"), PMEM: (900, "10G")}
SHUTDOWN_SECONDS = 120
BOOT_SECONDS = 900  # a minute where there is a processor to be had

Result = collections.namedtuple("Result", "status out err")


class GuestError(Exception):
    """A command in the guest failed, or the guest is gone."""


class Image:
    """What install-image made: a root file system and its boot entries."""

    def __init__(self, folder):
        self.folder = folder
        self.root = os.path.join(folder, "root.img")
        with open(os.path.join(folder, "entries.json")) as file:
            self.entries = json.load(file)

    def entry(self, ours):
        """Our kernel's boot entry, or the distribution's."""
        for entry in self.entries:
            if entry["ours"] == ours:
                return entry
        raise GuestError(f"{self.folder}: no boot entry for {'our' if ours else 'the base'} kernel")

    def base_kernel(self):
        return os.path.join(self.folder, self.entry(ours=False)["kernel"])

    def record(self, name):
        """A text that install-image noted."""
        with open(os.path.join(self.folder, name)) as file:
            return file.read()


class Machine:
    def __init__(self, image, name, logs, ours=True, engines=0, options="", pmem=(), cxl=False, cpu="", bare=False,
                 cpus=2, counting=False, near=False, iommu="", initrd=True, **engine_options):
        self.name = name
        self.pmem = pmem  # MiB of each NVDIMM
        self.cxl = cxl  # a CXL memory device, empty at each reset
        # Others would take their turns in the time of the one whose instructions are counted.
        self.cpus = 1 if counting else cpus
        self.near = near  # engines belong to nodes: port 0 to DRAM, 1 to CXL, 2 to DRAM ...
        self.iommu = iommu  # a device of QEMU
        self.engines = {}  # by port
        self.engine_options = engine_options
        self.entry = image.entry(ours)
        self.folder = tempfile.mkdtemp(prefix="mo-")
        self.logs = os.path.join(logs, name)
        shutil.rmtree(self.logs, ignore_errors=True)
        os.makedirs(self.logs)
        self.console = os.path.join(self.logs, "console.log")
        self.qemu = None
        kernel = os.path.join(image.folder, self.entry["kernel"])
        self.accel_options, self.accel = accel.accelerator(image.base_kernel(), cpu, bare, counting)
        try:
            argv = self._arguments(image)
            argv += ["-kernel", kernel, "-append", " ".join(filter(None, (self.entry["options"], options)))]
            if initrd:
                argv += ["-initrd", os.path.join(image.folder, self.entry["initrd"])]
            for port in range(engines):
                argv += ["-device", json.dumps(self._device(self._start_engine(port), port))]
            self._boot(argv)
        except BaseException:
            self.stop()
            raise

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _arguments(self, image):
        argv = [accel.QEMU, *self.accel_options, "-smp", str(self.cpus), "-nodefaults", "-display", "none", "-no-reboot",
                # It takes a guest that is slow to resume for one that hangs.
                "-action", "watchdog=none",
                "-machine", f"q35,hmat=on,nvdimm={'on' if self.pmem else 'off'}",
                "-m", f"{2 * NODE_MIB}M" +
                (f",slots={len(self.pmem)},maxmem={2 * NODE_MIB + 4 * sum(self.pmem)}M" if self.pmem else "")]
        if self.iommu:  # before the devices that it translates for
            argv += ["-device", self.iommu]
        for node, cpus in ((DRAM, f",cpus=0-{self.cpus - 1}"), (CXL, "")):
            argv += ["-object", f"memory-backend-memfd,id=m{node},size={NODE_MIB}M,share=on",
                     "-numa", f"node,nodeid={node},memdev=m{node}{cpus},initiator={DRAM}"]
        argv += ["-numa", f"dist,src={DRAM},dst={CXL},val=20"]
        for node, mib in enumerate(self.pmem, PMEM):  # shared as the rest, or engines could not reach it
            argv += ["-object", f"memory-backend-file,id=m{node},mem-path={self._path(f'nvdimm{node}')},"
                                f"size={mib + LABELS_MIB}M,share=on",
                     "-numa", f"node,nodeid={node},initiator={DRAM}",
                     "-device", f"nvdimm,memdev=m{node},node={node},label-size={LABELS_MIB}M"]
            for other in range(node):
                argv += ["-numa", f"dist,src={other},dst={node},val=40"]
        for node in range(PMEM + len(self.pmem)):
            latency, bandwidth = SPEEDS[min(node, PMEM)]
            lb = f"hmat-lb,initiator={DRAM},target={node},hierarchy=memory"
            argv += ["-numa", f"{lb},data-type=access-latency,latency={latency}",
                     "-numa", f"{lb},data-type=access-bandwidth,bandwidth={bandwidth}"]
        for node in (DRAM, CXL) if self.near else ():
            argv += ["-device", f"pxb-pcie,id=pcie.node{node},bus=pcie.0,bus_nr={64 * (node + 1)},numa_node={node}"]
        if self.cxl:
            argv += ["-machine", f"cxl=on,cxl-fmw.0.targets.0=cxl.0,cxl-fmw.0.size={CXL_DEVICE_MIB}M",
                     "-object", f"memory-backend-memfd,id=cxlmemory,size={CXL_DEVICE_MIB}M,share=on",
                     "-device", f"pxb-cxl,id=cxl.0,bus=pcie.0,bus_nr={64 * 3}",
                     "-device", f"cxl-rp,id=cxlport,bus=cxl.0,port=0,chassis={PORTS + 1},slot=0",
                     "-device", "cxl-type3,id=cxldevice,bus=cxlport,volatile-memdev=cxlmemory,sn=1"]
        for port in range(PORTS):
            bus = f"pcie.node{self.node_of(port)}" if self.near else "pcie.0"
            argv += ["-device", f"pcie-root-port,id=port{port},bus={bus},chassis={port + 1},slot={port + 1},"
                                "io-reserve=0"]
        return argv + [
            "-chardev", f"file,id=console,path={self.console}", "-serial", "chardev:console",
            "-qmp", f"unix:{self._path('qmp')},server=on,wait=off",
            "-chardev", f"socket,id=agent,path={self._path('agent')},server=on,wait=off",
            "-device", "virtio-serial-pci,bus=pcie.0",
            "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
            "-device", "virtio-rng-pci,bus=pcie.0",
            "-drive", f"if=none,id=root,file={image.root},format=raw,snapshot=on",
            "-device", "virtio-blk-pci,bus=pcie.0,drive=root"]

    @staticmethod
    def node_of(port):
        """The node that a port is near to, in a machine where ports are near to nodes."""
        return (DRAM, CXL)[port % 2]

    def _start_engine(self, port):
        self.engines[port] = Engine(self.folder, f"engine{port}", **self.engine_options)
        return self.engines[port]

    @staticmethod
    def _device(engine, port):
        return {"driver": "vfio-user-pci", "id": engine.name, "bus": f"port{port}",
                "socket": {"type": "unix", "path": engine.socket}}

    def _boot(self, argv):
        say(f"booting {self.name}: kernel {self.entry['version']}, {len(self.engines)} engines, {self.accel}")
        begin = time.monotonic()
        self.qemu = processes.start(argv, os.path.join(self.logs, "qemu.log"))
        wait_until("QEMU's monitor", lambda: self._alive() and os.path.exists(self._path("qmp")), 30, interval=0.05)
        self.qmp = Qmp(self._path("qmp"))
        self._wait_up(begin)

    def _wait_up(self, begin):
        self.agent = Agent(self._path("agent"), timeout=3)
        wait_until("the guest agent", self._agent_answers, BOOT_SECONDS, interval=0)
        self.agent.timeout = 60
        # udev may still have to hear of devices, and starts services for them.
        self.run(f"udevadm settle --timeout={BOOT_SECONDS}; systemctl is-system-running --wait", timeout=BOOT_SECONDS,
                 check=False)
        say(f"{self.name} is up after {time.monotonic() - begin:.0f} s")

    def reboot(self):
        """Has the guest shut down and boot again; its disk and NVDIMMs keep what is in them."""
        say(f"rebooting {self.name}")
        begin = time.monotonic()
        with self.resets_allowed():
            self.qmp.forget("RESET")
            self.start("systemctl reboot")
            self.qmp.wait_event("RESET", SHUTDOWN_SECONDS)
            self.agent.close()
            self._wait_up(begin)

    @contextlib.contextmanager
    def resets_allowed(self):
        """QEMU ends when the guest resets, as it does after a panic, but not meanwhile. SeaBIOS resets once more by itself."""
        self.qmp.command("set-action", {"reboot": "reset"})
        try:
            yield
        finally:
            self.qmp.command("set-action", {"reboot": "shutdown"})

    def suspend(self):
        """Has the guest suspend to memory, wakes it up, and returns the result of what asked for it."""
        asleep = self.start("echo deep >/sys/power/mem_sleep; echo mem >/sys/power/state")
        with self.resets_allowed():  # which is how it wakes up
            self.qmp.wait_event("SUSPEND", SHUTDOWN_SECONDS)
            self.qmp.command("system_wakeup")
            # The port that the agent listens on is set up anew: what comes before that is lost, a connection, too.
            wait_until("the guest agent", self._agent_answers_anew, SHUTDOWN_SECONDS)
            self.agent.timeout = 60
        return self.finish(asleep, "to suspend", SHUTDOWN_SECONDS)

    def _alive(self):
        if self.qemu.poll() is not None:
            raise GuestError(f"QEMU ended with status {self.qemu.returncode}: {self.qemu_tail()}")
        return True

    def _agent_answers(self):
        self._alive()
        try:
            self.agent.synchronize()
            return True
        except TimeoutError:
            return False

    def _agent_answers_anew(self):
        self.agent.close()
        self.agent = Agent(self._path("agent"), timeout=3)
        return self._agent_answers()

    def run(self, command, timeout=60, check=True):
        """Runs a shell command in the guest; returns its status, output and errors."""
        try:
            return self._run(command, timeout, check)
        except (OSError, CommandFailed) as error:
            self._alive()
            raise GuestError(f"guest agent: '{command}': {error}") from error

    def _run(self, command, timeout, check):
        result = self.finish(self.start(command), f"'{command}'", timeout, interval=0.05)
        if check and result.status:
            raise GuestError(f"'{command}' in the guest: status {result.status}: "
                             f"{(result.err or result.out).strip()[-600:]}")
        return result

    def start(self, command, stdin=None):
        """Starts a shell command in the guest without waiting for it; returns its handle."""
        arguments = {"path": "/bin/bash", "arg": ["-c", command], "capture-output": True,
                     "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/root"]}
        if stdin is not None:
            arguments["input-data"] = base64.b64encode(stdin).decode()
        return self.agent.command("guest-exec", arguments)["pid"]

    def exited(self, pid):
        """The status of a command that start() began, once it has ended."""
        status = self.agent.command("guest-exec-status", {"pid": pid})
        return status if status["exited"] else None

    def finish(self, pid, what, timeout, interval=0.2):
        """Waits for a command that start() began."""
        status = wait_until(f"{what} in the guest", lambda: self.exited(pid), timeout, interval)
        return Result(status.get("exitcode", 128 + status.get("signal", 0)),
                      *(base64.b64decode(status.get(key, "")).decode(errors="replace")
                        for key in ("out-data", "err-data")))

    def out(self, command, **options):
        return self.run(command, **options).out.strip()

    def read(self, path):
        return self.out(f"cat '{path}'")

    def wait(self, what, command, seconds=60):
        """Waits until a command succeeds in the guest."""
        return wait_until(what, lambda: self.run(command, check=False).status == 0, seconds, interval=0.3)

    def kernel_log(self):
        return self.out("dmesg")

    def plug(self, count=1):
        """Hot-plugs engines; returns them."""
        free = [port for port in range(PORTS) if port not in self.engines][:count]
        if len(free) < count:
            raise GuestError(f"no {count} free ports for engines")
        self._hotplug_idle()
        added = []
        for port in free:
            engine = self._start_engine(port)
            self.qmp.command("device_add", self._device(engine, port))
            added.append(engine)
        return added

    def _hotplug_idle(self):
        """Waits until the guest has dealt with all that was plugged and unplugged so far.

        QEMU's ACPI reports a device as to be ejected until it is, so an event of another slot in between
        has the guest eject it twice: with the second it would eject what is plugged into that slot next."""
        self.wait("the guest to be done with plugging", "! grep -qE '[+](kacpid|kacpi_notify|kacpi_hotplug)' /proc/[0-9]*/comm")

    def monitor(self, command):
        """A command of QEMU's own monitor, for what QMP does not have."""
        answer = self.qmp.command("human-monitor-command", {"command-line": command}).strip()
        if answer:
            raise GuestError(f"QEMU's monitor: '{command}' was answered with '{answer}'")

    def debugger(self):
        """Stops the guest; returns what reads it and lets it go on."""
        self.qmp.command("human-monitor-command", {"command-line": f"gdbserver unix:{self._path('gdb')},server=on,wait=off"})
        return GdbStub(self._path("gdb"))

    def unplug(self, engine, wait=True):
        """Asks the guest to let go of an engine, as an attention button does."""
        self._hotplug_idle()
        self.qmp.command("device_del", {"id": engine.name})
        if wait:
            self.unplugged(engine)

    def unplugged(self, engine, seconds=60):
        self.qmp.wait_event("DEVICE_DELETED", seconds, device=engine.name)
        engine.stop()
        for port in [port for port, other in self.engines.items() if other is engine]:
            del self.engines[port]

    def console_tail(self, lines=25):
        try:
            with open(self.console, errors="replace") as file:
                return "".join(file.readlines()[-lines:])
        except FileNotFoundError:
            return "(no console output)"

    def qemu_tail(self):
        try:
            with open(os.path.join(self.logs, "qemu.log"), errors="replace") as file:
                return file.read()[-800:].strip() or "(no output)"
        except FileNotFoundError:
            return "(no output)"

    def stop(self):
        if self.qemu:
            try:
                self.qmp.command("quit")
                self.qemu.wait(10)
            except Exception:  # whatever state it is in, it must go
                pass
            processes.stop(self.qemu)
        for engine in self.engines.values():
            engine.stop()
            if os.path.exists(engine.log):
                shutil.copy(engine.log, self.logs)
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep_logs(self, name):
        """Keeps the logs under a name of their own; the next machine overwrites them otherwise."""
        kept = os.path.join(os.path.dirname(self.logs), name)
        shutil.rmtree(kept, ignore_errors=True)
        os.rename(self.logs, kept)
        say(f"the logs of {self.name} are kept in {kept}")
