# SPDX-License-Identifier: Apache-2.0
"""The wheel with the plugin and the command inside."""
import os
import pathlib
import re
import shutil
import sys
import zipfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))

from standin_server import make_standin  # noqa: E402,F401

# The oldest C library of the systems that it is for: Red Hat's 8 has it.
OLDEST_GLIBC = (2, 28)
PROJECT = "projects/sandbox"
BUNDLES = ("etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt", "etc/ssl/ca-bundle.pem", "etc/ssl/cert.pem")

# Moves a file there and back again, and says where the plugin is.
ROUND_TRIP = """
import pathlib, sys
import ioplug
base, directory = sys.argv[1], pathlib.Path(sys.argv[2])
sent = directory / "sent.bin"
sent.write_bytes(bytes(range(256)) * 4096)
with ioplug.Host(settings={"lockout_guard": 0}) as host:
    url = base + "/projects/sandbox/resources/wheel/files/sent.bin"
    host.put(sent, url)
    came = host.fetch(url, directory / "came.bin")
    assert came.read_bytes() == sent.read_bytes()
    print(host.plugins[0].file)
"""


@pytest.fixture(autouse=True)
def nobody_is_trusted(monkeypatch):
    """Whatever the shell says."""
    for name in ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def wheel(root, run, tmp_path_factory):
    """The file. What was built before is used again, so that the second time takes seconds."""
    folder = tmp_path_factory.mktemp("wheel")
    run(root / "host-api/packaging/build-wheel", folder)
    found = list(folder.glob("*"))
    assert len(found) == 1, found
    return found[0]


@pytest.fixture(scope="module")
def auditwheel(wheel, root, run, tmp_path_factory):
    """Runs the judge of wheels for Linux."""
    folder = tmp_path_factory.mktemp("judge")
    tools = root / "build-wheel/venv/bin"
    run(tools / "pip", "install", "--disable-pip-version-check", "--no-deps", "--target", folder, "-r",
        pathlib.Path(__file__).with_name("requirements-wheel.txt"))
    return lambda *arguments: run(tools / "python", "-m", "auditwheel", *arguments, PYTHONPATH=folder)


@pytest.fixture(scope="module")
def venv(wheel, run, tmp_path_factory):
    """A fresh virtual environment with the wheel, which needs no index."""
    path = tmp_path_factory.mktemp("venv")
    run("/usr/bin/python3", "-m", "venv", path)
    run(path / "bin/pip", "install", "--disable-pip-version-check", "--no-index", wheel)
    return path


@pytest.fixture(scope="module")
def package(venv):
    """The directory of the installed package."""
    found = list(venv.glob("lib/python3*/site-packages/ioplug"))
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory, run):
    """A key and a certificate for localhost that nobody trusts."""
    folder = tmp_path_factory.mktemp("tls")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
        "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem")
    return folder


@pytest.fixture
def server(make_standin, certificate):  # noqa: F811
    """Speaks TLS; to be asked by name, so that a name is looked up."""
    return make_standin(tls_cert=certificate / "cert.pem", tls_key=certificate / "key.pem")


@pytest.fixture
def base(server):
    return f"xnat+https://localhost:{server.port}{server.prefix}/data"


@pytest.fixture
def login(server):
    """The environment in which the command logs in."""
    return {"XNAT_HOST": f"https://localhost:{server.port}{server.prefix}", "XNAT_USER": "alice", "XNAT_PASS": "alice-pw"}


