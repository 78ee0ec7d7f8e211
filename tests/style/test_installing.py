# SPDX-License-Identifier: Apache-2.0
"""What the scripts do to a machine when packages are missing: no service starts, and who cannot install is told how."""
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

# Gives the machine below DPKG_ROOT the packages of nginx as Debian's do, and a part of the system with a service.
APT_GET = r"""#!/bin/bash
[ "${*: -1}" != update ] || exit 0
printf '%s\n' "$*" >"$DPKG_ROOT/asked"
for unit in nginx nginx.service present.service; do
    "$DPKG_ROOT/usr/sbin/policy-rc.d" "$unit" start
    printf '%s %d\n' "$unit" $? >>"$DPKG_ROOT/policy"
done
add () { # PACKAGE PRIORITY SERVICE
    printf 'Package: %s\nStatus: install ok installed\nPriority: %s\nMaintainer: none\nArchitecture: all\nVersion: 1\nDescription: x\n\n' \
        "$1" "$2" >>"$DPKG_ROOT/var/lib/dpkg/status"
    printf '/lib/systemd/system/%s.service\n/etc/init.d/%s\n' "$3" "$3" >"$DPKG_ROOT/var/lib/dpkg/info/$1.list"
    touch "$DPKG_ROOT/lib/systemd/system/$3.service"
    printf '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: %s\n# Default-Start: 2 3\n# Default-Stop: 0 1\n### END INIT INFO\n' "$3" \
        >"$DPKG_ROOT/etc/init.d/$3"
    chmod 755 "$DPKG_ROOT/etc/init.d/$3"
    ln -s "/lib/systemd/system/$3.service" "$DPKG_ROOT/etc/systemd/system/multi-user.target.wants/"
    ln -s "../init.d/$3" "$DPKG_ROOT/etc/rc2.d/S01$3"
    ln -s "../init.d/$3" "$DPKG_ROOT/etc/rc3.d/S01$3"
}
add nginx-common optional nginx
add dbus-like standard message-bus
[ ! -e "$DPKG_ROOT/hang" ] || { touch "$DPKG_ROOT/hanging"; kill -s "$(cat "$DPKG_ROOT/hang")" $PPID; sleep 0.2; }
exit $(cat "$DPKG_ROOT/fails" 2>/dev/null || echo 0)
"""
PERMITS = "#!/bin/sh\n# permits, the machine's own\nexit 104\n"


class Machine:
    """A root directory with one service, and an apt-get that installs another."""

    def __init__(self, root, top):
        self.top, self.script = top, root / "tests/tools/install-packages"
        for name in ("usr/sbin", "bin", "lib/systemd/system", "etc/systemd/system/multi-user.target.wants", "etc/init.d",
                     "etc/rc2.d", "etc/rc3.d", "var/lib/dpkg/info", "var/lib/dpkg/updates"):
            (top / name).mkdir(parents=True)
        for name in ("status", "available"):
            (top / "var/lib/dpkg" / name).touch()
        (top / "lib/systemd/system/present.service").touch()
        (top / "etc/systemd/system/multi-user.target.wants/present.service").symlink_to("/lib/systemd/system/present.service")
        self.program("apt-get", APT_GET)
        self.policy = top / "usr/sbin/policy-rc.d"

    def program(self, name, text):
        path = self.top / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def own_policy(self, text=PERMITS):
        self.policy.write_text(text)
        self.policy.chmod(0o755)

    def install(self):
        env = {**os.environ, "DPKG_ROOT": str(self.top), "PATH": f"{self.top}/bin:{os.environ['PATH']}:/usr/sbin:/sbin"}
        return subprocess.run([str(self.script), "nginx-light"], env=env, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=60)

    def starting(self):
        """The services that start with the machine."""
        wants = [path.stem for path in (self.top / "etc/systemd/system/multi-user.target.wants").iterdir()]
        older = [path.name[3:] for path in self.top.glob("etc/rc?.d/S*")]
        return sorted(wants), sorted(set(older))

    def asked(self):
        return dict(line.split() for line in (self.top / "policy").read_text().splitlines())


@pytest.fixture
def machine(root, tmp_path):
    return Machine(root, tmp_path / "machine")


def test_no_service_starts_and_it_is_said(machine):
    """Neither now nor with the machine; those that were there, and those of the system itself, stay as they are."""
    ran = machine.install()
    assert ran.returncode == 0, ran.stderr
    assert machine.asked() == {"nginx": "101", "nginx.service": "101", "present.service": "0"}
    assert machine.starting() == (["message-bus", "present"], ["message-bus"])
    assert ran.stdout == "== not started, and not set to start with the machine: nginx\n"
    assert not list(machine.policy.parent.iterdir())
    assert (machine.top / "asked").read_text().split()[-2:] == ["--no-install-recommends", "nginx-light"]


