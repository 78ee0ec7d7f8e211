# SPDX-License-Identifier: Apache-2.0
"""The file system: reached by its protocols, with pandas, and with as few questions as the plugin itself."""
import datetime
import tempfile

import dask
import fsspec
import pandas
import pytest
from dask.bytes import read_bytes
from fsspec.spec import AbstractFileSystem

import conftest
import ioplug
from ioplug.fsspec import XnatHttpFileSystem, XnatHttpsFileSystem

SCAN = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/scans/1"
IMAGE = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN/assessors/seg_subject001_BRAIN/resources/IMAGE"


class Files:
    """The file system of a server, and its paths."""

    def __init__(self, site):
        self.site = site
        self.options = {"plugin": str(conftest.PLUGIN), "settings": {k: str(v) for k, v in site.settings.items()}}
        self.fs = fsspec.filesystem("xnat+http", skip_instance_cache=True, **self.options)

    def path(self, rest):
        return f"{self.site.server.plugin_url}/data/{rest}"

    def name(self, rest):
        """What the file system calls it."""
        return self.path(rest).split("://")[1]

    def names(self, found):
        start = self.name("")
        assert all(one.startswith(start) for one in found), found
        return [one[len(start):] for one in found]

    def cost(self, work):
        before = len(self.site.server.log())
        return work(), len(self.site.server.log()) - before


@pytest.fixture
def files(site):
    made = Files(site)
    yield made
    made.fs.host.close()


@pytest.fixture
def table(files, tmp_path):
    """A resource with tables in it; its path."""
    for name in ("ages.csv", "deep/er/more ages.csv", "deep/notes.txt"):
        (tmp_path / "T" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "T" / name).write_text(f"name,age\n{name},3\n")
    files.fs.host.put(tmp_path / "T", files.path("projects/sandbox/resources/TABLES/files/"))
    return "projects/sandbox/resources/TABLES"


def test_protocols_are_known():
    assert fsspec.get_filesystem_class("xnat+https") is XnatHttpsFileSystem
    assert fsspec.get_filesystem_class("xnat").protocol == "xnat"


def test_paths_are_plain_text_and_urls_are_read():
    fs = XnatHttpFileSystem
    assert fs._strip_protocol("xnat+http://h:80/x/data/archive/projects/a%20b/") == "h:80/x/data/projects/a b"
    assert fs._strip_protocol("h:80/x/data/projects/a%20b") == "h:80/x/data/projects/a%20b"
    assert fs._strip_protocol("xnat+http://h/") == "h"
    name = "h/data/projects/p/resources/R/files/100%25 é.txt"
    assert fs._strip_protocol(fs(skip_instance_cache=True).unstrip_protocol(name)) == name
    with pytest.raises(ValueError, match="storage options"):
        fs._strip_protocol("xnat+http://h/data/projects/p?overwrite=true")


def test_ls_and_info_at_all_levels(files):
    fs, path = files.fs, files.path
    assert "projects/sandbox" in files.names(fs.ls(files.site.server.plugin_url, detail=False))
    assert files.names(fs.ls(path("projects/sandbox/subjects"), detail=False)) == \
        [f"projects/sandbox/subjects/{name}" for name in ("shared_subject", "subject001", "subject002", "subject003")]
    assert f"{SCAN.rsplit('/', 1)[0]}/4" in files.names(fs.ls(path(SCAN.rsplit("/", 2)[0]), detail=False))
    assert files.names(fs.ls(path(SCAN), detail=False)) == [f"{SCAN}/resources/DICOM", f"{SCAN}/resources/NIFTI"]
    entries = fs.ls(path(IMAGE))
    assert files.names([one["name"] for one in entries]) == [f"{IMAGE}/files/image.nii.gz", f"{IMAGE}/files/mask"]
    assert [one["type"] for one in entries] == ["file", "directory"]
    info = fs.info(entries[0]["name"])
    assert info == {**entries[0], **info} and (info["size"], len(info["md5"]), info["xnat_type"]) == (20000, 32, "file")
    assert files.names(fs.ls(path(f"{IMAGE}/files/mask"), detail=False)) == [f"{IMAGE}/files/mask/brain.nii.gz"]
    assert fs.ls(path(f"{IMAGE}/files/image.nii.gz"))[0]["name"] == files.name(f"{IMAGE}/files/image.nii.gz")
    for level in ("", "projects", "projects/sandbox", "projects/sandbox/subjects", SCAN, IMAGE, f"{IMAGE}/files/mask"):
        assert fs.isdir(path(level)), level


