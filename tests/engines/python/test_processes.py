# SPDX-License-Identifier: Apache-2.0
"""Forks, children of multiprocessing, and the end of a process: no session is left on the server, and nothing hangs."""
import pytest

BEGIN = """
import ioplug, multiprocessing, os, sys, threading, concurrent.futures
plugin, netrc, url, out = sys.argv[1:5]
"""
HOST = """
host = ioplug.Host(plugin, settings={"netrc": netrc})
def look(_=None):
    return len(host.expand(url))
"""


@pytest.fixture
def run(site, python, tmp_path):
    from conftest import PLUGIN

    def run(text, *arguments):
        url = site.url("search?projects=sandbox&scans=T1&resources=NIFTI")
        return python(BEGIN + text, PLUGIN, site.netrc, url, tmp_path / "out", *arguments)

    return run


def logins(site):
    return len([one for one in site.server.log() if one["auth"] == "basic"])


def test_a_host_left_open_is_closed_at_exit(run, site):
    assert int(run(HOST + "print(look())")) > 0
    assert logins(site) == 1 and site.server.sessions() == []


def test_a_host_left_open_is_closed_after_an_error(python, run, site, tmp_path):
    run(HOST + "look()\ntry:\n    raise RuntimeError\nexcept RuntimeError:\n    sys.exit(0)")
    assert site.server.sessions() == []


def test_a_host_that_was_forgotten_is_cleaned_up_at_exit(run, site):
    run("import gc, warnings\nwarnings.simplefilter('ignore')\n" + HOST + "look()\ndel host\ngc.collect()")
    assert logins(site) == 1 and site.server.sessions() == []


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_leave_no_session(run, site, method):
    """The parent has a session; each child has its own, and none is left. atexit does not run in such children."""
    text = f"""
{HOST}
def child(queue):
    queue.put(look())
if __name__ == "__main__":
    context = multiprocessing.get_context("{method}")
    here = look()
    queue = context.Queue()
    children = [context.Process(target=child, args=(queue,)) for _ in range(2)]
    for one in children:
        one.start()
    assert [queue.get(timeout=50) for _ in children] == [here, here]
    for one in children:
        one.join()
        assert one.exitcode == 0, one.exitcode
    assert look() == here
    print("good")
"""
    assert run(text) == "good\n"
    assert logins(site) == 3 and site.server.sessions() == []


def test_a_host_made_in_the_child_only(run, site):
    text = """
def child(queue):
    global host
    host = ioplug.Host(plugin, settings={"netrc": netrc})
    queue.put(len(host.expand(url)))
if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    one = context.Process(target=child, args=(queue,))
    one.start()
    print(queue.get(timeout=50) > 0)
    one.join()
"""
    assert run(text) == "True\n"
    assert logins(site) == 1 and site.server.sessions() == []


def test_a_pool_of_processes(run, site):
    text = HOST + """
if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("fork")) as pool:
        print(len(set(pool.map(look, range(12)))))
"""
    assert run(text) == "1\n"
    assert logins(site) <= 3 and site.server.sessions() == []


def test_a_plain_fork(run, site):
    """The child ends by sys.exit, so that its own session is ended, and the parent's is not."""
    text = HOST + """
here = look()
child = os.fork()
if child == 0:
    sys.exit(0 if look() == here else 1)
assert os.waitpid(child, 0)[1] == 0
assert look() == here
print("good")
"""
    assert run(text) == "good\n"
    assert logins(site) == 2 and site.server.sessions() == []


def test_a_child_that_does_not_use_the_host_asks_nobody(run, site):
    run(HOST + "look()\nchild = os.fork()\nif child == 0:\n    sys.exit(0)\nos.waitpid(child, 0)\nlook()")
    assert logins(site) == 1 and len([one for one in site.server.log() if one["method"] == "DELETE"]) == 1


def test_forked_in_the_middle_of_an_operation_is_an_error_in_the_child(run, site):
    """Locks that no thread will open again: the child must not come near them, not even at its end."""
    site.server.fault(path="/files", hold=True, count=1)
    text = HOST + """
item = host.expand(url)[0]
stop = ioplug.Stop()
def fetch():
    try:
        host.fetch(item.url, out, stop=stop)
    except ioplug.CancelledError:
        print("stopped", flush=True)
thread = threading.Thread(target=fetch)
thread.start()
import time
time.sleep(0.5)
child = os.fork()
if child == 0:
    try:
        look()
    except ioplug.PluginError as error:
        sys.exit(7 if "forked while" in str(error) else 1)
    sys.exit(2)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
stop.set()
thread.join()
"""
    assert run(text) == "7\nstopped\n"
    site.server.clear_faults()
    site.server.let_go()


def test_the_end_stops_what_runs_in_the_background(run, site):
    """A daemon thread in a transfer neither hangs nor crashes the end of the interpreter."""
    site.server.fault(path="/files", hold=True, count=-1)
    text = HOST + """
import time
item = host.expand(url)[0]
threading.Thread(target=lambda: host.fetch(item.url, out), daemon=True).start()
time.sleep(0.5)
threading.excepthook = lambda *_: None
"""
    assert run(text) == ""
    assert site.server.sessions() == []
    site.server.clear_faults()
    site.server.let_go()


def test_operations_at_the_end_of_the_interpreter(run, site):
    """A program's own last step may still use the host, when no thread can be started any more."""
    text = "import atexit\n" + HOST + "look()\natexit.register(lambda: print(look() > 0))\n"
    assert run(text) == "True\n"
    assert site.server.sessions() == []


def test_a_host_is_not_pickled(file_host):
    import pickle

    with pytest.raises(TypeError, match="make one in each process"):
        pickle.dumps(file_host)
