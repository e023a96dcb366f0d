# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's two JSON-line protocols: the machine's (QMP) and the guest agent's (QGA)."""
import json
import random
import socket
import time


class CommandFailed(Exception):
    """The other side answered with an error."""


class JsonSocket:
    def __init__(self, path, timeout):
        self.path = path
        self.buffer = b""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.timeout = timeout

    def close(self):
        self.socket.close()

    def send(self, message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, deadline=None):
        while b"\n" not in self.buffer:
            left = self.timeout if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{self.path}: no answer in time")
            self.socket.settimeout(left)
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError(f"{self.path}: closed by the other side")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line.lstrip(b"\xff"))

    def command(self, name, arguments=None):
        message = {"execute": name}
        if arguments:
            message["arguments"] = arguments
        self.send(message)
        deadline = time.monotonic() + self.timeout
        while True:
            answer = self.receive(deadline)
            if "error" in answer:
                raise CommandFailed(f"{name}: {answer['error'].get('desc', answer['error'])}")
            if "return" in answer:
                return answer["return"]
            self.event(answer)

    def event(self, message):
        """Called for what is no answer."""


class Qmp(JsonSocket):
    def __init__(self, path, timeout=60):
        super().__init__(path, timeout)
        self.events = []
        self.receive()  # the greeting
        self.command("qmp_capabilities")

    def event(self, message):
        self.events.append(message)

    def forget(self, name):
        """Events of that name so far are not what anybody waits for."""
        self.events = [event for event in self.events if event.get("event") != name]

    def wait_event(self, name, seconds, **data):
        """Waits for an event whose data has the given members."""
        def matches(event):
            return event.get("event") == name and \
                all(event.get("data", {}).get(key) == value for key, value in data.items())
        deadline = time.monotonic() + seconds
        while True:
            for event in self.events:
                if matches(event):
                    self.events.remove(event)
                    return event
            self.event(self.receive(deadline))


class Agent(JsonSocket):
    """The connection to qemu-guest-agent."""

    def synchronize(self):
        """Throws away what earlier attempts left and checks that the agent answers."""
        number = random.randrange(1 << 30)
        self.send({"execute": "guest-sync", "arguments": {"id": number}})
        deadline = time.monotonic() + self.timeout
        while self.receive(deadline).get("return") != number:
            pass
