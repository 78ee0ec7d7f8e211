# SPDX-License-Identifier: Apache-2.0
"""A release tarball, what is installed from it, and what others build against that."""
import hashlib
import json
import os
import re
import subprocess
import tarfile

import pytest

RUNTIME = {"bin/ioplug", "lib/ioplug/xnatstorage.so", "lib/libioplughost.so.1", "lib/libioplughost.so.1.0.0",
           "share/man/man1/ioplug.1", "share/man/man7/xnatstorage.7",
           "share/bash-completion/completions/ioplug", "share/zsh/site-functions/_ioplug"}
DEVELOPMENT = {"include/ioplugin.h", "include/ioplug/host.h", "lib/libioplughost.a", "lib/libioplughost.so",
               "lib/pkgconfig/ioplug.pc", "share/man/man3/ioplugin.h.3"}
# Built where gfal2 is.
GFAL = "lib/gfal2-plugins/libgfal_plugin_xnat.so"


def files_below(directory):
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir() or path.is_symlink()}


def build_in(place, tarball, run, **environment):
    """Builds a release as a user does, in its own directory of `place`; gives the build directory. Its prefix is place/prefix."""
    with tarfile.open(tarball) as archive:
        archive.extractall(place)
    (source,) = place.glob("xnatstorage-*")
    run("meson", "setup", place / "build", source, f"--prefix={place}/prefix", "--libdir=lib", "--buildtype=debug")
    run("ninja", "-C", place / "build", **environment)
    return place / "build"


def install(build, directory, run, *options):
    """Gives the prefix below `directory`."""
    run("meson", "install", "-C", build, "--no-rebuild", "--destdir", directory, *options)
    return directory / str(build.parent / "prefix")[1:]


@pytest.fixture(scope="module")
def release(tmp_path_factory, tarball, run):
    return build_in(tmp_path_factory.mktemp("release"), tarball, run)


@pytest.fixture(scope="module")
def moved(tmp_path_factory, release, run):
    """The prefix as a whole, at another place than it was configured for; gives its path."""
    place = tmp_path_factory.mktemp("moved")
    return install(release, place / "stage", run).rename(place / "elsewhere")


@pytest.fixture(scope="module")
def pkg_config(moved, run):
    def ask(*options):
        return run("pkg-config", "--define-prefix", *options, "ioplug", PKG_CONFIG_PATH=str(moved / "lib/pkgconfig")).split()

    return ask


def test_tarball_has_options(tarball):
    with tarfile.open(tarball) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        (options,) = (name for name in archive.getnames() if name.count("/") == 1 and name.endswith("/meson_options.txt"))
        told = archive.extractfile(options).read().decode()
    assert re.search(r"option\('tests', type: 'boolean', value: false", told)
    assert {"meson.build", "README.md", "LICENSE", "plugin/meson.build", "tests/run", "host-api/packaging/build-deb"} <= names


def test_tests_are_not_run_in_a_build_that_lacks_them(release, run, tmp_path):
    """Somebody built a release and then wants the tests: that build is not taken for theirs."""
    (source,) = release.parent.glob("xnatstorage-*")
    ask = f'. {source}/tests/tools/lib.sh; is_build_of "$1" && echo taken || echo "made anew"'
    assert run("bash", "-c", ask, "ask", release) == "made anew\n"
    run("meson", "setup", tmp_path / "build", source, "--native-file", source / "tests/tools/build.ini", "-Dwarning_level=1")
    assert run("bash", "-c", ask, "ask", tmp_path / "build") == "taken\n"
    options = json.loads((tmp_path / "build/meson-info/intro-buildoptions.json").read_text())
    assert {option["name"]: option["value"] for option in options}["werror"] is True


def test_users_need_neither_tests_nor_their_libraries(release):
    told = release / "meson-info"
    needed = {dependency["name"] for dependency in json.loads((told / "intro-dependencies.json").read_text())}
    assert {"glib-2.0", "libcurl", "yajl", "libarchive", "zlib"} <= needed
    assert needed <= {"glib-2.0", "libcurl", "yajl", "libarchive", "zlib", "threads", "dl", "gfal_transfer"}
    targets = json.loads((told / "intro-targets.json").read_text())
    assert targets and not [target["name"] for target in targets if "/tests/" in target["defined_in"]]
    options = {option["name"]: option["value"] for option in json.loads((told / "intro-buildoptions.json").read_text())}
    assert (options["tests"], options["werror"]) == (False, False)


