# SPDX-License-Identifier: Apache-2.0
"""fetch against a server that lies: answers are changed on their way from the stand-in."""

import http.client
import http.server
import io
import json
import re
import threading
import zipfile

import pytest
from plugin_case import Case, make_standin, standin, tree_of  # noqa: F401

BOX = "projects/sandbox/resources/BOX"
DATA = bytes(range(256)) * 800
PLAIN = {f"{n:02}.txt": b"%d" % n * (n + 1) for n in range(20)}


class Liar(http.server.BaseHTTPRequestHandler):
    """Hands requests on, and replaces the answers for which `server.lies` has a function."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        for path, lie in self.server.lies.items():
            if re.search(path, self.path):
                self.server.asked.append((self.path, self.headers.get("Range")))
                lie(self)
                return
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=30)
        kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        upstream.request(self.command, self.path, body=body or None, headers=kept)
        reply = upstream.getresponse()
        data = reply.read()
        pairs = [(name, value) for name, value in reply.getheaders()
                 if name.lower() not in ("transfer-encoding", "content-length", "connection")]
        self.say(reply.status, data, pairs)
        upstream.close()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer

    def handle_expect_100(self):
        return self.server.expect(self) if self.server.expect else super().handle_expect_100()

    def say(self, status, body, headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def liar(standin, tmp_path):  # noqa: F811
    """A case whose runs go through the liar; `case.lie(path, function)` makes it lie."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    server.daemon_threads = True
    server.lies, server.asked, server.upstream, server.expect = {}, [], standin.port, None
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    case = Case(standin, tmp_path)
    case.between, case.lie = server, server.lies.__setitem__
    case.asked = server.asked
    netrc = case.write_netrc("machine 127.0.0.1 login alice password alice-pw\n")

    def fetch(rest, name="out", verbose=False, **settings):
        url = f"xnat+http://127.0.0.1:{server.server_address[1]}/data/archive/{rest}"
        return case.run(*["-v"] * verbose, "fetch", url, case.path(name), user=None, netrc=netrc, **settings)

    case.fetch = fetch
    yield case
    server.shutdown()
    server.server_close()


def left(case):
    return sorted(one.name for one in case.directory.iterdir() if one.name != "home")


def listing(*rows):
    text = json.dumps({"ResultSet": {"totalRecords": str(len(rows)), "title": "Files", "Result": list(rows)}})
    return lambda handler: handler.say(200, text.encode(), [("Content-Type", "application/json")])


def row(path, size, number="93", **more):
    return {"Name": path, "Size": str(size), "URI": f"/data/projects/sandbox/resources/{number}/files/{path}",
            "collection": "BOX", "file_tags": "", "file_format": "", "file_content": "", "cat_ID": number,
            "digest": "", **more}


def test_what_is_handed_on_arrives(liar):
    liar.new_resource("BOX", {"a.bin": DATA})
    ran = liar.fetch(BOX)
    assert ran.code == 0, ran.err
    assert tree_of(liar.path("out")) == {"a.bin": DATA}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"ResultSet":', b"<html><body>Welcome</body></html>",
                                  b'{"ResultSet":{"Result":[{"Name":"a"}]}}', b"\x00\xff\xfe",
                                  b'{"ResultSet":{"Result":' + b"[" * 5000 + b"]" * 5000 + b"}}",
                                  b'{"ResultSet":{"Result":[{"URI":"' + b"x" * (2 << 20) + b'"}]}}'],
                         ids=["empty", "open", "list", "null", "cut", "page", "no-columns", "binary", "deep", "long-value"])
def test_a_listing_that_is_none(liar, body):
    liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie(r"/files\?format=json", lambda handler: handler.say(200, body, [("Content-Type", "application/json")]))
    ran = liar.fetch(BOX, retries=1)
    assert ran.code in (7, 8), (ran.code, ran.err)
    assert left(liar) == [] and len(ran.err) < 3000


