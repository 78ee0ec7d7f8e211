# SPDX-License-Identifier: Apache-2.0
"""gfal2's own tools on a server: looking, copying, reading, removing, stopping."""
import errno
import hashlib
import os
import re
import signal
import subprocess
import time

SESSION = "projects/sandbox/subjects/subject001/experiments/subject001_BRAIN"
IMAGE = f"{SESSION}/assessors/seg_subject001_BRAIN/resources/IMAGE/files"
NEW = "projects/sandbox/resources/NEW/files"


def tree_of(directory):
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_the_plugin_is_there_beside_others(gfal):
    assert [re.sub("-.*", "", line.strip()) for line in gfal.lines("ls", "--version")[1:]] == ["file", "xnat"]


def test_levels_are_directories(gfal):
    server = gfal.server.plugin_url
    for place, wanted in {f"{server}/": ["data"], f"{server}/data": ["projects"],
                          gfal.url("projects"): ["locked", "odd", "other", "public", "sandbox"],
                          gfal.url("projects/sandbox/"): ["subjects", "resources"],
                          gfal.url(SESSION): ["scans", "assessors", "resources"],
                          gfal.url(f"{SESSION}/scans"): ["1", "2", "3", "4"],
                          gfal.url(f"{SESSION}/scans/1"): ["resources"],
                          gfal.url(f"{SESSION}/scans/1/resources"): ["DICOM", "NIFTI"],
                          gfal.url(f"{SESSION}/scans/1/resources/NIFTI"): ["files"],
                          gfal.url(f"{IMAGE}/mask"): ["brain.nii.gz"]}.items():
        assert gfal.lines("ls", place) == wanted, place


def test_long_lists_have_types_and_sizes(gfal):
    rows = [re.split(" +", line.rstrip()) for line in gfal.lines("ls", "-l", gfal.url(IMAGE))]
    assert [(row[0], row[4], row[-1]) for row in rows] == [("-rw-r--r--", "20000", "image.nii.gz"), ("drwxr-xr-x", "20000", "mask")]


def test_what_is_nowhere(gfal):
    assert "no file or directory 'none'" in gfal.run("stat", gfal.url(f"{IMAGE}/none"), code=errno.ENOENT)
    assert "nobody" in gfal.run("ls", gfal.url("projects/sandbox/subjects/nobody/experiments"), code=errno.ENOENT)
    assert "unknown level 'foo'" in gfal.run("ls", gfal.url("projects/sandbox/foo"), code=errno.EINVAL)
    assert "a search" in gfal.run("ls", f"{gfal.server.plugin_url}/search?projects=sandbox", code=errno.EINVAL)
    assert "URL_OPTIONS" in gfal.run("ls", gfal.url(f"{IMAGE}?verify=true/mask"), code=errno.EINVAL)


def test_stat_and_sum(gfal, tmp_path):
    image = gfal.url(f"{IMAGE}/image.nii.gz")
    told = "\n".join(gfal.lines("stat", image))
    assert "Size: 20000\tregular file" in told and "Modify: 20" in told
    assert "directory" in gfal.run("stat", gfal.url(f"{SESSION}/scans")).decode()
    data = gfal.run("cat", "-b", image)
    assert len(data) == 20000
    before = len(gfal.server.log("image.nii.gz"))
    assert gfal.lines("sum", image, "MD5") == [f"{image} {hashlib.md5(data).hexdigest()}"]
    # As the server lists it: the file does not come.
    assert len(gfal.server.log("image.nii.gz")) == before
    assert "no ADLER32" in gfal.run("sum", image, "ADLER32", code=errno.ENOTSUP)
    resource = gfal.server.row(f"/data/{IMAGE.rsplit('/', 2)[0]}", label="IMAGE")["xnat_abstractresource_id"]
    gfal.server.spoil(resource, "image.nii.gz", "drop-digest")
    assert gfal.lines("sum", image, "MD5") == [f"{image} {hashlib.md5(data).hexdigest()}"]


