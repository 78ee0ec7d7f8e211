# SPDX-License-Identifier: Apache-2.0
"""A shell at a terminal, in which somebody writes a line and presses <TAB>."""

import contextlib
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import time

from plugin_case import IOPLUG, PLUGIN, ROOT

COMPLETION = ROOT / "host-api/ioplug/completion"
PROMPT = "ready" + "> "
RC = {
    "bash": f"PS1='ready''> '\nPS2=\nbind 'set bell-style none'\nbind 'set enable-bracketed-paste off'\n. '{COMPLETION}/bash/ioplug'\n",
    "zsh": f"PS1='ready''> '\nPROMPT_EOL_MARK=\nunsetopt beep\nfpath=('{COMPLETION}/zsh' $fpath)\nautoload -Uz compinit\n"
           "compinit -u -D\nbindkey -e\n",
}
# In the place of the command: completes as it does, and else notes with which words it was called.
STAND_IN = """#!/bin/sh
[ "$1" = complete ] && exec '{ioplug}' "$@"
printf '%s\\n' "$@" >'{words}.new'
mv '{words}.new' '{words}'
"""


class Shell:
    """`with Shell("bash", case) as shell: shell.words("ioplug fet\\t")` gives the words of the line that was completed."""

    def __init__(self, name, case):
        self.name, self.case, self.said = name, case, ""
        self.home = pathlib.Path(case.path("shell"))
        self.home.mkdir(exist_ok=True)
        self.noted = self.home / "words"
        (self.home / ".zshrc").write_text(RC["zsh"])
        (self.home / "bashrc").write_text(RC["bash"])
        command = self.home / "ioplug"
        command.write_text(STAND_IN.format(ioplug=IOPLUG, words=self.noted))
        command.chmod(0o755)

    def __enter__(self):
        netrc = self.case.write_netrc(f"machine {self.case.server.host}:{self.case.server.port} login alice password alice-pw\n")
        env = self.case.environment(NETRC=str(netrc), IOPLUG_PATH=str(pathlib.Path(PLUGIN).parent), ZDOTDIR=str(self.home),
                                    PATH=f"{self.home}:{os.environ['PATH']}", TERM="xterm", INPUTRC="/dev/null", HISTFILE="/dev/null")
        words = {"bash": ["bash", "--noprofile", "--rcfile", str(self.home / "bashrc"), "-i"], "zsh": ["zsh", "-d", "-i"]}[self.name]
        self.terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=self.home, start_new_session=True)
        os.close(theirs)
        self.wait(lambda: PROMPT in self.said)
        self.said = ""
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.terminal)

    def wait(self, done, timeout=float(os.environ.get("SHELL_WAIT", 60))):
        """Reads what the shell says until `done`."""
        end = time.monotonic() + timeout
        while not done():
            assert time.monotonic() < end, self.said
            if select.select([self.terminal], [], [], 0.05)[0]:
                self.said += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", os.read(self.terminal, 65536).decode("utf-8", "replace"))

    def words(self, line):
        """The words with which the command is called by `line`, in which <TAB> may be, and the return key."""
        self.noted.unlink(missing_ok=True)
        os.write(self.terminal, line.encode() + b"\r")
        self.wait(self.noted.exists)
        self.said = ""
        return self.noted.read_text().split("\n")[:-1]
