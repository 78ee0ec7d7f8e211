# SPDX-License-Identifier: Apache-2.0
"""What the stand-in charges: latency, catalogs, queries, disk."""
import threading
import time


SCAN = "/data/experiments/SITE_E00001/scans/1"
DICOM = SCAN + "/resources/DICOM/files/0001.dcm"


def test_latency_blocks_nobody(make_standin):
    """Slow answers run side by side."""
    server = make_standin(latency_ms=200)
    session = server.login()
    threads = [threading.Thread(target=server.get, args=(DICOM,), kwargs={"cookie": session}) for _ in range(16)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started < 1.5


def test_costs(make_standin):
    """Simulated work takes its time."""
    server = make_standin()
    server.get(DICOM)
    for setting, path in (({"catalog_us_per_file": 100000}, DICOM), ({"disk_mb_per_s": 1}, SCAN + "/files?format=zip"),
                          ({"bulk_us_per_row": 20000}, "/data/experiments")):
        server.set(**setting)
        started = time.monotonic()
        assert server.get(path).status == 200
        assert time.monotonic() - started > 0.09, setting
        server.set(**{name: 0 for name in setting})


def test_files_are_listed_out_of_their_catalog(make_standin):
    """Not by a query: they cost what parsing the catalog costs, and nothing for each row."""
    server = make_standin()
    files = SCAN + "/resources/DICOM/files"
    assert len(server.rows(files)) > 1
    server.set(bulk_us_per_row=300000)
    started = time.monotonic()
    server.rows(files)
    assert time.monotonic() - started < 0.3