def test_a_large_file_is_read_in_parts(gfal, tmp_path):
    data = os.urandom(3 << 20)
    (tmp_path / "large").write_bytes(data)
    gfal.run("copy", tmp_path / "large", gfal.url(f"{NEW}/large"))
    gfal.server.clear_log()
    assert gfal.run("cat", "-b", gfal.url(f"{NEW}/large")) == data
    parts = [one for one in gfal.server.log("/files/large") if one["method"] == "GET"]
    assert 1 < len(parts) <= 6 and {one["status"] for one in parts} <= {200, 206}
    assert gfal.run("copy", gfal.url(f"{NEW}/large"), "-").endswith(data)


def test_copying_one_file(gfal, tmp_path):
    image, local = gfal.url(f"{IMAGE}/image.nii.gz"), tmp_path / "deep/image.nii.gz"
    gfal.run("copy", "-K", "MD5", image, f"file://{local}")
    assert local.stat().st_size == 20000
    assert "overwrite" in gfal.run("copy", image, f"file://{local}", code=errno.EEXIST)
    gfal.run("copy", local, gfal.url(f"{NEW}/a/image.nii.gz"))
    local.write_bytes(b"other")
    assert "overwrite" in gfal.run("copy", local, gfal.url(f"{NEW}/a/image.nii.gz"), code=errno.EEXIST)
    gfal.run("copy", "-f", local, gfal.url(f"{NEW}/a/image.nii.gz"))
    assert gfal.run("cat", gfal.url(f"{NEW}/a/image.nii.gz")) == b"other"
    gfal.run("copy", "-f", image, f"file://{local}")
    assert local.stat().st_size == 20000
    wrong = f"MD5:{'0' * 32}"
    assert "MISMATCH" in gfal.run("copy", "-K", wrong, image, f"file://{tmp_path}/wrong", code=errno.EBADMSG)
    assert not (tmp_path / "wrong").exists()


def test_copying_from_server_to_server(gfal, make_standin, tmp_path):
    other = make_standin()
    netrc = tmp_path / "netrc"
    netrc.write_text(netrc.read_text() + f"machine {other.host}:{other.port} login alice password alice-pw\n")
    there = f"{other.plugin_url}/data/{NEW}/image.nii.gz"
    gfal.run("copy", gfal.url(f"{IMAGE}/image.nii.gz"), there)
    assert gfal.run("cat", "-b", there) == gfal.run("cat", "-b", gfal.url(f"{IMAGE}/image.nii.gz"))
    assert other.sessions() == []


def test_trees_go_both_ways(gfal, tmp_path):
    gfal.run("copy", "-r", gfal.url(f"{SESSION}/scans/1"), f"file://{tmp_path}/scan")
    scan = tree_of(tmp_path / "scan")
    assert sorted(scan) == [f"resources/DICOM/files/000{n}.dcm" for n in (1, 2, 3, 4)] + ["resources/NIFTI/files/image.nii.gz"]
    local = tmp_path / "local"
    (local / "deep/er").mkdir(parents=True)
    for name in ("a b.txt", "deep/é.txt", "deep/er/.hidden", "deep/empty"):
        (local / name).write_text(name * (name != "deep/empty"))
    gfal.run("copy", "-r", local, gfal.url(f"{NEW}/tree"))
    gfal.run("copy", "-r", gfal.url(f"{NEW}/tree"), f"file://{tmp_path}/back")
    assert tree_of(tmp_path / "back") == tree_of(local)


def test_what_is_created_has_its_type_from_an_option(gfal, tmp_path):
    (tmp_path / "a.txt").write_text("a")
    target = gfal.url(f"{SESSION}/assessors/from_gfal/resources/OUT/files/a.txt")
    assert "assessor_type" in gfal.run("copy", tmp_path / "a.txt", target, code=errno.EINVAL)
    gfal.run("copy", tmp_path / "a.txt", f"{target}?assessor_type=xnat:qcAssessmentData")
    gfal.run("copy", "-D", "XNAT PLUGIN:URL_OPTIONS=assessor_type=xnat:qcAssessmentData", tmp_path / "a.txt",
             target.replace("from_gfal", "from_gfal_too"))
    assert gfal.lines("ls", gfal.url(f"{SESSION}/assessors"))[:2] == ["from_gfal", "from_gfal_too"]


