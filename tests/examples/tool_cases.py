# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of all tools do: run them on captures of known content, on inputs that do not end, and on none.

A test of a tool is run as `test_TOOL.py PROGRAM MANUAL`; its classes are told of the program by `use()`.
"""
import contextlib
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest

import captures

PROGRAM = None
MANUAL = None


def use(program, manual):
    """Sets what is tested."""
    global PROGRAM, MANUAL
    PROGRAM, MANUAL = program, pathlib.Path(manual)


class Case(unittest.TestCase):
    """A folder of its own and captures in it."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, content, name="capture.pcap"):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def expect_failure(self, status, message, *arguments):
        """One line on stderr. Returns what stdout got."""
        result = captures.run([PROGRAM, *arguments])
        self.assertEqual(result.returncode, status, result)
        self.assertIn(message, result.stderr)
        if status == 1:
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        return result.stdout

    def expect_unreadable(self, *options):
        """Inputs that cannot be read. Gives (URI, message, stdout) of each."""
        empty = self.write(b"", "empty.pcap")
        text = self.write(b"this is text and no capture", "text.pcap")
        header = self.write(captures.pcap_header()[:20], "header.pcap")
        for uri, message in [
                (self.folder / "missing.pcap", "No such file or directory"),
                (self.folder, "Is a directory"),
                (f"pcapfile:{self.folder}", "Is a directory"),
                (empty, "empty"),
                (f"pcapfile:{empty}", "the file is empty"),
                (text, "No format recognises"),
                (f"pcapfile:{text}", "not a pcap file"),
                (header, "the file ends after 20 bytes"),
                ("bogus:file", "There is no format 'bogus'"),
                (f"perpkt_threads=many:{text}", "perpkt_threads"),
        ]:
            with self.subTest(uri=uri):
                yield uri, message, self.expect_failure(1, message, *options, uri)

    def expect_write_failure(self, *arguments):
        with open("/dev/full", "w") as full:
            result = subprocess.run([PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual((result.returncode, "No space left" in result.stderr), (1, True), result.stderr)

    def expect_options_are_told(self):
        """The manual page and --help have the same options."""
        option = re.compile(r"--[a-z]+")
        in_manual = set(option.findall(MANUAL.read_text().replace("\\-", "-")))
        in_help = set(option.findall(captures.run_good([PROGRAM, "--help"])))
        self.assertEqual(in_manual, in_help)

    def expect_help_and_version(self):
        self.assertIn("pcapfile:", captures.run_good([PROGRAM, "--help"]))
        name = pathlib.Path(PROGRAM).name
        self.assertRegex(captures.run_good([PROGRAM, "--version"]), rf"^{name} of Weir \d+\.\d+")


def n_unread(pipe):
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]


def is_asleep(pid):
    """Whether all threads of a process wait for something."""
    states = [path.read_text().rsplit(")", 1)[1].split()[0] for path in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")]
    return set(states) == {"S"}


def catches(pid, number):
    """Whether a process has a handler for a signal."""
    mask = re.search(r"^SigCgt:\s*(\w+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return bool(int(mask[1], 16) >> (number - 1) & 1)


class EndlessCase(Case):
    """Inputs that do not end: a pipe whose other end stays open."""

    def setUp(self):
        super().setUp()
        self.path = self.folder / "pipe"
        os.mkfifo(self.path)

    @contextlib.contextmanager
    def running(self, *arguments, **streams):
        with subprocess.Popen([PROGRAM, *arguments, f"pcapfile:{self.path}"], **streams) as process:
            try:
                with open(self.path, "wb", buffering=0) as pipe:
                    yield process, pipe
            finally:
                process.kill()

    def expect_silent_stop(self, *options):
        """Stopped before the first byte came, and before its writer did. Returns what stdout got."""
        outputs = []
        ours, theirs = os.pipe()
        for uri in "-", self.path:
            with subprocess.Popen([PROGRAM, *options, uri], stdin=ours, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) as process:
                self.await_idle(process, lambda: catches(process.pid, signal.SIGINT))
                process.send_signal(signal.SIGINT)
                stdout, stderr = process.communicate(timeout=20)
                self.assertEqual((process.returncode, stderr), (130, ""))
                outputs.append(stdout)
        os.close(ours)
        os.close(theirs)
        return outputs

    @contextlib.contextmanager
    def on_terminal(self, *arguments):
        """stderr is a terminal; gives its other end."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
        try:
            with self.running(*arguments, stdout=subprocess.DEVNULL, stderr=theirs) as (process, pipe):
                os.close(theirs)
                yield process, pipe, ours
        finally:
            os.close(ours)

    def read_terminal(self, terminal, until=None):
        """What the terminal got, up to a text or to its end."""
        text = b""
        with contextlib.suppress(OSError):  # EIO: nobody writes any more
            while until is None or until not in text:
                self.assertTrue(select.select([terminal], [], [], 20)[0], text)
                chunk = os.read(terminal, 4096)
                text += chunk
                if not chunk:
                    break
        return text

    def expect_progress(self, packets):
        """A bar on a terminal, which is taken away."""
        with self.on_terminal() as (process, pipe, terminal):
            pipe.write(captures.pcap_bytes(packets))
            shown = self.read_terminal(terminal, f"{len(packets)} packets".encode())
            pipe.close()
            shown += self.read_terminal(terminal)
            self.assertEqual(process.wait(), 0)
        lines = shown.decode().split("\r\x1b[K")
        self.assertEqual(lines[0], "")
        self.assertEqual(lines[-1], "", "the bar is not taken away")
        for line in lines[1:-1]:
            self.assertRegex(line, r"^[\d.]+ k?B, \d+ packets, [\d.]+ k?B/s$")

    def feed(self, process, pipe, content):
        """Writes, and waits until the program has taken all and has nothing left to do."""
        pipe.write(content)
        self.await_idle(process, lambda: n_unread(pipe) == 0)

    def await_idle(self, process, is_ready):
        """Waits until something is so, and the program has nothing left to do."""
        n_quiet = 0
        while n_quiet < 3:
            self.assertIsNone(process.poll())
            n_quiet = n_quiet + 1 if is_ready() and is_asleep(process.pid) else 0
            time.sleep(0.01)
