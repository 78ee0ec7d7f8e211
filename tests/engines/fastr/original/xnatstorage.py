# SPDX-License-Identifier: Apache-2.0
"""The XNATStorage that fastr brings along, with its search mended: the other side of the comparison."""
import importlib.util
import os
import sys

import fastr

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../interop"))

import mended_search  # noqa: E402


def load_bundled():
    """Its module, under another name than this one's."""
    file = os.path.join(fastr.config.resourcesdir, "plugins/ioplugins/xnatstorage.py")
    spec = importlib.util.spec_from_file_location("bundled_xnatstorage", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bundled = load_bundled()
find_objects = bundled.XNATStorage._find_objects
mended_search.shorten_waits(find_objects)


# Only one class of this name may be seen in the module.
class XNATStorage(bundled.XNATStorage):
    def expand_url(self, url):
        self._find_objects = mended_search.mended(find_objects).__get__(self)
        try:
            return super().expand_url(url)
        finally:
            del self._find_objects
