# SPDX-License-Identifier: Apache-2.0
"""Real workflows. One fails, fetches, computes, puts into assessors, runs again, is forced, is cleared away: in one test, as each
run begins with seconds of Snakemake's own. Others may not touch what is in the archive."""
import hashlib

import pytest

SNAKEFILE = """
DATA = config["server"] + "/data/projects/sandbox"
SESSION = DATA + "/experiments/{session}"
IMAGE = SESSION + "/scans/1/resources/NIFTI/files/image.nii.gz"
SUM = SESSION + "/assessors/{session}_qc/resources/SUM/files/sum.txt?assessor_type=xnat:qcAssessmentData"
PARTS = SESSION + "/assessors/{session}_qc/resources/PARTS?assessor_type=xnat:qcAssessmentData"
SESSIONS = glob_wildcards(storage.xnat(IMAGE.replace("{session}", "{session,subject[0-9]+_BRAIN}"))).session

rule all:
    input: storage.xnat(DATA + "/resources/REPORT/files/all.txt"), storage.xnat(expand(PARTS, session=SESSIONS))

rule sum:
    input: storage.xnat(IMAGE)
    output: storage.xnat(SUM)
    shell: "md5sum < {input:q} > {output:q}"

rule parts:
    input: image=storage.xnat(IMAGE), sum=storage.xnat(SUM)
    output: storage.xnat(directory(PARTS))
    shell: "mkdir -p {output:q}/d && head -c 5 {input.image:q} > {output:q}/head && cp {input.sum:q} {output:q}/d/sum"

rule report:
    input: storage.xnat(sorted(expand(SUM, session=SESSIONS)))
    output: storage.xnat(DATA + "/resources/REPORT/files/all.txt")
    shell: "cat {input:q} > {output:q}"
"""
SESSIONS = [f"subject00{number}_BRAIN" for number in (1, 2, 3)]
DONE = "Nothing to be done"


def sums(site):
    with site.host() as host:
        images = [host.read(site.url(f"projects/sandbox/experiments/{session}/scans/1/resources/NIFTI/files/image.nii.gz"))
                  for session in SESSIONS]
    return [f"{hashlib.md5(image).hexdigest()}  -\n" for image in images]


def stored(site):
    """The texts in the archive that the workflow makes, by what of their URLs differs; None where there is none."""
    found = {}
    with site.host() as host:
        for session in SESSIONS:
            top = site.url(f"projects/sandbox/experiments/{session}/assessors/{session}_qc/resources/")
            for rest in ("SUM/files/sum.txt", "PARTS/files/d/sum", "PARTS/files/head"):
                found[session, rest] = read(host, top + rest)
        found["report"] = read(host, site.url("projects/sandbox/resources/REPORT/files/all.txt"))
    return found


def read(host, url):
    try:
        return host.read(url)
    except FileNotFoundError:
        return None


@pytest.fixture
def run(workflow, site):
    made = workflow(SNAKEFILE)
    return lambda *arguments, **more: made.run(*arguments, "--config", f"server={site.server.plugin_url}", **more)


def test_from_the_first_run_to_the_last(run, site):
    # What goes wrong is said, and another run does what is left.
    site.server.fault(path="/SITE_E00005/.*files/image.nii.gz", method="GET", status=403, count=-1)
    out = run(code=1)
    assert "does not permit" in out and "HTTP 403" in out, out
    kept = stored(site)
    assert kept[SESSIONS[1], "SUM/files/sum.txt"] is None and kept["report"] is None and site.server.sessions() == []
    site.server.clear_faults()

    expected = sums(site)
    run()
    first = stored(site)
    assert [first[session, "SUM/files/sum.txt"].decode() for session in SESSIONS] == expected
    assert [first[session, "PARTS/files/d/sum"].decode() for session in SESSIONS] == expected
    assert {first[session, "PARTS/files/head"][:2] for session in SESSIONS} == {b"\x1f\x8b"}
    assert first["report"].decode() == "".join(expected)
    assert site.server.sessions() == []

    # Ten objects, each in one list; the images of five other sessions are listed, too.
    site.server.clear_log()
    assert DONE in run()
    log = site.server.log()
    assert not [one for one in log if one["method"] not in ("GET", "POST", "DELETE") or "/files/" in one["path"]]
    assert len(log) <= 35, [one["path"] for one in log]

    # An input that changes is computed again, and what comes of it; nothing else is.
    with site.host() as host:
        new = site.directory / "image.nii.gz"
        new.write_bytes(b"\x1f\x8bnew")
        host.put(new, site.url(f"projects/sandbox/experiments/{SESSIONS[1]}/scans/1/resources/NIFTI/files/image.nii.gz"
                               "?overwrite=true"))
    out = run()
    assert "3 of 3 steps" not in out and "4 of 4 steps" in out, out
    expected = sums(site)
    second = stored(site)
    assert [second[session, "SUM/files/sum.txt"].decode() for session in SESSIONS] == expected
    assert second["report"].decode() == "".join(expected) and second != first

    out = run("--forceall")
    assert "8 of 8 steps" in out and stored(site) == second

    run("--delete-all-output")
    assert set(stored(site).values()) == {None} and sums(site) == expected
    assert site.server.sessions() == []


KEPT = """
FILES = config["server"] + "/data/projects/sandbox/resources/KEPT/files/"
NEW, OLD, LATE = [FILES + name + ".txt?overwrite=false" for name in ("new", "old", "late")]

rule new:
    output: storage.xnat(NEW)
    shell: "echo mine > {output:q}"

rule old:
    input: storage.xnat(NEW)
    output: storage.xnat(OLD)
    shell: "exit 1"

# Somebody else is faster.
rule late:
    input: storage.xnat(NEW)
    output: storage.xnat(LATE)
    params: url=LATE
    shell: "echo mine > {output:q} && echo theirs > theirs && "
           "python -c 'import ioplug, sys; ioplug.Host().put(*sys.argv[1:])' theirs {params.url:q}"
"""


@pytest.mark.parametrize("rule, why", [("old", "it is there already"), ("late", "already in projects/sandbox/resources/KEPT")])
def test_what_may_not_be_replaced_is_not_removed(workflow, site, rule, why):
    """Before a job Snakemake removes its outputs, and after one that failed what is there of them."""
    url = site.url("projects/sandbox/resources/KEPT/files/")
    old = site.directory / "old.txt"
    old.write_text("theirs\n")
    with site.host() as host:
        host.put(old, url)
        out = workflow(KEPT).run(rule, "--forceall", "--config", f"server={site.server.plugin_url}", code=1)
        assert (read(host, url + "new.txt"), read(host, f"{url}{rule}.txt")) == (b"mine\n", b"theirs\n"), out
    assert why in out and "overwrite=false: remove it by other means" in out, out
