# SPDX-License-Identifier: Apache-2.0
"""Jobs on the nodes of a Slurm cluster: each reads its input from the archive and writes its output there by itself. The
command is that in the page of the engines."""
import re
import shlex
import shutil
import sys

import pytest
from engine_site import ENGINES, FULL, ROOT

sys.path.insert(0, str(ROOT / "tests/cluster"))

from slurm import running_cluster, slurm_cluster  # noqa: E402,F401

SNAKEFILE = """
SESSION = config["server"] + "/data/projects/sandbox/experiments/{session}_BRAIN"
RESULT = SESSION + "/assessors/{session}_node/resources/NODE/files/node.txt?assessor_type=xnat:qcAssessmentData"

rule all:
    input: expand("{session}.size", session=["subject001", "subject002"])

rule node:
    input: storage.xnat(SESSION + "/scans/1/resources/NIFTI/files/image.nii.gz")
    output: storage.xnat(RESULT)
    shell: "(echo $SLURMD_NODENAME; wc -c < {input:q}) > {output:q}"

rule size:
    input: storage.xnat(RESULT)
    output: "{session}.size"
    localrule: True
    shell: "tail -n 1 {input:q} > {output:q}"
"""
PAGE = (ENGINES / "README.md").read_text(encoding="utf-8")
COMMAND = re.search(r"^```sh\nsnakemake (--executor slurm .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]
# What the cluster of the tests needs besides: it has no accounts, and nodes without memory.
OPTIONS = ["--jobs", "2", "--default-resources", "runtime=5", "mem_mb=0", "--seconds-between-status-checks", "1", "--latency-wait", "5"]
EXECUTORS = {
    "slurm": ["--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1"],
    "cluster-generic": ["--cluster-generic-submit-cmd", "sbatch --parsable --cpus-per-task={threads} --output=slurm-%j.out"],
}


@pytest.mark.parametrize("executor", ["cluster-generic", "slurm"] if FULL else ["cluster-generic"])
def test_jobs_on_nodes(workflow, site, slurm_cluster, executor):  # noqa: F811
    made = workflow(SNAKEFILE)
    # The executor takes all variables of Slurm's away, as clusters have their configuration in /etc.
    commands = made.directory / "bin"
    commands.mkdir()
    (commands / "srun").write_text(f"#!/bin/sh\nSLURM_CONF={slurm_cluster.conf} exec {shutil.which('srun')} \"$@\"\n")
    (commands / "srun").chmod(0o755)
    command = COMMAND.replace("xnat+https://xnat.example.com", site.server.plugin_url).replace("slurm", executor, 1)
    out = made.run(*shlex.split(command.replace("\\\n", " ")), *OPTIONS, *EXECUTORS[executor],
                   SLURM_CONF=slurm_cluster.conf, PATH=f"{commands}:{made.env['PATH']}")
    assert "5 of 5 steps" in out, out
    with site.host() as host:
        for subject in ("subject001", "subject002"):
            node, size = host.read(site.url(f"projects/sandbox/experiments/{subject}_BRAIN/assessors/{subject}_node/resources"
                                            "/NODE/files/node.txt")).decode().split()
            assert node in slurm_cluster.nodes and size == "20000"
            assert host.read(site.url(f"projects/sandbox/resources/RUN/files/{subject}.size")) == b"20000\n"
    # Snakemake and all of its jobs share a session; this test has one of its own.
    logins = [one for one in site.server.log() if one["path"].startswith("/data/JSESSION") and one["method"] == "POST"]
    assert len(logins) == 2, logins
