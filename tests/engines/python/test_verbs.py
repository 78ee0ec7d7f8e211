# SPDX-License-Identifier: Apache-2.0
"""The operations of minor versions 1 and 2: stat, list, remove, check, read, fetch of many, and expand one by one."""
import pathlib
import pickle

import ioplug
import pytest


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "t" / "sub").mkdir(parents=True)
    (tmp_path / "t" / "a b.txt").write_bytes(b"0123456789")
    (tmp_path / "t" / "sub" / "x").write_bytes(b"x" * 200000)
    return tmp_path / "t"


def test_stat_and_list(file_host, tree):
    item = file_host.stat(f"file://{tree}/a%20b.txt")
    assert (item.type, item.bytes, item.mtime, item.id) == ("file", 10, None, None)
    assert file_host.stat(item.url, mtime=True).mtime == int((tree / "a b.txt").stat().st_mtime)
    assert [(one.name, one.type, one.bytes) for one in file_host.list(f"file://{tree}")] == \
        [("a b.txt", "file", 10), ("sub", "directory", None)]
    assert [one.name for one in file_host.list(f"file://{tree}", recursive=True)] == ["a b.txt", "sub", "sub/x"]
    assert [one.mtime is not None for one in file_host.list(f"file://{tree}", recursive=True, mtime=True)] == [True, False, True]
    with pytest.raises(FileNotFoundError):
        file_host.stat(f"file://{tree}/none")


def test_items_one_by_one(file_host, site, tree):
    """The file plugin has no such verb, the real one has."""
    taken = []
    file_host.expand_each(f"file://{tree}/*", taken.append)
    assert taken == file_host.expand(f"file://{tree}/*") and len(taken) == 2
    with site.host() as host:
        search = f"{site.server.plugin_url}/search?projects=sandbox&id=experiment,scan,resource"
        del taken[:]
        host.expand_each(search, taken.append)
        assert taken == host.expand(search) and len(taken) == 64

        def take(item):
            taken.append(item)
            raise ZeroDivisionError("enough")

        del taken[:]
        with pytest.raises(ZeroDivisionError, match="enough"):
            host.expand_each(search, take)
        assert len(taken) == 1


def test_what_results_have_in_common_is_there_once(site):
    """So that a million of them can be kept."""
    with site.host() as host:
        items = host.expand(site.url("search?projects=sandbox&scans=*&id=experiment,scan,resource"))
    for name in ("project", "subject_label", "experiment_id", "scan_type", "resource_label"):
        texts = [item.attributes[name] for item in items if name in item.attributes]
        assert len({id(text) for text in texts}) == len(set(texts)) < len(texts), name
    copy = pickle.loads(pickle.dumps(items))
    assert copy == items and {hash(item) for item in copy} == {hash(item) for item in items}


def test_remove_and_check(file_host, tree):
    url = f"file://{tree}/sub/x"
    assert file_host.remove(url) == ioplug.Removed(url, 1) and not (tree / "sub" / "x").exists()
    assert not file_host.check(url).search and file_host.check(url + "*").search


def test_parts_are_read(file_host, tree):
    url = f"file://{tree}/a%20b.txt"
    assert file_host.read(url) == b"0123456789" and file_host.read(url, 4) == b"456789"
    assert file_host.read(url, 2, 3) == b"234" and file_host.read(url, 8, 100) == b"89" and file_host.read(url, 10) == b""
    pieces = []
    assert file_host.read_to(f"file://{tree}/sub/x", pieces.append) == 200000
    assert len(pieces) > 1 and b"".join(pieces) == b"x" * 200000
    for offset, length in ((11, None), (-1, None), (0, -1)):
        with pytest.raises(ValueError):
            file_host.read(url, offset, length)


def test_what_take_raises_ends_the_reading(file_host, tree):
    taken = []

    def take(data):
        taken.append(data)
        raise ZeroDivisionError("enough")

    with pytest.raises(ZeroDivisionError, match="enough"):
        file_host.read_to(f"file://{tree}/sub/x", take)
    assert len(taken) == 1


