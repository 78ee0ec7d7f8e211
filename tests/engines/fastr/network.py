# SPDX-License-Identifier: Apache-2.0
"""A network as people build them: all images of a search, a tool on each, its results into assessors.

    network.py EXECUTION SEARCH SINK TMPDIR
"""
import sys

import fastr


def main():
    execution, search, sink_url, directory = sys.argv[1:]
    network = fastr.create_network(id="checksums")
    images = network.create_source("Directory", id="images")
    checksum = network.create_node("demo/Checksum:1.0", tool_version="1.0", id="checksum")
    sums = network.create_sink("TxtFile", id="sums")
    images.output >> checksum.inputs["image"]
    sums.input << checksum.outputs["sums"]
    run = network.execute({"images": [search]}, {"sums": sink_url}, tmpdir=directory, execution_plugin=execution)
    return 0 if run.result else 1


if __name__ == "__main__":
    sys.exit(main())
