# SPDX-License-Identifier: GPL-2.0-only
"""One emulated PTDMA or AE4DMA engine: its process, its control socket, its counters."""
import json
import os
import socket

import processes
from progress import wait_until

PROGRAM = os.path.join(os.environ.get("MO_CACHE", "/cache"), "build/emulator/ptdma-emu")


class Engine:
    def __init__(self, folder, name, bandwidth=0, latency_us=0, msi_only=False, write_path="shm", model="ptdma"):
        self.name = name
        self.socket = os.path.join(folder, name + ".sock")
        self.control = os.path.join(folder, name + ".ctl")
        self.statsfile = os.path.join(folder, name + ".json")
        self.log = os.path.join(folder, name + ".log")
        for path in (self.socket, self.control):  # of one that was unplugged
            if os.path.exists(path):
                os.unlink(path)
        argv = [PROGRAM, "--model", model, "--socket", self.socket, "--control", self.control, "--stats", self.statsfile,
                "--bandwidth", str(bandwidth), "--latency", str(latency_us),
                "--write-path", write_path, "--name", name]
        if msi_only:
            argv.append("--msi-only")
        self.process = processes.start(argv, self.log)
        wait_until(f"the sockets of engine {name}", self._listens, 20, interval=0.02)

    def _listens(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"engine {self.name} ended at its start: {self.tail()}")
        return os.path.exists(self.socket) and os.path.exists(self.control)

    def tail(self):
        with open(self.log, errors="replace") as log:
            return log.read()[-500:].strip() or "(no output)"

    def ask(self, command):
        """Sends one command line, returns the answer line."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(20)
            sock.connect(self.control)
            sock.sendall(command.encode() + b"\n")
            return sock.makefile("r").readline().strip()

    def do(self, command):
        answer = self.ask(command)
        if answer != "ok":
            raise RuntimeError(f"engine {self.name}: '{command}' was answered with '{answer}'")

    def stats(self):
        return json.loads(self.ask("stats"))

    def stop(self):
        processes.stop(self.process)


def total(engines, counter):
    """A counter summed over engines."""
    return sum(engine.stats()[counter] for engine in engines)