def test_names_that_mean_something_in_a_url(gfal, tmp_path):
    """Tools append a local name as it is. What is stored under another name would be lost without a word."""
    for number, name in enumerate(("a?b", "100%41", "a#b")):
        tree = tmp_path / f"T{number}"
        tree.mkdir()
        (tree / name).write_text("x")
        # An unknown option is a warning, which would be the end.
        said = gfal.run("copy", "-r", "--abort-on-failure", tree, gfal.url(f"{NEW}/T"), code=errno.EINVAL,
                        env={"G_DEBUG": ""})
        assert "percent-encoded" in said or "%23" in said, said
    (tmp_path / "plain").write_text("x")
    gfal.run("copy", tmp_path / "plain", gfal.url(f"{NEW}/100%2541"))
    assert gfal.lines("ls", gfal.url(NEW)) == ["100%2541"]
    assert gfal.server.rows(f"/data/{NEW}")[0]["Name"] == "100%41"
    assert gfal.run("cat", gfal.url(f"{NEW}/100%2541")) == b"x"


def test_a_copy_from_elsewhere(gfal, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    tool = gfal.start("copy", f"file://{tmp_path}/pipe", gfal.url(f"{NEW}/piped"))
    (tmp_path / "pipe").write_bytes(b"x" * 100000)
    assert (tool.communicate(timeout=60)[1], tool.returncode) == (b"", 0)
    assert gfal.run("cat", gfal.url(f"{NEW}/piped")) == b"x" * 100000


def test_writing_an_open_file(gfal):
    gfal.run("save", gfal.url(f"{NEW}/saved.txt"), input=b"one\n")
    gfal.run("save", gfal.url(f"{NEW}/saved.txt"), input=b"other\n")
    assert gfal.run("cat", gfal.url(f"{NEW}/saved.txt")) == b"other\n"


def test_a_copy_from_elsewhere_that_fails_leaves_nothing(gfal, tmp_path):
    """From a pipe, which gfal2 reads itself; it says nothing for longer than the copy may take."""
    os.mkfifo(tmp_path / "pipe")
    tool = gfal.start("copy", "-T", "1", f"file://{tmp_path}/pipe", gfal.url(f"{NEW}/piped"))
    try:
        with open(tmp_path / "pipe", "wb", buffering=0) as pipe:
            pipe.write(b"the first half")
            time.sleep(2.1)
            pipe.write(b"too late")
            out, err = tool.communicate(timeout=60)
    finally:
        tool.kill()
    assert tool.returncode == errno.ETIMEDOUT, (out, err)
    assert "no resource 'NEW'" in gfal.run("stat", gfal.url(NEW), code=errno.ENOENT)


def test_removing(gfal, tmp_path):
    (tmp_path / "T/deep").mkdir(parents=True)
    for name in ("one", "two", "deep/three"):
        (tmp_path / "T" / name).write_text(name)
    gfal.run("copy", "-r", tmp_path / "T", gfal.url(f"{NEW}/T"))
    gfal.run("rm", gfal.url(f"{NEW}/T/one"))
    assert gfal.lines("ls", gfal.url(f"{NEW}/T")) == ["deep", "two"]
    gfal.run("rm", gfal.url(f"{NEW}/T/one"), code=errno.ENOENT)
    gfal.run("rm", gfal.url(f"{NEW}/T/deep"), code=errno.EISDIR)
    # A tool that takes a directory for a file does not remove what is in it.
    gfal.run("rm", "--just-delete", gfal.url(f"{NEW}/T/deep"), code=errno.EISDIR)
    gfal.run("rm", "-r", gfal.url(NEW.removesuffix("/files")))
    assert gfal.lines("ls", gfal.url("projects/sandbox/resources")) == ["DOCUMENTS"]


def test_removing_above_a_resource_removes_nothing(gfal):
    """Though the tool removes from the bottom up, and comes to what is not removed last."""
    def trees():
        rows = [gfal.server.rows(f"/data/{SESSION}/scans/{scan}/resources/{name}/files")
                for scan in (1, 4) for name in ("DICOM", "NIFTI")]
        return [sorted(row["Name"] for row in one) for one in rows]

    before = trees()
    assert all(before)
    for place in (SESSION, f"{SESSION}/scans/4", f"{SESSION}/scans/4/", f"{SESSION}/scans/4/resources"):
        assert "nothing above a resource" in gfal.run("rm", "-r", gfal.url(place), code=errno.EPERM)
        assert trees() == before, place


def test_a_program_removes_what_it_has_listed(gfal, tmp_path):
    (tmp_path / "one").write_text("one")
    gfal.run("copy", tmp_path / "one", gfal.url(f"{NEW}/one"))
    program = ("import gfal2, sys\ncontext = gfal2.creat_context()\n"
               "print(context.listdir(sys.argv[1]))\ncontext.unlink(sys.argv[2])\n")
    ran = subprocess.run(["/usr/bin/python3", "-c", program, gfal.url("projects/sandbox/resources"), gfal.url(f"{NEW}/one")],
                         env=gfal.env, capture_output=True, text=True, timeout=60, check=True)
    assert "NEW" in ran.stdout and gfal.server.rows(f"/data/{NEW}") == []


def test_directories_are_not_made_without_anything_in_them(gfal):
    assert "no empty directories" in gfal.run("mkdir", gfal.url(f"{NEW}/deep"), code=errno.ENOTSUP)


def test_removing_a_directory_does_not_remove_what_is_in_it(gfal):
    """Of the tools only removal with all that is below asks for it, when nothing is left."""
    program = ("import gfal2, sys\ncontext = gfal2.creat_context()\n"
               "for url in sys.argv[1:]:\n    try:\n        context.rmdir(url)\n    except gfal2.GError as error:\n"
               "        print(error.code)")
    ran = subprocess.run(["/usr/bin/python3", "-c", program, gfal.url(IMAGE), gfal.url(IMAGE.removesuffix("/files")),
                          gfal.url(f"{IMAGE}/mask")], env=gfal.env, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.split() == [str(errno.ENOTEMPTY)] * 3


def interrupt(gfal, server, *command):
    """The time from Ctrl-C to the end of a tool that waits for a server."""
    tool = gfal.start(*command)
    try:
        while server.held() == 0:
            assert tool.poll() is None, tool.communicate()
            time.sleep(0.01)
        began = time.monotonic()
        tool.send_signal(signal.SIGINT)
        tool.communicate(timeout=60)
    finally:
        tool.kill()
    # gfal2's tools may abort at their very end, as their other thread wants the interpreter that is being taken down.
    assert tool.returncode in (errno.EINTR, -signal.SIGABRT) and server.held() > 0
    assert server.sessions() == []
    took = time.monotonic() - began
    server.let_go()
    return took


def test_an_interrupt_ends_everything_at_once(gfal, tmp_path):
    """Within a second, though another process may be in the way once; no session is left, and no half file."""
    gfal.server.fault(path="/files/image.nii.gz", method="GET", hold=True, count=-1)
    for command in (("copy", gfal.url(f"{IMAGE}/image.nii.gz"), f"file://{tmp_path}/image.nii.gz"),
                    ("cat", gfal.url(f"{IMAGE}/image.nii.gz"))):
        assert min(interrupt(gfal, gfal.server, *command) for _ in range(3)) < 1.0
    assert not [one for one in tmp_path.iterdir() if "image" in one.name]


def test_a_transfer_may_have_a_limit(gfal, tmp_path):
    gfal.server.fault(path="/files/image.nii.gz", method="GET", hold=True, count=-1)
    said = gfal.run("copy", "-T", "1", gfal.url(f"{IMAGE}/image.nii.gz"), f"file://{tmp_path}/image.nii.gz", code=errno.ETIMEDOUT)
    assert "the time for the transfer is over" in said
    gfal.server.let_go()


def test_kinds_of_failures(gfal, tmp_path):
    image = gfal.url(f"{IMAGE}/image.nii.gz")
    assert "netrc" in gfal.run("stat", image, code=errno.EACCES, env={"HOME": str(tmp_path / "tmp"), "GFAL_CONFIG_DIR": "/etc/gfal2.d"})
    # That it is tried again is a warning.
    gfal.run("stat", "xnat+http://127.0.0.1:1/data/projects/p", code=errno.ECOMM, env={"G_DEBUG": ""})
    said = gfal.run("stat", image, code=errno.ELIBACC, env={"IOPLUG_PATH": str(tmp_path)})
    assert "IOPLUG_PATH" in said
