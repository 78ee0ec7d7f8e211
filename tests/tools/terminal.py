# SPDX-License-Identifier: Apache-2.0
"""A terminal: runs a command in one, and keeps what stands on its screen in the end. Standard library only."""
import fcntl
import os
import pty
import re
import struct
import termios

CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


class Screen:
    """The lines that a terminal of that width shows, after all that was written to it. What it does not know is an error."""

    def __init__(self, columns):
        self.columns, self.lines, self.row, self.column = columns, [[]], 0, 0

    def write(self, text):
        place = 0
        while place < len(text):
            control = CONTROL.match(text, place)
            if control:
                self.control(control[1], control[2])
                place = control.end()
            else:
                self.put(text[place])
                place += 1

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append([])
        elif character == "\t":
            self.column = min((self.column // 8 + 1) * 8, self.columns - 1)
        elif character >= " ":
            if self.column == self.columns:
                self.put("\r")
                self.put("\n")
            line = self.lines[self.row]
            line.extend(" " * (self.column + 1 - len(line)))
            line[self.column] = character
            self.column += 1
        else:
            raise ValueError(f"a control character that this terminal does not know: {character!r}")

    def control(self, numbers, letter):
        if letter == "K" and numbers in ("", "0"):
            del self.lines[self.row][self.column:]
        elif letter == "K" and numbers == "2":
            self.lines[self.row].clear()
        elif not (letter == "m" or (letter in "hl" and numbers == "?25")):
            raise ValueError(f"a control sequence that this terminal does not know: ESC [ {numbers} {letter}")

    def text(self):
        lines = ["".join(line).rstrip() for line in self.lines]
        while lines and not lines[-1]:
            lines.pop()
        return lines


def run(command, columns, **surroundings):
    """Runs a shell's command line in a terminal. Gives its exit code and all that it wrote."""
    process, terminal = pty.fork()
    if process == 0:
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
            os.chdir(surroundings["cwd"])
            os.execve("/bin/bash", ["bash", "--norc", "-c", command], surroundings["env"])
        finally:
            os._exit(127)
    written = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:    # Linux: the last program that had it open has closed it
            break
        if not part:
            break
        written.append(part)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), b"".join(written).decode()
