# SPDX-License-Identifier: Apache-2.0
"""The sample archives: valid files, any size, the same each time."""
import subprocess

import nibabel
import pytest

SIZES = [512, 1000, 1024, 20000, 65535, 100001, 3000001]


@pytest.mark.parametrize("size", SIZES)
def test_files_are_valid(make_standin, tmp_path, size):
    """dcmdump and nibabel read what is sent, and its size is the one listed."""
    server = make_standin(sample=f"files=1,size={size}")
    scan = "/data/experiments/SITE_E00001/scans/1"
    for row in server.rows(scan + "/files"):
        body = server.get(row["URI"]).body
        assert len(body) == int(row["Size"]) and abs(len(body) - size) <= 512
        file = tmp_path / row["Name"]
        file.write_bytes(body)
        if row["Name"].endswith(".dcm"):
            dump = subprocess.run(["dcmdump", "--quiet", file], capture_output=True, text=True)
            assert (dump.returncode, dump.stderr) == (0, "")
        else:
            image = nibabel.load(file)
            assert image.get_fdata().size > 0 and image.header["magic"] == b"n+1"


def test_same_each_time(make_standin):
    """The same specification gives the same bytes; another seed gives others."""
    digests = []
    for seed in (1, 1, 2):
        server = make_standin(sample=f"files=2,size=5000,seed={seed}")
        rows = server.rows("/data/experiments/SITE_E00001/scans/1/files?sortBy=collection,Name")
        digests.append([row["digest"] for row in rows])
    assert digests[0] == digests[1] != digests[2]


def test_shape(make_standin):
    """As many of each as were asked for; nothing is written to disk before somebody asks."""
    server = make_standin(sample="projects=3,subjects=4,experiments=2,scans=5,resources=3,assessors=1,files=6")
    rows = server.rows("/data/experiments?xsiType=xnat:imageSessionData&columns=ID,xnat:imageScanData/ID,"
                       "xnat:imageScanData/file/label")
    assert len(rows) == 3 * 4 * 2 * 5 * 3
    assert len(server.rows("/data/experiments?xsiType=xnat:qcAssessmentData")) == 3 * 4 * 2
    found = subprocess.run(["find", server.directory, "-type", "f"], capture_output=True, text=True).stdout.split()
    assert found == [server.log_file]


def test_memory_is_flat(make_standin, tmp_path):
    """A large upload goes to disk as it comes."""
    server = make_standin()
    url = "/data/experiments/SITE_E00001/scans/1/resources/BIG/files/big.bin"
    size = 200 * 1024 * 1024

    def blocks():
        for _ in range(200):
            yield b"\0" * 1024 * 1024

    before = peak(server)
    assert server.put(url, blocks(), headers={"Content-Length": str(size)}).status == 200
    assert server.rows(url.rsplit("/", 1)[0])[0]["Size"] == str(size)
    assert peak(server) - before < 20000


def peak(server):
    """The most memory that the server has had, in KiB."""
    with open(f"/proc/{server.process.pid}/status") as lines:
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