def test_what_was_there_before_is_not_changed(machine):
    """Somebody who runs the service already, and asks for a package of it once more."""
    assert machine.install().returncode == 0
    units = machine.top / "etc/systemd/system/multi-user.target.wants"
    (units / "nginx.service").symlink_to("/lib/systemd/system/nginx.service")
    machine.program("apt-get", "#!/bin/sh\nexit 0\n")
    ran = machine.install()
    assert (ran.returncode, ran.stdout) == (0, "")
    assert "nginx" in machine.starting()[0]


@pytest.mark.parametrize("code", [0, 100])
def test_a_policy_of_the_machine_comes_back(machine, code):
    machine.own_policy()
    (machine.top / "fails").write_text(str(code))
    ran = machine.install()
    assert ran.returncode == code, ran.stderr
    assert machine.asked() == {"nginx": "101", "nginx.service": "101", "present.service": "104"}
    assert machine.policy.read_text() == PERMITS and os.access(machine.policy, os.X_OK)
    assert [path.name for path in machine.policy.parent.iterdir()] == ["policy-rc.d"]


def test_a_policy_that_refuses_by_itself_is_asked_alone(machine):
    machine.own_policy(refuses := "#!/bin/sh\nexit 101\n")
    before = machine.policy.stat().st_ino
    assert machine.install().returncode == 0
    assert machine.asked() == {"nginx": "101", "nginx.service": "101", "present.service": "101"}
    assert (machine.policy.read_text(), machine.policy.stat().st_ino) == (refuses, before)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("end", ["TERM", "KILL"])
def test_an_end_half_way_leaves_no_policy_behind(machine, own, end):
    """At once when it was asked to end; by the next run when it was killed."""
    if own:
        machine.own_policy()
    (machine.top / "hang").write_text(end)
    code = machine.install().returncode
    assert (machine.top / "hanging").exists()
    if end == "KILL":
        assert code == -signal.SIGKILL and "xnatstorage" in machine.policy.read_text()
        (machine.top / "hang").unlink()
        machine.program("apt-get", "#!/bin/sh\nexit 0\n")
        assert machine.install().returncode == 0
    else:
        assert code == 143
    left = {path.name: path.read_text() for path in machine.policy.parent.iterdir()}
    assert left == ({"policy-rc.d": PERMITS} if own else {})


# --- who may install ---


SUDO = r"""#!/bin/bash
printf '%s\n' "$*" >>"$SAID"
[ "$1" = -n ] || exit 99
[ "$ASKS" != yes ] || { echo 'sudo: a password is required' >&2; exit 1; }
shift
exec "$@"
"""


@pytest.fixture
def ordinary(root, tmp_path):
    """Runs need_packages of a copy of the tools, with packages that are missing, as an ordinary user would."""
    tools, programs = tmp_path / "tests/tools", tmp_path / "bin"
    tools.mkdir(parents=True)
    programs.mkdir()
    shutil.copy(root / "tests/tools/lib.sh", tools)
    (tools / "packages.txt").write_text("[build]\nno-such-a\n[test]\nno-such-b\n")
    # It is installed once the installer has run.
    for path, text in {programs / "id": "echo 1000", tools / "install-packages": 'echo "install-packages $*" >>"$SAID"',
                       programs / "dpkg-query": 'grep -qs "^install-packages" "$SAID" && echo installed'}.items():
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)

    def run(sudo, asks="no"):
        if sudo:
            (programs / "sudo").write_text(SUDO)
            (programs / "sudo").chmod(0o755)
        else:  # every program but this one
            everything = tmp_path / "everything"
            everything.mkdir()
            for path in pathlib.Path("/usr/bin").iterdir():
                if path.name not in ("sudo", "dpkg-query", "id"):
                    (everything / path.name).symlink_to(path)
        # lib.sh adds the directories of servers, where no sudo is.
        path = f"{programs}:/usr/bin:/bin" if sudo else f"{programs}:{tmp_path / 'everything'}"
        env = {"PATH": path, "SAID": str(tmp_path / "said"), "ASKS": asks}
        ran = subprocess.run(["/bin/bash", "-c", '. "$1" && need_packages build test', "tests/run", str(tools / "lib.sh")],
                             env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60)
        said = tmp_path / "said"
        return ran, said.read_text().splitlines() if said.exists() else [], f"{tools}/install-packages no-such-a no-such-b"

    return run


def test_packages_come_by_sudo(ordinary):
    ran, said, line = ordinary(sudo=True)
    assert ran.returncode == 0, ran.stderr
    assert said[0] == "-n true" and said[1].startswith("-n env ") and said[1].endswith(line)
    assert said[2:] == ["install-packages no-such-a no-such-b"]


def test_a_sudo_with_a_password_is_told_what_to_do(ordinary):
    ran, said, line = ordinary(sudo=True, asks="yes")
    assert ran.returncode == 1 and said == ["-n true"]
    assert "run: packages are missing, and sudo asks for a password." in ran.stderr
    assert "'sudo -v'" in ran.stderr and f"\n  sudo {line}\n" in ran.stderr


def test_without_sudo_it_is_told_what_root_must_do(ordinary):
    ran, said, line = ordinary(sudo=False)
    assert ran.returncode == 1 and not said
    assert ran.stderr == f"run: packages are missing, and only root can install them. As root: {line}\n"
