# SPDX-License-Identifier: Apache-2.0
"""Where the interoperability tests find what was built. Standard library only."""
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = pathlib.Path(os.environ.get("TEST_BUILD") or os.environ.get("BUILD_DIR") or ROOT / "build")
IOPLUG = os.environ.get("TEST_IOPLUG", str(BUILD / "host-api/ioplug"))
PLUGIN = os.environ.get("TEST_PLUGIN", str(BUILD / "plugin/xnatstorage.so"))

os.environ.setdefault("STANDIN", str(BUILD / "tests/standin/standin"))
sys.path.insert(0, str(ROOT / "tests/tools"))
