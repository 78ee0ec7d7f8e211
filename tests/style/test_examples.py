# SPDX-License-Identifier: Apache-2.0
"""What the documents tell to type works: each block of shell is run, against the stand-in server."""
import json
import os
import re
import signal
import subprocess
import sys

import pytest

DOCUMENTS = ("README.md", "plugin/README.md", "host-api/README.md", "host-api/ioplug/README.md")
# Blocks that other tests run, or that are tests themselves: how they begin, and which tests. What they name is checked here.
ELSEWHERE = {
    "./tests/demo ": "test_demonstration, below, and all of them are run by .ci/run",
    "./tests/demo --serve": "test_first_run, below",
    "apt-get install ": "test_documents.py holds the packages against the list; the builds that the tests are run in",
}


def blocks(text):
    """Each block of shell in a document, with the heading that it stands under."""
    heading = ""
    for fence, block, title in re.findall(r"^```(\w*)\n((?s:.*?))^```$|^#+ (.*)$", text, re.MULTILINE):
        heading = title or heading
        if fence == "sh":
            yield heading, block


def elsewhere(block):
    return any(block.startswith(start) for start in ELSEWHERE)


@pytest.fixture
def place(root, build, tmp_path):
    """A directory like that of a user in a checkout who has something to send, and what stands there for a home."""
    here = tmp_path / "here"
    (here / "results/figures").mkdir(parents=True)
    (here / "results/summary.csv").write_text("region,ml\n", encoding="utf-8")
    (here / "results/figures/1.txt").write_text("a figure\n", encoding="utf-8")
    (here / "image.nii.gz").write_bytes(b"an image")
    for name in ("host-api", "plugin", "tests"):
        (here / name).symlink_to(root / name)
    (here / "build").symlink_to(build)
    (tmp_path / "home").mkdir()
    return here


@pytest.fixture
def shell(tools, place):
    """Runs lines of shell; one that fails ends it, and the test."""

    def run(text, **variables):
        env = {**tools, "HOME": str(place.parent / "home"), "XNATSTORAGE_STATE_DIR": str(place.parent / "state"), **variables}
        ran = subprocess.run(["bash", "-euo", "pipefail", "-c", text], capture_output=True, text=True, check=False, cwd=place,
                             env=env, stdin=subprocess.DEVNULL)
        assert ran.returncode == 0, f"{text}\nended with {ran.returncode}:\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    return run


@pytest.fixture
def server(root, tools, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "tests/tools"))
    monkeypatch.setenv("STANDIN", tools["STANDIN"])
    from standin_server import StandIn

    with StandIn() as one:
        yield one


def of_the_stand_in(text, server):
    """The same with the stand-in's address and login in the place of the example's."""
    address = server.url.removeprefix("http://")
    text = text.replace("xnat+https://xnat.example.com", f"xnat+{server.url}").replace("xnat.example.com", address)
    return text.replace("login jane password SECRET", "login alice password alice-pw")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_examples_of_a_document(path, document, shell, server, place):
    """In the order in which they stand, as somebody does who reads on; each block in a shell that knows what was set above."""
    netrc = place.parent / "home/.netrc"
    ran, known = 0, ""
    for _, block in blocks(document(path)):
        if elsewhere(block) or "$XNAT" in block and "XNAT=" not in known:
            continue
        if "netrc" not in block and not netrc.exists():
            netrc.touch(0o600)
            netrc.write_text(of_the_stand_in("machine xnat.example.com login jane password SECRET\n", server), encoding="utf-8")
        text = of_the_stand_in(block, server)
        shell(known + text)
        known += "".join(f"{line}\n" for line in text.splitlines() if re.match(r"export |\w+=\S+$", line))
        ran += 1
    assert ran == sum(not elsewhere(block) and "$XNAT/" not in block for _, block in blocks(document(path)))


def test_example_in_python(document, root, shell, server, place):
    """Against the address that its comment names."""
    example, = re.findall(r"^```python\n((?s:.*?))^```$", document("host-api/README.md"), re.MULTILINE)
    (place / "example.py").write_text(example, encoding="utf-8")
    url = of_the_stand_in(re.search(r"# (xnat\S+) data$", example, re.MULTILINE)[1], server)
    out = shell(f"{sys.executable} example.py {url} data", PYTHONPATH=str(root / "host-api/python"), IOPLUG_PATH=str(place / "build/plugin"),
                XNAT_HOST=server.url, XNAT_USER="alice", XNAT_PASS="alice-pw", PYTHONDONTWRITEBYTECODE="1")
    assert "file code/example.py" in out and "b'import'" in out and "1 removed" in out
    assert (place / "data/whole/code/example.py").read_text(encoding="utf-8") == example
    assert "missing" in out and not (place / "data/missing").exists()