def test_what_is_not_there(files):
    assert not files.fs.exists(files.path("projects/sandbox/subjects/nobody"))
    assert not files.fs.exists(files.path(f"{IMAGE}/files/none.txt"))
    for call in (files.fs.info, files.fs.ls, files.fs.cat_file):
        with pytest.raises(FileNotFoundError):
            call(files.path(f"{IMAGE}/files/none.txt"))


def test_a_glob_over_levels_is_one_search(files):
    pattern = "projects/sandbox/subjects/subject00*/experiments/*_BRAIN/scans/*/resources/NIFTI/files/*.nii.gz"
    files.fs.exists(files.path("projects/sandbox"))
    found, cost = files.cost(lambda: files.fs.glob(files.path(pattern)))
    assert files.names(found) == [pattern.replace("00*", f"00{s}").replace("*_B", f"subject00{s}_B").replace("scans/*", f"scans/{n}")
                                  .replace("*.nii", "image.nii") for s in (1, 2, 3) for n in (1, 2, 3, 4)]
    told, detail = files.fs.glob(files.path(pattern), detail=True), files.fs.info(found[0])
    assert list(told) == found and {told[name]["size"] for name in found} == {detail["size"]}
    # One listing of each of twelve resources, for their files, and what the search itself costs.
    assert cost <= 12 + 8
    resources, cost = files.cost(lambda: files.fs.glob(files.path(pattern.split("/files")[0])))
    assert len(resources) == 12 and cost <= 8
    for one in found[:2]:
        assert files.fs.cat_file(one, 0, 2) == b"\x1f\x8b"


def test_globs_that_no_search_does(files):
    fs, path = files.fs, files.path
    assert files.names(fs.glob(path("projects/sand*"))) == ["projects/sandbox"]
    assert files.names(fs.glob(path("projects/sandbox/subjects/subject00[12]/experiments/*_BRAIN"))) == \
        [f"projects/sandbox/subjects/subject00{n}/experiments/subject00{n}_BRAIN" for n in (1, 2)]
    assert files.names(fs.glob(path("projects/sandbox/subjects/*/resources/NOTES/files/*.txt"))) == \
        [f"projects/sandbox/subjects/subject00{n}/resources/NOTES/files/notes.txt" for n in (1, 2, 3)]
    assert files.names(fs.glob(path(f"{IMAGE}/files/**/*.nii.gz"))) == \
        [f"{IMAGE}/files/image.nii.gz", f"{IMAGE}/files/mask/brain.nii.gz"]
    assert files.names(fs.glob(path(f"{IMAGE}/files/*.nii.gz"))) == [f"{IMAGE}/files/image.nii.gz"]
    assert fs.glob(path("projects/none/subjects/*")) == []


