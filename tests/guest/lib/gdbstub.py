# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's side of gdb's remote protocol, as far as it takes to stop the guest at an
instruction, look at registers and memory, and let it go on."""
import re
import socket
import struct
import time

# the order in which QEMU sends them, eight bytes each
REGISTERS = ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
             "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip")


class GdbStub:
    def __init__(self, path, timeout=30):
        self.timeout = timeout
        self.buffer = b""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.thread = None
        # QEMU stops the guest for whoever connects
        self.ask("?")

    def close(self):
        self.ask("D")
        self.socket.close()

    def send(self, text):
        data = text.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) % 256))

    def receive(self, seconds=None):
        deadline = time.monotonic() + (seconds or self.timeout)
        while True:
            match = re.search(rb"\$([^#]*)#..", self.buffer)
            if match:
                self.buffer = self.buffer[match.end():]
                self.socket.sendall(b"+")
                return match[1].decode()
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("gdb stub: closed by QEMU")
            self.buffer += data

    def ask(self, text):
        self.send(text)
        return self.receive()

    def do(self, text):
        answer = self.ask(text)
        if answer != "OK":
            raise RuntimeError(f"gdb stub: '{text}' was answered with '{answer}'")

    def memory(self, address, size):
        answer = self.ask(f"m{address:x},{size:x}")
        if len(answer) != 2 * size:
            raise RuntimeError(f"gdb stub: {size} bytes at {address:#x} cannot be read: '{answer}'")
        return bytes.fromhex(answer)

    def break_at(self, address):
        self.do(f"Z1,{address:x},1")

    def no_break_at(self, address):
        self.do(f"z1,{address:x},1")

    def run(self, seconds=None):
        """Lets the guest go on until it stops; returns the registers and the CPU's number."""
        self.send("c")
        return self._stopped(seconds)

    def _step(self):
        self.send(f"vCont;s:{self.thread}")
        return self._stopped(None)[0]["rip"]

    def step_over(self, breakpoint):
        """Executes the instruction at a breakpoint where a CPU has stopped."""
        self.no_break_at(breakpoint)
        self._step()
        self.break_at(breakpoint)

    def step_to(self, address, leaving, most=8):
        """Executes instructions from a breakpoint to the one at address, which is not."""
        self.no_break_at(leaving)
        for _ in range(most):
            if self._step() == address:
                self.break_at(leaving)
                return
        raise RuntimeError(f"gdb stub: {address:#x} is not reached within {most} instructions")

    def _stopped(self, seconds):
        answer = self.receive(seconds)
        match = re.search(r"thread:([^;]+);", answer)
        if answer[:1] != "T" or not match:
            raise RuntimeError(f"gdb stub: no stop but '{answer}'")
        self.thread = match[1]
        self.do(f"Hg{self.thread}")
        values = struct.unpack_from(f"<{len(REGISTERS)}Q", bytes.fromhex(self.ask("g")))
        return dict(zip(REGISTERS, values)), int(self.thread.split(".")[-1], 16) - 1
