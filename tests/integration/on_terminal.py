# SPDX-License-Identifier: Apache-2.0
"""A terminal for the command: what it shows there, line by line, and how wide it is."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from cli import mind_signals

ERASE = "\r\x1b[K"


class Terminal:
    """A command with standard error on a terminal of that many columns; a context manager."""

    def __init__(self, words, columns=80, env=None, cwd=None):
        self._leader, side = pty.openpty()
        self.resize(columns)
        self.text = ""
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=side, cwd=cwd,
                                        env={**(env or os.environ), "TERM": "xterm"}, preexec_fn=mind_signals)
        os.close(side)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        os.close(self._leader)

    def resize(self, columns):
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def _read(self, seconds):
        if not select.select([self._leader], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self._leader, 65536)
        except OSError:
            piece = b""
        self.text += piece.decode()
        return piece != b""

    def bars(self, since=0):
        """What the live line has shown, oldest first; the last of them may not be whole yet."""
        shown = self.text[since:].split(ERASE)[1:]
        return [bar for bar in (piece.split("\r\n")[0] for piece in shown) if bar]

    def wait_for(self, pattern, since=0, seconds=30):
        """Waits until something was shown; the match."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.text[since:])
            if found:
                return found
            if not self._read(0.2):
                break
        raise AssertionError(f"{pattern!r} was not shown: {self.text[since:]!r}")

    def finish(self):
        """Waits for the end; the exit code."""
        while self._read(0.2):
            pass
        return self.process.wait(30)