def test_globs_below_resources_and_labels_like_levels(files, tmp_path):
    """What a search does not know is listed, and a label that is called like a level is a label."""
    fs, path, session = files.fs, files.path, SCAN.rsplit("/scans", 1)[0]
    image = "scans/1/resources/NIFTI/files/image.nii.gz"
    for pattern, wanted in {"scans/1/resources/N*/**": [image], "scans/1/resources/*/**/*.nii.gz": [image],
                            "scans/*/resources/NIFTI/files/**": [image.replace("1", n) for n in "1234"],
                            "scans/*/resources/NIFTI/*/*": [image.replace("1", n) for n in "1234"],
                            "scans/*/resources/NIFTI/files": [image.rpartition("/")[0].replace("1", n) for n in "1234"],
                            "assessors/*/resources/IMAGE/files/**": [f"{IMAGE[len(session) + 1:]}/files/{name}" for name in
                                                                     ("image.nii.gz", "mask/brain.nii.gz")]}.items():
        assert files.names(fs.glob(path(f"{session}/{pattern}"))) == [f"{session}/{one}" for one in wanted], pattern
    deep = f"{session}/assessors/*/resources/IMAGE/files/**"
    assert files.names(fs.glob(path(deep), maxdepth=1)) == [f"{IMAGE}/files/image.nii.gz"]
    assert files.names(fs.glob(path(f"{session}/assessors/**"), maxdepth=3)) == \
        [f"{session}/assessors", IMAGE.split("/resources")[0], IMAGE]
    (tmp_path / "a.txt").write_text("a")
    named = f"{session}/assessors/files/resources/resources"
    typed = fsspec.filesystem("xnat+http", assessor_type="xnat:qcAssessmentData", **files.options)
    typed.put(str(tmp_path / "a.txt"), path(f"{named}/files/files/a.txt"))
    pattern = named.replace("subject001_BRAIN", "*_BRAIN")
    found = fs.glob(path(pattern), detail=True)
    assert files.names(found) == [named] and [one["type"] for one in found.values()] == ["directory"]
    assert files.names(fs.glob(path(f"{pattern}/files/files/*"))) == [f"{named}/files/files/a.txt"]


def test_find_and_walk(files, table):
    wanted = [f"{table}/files/{name}" for name in ("ages.csv", "deep/er/more ages.csv", "deep/notes.txt")]
    files.fs.exists(files.path("projects/sandbox"))
    found, cost = files.cost(lambda: files.fs.find(files.path(table)))
    assert files.names(found) == wanted and cost <= 3
    assert files.names(files.fs.find(files.path(f"{table}/files/deep"))) == wanted[1:]
    assert files.names(files.fs.find(files.path(wanted[1]))) == [wanted[1]]
    assert files.fs.find(files.path("projects/sandbox/resources/NONE")) == []
    below = files.names(files.fs.find(files.path("projects/sandbox/subjects/subject001")))
    assert f"{IMAGE}/files/mask/brain.nii.gz" in below and f"{SCAN}/resources/NIFTI/files/image.nii.gz" in below
    walked = [(files.names([top])[0], sorted(dirs), sorted(names)) for top, dirs, names in files.fs.walk(files.path(f"{table}/files"))]
    assert walked == [(f"{table}/files", ["deep"], ["ages.csv"]), (f"{table}/files/deep", ["er"], ["notes.txt"]),
                      (f"{table}/files/deep/er", [], ["more ages.csv"])]


def test_find_over_levels_is_one_list(files, table):
    """A list for each resource, and little more; generic walking asks for every level, one after the other."""
    files.fs.exists(files.path("projects/sandbox"))
    for top, spare in (("projects/sandbox", 60), ("projects/sandbox/subjects", 60), ("projects/sandbox/subjects/subject001", 20)):
        found, cost = files.cost(lambda: files.fs.find(files.path(top), withdirs=True, detail=True))
        generic, most = files.cost(lambda: AbstractFileSystem.find(files.fs, files.path(top), withdirs=True, detail=True))
        generic.pop(files.name(top))
        told = [{name: (one["type"], one["size"]) for name, one in each.items()} for each in (found, generic)]
        assert told[0] == told[1]
        resources = [one for one in found.values() if one["xnat_type"] == "resource"]
        assert len(resources) > 20 and cost <= len(resources) + spare and cost < most
    found, cost = files.cost(lambda: files.fs.glob(files.path("projects/sandbox/subjects/subject001/**/brain.nii.gz")))
    assert f"{IMAGE}/files/mask/brain.nii.gz" in files.names(found) and cost < 60