def test_many_with_an_outcome_for_each(file_host, tree, tmp_path):
    told = []
    pairs = [(f"file://{tree}/a%20b.txt", tmp_path / "1"), (f"file://{tree}/none", str(tmp_path / "2")),
             (f"file://{tree}/sub/x", str(tmp_path / "3").encode())]
    outcomes = file_host.fetch_many(pairs, finished=lambda index, outcome: told.append((index, outcome)))
    assert [one.path for one in outcomes] == [tmp_path / "1", None, tmp_path / "3"]
    assert [one.url for one in outcomes] == [url for url, _ in pairs]
    assert [type(one.error) for one in outcomes] == [type(None), ioplug.NotFoundError, type(None)]
    assert sorted(told, key=lambda one: one[0]) == list(enumerate(outcomes))  # several at a time
    assert outcomes[0].result() == pathlib.Path(tmp_path / "1")
    with pytest.raises(FileNotFoundError) as caught:
        outcomes[1].result()
    assert caught.value.url == f"file://{tree}/none"
    assert file_host.fetch_many([]) == []


def test_two_of_many_for_one_place(file_host, tree, tmp_path):
    pairs = [(f"file://{tree}/a%20b.txt", tmp_path), (f"file://{tree}/sub/x", tmp_path / "a b.txt"),
             (f"file://{tree}/sub/x", tmp_path / "other")]
    outcomes = file_host.fetch_many(pairs)
    assert [type(one.error) for one in outcomes] == [type(None), ioplug.ConflictError, type(None)]
    assert (tmp_path / "a b.txt").read_bytes() == (tree / "a b.txt").read_bytes()


def test_many_of_the_real_plugin(site, tmp_path):
    """One listing for all files of a resource, and errors of their own."""
    with site.host() as host:
        top = site.url("projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/scans/1/resources/DICOM/files")
        names = [one.name for one in host.list(top.removesuffix("/files"))]
        site.server.clear_log()
        outcomes = host.fetch_many([(f"{top}/{name}", tmp_path / name) for name in [*names, "none"]])
        assert [type(one.error) for one in outcomes] == [*[type(None)] * len(names), ioplug.NotFoundError]
        assert sorted(path.name for path in tmp_path.glob("*.dcm")) == sorted(names)
        listings = [row for row in site.server.log() if "/files?" in row["path"] or row["path"].endswith("/files")]
        assert len(listings) <= 2, listings
    assert site.server.sessions() == []


def test_what_finished_raises_comes_out(file_host, tree, tmp_path):
    def finished(index, outcome):
        raise ZeroDivisionError(index)

    with pytest.raises(ZeroDivisionError):
        file_host.fetch_many([(f"file://{tree}/a%20b.txt", tmp_path / "1")], finished=finished)


def test_many_of_two_plugins_is_refused(plugins, tmp_path):
    with ioplug.Host([plugins / "file.so", plugins / "fault.so"]) as host, pytest.raises(ioplug.UsageError, match="one plugin"):
        host.fetch_many([("file:///etc/hosts", tmp_path / "1"), ("fault://1", tmp_path / "2")])


def test_the_real_plugin(site, tmp_path):
    with site.host() as host:
        top = site.url("projects/sandbox/subjects/subject001/experiments/subject001_BRAIN")
        assert [one.name for one in host.list(top) if one.type == "scan"] == ["1", "2", "3", "4"]
        item = host.stat(f"{top}/scans/1/resources/NIFTI/files/image.nii.gz")
        assert (item.type, item.bytes, len(item.md5), item.path) == ("file", 20000, 32, "image.nii.gz")
        whole = host.fetch(item.url, tmp_path / "image").read_bytes()
        assert host.read(item.url, 100, 50) == whole[100:150] and host.read(item.url) == whole
        assert host.stat(f"{top}/scans/1/resources/DICOM").files == 4
        url = host.put(tmp_path / "image", site.url("projects/sandbox/resources/NEW/files/"))
        assert host.remove(url).files == 1
        with pytest.raises(ioplug.NotFoundError):
            host.stat(url)
        with pytest.raises(ioplug.UsageError):
            host.remove(top)
    assert site.server.sessions() == []