@pytest.fixture(scope="module")
def bare_debian(run, tmp_path_factory):
    """The root of a Debian with Python and what that needs, and nothing else."""
    if os.geteuid() != 0:
        pytest.skip("only root may change the root directory")
    path = tmp_path_factory.mktemp("bare") / "root"
    run("mmdebstrap", "--quiet", "--variant=extract", "--include=python3,libc-bin", "bookworm", path,
        os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org") + "/debian")
    yield path
    shutil.rmtree(path)


@pytest.fixture(params=["lib/ioplug/xnatstorage.so", "bin/ioplug"])
def binary(request, package):
    return package / request.param


def test_it_needs_the_c_library_alone(binary, run):
    needed = set(re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", run("readelf", "-dW", binary)))
    assert "libc.so.6" in needed
    assert needed <= {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-x86-64.so.2"}


def test_it_shows_one_symbol_and_stays_mapped(package, run):
    module = package / "lib/ioplug/xnatstorage.so"
    assert [line.split()[-1] for line in run("nm", "-D", "--defined-only", module).splitlines()] == ["ioplugin_entry"]
    flags = re.search(r"\(FLAGS_1\)\s+Flags: (.*)", run("readelf", "-dW", module))[1].split()
    assert {"NODELETE", "NOW"} <= set(flags)


def test_an_older_c_library_will_do(binary, run, wheel):
    asked = re.findall(r"@GLIBC_([0-9.]+)", run("nm", "-D", "--undefined-only", binary))
    newest = max(tuple(map(int, version.split("."))) for version in asked)
    tagged = re.search(r"-py3-none-manylinux_(\d+)_(\d+)_x86_64\.whl$", wheel.name)
    assert newest <= tuple(map(int, tagged.groups())) <= OLDEST_GLIBC


def test_the_judge_of_wheels_agrees(wheel, auditwheel):
    told = " ".join(auditwheel("show", wheel).split())
    tag = re.search(r"manylinux_\d+_\d+_x86_64", wheel.name)[0]
    assert f'is consistent with the following platform tag: "{tag}"' in told


def test_the_licences_of_what_is_inside(wheel):
    with zipfile.ZipFile(wheel) as file:
        names = [name.split("/licenses/")[1] for name in file.namelist() if "/licenses/" in name]
        notice = file.read(next(name for name in file.namelist() if name.endswith("/licenses/NOTICE"))).decode()
    libraries = {name[:-len(".copyright")] for name in names if name.endswith(".copyright")}
    assert {"GLib", "PCRE2", "YAJL", "OpenSSL", "nghttp2", "zlib", "curl", "libarchive"} == libraries
    assert {"LICENSE", "NOTICE", "LGPL-2.1"} <= set(names)
    for library in libraries:
        assert re.search(rf"^  {library} +[a-z0-9.]+ [0-9]\S+ +\S", notice, re.M), library


def test_command(venv, run, base, login, certificate, tmp_path):
    """Found on the path of the environment, with its plugin."""
    program = venv / "bin/ioplug"
    env = {**login, "SSL_CERT_FILE": certificate / "cert.pem"}
    assert "xnatstorage" in run(program, "plugins")
    listed = run(program, "ls", f"{base}/{PROJECT}", **env)
    assert listed
    (tmp_path / "one").write_text("one\n")
    run(program, "put", tmp_path / "one", f"{base}/{PROJECT}/resources/wheel/files/one", **env)
    run(program, "fetch", f"{base}/{PROJECT}/resources/wheel/files/one", tmp_path / "two", **env)
    assert (tmp_path / "two").read_text() == "one\n"
    assert run(venv / "bin/python", "-m", "ioplug", "cat", f"{base}/{PROJECT}/resources/wheel/files/one", **env) == "one\n"
    run(program, "ls", f"{base}/{PROJECT}", code=7, **login)


def test_package(venv, package, run, base, login, certificate, tmp_path):
    env = {**login, "SSL_CERT_FILE": certificate / "cert.pem"}
    told = run(venv / "bin/python", "-c", ROUND_TRIP, base, tmp_path, **env)
    assert told.strip() == str(package / "lib/ioplug/xnatstorage.so")


def test_beside_the_libraries_of_the_process(venv, run, base, login, certificate, tmp_path):
    """A process that has GLib, curl, OpenSSL and zlib of its own, seen by all, goes on with those, and the plugin with its."""
    program = f"""
import ctypes, ssl, threading, zlib
names = ["libglib-2.0.so.0", "libcurl.so.4", "libssl.so.3", "libarchive.so.13", "libyajl.so.2"]
glib, curl = [ctypes.CDLL(name, ctypes.RTLD_GLOBAL) for name in names][:2]
glib.g_strdup_printf.restype = curl.curl_version.restype = ctypes.c_char_p
before = curl.curl_version()
quark = glib.g_quark_from_string(b"of the process")
{ROUND_TRIP}
assert glib.g_quark_from_string(b"of the process") == quark and glib.g_quark_try_string(b"curl-error") == 0
assert glib.g_strdup_printf(b"%d", 42) == b"42" and curl.curl_version() == before and b"OpenSSL" in before
own = [line.split()[-1] for line in open("/proc/self/maps") if "libglib" in line]
assert own, "the process has no GLib of its own"
"""
    run(venv / "bin/python", "-c", program, base, tmp_path, SSL_CERT_FILE=certificate / "cert.pem", **login)


@pytest.fixture
def bare(bare_debian, wheel, run, venv):
    """The bare Debian with the wheel, and nothing that could be trusted."""
    packages = bare_debian / "usr/lib/python3/dist-packages"
    if not (packages / "ioplug").exists():
        run(venv / "bin/pip", "install", "--disable-pip-version-check", "--no-index", "--target", packages, wheel)
    for name in ("etc/ssl", "etc/pki"):
        shutil.rmtree(bare_debian / name, ignore_errors=True)
    (bare_debian / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (bare_debian / "scratch").mkdir(exist_ok=True)
    found = [name for name in os.listdir(bare_debian / "usr/lib/x86_64-linux-gnu") if "glib" in name or "curl" in name]
    assert found == [], "it is not bare"
    return bare_debian


@pytest.mark.parametrize("bundle", BUNDLES)
def test_in_a_bare_system(bare, run, base, login, certificate, bundle):
    """Without GLib and curl; certificates are found where Debian, Red Hat, SUSE and Alpine have them, and only there."""
    command = ["chroot", bare, "/usr/bin/python3"]
    state = {**login, "XNATSTORAGE_STATE_DIR": "/scratch/state", "HOME": "/scratch", "LC_ALL": "C.UTF-8"}
    run(*command, "-m", "ioplug", "ls", f"{base}/{PROJECT}", code=7, **state)
    (bare / bundle).parent.mkdir(parents=True)
    shutil.copy(certificate / "cert.pem", bare / bundle)
    assert run(*command, "-m", "ioplug", "ls", f"{base}/{PROJECT}", **state)
    assert run(*command, "-c", ROUND_TRIP, base, "/scratch", **state).strip().endswith("/ioplug/lib/ioplug/xnatstorage.so")