def test_parts_of_a_file(files, table):
    path = files.path(f"{table}/files/ages.csv")
    whole = b"name,age\nages.csv,3\n"
    assert files.fs.cat_file(path) == whole
    for start, end in ((0, 4), (5, 8), (5, None), (None, 4), (-3, None), (2, -3), (3, 3), (100, 200)):
        assert files.fs.cat_file(path, start, end) == whole[start:end], (start, end)
    with files.fs.open(path, "rb", block_size=4) as file:
        file.seek(9)
        assert file.read(4) == b"ages" and file.read() == whole[13:]
    assert isinstance(files.fs.modified(path), datetime.datetime)


def test_get_and_put(files, table, tmp_path):
    files.fs.get(files.path(f"{table}/files"), f"{tmp_path}/flat/", recursive=True, maxdepth=1)
    assert [one.name for one in (tmp_path / "flat").rglob("*") if one.is_file()] == ["ages.csv"]
    files.fs.get(files.path(f"{table}/files/ages.csv"), str(tmp_path / "one.csv"))
    assert (tmp_path / "one.csv").read_text() == "name,age\nages.csv,3\n"
    files.fs.get(files.path(table), str(tmp_path / "all"), recursive=True)
    assert sorted(str(one.relative_to(tmp_path / "all")) for one in (tmp_path / "all").rglob("*") if one.is_file()) == \
        ["ages.csv", "deep/er/more ages.csv", "deep/notes.txt"]
    files.fs.put(str(tmp_path / "all"), files.path("projects/sandbox/resources/AGAIN/files/"), recursive=True)
    files.fs.put(str(tmp_path / "one.csv"), files.path("projects/sandbox/resources/AGAIN/files/other.csv"))
    assert len(files.fs.find(files.path("projects/sandbox/resources/AGAIN"))) == 4


def test_writing_and_overwriting(files, table):
    path = files.path(f"{table}/files/new.txt")
    with files.fs.open(path, "w") as file:
        file.write("one\n")
    assert files.fs.cat(path) == b"one\n"
    with pytest.raises(FileExistsError):
        files.fs.pipe(path, b"two\n")
    again = fsspec.filesystem("xnat+http", overwrite=True, **files.options)
    again.pipe(path, b"two\n")
    assert files.fs.cat(path) == b"two\n"


class Broken(Exception):
    """What goes wrong while a file is written."""


@pytest.mark.parametrize("mode, options", [("w", {}), ("x", {"encoding": "utf-8"}), ("wb", {}), ("wb", {"block_size": 4})])
def test_what_fails_while_it_is_written_is_not_put(files, table, tmp_path, monkeypatch, mode, options):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    path = files.path(f"{table}/files/{'ages' if mode[0] == 'w' else 'new'}.csv")
    again = fsspec.filesystem("xnat+http", overwrite=True, **files.options)
    there = again.cat(path) if mode[0] == "w" else None
    files.site.server.clear_log()
    with pytest.raises(Broken):
        with again.open(path, mode, **options) as file:
            for _ in range(3):
                file.write("the first half" if "b" not in mode else b"the first half")
            raise Broken
    assert file.closed and set(tmp_path.iterdir()) == before
    del file
    assert not [one for one in files.site.server.log() if one["method"] == "PUT"]
    assert (again.cat(path) if again.exists(path) else None) == there
    with again.open(path, mode, **options) as file:
        file.write("whole" if "b" not in mode else b"whole")
    assert again.cat(path) == b"whole"