def test_what_is_installed(release, run, tmp_path):
    whole = RUNTIME | DEVELOPMENT
    if "gfal_transfer" in (release / "meson-info/intro-dependencies.json").read_text():
        whole = whole | {GFAL}
    prefix = install(release, tmp_path / "whole", run)
    below = prefix.relative_to(tmp_path / "whole")
    assert files_below(tmp_path / "whole") == {str(below / name) for name in whole}
    assert files_below(install(release, tmp_path / "runtime", run, "--tags", "runtime")) - {GFAL} == RUNTIME
    assert files_below(install(release, tmp_path / "devel", run, "--tags", "devel")) == DEVELOPMENT


def test_nothing_is_left_after_uninstalling(release, run):
    prefix = release.parent / "prefix"
    run("meson", "install", "-C", release, "--no-rebuild")
    assert RUNTIME <= files_below(prefix)
    run("ninja", "-C", release, "uninstall")
    assert not prefix.exists() or not list(prefix.rglob("*"))


def test_moved_prefix_finds_its_plugin(moved, run):
    told = run(moved / "bin/ioplug", "plugins", IOPLUG_PATH="")
    assert str(moved / "lib/ioplug/xnatstorage.so") in told
    for name in ("bin/ioplug", "lib/ioplug/xnatstorage.so", "lib/libioplughost.so.1"):
        assert not re.search(r"\((RPATH|RUNPATH)\)", run("readelf", "-dW", moved / name))


@pytest.mark.parametrize("compiler", [("cc", "-std=c11"), ("c++", "-x", "c++", "-std=c++11")], ids=["c", "c++"])
@pytest.mark.parametrize("kind", ["shared", "static"])
def test_hosts_are_built_by_pkg_config(moved, pkg_config, root, run, tmp_path, compiler, kind):
    libraries = pkg_config("--libs") if kind == "shared" else \
        ["-Wl,-Bstatic", *pkg_config("--libs"), "-Wl,-Bdynamic", *pkg_config("--static", "--libs-only-l")[1:]]
    program = tmp_path / "host"
    run(*compiler, "-Wall", "-Wextra", "-Werror", *pkg_config("--cflags"), root / "tests/plugins/example-host.c", "-o", program,
        *(["-x", "none"] if "-x" in compiler else []), *libraries)
    assert ("[libioplughost.so.1]" in run("readelf", "-dW", program)) == (kind == "shared")
    ran = subprocess.run([program, moved / "lib/ioplug/xnatstorage.so", "ftp://x", "y"], capture_output=True, text=True, check=False,
                         env={**os.environ, "LD_LIBRARY_PATH": str(moved / "lib") if kind == "shared" else ""})
    assert ran.returncode == 2 and "no plugin serves ftp://" in ran.stderr and "xnat+https" in ran.stderr


def test_plugins_are_built_by_pkg_config(moved, pkg_config, root, run):
    """And are found where pkg-config says that they go."""
    (directory,) = pkg_config("--variable=plugindir")
    plugin = os.path.join(directory, "mine.so")
    run("cc", "-shared", "-fPIC", "-DWRONG_OLD", *pkg_config("--cflags"), root / "tests/plugins/wrong-plugin.c", "-o", plugin)
    try:
        told = run(moved / "bin/ioplug", "plugins", IOPLUG_PATH="")
    finally:
        os.remove(plugin)
    assert "mine.so" in told and "xnatstorage.so" in told


def digests(prefix):
    return {name: hashlib.sha256((prefix / name).read_bytes()).hexdigest() for name in files_below(prefix)}


def test_two_builds_are_one(release, tarball, run, tmp_path):
    """Where a release is built does not show in it: here also how deep the directory lies."""
    other = tmp_path / "a" / "much" / "longer" / "way"
    other.mkdir(parents=True)
    first = digests(install(release, tmp_path / "first", run))
    # The prefix is told in it, and must be the same.
    build = build_in(other, tarball, run, CCACHE_DISABLE="1")
    run("meson", "configure", build, f"-Dprefix={release.parent}/prefix")
    run("ninja", "-C", build, CCACHE_DISABLE="1")
    run("meson", "install", "-C", build, "--no-rebuild", "--destdir", tmp_path / "second")
    assert digests(tmp_path / "second" / str(release.parent / "prefix")[1:]) == first


def test_what_is_stripped_still_works(release, run, tmp_path):
    prefix = install(release, tmp_path / "stage", run, "--strip")
    for name in sorted(name for name in RUNTIME if not name.startswith("share/")):
        assert ".debug_info" not in run("readelf", "-SW", prefix / name)
    assert "xnatstorage.so" in run(prefix / "bin/ioplug", "plugins", IOPLUG_PATH="")
