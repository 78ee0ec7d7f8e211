# SPDX-License-Identifier: Apache-2.0
"""A far server behind TLS: how many of its answers are waited for one after the other is what its distance costs."""
import pytest
from plugin_case import make_case, make_standin  # noqa: F401
from request_log import trips
from session_case import certificate  # noqa: F401
from tls_front import TlsFront

# Long beside what a busy machine takes to begin three requests.
FAR_MS = 400


class Far:
    """A case whose server does not tell whether its site is closed, as TLS needs no question where it is."""

    def __init__(self, case, front, certificate):  # noqa: F811
        self.case = case
        self.host = f"127.0.0.1:{front.port}"
        self.settings = {"netrc": case.write_netrc(f"machine {self.host} login alice password alice-pw\n"),
                         "ca_file": certificate / "cert.pem"}

    def url(self, rest):
        return f"xnat+https://{self.host}/data/{rest}"

    def run(self, *arguments, **settings):
        self.case.clear()
        return self.case.run(*arguments, user=None, **{**self.settings, **settings})

    def trips(self):
        return trips(self.case.requests())


@pytest.fixture
def far(make_case, certificate):  # noqa: F811
    case = make_case()
    case.server.set(latency_ms=FAR_MS)
    with TlsFront(case.server, certificate) as front:
        yield Far(case, front, certificate)