def test_a_put_that_fails_leaves_no_scratch_file(files, table, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    file = files.fs.open(files.path(f"{table}/files/ages.csv"), "wb")
    file.write(b"other")
    with pytest.raises(FileExistsError):
        file.close()
    assert file.closed and set(tmp_path.iterdir()) == before


def test_transactions(files, table):
    """With fsspec.open(), which keeps the exception to itself."""
    kept, lost = (files.path(f"{table}/files/{name}.txt") for name in ("kept", "lost"))
    fs = fsspec.filesystem("xnat+http", **files.options)
    with pytest.raises(Broken):
        with fs.transaction:
            with fsspec.open(lost, "w", compression="gzip", **files.options) as file:
                file.write("half")
                raise Broken
    assert not fs.exists(lost)
    with fs.transaction:
        with fsspec.open(kept, "w", **files.options) as file:
            file.write("whole")
        with pytest.raises(Broken):
            with fs.open(lost, "wb") as file:
                file.write(b"half")
                raise Broken
        assert not fs.exists(kept)
    assert fs.cat(kept) == b"whole" and not fs.exists(lost)


def test_what_is_there_is_not_created(files, table, tmp_path):
    (tmp_path / "one.csv").write_text("other")
    again = fsspec.filesystem("xnat+http", overwrite=True, **files.options)
    path = files.path(f"{table}/files/ages.csv")
    for create in (lambda: again.put_file(str(tmp_path / "one.csv"), path, mode="create"),
                   lambda: again.pipe_file(path, b"other", mode="create"),
                   lambda: again.put(f"{tmp_path}/T/", files.path(f"{table}/files"), recursive=True, mode="create")):
        with pytest.raises(FileExistsError):
            create()
    assert again.cat(path) == b"name,age\nages.csv,3\n"


def test_types_of_what_is_created_are_storage_options(files):
    path = files.path(f"{SCAN.split('/scans')[0]}/assessors/from_python/resources/OUT/files/a.txt")
    with pytest.raises(ValueError, match="assessor_type"):
        files.fs.pipe(path, b"a")
    fsspec.filesystem("xnat+http", assessor_type="xnat:qcAssessmentData", **files.options).pipe(path, b"a")
    assert files.fs.cat(path) == b"a"


def test_rm(files, table):
    files.fs.rm(files.path(f"{table}/files/ages.csv"))
    assert not files.fs.exists(files.path(f"{table}/files/ages.csv"))
    with pytest.raises(IsADirectoryError):
        files.fs.rm(files.path(table))
    files.fs.rm(files.path(table), recursive=True)
    assert not files.fs.exists(files.path(table))
    with pytest.raises(ValueError):
        files.fs.rm(files.path("projects/sandbox/subjects/subject001"), recursive=True)
    assert files.fs.exists(files.path("projects/sandbox/subjects/subject001"))


ODD = ("a[1].txt", "a1.txt", "a?b.txt", "axb.txt", "s*r.txt", "star.txt", "d*/x.txt", "d1/x.txt")


@pytest.fixture
def odd(files, tmp_path):
    """A resource whose files have names that are patterns, and for others' names; its path."""
    for name in ODD:
        (tmp_path / "ODD" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "ODD" / name).write_text(name)
    files.fs.host.put(tmp_path / "ODD", files.path("projects/sandbox/resources/ODD/files/"))
    return files.name("projects/sandbox/resources/ODD/files")


def missing(files, odd):
    return [name for name in ODD if name not in [one[len(odd) + 1:] for one in files.fs.find(odd)]]


def remove(fs, way, path):
    if way == "rm of a list":
        fs.rm([path])
    else:
        getattr(fs, way)(path)


@pytest.mark.parametrize("name", ["a[1].txt", "a?b.txt", "s*r.txt"])
@pytest.mark.parametrize("way", ["rm_file", "rm", "_rm", "rm of a list"])
def test_a_name_that_is_like_a_pattern_is_the_name(files, odd, way, name):
    path = f"{odd}/{name}"
    if "*" not in name:
        # The server has no way to remove it alone.
        with pytest.raises(FileExistsError, match="because of its name"):
            remove(files.fs, way, path)
        assert missing(files, odd) == []
        return
    remove(files.fs, way, path)
    assert missing(files, odd) == [name]
    with pytest.raises(FileNotFoundError):
        files.fs.rm_file(path)
    assert missing(files, odd) == [name]


def test_rm_of_patterns(files, odd):
    with pytest.raises(IsADirectoryError):
        files.fs.rm_file(f"{odd}/d1")
    with pytest.raises(IsADirectoryError):
        files.fs.rm(f"{odd}/*1*")
    for pattern in (f"{odd}/none*", files.path(f"{SCAN.rpartition('/')[0]}/*/resources/N*/files/none*")):
        with pytest.raises(FileNotFoundError):
            files.fs.rm(pattern)
    with pytest.raises(ValueError, match="maxdepth"):
        files.fs.rm(odd, recursive=True, maxdepth=1)
    with pytest.raises(NotImplementedError):
        files.fs.mv(odd, f"{odd}2", recursive=True, maxdepth=1)
    assert missing(files, odd) == []
    files.fs.rm(f"{odd}/d*", recursive=True)
    assert missing(files, odd) == ["d*/x.txt"]
    files.fs.rm([f"{odd}/?x?.txt", f"{odd}/s*r.txt", f"{odd}/st*"], maxdepth=1)
    assert missing(files, odd) == ["axb.txt", "s*r.txt", "star.txt", "d*/x.txt"]


def test_rm_of_patterns_of_labels(files):
    image = f"{SCAN}/resources/NIFTI/files/image.nii.gz"
    with pytest.raises(ValueError, match="is a pattern"):
        files.fs.rm_file(files.path(image.replace("NIFTI", "N*")))
    assert files.fs.exists(files.path(image))
    files.fs.rm(files.path(image.replace("NIFTI", "N*")))
    assert not files.fs.exists(files.path(image))
    files.fs.rm(files.path(f"{SCAN}/resources/D*"), recursive=True)
    assert files.names(files.fs.ls(files.path(SCAN), detail=False)) == [f"{SCAN}/resources/NIFTI"]


def test_rm_of_a_directory_and_what_is_below_it(files, table):
    files.fs.rm(files.path(f"{table}/files/deep/**"), recursive=True)
    assert files.names(files.fs.find(files.path(table))) == [f"{table}/files/ages.csv"]


def test_pandas_reads_and_writes(files, table):
    frame = pandas.read_csv(files.path(f"{table}/files/ages.csv"), storage_options=files.options)
    assert list(frame["age"]) == [3]
    target = files.path(f"{table}/files/pandas.csv")
    frame.to_csv(target, index=False, storage_options=files.options)
    assert pandas.read_csv(target, storage_options=files.options).equals(frame)


def test_dask_reads_blocks_by_ranges(files):
    pattern = "projects/sandbox/subjects/*/experiments/*_BRAIN/scans/1/resources/NIFTI/files/*.nii.gz"
    files.fs.exists(files.path("projects/sandbox"))
    (sample, blocks, paths), cost = files.cost(lambda: read_bytes(files.path(pattern), blocksize=9000, sample="5 kiB",
                                                                  include_path=True, **files.options))
    # The search, what each file is, and the sample.
    assert len(paths) == 4 and cost <= 4 + 8 + 3 * 4 + 4
    assert [len(one) for one in blocks] == [2] * 4 and len(sample) == 5120
    files.site.server.clear_log()
    parts = dask.compute(*blocks[0], scheduler="sync")
    assert b"".join(parts) == files.fs.cat_file(paths[0]) and b"".join(parts).startswith(sample)
    # The first reads ahead, which is the whole of such a small file.
    assert sorted(one["status"] for one in files.site.server.log("image.nii.gz")) == [200, 200, 206]


def test_simplecache(files, table, tmp_path):
    path = files.path(f"{table}/files/ages.csv")
    for _ in range(2):
        before = len(files.site.server.log("/files/ages.csv"))
        with fsspec.open(f"simplecache::{path}", simplecache={"cache_storage": str(tmp_path / "cache")},
                         **{"xnat+http": files.options}) as file:
            assert file.read() == b"name,age\nages.csv,3\n"
    assert len(files.site.server.log("/files/ages.csv")) == before


def test_one_host_for_all_file_systems_of_a_process(files):
    again = fsspec.filesystem("xnat+http", overwrite=True, skip_instance_cache=True, **files.options)
    assert again.host is files.fs.host and isinstance(again.host, ioplug.Host)