def test_a_body_that_is_longer_than_listed(liar):
    number = liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie(r"/files\?format=json", listing(row("a.bin", 10, number)))
    ran = liar.fetch(BOX + "/files/a.bin")
    assert ran.code == 9, (ran.code, ran.err)
    assert left(liar) == []


def cut(handler):
    """The whole is promised, a part comes."""
    handler.say(200, DATA[:30000], [("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")], length=len(DATA))
    handler.close_connection = True


def parts(*answers):
    """A lie that gives these answers one after the other, the last one for ever."""
    left_over = list(answers)

    def lie(handler):
        (left_over.pop(0) if len(left_over) > 1 else left_over[0])(handler)

    return lie


def partial(first, data, total=None, date="Mon, 01 Jan 2024 00:00:00 GMT", header=None):
    total = len(DATA) if total is None else total
    text = header or f"bytes {first}-{first + len(data) - 1}/{total}"
    return lambda handler: handler.say(206, data, [("Content-Range", text), ("Last-Modified", date)])


def whole(handler):
    handler.say(200, DATA, [("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")])


def continued(handler):
    first = int(re.fullmatch(r"bytes=(\d+)-", handler.headers["Range"])[1])
    partial(first, DATA[first:])(handler)


def test_a_part_that_continues(liar):
    liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie("/files/a.bin", parts(cut, continued))
    ran = liar.fetch(BOX + "/files/a.bin")
    assert ran.code == 0, ran.err
    assert liar.path("out").read_bytes() == DATA
    assert liar.asked[0][1] is None and liar.asked[1][1] is not None and len(liar.asked) == 2


@pytest.mark.parametrize("wrong", [
    partial(0, DATA), partial(29999, DATA[29999:]), partial(30001, DATA[30001:]), partial(30000, DATA[30000:-1]),
    partial(30000, DATA[30000:], total=len(DATA) + 1), partial(30000, DATA[30000:], header="bytes */*"),
    partial(30000, DATA[30000:], header="nonsense"),
    partial(30000, DATA[30000:], date="Tue, 02 Jan 2024 00:00:00 GMT"), whole,
])
def test_a_part_that_does_not_continue(liar, wrong):
    liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie("/files/a.bin", parts(cut, wrong, whole))
    ran = liar.fetch(BOX + "/files/a.bin")
    assert ran.code == 0, ran.err
    assert liar.path("out").read_bytes() == DATA
    assert liar.asked[1][1] is not None
    assert len(liar.asked) == 2 if wrong is whole else liar.asked[2][1] is None


def test_a_part_with_other_bytes(liar):
    liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie("/files/a.bin", parts(cut, partial(30000, b"x" * (len(DATA) - 30000)), whole))
    ran = liar.fetch(BOX + "/files/a.bin")
    assert ran.code == 0, ran.err
    assert liar.path("out").read_bytes() == DATA and liar.asked[2][1] is None


def refused(status):
    return lambda handler: handler.say(status, b"no", [("Content-Type", "text/plain")])


def past_the_end(handler):
    """As XNAT answers to a start behind the end."""
    handler.say(206, b"", [("Content-Range", f"bytes 30000-{len(DATA) - 1}/{len(DATA)}")], length=-4000)
    handler.close_connection = True


@pytest.mark.parametrize("answer", [refused(400), refused(416), refused(500), refused(501), past_the_end,
                                    partial(0, DATA)],
                         ids=["400", "416", "500", "501", "past-the-end", "misfit"])
def test_a_part_that_is_refused_costs_no_retry(liar, answer):
    liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie("/files/a.bin", parts(cut, answer, whole))
    ran = liar.fetch(BOX + "/files/a.bin", retries=1)
    assert ran.code == 0, ran.err
    assert liar.path("out").read_bytes() == DATA
    assert [asked[1] for asked in liar.asked] == [None, "bytes=30000-", None]


def test_no_part_is_asked_for_where_there_are_none(liar):
    def without(handler):
        handler.say(200, DATA[:30000], [("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT"), ("Accept-Ranges", "none")],
                    length=len(DATA))
        handler.close_connection = True

    liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie("/files/a.bin", parts(without, whole))
    ran = liar.fetch(BOX + "/files/a.bin", retries=1)
    assert ran.code == 0, ran.err
    assert [asked[1] for asked in liar.asked] == [None, None]


