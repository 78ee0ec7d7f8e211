# SPDX-License-Identifier: Apache-2.0
"""The Debian packages: built from this checkout, looked at by lintian, and installed, used and removed on a Debian that
has nothing else."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tools"))
from standin_server import StandIn  # noqa: E402

PACKAGING = ROOT / "host-api/packaging"
BINARY = ["ioplug", "libioplughost-dev", "libioplughost1", "python3-ioplug"]
# The test programs run in the suite `unit`; --full runs those of the package's build, too.
NOCHECK = {} if os.environ.get("TEST_FULL") else {"DEB_BUILD_OPTIONS": "nocheck", "DEB_BUILD_PROFILES": "nocheck"}


def outcome(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The directory with the packages, and what the build said."""
    directory = tmp_path_factory.mktemp("debs")
    parallel = f"{NOCHECK.get('DEB_BUILD_OPTIONS', '')} parallel={os.cpu_count()}"
    env = {**os.environ, **NOCHECK, "DEB_BUILD_OPTIONS": parallel}
    ran = outcome(PACKAGING / "build-deb", directory, env=env, timeout=1100)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-5000:]
    return directory, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def debs(built):
    found = {path.name.split("_")[0]: path for path in built[0].glob("*.deb") if "-dbgsym_" not in path.name}
    assert sorted(found) == BINARY
    return found


def version_of(pattern, path):
    return re.search(pattern, (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)[1]


def test_versions_are_one():
    """That of the changelog, of the build and of the Python package."""
    version = version_of(r"^xnatstorage \(([^)]+)\)", "host-api/packaging/debian/changelog")
    assert version == version_of(r"^  version: '([^']+)'", "meson.build")
    assert version == version_of(r'^version = "([^"]+)"', "host-api/python/pyproject.toml")


def test_lintian_has_nothing_to_say(built):
    changes, = built[0].glob("*_*.changes")
    ran = outcome("lintian", "--allow-root", "--pedantic", "--display-info", "--info", changes, timeout=300)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stdout + ran.stderr


def test_the_build_uses_what_debian_hardens_with(built):
    log = built[0] / "log"
    log.write_text(built[1], encoding="utf-8")
    ran = outcome("blhc", log)
    assert ran.returncode == 0, ran.stdout[-3000:]


def test_symbols_are_those_of_the_library(built):
    """The build ends where one is missing; a new one is a warning, which is one too many."""
    assert "dpkg-gensymbols: warning" not in built[1]


def test_the_source_package_is_the_checkout(built, tmp_path):
    """Unpacked, it has debian/ at the top and can be built without what laid it there."""
    source, = built[0].glob("*.dsc")
    ran = outcome("dpkg-source", "--no-check", "-x", source, tmp_path / "tree")
    assert ran.returncode == 0, ran.stderr
    tree = tmp_path / "tree"
    assert (tree / "debian/rules").stat().st_mode & 0o111
    assert not (tree / "host-api/packaging/debian").exists()
    assert (tree / "plugin/entry/entry.c").read_bytes() == (ROOT / "plugin/entry/entry.c").read_bytes()
    assert not list(tree.glob("build*")) and not (tree / ".git").exists()


# --- on a Debian without anything ---


@pytest.fixture(scope="module")
def mode():
    """How the bare Debian is made and entered: as root, or in a user namespace."""
    if os.geteuid() == 0:
        return "root"
    ran = outcome("unshare", "--user", "--map-auto", "--map-root-user", "true")
    if ran.returncode != 0:
        pytest.skip(f"an ordinary user can make no Debian here (needs uidmap, /etc/subuid and user namespaces): {ran.stderr.strip()}")
    return "unshare"


def release():
    return version_of(r"^VERSION_CODENAME=(\S+)", "/etc/os-release")


@pytest.fixture(scope="module")
def bare(debs, mode, tmp_path_factory):
    """What each step said on a bare Debian that has been given the packages, by name: (exit code, words)."""
    bag = tmp_path_factory.mktemp("bag") / "bare"
    (bag / "debs").mkdir(parents=True)
    for path in debs.values():
        shutil.copy(path, bag / "debs")
    shutil.copytree(PACKAGING / "debian/tests", bag / "debian-tests")
    for path in (ROOT / "tests/packaging/on-bare-debian", ROOT / "tests/tools/install-packages"):
        shutil.copy(path, bag)
    with StandIn() as server:
        proxies = {name: value for name, value in os.environ.items() if name.lower() in ("http_proxy", "https_proxy")}
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "XNATSTORAGE_TEST_SERVER": server.url, **proxies}
        inside = shlex.join(["env", "-i", *(f"{name}={value}" for name, value in env.items()), "/bare/on-bare-debian"])
        ran = outcome("mmdebstrap", f"--mode={mode}", "--variant=minbase", "--skip=cleanup",
                      f"--customize-hook=copy-in {shlex.quote(str(bag))} /", f'--customize-hook=chroot "$1" {inside}',
                      release(), "/dev/null", "http://deb.debian.org/debian", timeout=900)
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said[-5000:]
    steps, words = {}, []
    for line in said.splitlines():
        match = re.fullmatch(r"== ([\w-]+) (\d+)", line)
        if match:
            steps[match[1]] = (int(match[2]), "\n".join(words[-60:]))
            words = []
        else:
            words.append(line)
    return steps


STEPS = re.findall(r"^step ([\w-]+)", (ROOT / "tests/packaging/on-bare-debian").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("step", STEPS)
def test_on_a_bare_debian(bare, step):
    assert bare[step][0] == 0, bare[step][1]