def test_first_run(document, root, shell, place, tools):
    """The server of the README, what it says to paste, and then what the README says to paste; Ctrl-C leaves nothing."""
    serving, pasting = [block for heading, block in blocks(document("README.md")) if heading == "Try it"]
    scratch = place.parent / "tmp"
    scratch.mkdir()
    with subprocess.Popen(["bash", "-c", f"exec {serving}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          cwd=root, env={**tools, "TMPDIR": str(scratch)}, start_new_session=True) as served:
        said, exports = [], []
        try:
            for line in served.stdout:
                said.append(line)
                exports += [line] * line.startswith("export ")
                if line.startswith("export PATH="):
                    break
            assert len(exports) == 3, "".join(said)
            netrc = re.search(r"NETRC=(\S+)", "".join(exports))[1]
            assert os.stat(netrc).st_mode & 0o777 == 0o600
            out = shell("".join(exports) + pasting)
        finally:
            os.killpg(served.pid, signal.SIGINT)
            served.stdout.read()
        assert served.wait() == 130
    assert re.search(r"^subject .* subject001/", out, re.M)
    assert "subject001\txnat+http://127.0.0.1:" in out
    assert list((place / "t1/subject001/subject001_BRAIN").rglob("*.nii.gz"))
    assert re.search(r"^subject001/subject001_BRAIN/.*\.nii\.gz$", out, re.M)
    assert not list(scratch.iterdir())


def test_demonstration(root, tools, tmp_path):
    ran = subprocess.run([root / "tests/demo"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                         env={**tools, "TMPDIR": str(tmp_path)})
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not list(tmp_path.iterdir())


def test_a_port_in_use_is_said(root, tools, tmp_path, server):
    port = server.url.rsplit(":", 1)[1]
    ran = subprocess.run([root / "tests/demo", "--serve", "--port", port], capture_output=True, text=True, check=False,
                         stdin=subprocess.DEVNULL, env={**tools, "TMPDIR": str(tmp_path)})
    assert ran.returncode == 1
    assert f"is port {port} in use?" in ran.stderr
    assert not list(tmp_path.iterdir())


def test_every_search_finds_what_it_says(documents, server, tools, tmp_path):
    """Each search that stands in the text is one that a server answers; most find something in the stand-in's archive."""
    urls = sorted({url for path in DOCUMENTS for url in re.findall(r"xnat\+https://xnat\.example\.com/search\?[^\s'\"`<>|]+", documents[path])})
    assert len(urls) > 4
    netrc = tmp_path / "netrc"
    netrc.touch(0o600)
    netrc.write_text(of_the_stand_in("machine xnat.example.com login jane password SECRET\n", server), encoding="utf-8")
    found = 0
    for url in urls:
        ran = subprocess.run([tools["TEST_IOPLUG"], "-q", "expand", of_the_stand_in(url, server)], capture_output=True, text=True,
                             check=False, env={**tools, "NETRC": str(netrc), "XNATSTORAGE_STATE_DIR": str(tmp_path / "state")})
        assert ran.returncode == 0, (url, ran.stderr)
        found += bool(ran.stdout)
    assert found > len(urls) / 2


def test_what_a_search_tells_is_told(document, server, shell):
    """Each attribute of a result stands in the text on searches."""
    text = document("plugin/README.md").split("\n## Searches\n")[1].split("\n## ")[0]
    keys = set()
    for level in ("scans=T1", "assessors=*", "scans=T1&files=*"):
        out = shell(f"ioplug expand --json 'xnat+{server.url}/search?projects=sandbox&{level}'", XNAT_HOST=server.url,
                    XNAT_USER="alice", XNAT_PASS="alice-pw")
        keys |= {key for line in out.splitlines() for key in json.loads(line)}
    assert len(keys) > 15
    assert not [key for key in keys - {"id", "url"} if f"`{key}`" not in text]


def test_every_suite_and_option_of_the_tests_is_told(document, output, root):
    """tests/README.md and `tests/run --help` name the same suites and options."""
    told = output(root / "tests/run", "--help")
    text = document("tests/README.md")
    suites = set(re.findall(r"^  ([a-z]+) {2,}", told, re.M)) - {"all"}
    assert len(suites) > 8
    assert suites == {word for line in re.findall(r"^tests/run ([a-z]+)", text, re.M) for word in line.split()}
    written = set(re.findall(r"--[a-z]+", " ".join(block for _, block in blocks(text) if "tests/run" in block)))
    assert written <= set(re.findall(r"--[a-z]+", told))
    assert set(re.findall(r"(?<= )--[a-z]+", told)) - {"--seed"} <= written
