# SPDX-License-Identifier: Apache-2.0
"""How operations end early: Ctrl-C, a Stop, a callback that raises, a host that is closed."""
import os
import signal
import threading
import time

import ioplug
import pytest

import conftest

# As long as a stop may take on a machine that does other things, too; some 10 ms are usual.
SOON = 2.0


@pytest.fixture
def slow_host():
    """A host whose transfers take half a second for each 64 KiB."""
    with ioplug.Host(conftest.PLUGINS / "file.so", settings={"chunk_delay": 500}) as host:
        yield host


@pytest.fixture
def slow(tmp_path):
    """What to fetch, and where to."""
    source = tmp_path / "large"
    source.write_bytes(bytes(20 << 20))
    return dict(url=f"file://{source}", destination=tmp_path / "out")


def later(function, seconds=0.3):
    timer = threading.Timer(seconds, function)
    timer.start()
    return timer


def test_an_interrupt_ends_a_transfer(site, tmp_path):
    """The plugin waits for a server that does not answer; nothing is left behind."""
    site.server.fault(path="/files", hold=True, count=-1)
    began = []
    with site.host() as host:
        later(lambda: (began.append(time.monotonic()), os.kill(os.getpid(), signal.SIGINT)))
        with pytest.raises(KeyboardInterrupt):
            host.fetch(site.url("projects/sandbox/subjects/subject001/experiments/experiment001/scans/T1/resources/NIFTI"),
                       tmp_path / "out")
        assert time.monotonic() - began[0] < SOON
        site.server.clear_faults()
        site.server.let_go()
        assert len(host.expand(site.url("search?projects=sandbox&scans=T1&resources=NIFTI"))) > 0
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("delay", [0.0, 0.001, 0.01, 0.05, 0.2])
def test_an_interrupt_is_never_lost(python, plugins, tmp_path, delay):
    """With callbacks into Python all the time, which is where it would be lost: whenever it comes, it comes through."""
    (tmp_path / "tree").mkdir()
    for i in range(300):
        (tmp_path / "tree" / str(i)).write_text("x")
    out = python("""
import ioplug, logging, os, signal, sys, threading
logging.getLogger("ioplug").setLevel(1)
host = ioplug.Host(sys.argv[1])
here, delay = sys.argv[2], float(sys.argv[3])
reports = []
threading.Timer(0.2 + delay, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    for i in range(100000):
        host.fetch("file://" + here + "/tree", here + "/out", progress=reports.append)
except KeyboardInterrupt:
    print("interrupted", bool(reports))
""", plugins / "file.so", tmp_path, delay)
    assert out == "interrupted True\n"


def test_a_second_interrupt_does_not_wait_for_a_deaf_plugin(python, plugins):
    out = python("""
import ioplug, os, signal, sys, threading, time
host = ioplug.Host(sys.argv[1])
for delay in (0.3, 0.6):
    threading.Timer(delay, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
begun = time.monotonic()
try:
    host.fetch("fault://deaf", "x")
except KeyboardInterrupt:
    print(0.5 < time.monotonic() - begun < 5, flush=True)
os._exit(0)
""", plugins / "fault.so")
    assert out == "True\n"


def test_other_signals_handlers_raise_too(slow_host, slow):
    def leave(*_):
        raise SystemExit(3)

    before = signal.signal(signal.SIGUSR1, leave)
    try:
        later(lambda: os.kill(os.getpid(), signal.SIGUSR1))
        with pytest.raises(SystemExit):
            slow_host.fetch(**slow)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_stop_ends_those_that_have_it(slow_host, slow):
    stop = ioplug.Stop()
    later(stop.set)
    began = time.monotonic()
    with pytest.raises(ioplug.CancelledError):
        slow_host.fetch(stop=stop, **slow)
    assert time.monotonic() - began < 0.3 + 0.5 + SOON and stop.is_set()
    with pytest.raises(InterruptedError):
        slow_host.fetch(stop=stop, **slow)
    assert not slow["destination"].exists()


def test_stopping_asks_no_function_of_python(site, tmp_path):
    """Only a flag is set, which C reads by itself; here it has to be seen while the plugin waits for the server."""
    site.server.fault(path="/data", hold=True, count=-1)
    stop = ioplug.Stop()
    with site.host() as host:
        later(stop.set)
        began = time.monotonic()
        with pytest.raises(ioplug.CancelledError):
            host.expand(site.url("search?projects=sandbox"), stop=stop)
        assert time.monotonic() - began < 0.3 + SOON
        site.server.clear_faults()
        site.server.let_go()


def test_what_progress_raises_ends_the_operation_and_comes_out(slow_host, slow):
    def progress(_):
        raise ZeroDivisionError("in progress")

    began = time.monotonic()
    with pytest.raises(ZeroDivisionError, match="in progress") as caught:
        slow_host.fetch(progress=progress, **slow)
    assert time.monotonic() - began < 0.5 + SOON
    assert isinstance(caught.value.__cause__, ioplug.CancelledError)


def test_closing_stops_what_runs(plugins, slow):
    host = ioplug.Host(plugins / "file.so", settings={"chunk_delay": 500})
    later(host.close)
    with pytest.raises(ioplug.CancelledError):
        host.fetch(**slow)
    assert host.closed
    host.close()
    with pytest.raises(ioplug.UsageError, match="closed"):
        host.expand("file:///etc/hosts")


def test_a_host_is_not_closed_from_within(slow_host, slow):
    with pytest.raises(ioplug.UsageError, match="from within"):
        slow_host.fetch(progress=lambda _: slow_host.close(), **slow)
    assert not slow_host.closed


def test_a_callback_may_use_the_host(slow_host, slow):
    seen = []

    def progress(_):
        seen.append(slow_host.expand("file:///etc/hosts"))
        raise StopIteration

    with pytest.raises(StopIteration):
        slow_host.fetch(progress=progress, **slow)
    assert len(seen) == 1
