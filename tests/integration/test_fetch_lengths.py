# SPDX-License-Identifier: Apache-2.0
"""fetch: bodies that are longer than listed, that have no length, and may be cut where nobody sees it."""

import io
import tarfile
import zipfile

import pytest
from plugin_case import make_standin, standin, tree_of  # noqa: F401
from test_fetch_hostile import BOX, DATA, left, liar, listing, row  # noqa: F401

FULL = {f"{n:02}.txt": b"%d" % n * (n + 1) for n in range(20)}
PIECE = b"\0" * (1 << 20)


class Long:
    """A file of so many MiB; counts what is taken from it."""

    def __init__(self, mebibytes):
        self.mebibytes, self.taken = mebibytes, 0

    def __call__(self, handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(self.mebibytes << 20))
        handler.send_header("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
        handler.end_headers()
        handler.close_connection = True
        try:
            for _ in range(self.mebibytes):
                handler.wfile.write(PIECE)
                self.taken += len(PIECE)
        except OSError:
            pass


def test_a_file_far_longer_than_listed_is_not_taken_in(liar):
    """No late catalog explains 400 MB for 6 bytes; the second answer settles it, as the first may have been a mistake."""
    number = liar.new_resource("BOX", {"a.bin": DATA})
    long = Long(400)
    liar.lie(r"/files\?format=json", listing(row("a.bin", 6, number)))
    liar.lie("/files/a.bin", long)
    ran = liar.fetch(BOX + "/files/a.bin")
    assert ran.code == 9, (ran.code, ran.err)
    assert "twice announced 419430400" in ran.err and "stale_catalog=warn" in ran.err and "refresh" in ran.err, ran.err
    # What the sockets and the client's buffers hold is on its way before anybody can stop it.
    assert long.taken < 40 << 20 and left(liar) == []
    assert len([path for path, _ in liar.asked if path.endswith("/a.bin")]) == 2


def test_one_answer_that_is_too_long_is_no_verdict(liar):
    liar.new_resource("BOX", {"a.bin": DATA})
    answers = [Long(30)]

    def lie(handler):
        if answers:
            answers.pop()(handler)
        else:
            handler.say(200, DATA)

    liar.lie("/files/a.bin", lie)
    ran = liar.fetch(BOX + "/files/a.bin")
    assert ran.code == 0 and liar.path("out").read_bytes() == DATA, ran.err


def test_what_is_wanted_as_it_is_may_be_of_any_length(liar):
    number = liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie(r"/files\?format=json", listing(row("a.bin", 6, number)))
    liar.lie("/files/a.bin", Long(5))
    ran = liar.fetch(BOX + "/files/a.bin", stale_catalog="warn")
    assert ran.code == 0 and liar.path("out").stat().st_size == 5 << 20, ran.err


def tarred(members):
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return memory.getvalue()


def in_pieces(kind, data):
    """A lie that counts what of it is taken."""
    taken = [0]

    def lie(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.end_headers()
        handler.close_connection = True
        try:
            for at in range(0, len(data), 1 << 16):
                handler.wfile.write(data[at:at + (1 << 16)])
                taken[0] += 1 << 16
        except OSError:
            pass

    return lie, taken


def archives(liar, lie, *more):
    """The resource FULL and `more` listed files that are not to be had, with `lie` as the answer to what asks for all."""
    number = liar.new_resource("BOX", FULL)
    rows = [row(name, len(data), number) for name, data in FULL.items()] + [row(*one, number) for one in more]
    liar.lie(r"/files\?format=json", listing(*rows))
    liar.lie("format=(tar|zip)", lie)
    for name, _ in more:
        liar.lie("/files/" + name, lambda handler: handler.say(404, b"", [("Content-Type", "text/plain")]))


def test_a_member_far_longer_than_listed_ends_the_archive(liar):
    """All files together may be that long; none of them may."""
    lie, taken = in_pieces("application/x-tar", tarred([("sandbox/resources/BOX/files/00.txt", PIECE * 200)]))
    archives(liar, lie, *[(f"pad{n:02}.bin", 8 << 20) for n in range(30)])
    ran = liar.fetch(BOX, retries=0)
    assert ran.code == 3 and "pad00.bin" in ran.err, (ran.code, ran.err)
    assert tree_of(liar.path("out.partial")) == FULL
    assert taken[0] < 100 << 20, taken


@pytest.mark.parametrize("name", ["00.txt", "unlisted.txt"])
def test_a_packed_member_that_unfolds_ends_the_archive(liar, name):
    """128 MiB of zeros in a small zip, without a length in front."""
    memory = io.BytesIO()
    # Where it cannot go back, the zip has the lengths behind each member.
    stream = io.BufferedWriter(_Forward(memory))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("sandbox/resources/BOX/files/" + name, "w", force_zip64=True) as member:
            for _ in range(128):
                member.write(PIECE)
    stream.flush()
    lie, _ = in_pieces("application/zip", memory.getvalue())
    archives(liar, lie)
    ran = liar.fetch(BOX, retries=0, verbose=True)
    assert ran.code == 0 and tree_of(liar.path("out")) == FULL, (ran.code, ran.err)
    assert "longer than its listing explains" in ran.err


class _Forward(io.RawIOBase):
    def __init__(self, target):
        super().__init__()
        self.target = target

    def writable(self):
        return True

    def seekable(self):
        return False

    def write(self, data):
        return self.target.write(data)


@pytest.mark.parametrize("setting", ["error", "warn"])
@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_without_a_length_proves_nothing_about_the_catalog(liar, setting, chunked):
    """Something on the way cuts it at the same place each time, and ends it well."""
    def cut(handler):
        handler.send_response(200)
        if chunked:
            handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        part = DATA[:100000]
        handler.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(part), part) if chunked else part)
        handler.close_connection = True

    liar.new_resource("BOX", {"a.bin": DATA})
    liar.lie("/files/a.bin", cut)
    ran = liar.fetch(BOX + "/files/a.bin", stale_catalog=setting, retries=3)
    assert ran.code == 9, (ran.code, ran.err)
    assert "without a length" in ran.err and "stale" not in ran.err, ran.err
    assert left(liar) == [] and len([1 for path, _ in liar.asked if path.endswith("/a.bin")]) == 4