@pytest.mark.parametrize("more", [-1, 1])
def test_a_part_of_another_length_than_it_says(liar, more):
    """Nobody lists a digest that would tell, and the part declares no length of its own."""
    def other(handler):
        data = DATA[30000:] + b"x" if more > 0 else DATA[30000:-1]
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes 30000-{len(DATA) - 1}/{len(DATA)}")
        handler.send_header("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data))

    number = liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie(r"/files\?format=json", listing(row("a.bin", "", number)))
    liar.lie("/files/a.bin", parts(cut, other, whole))
    ran = liar.fetch(BOX + "/files/a.bin", retries=2)
    assert ran.code == 0, ran.err
    assert liar.path("out").read_bytes() == DATA and liar.asked[-1][1] is None


def zipped(members):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return lambda handler: handler.say(200, memory.getvalue(), [("Content-Type", "application/zip")])


@pytest.mark.parametrize("members", [
    [("../evil.txt", b"e")], [("/tmp/evil.txt", b"e")], [("sandbox/resources/BOX/files/../../evil.txt", b"e")],
    [(f"sandbox/resources/BOX/files/{n}.txt", b"") for n in range(500)],
    [("sandbox/resources/BOX/files/00.txt", b"z" * (20 << 20))], [("sandbox/resources/BOX/files/00.txt", b"1")], [],
])
def test_an_archive_with_other_members(liar, members):
    liar.new_resource("BOX", PLAIN)
    liar.lie("format=tar", lambda handler: handler.say(404, b"", []))
    liar.lie("format=zip", zipped(members))
    ran = liar.fetch(BOX, retries=1)
    assert ran.code == 0, ran.err
    assert tree_of(liar.path("out")) == PLAIN and left(liar) == ["out"]


def test_an_archive_that_never_ends(liar):
    liar.new_resource("BOX", PLAIN)
    broken_off = threading.Event()

    def endless(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/zip")
        handler.end_headers()
        handler.close_connection = True
        try:
            for _ in range(200):
                handler.wfile.write(b"\0" * (1 << 20))
        except OSError:
            broken_off.set()

    liar.lie("format=tar", endless)
    liar.lie("format=zip", endless)
    ran = liar.fetch(BOX, retries=0)
    assert ran.code == 0, ran.err
    assert tree_of(liar.path("out")) == PLAIN
    assert broken_off.wait(10)


def test_files_listed_twice_are_one(liar):
    number = liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie(r"/files\?format=json", listing(*[row("a.bin", len(DATA), number)] * 3))
    ran = liar.fetch(BOX)
    assert ran.code == 0 and tree_of(liar.path("out")) == {"a.bin": DATA}, ran.err


@pytest.mark.parametrize("size", ["", "-5", "many", "9223372036854775806", "99999999999999999999999"])
def test_sizes_that_are_none(liar, size):
    number = liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie(r"/files\?format=json", listing(row("a.bin", size, number)))
    ran = liar.fetch(BOX)
    assert ran.code == 0 and tree_of(liar.path("out")) == {"a.bin": DATA}, ran.err


def test_sizes_that_add_up_to_more_than_there_is(liar):
    """Each alone might be one; what does not fit any more is as good as not told."""
    files = {f"{n:02}.bin": DATA[:n] for n in range(20)}
    number = liar.new_resource("BOX", files)
    sizes = [len(files["00.bin"]), *[1 << 60] * 19]
    liar.lie(r"/files\?format=json", listing(*[row(name, size, number) for name, size in zip(files, sizes)]))
    ran = liar.fetch(BOX, retries=1)
    assert ran.code == 9, (ran.code, ran.err)
    # One of 2^60 bytes fits into the sum; of the others no length is known, and they are taken as they come.
    assert tree_of(liar.path("out.partial")) == {name: data for name, data in files.items() if name != "01.bin"}
