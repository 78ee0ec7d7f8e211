# SPDX-License-Identifier: Apache-2.0
"""Several hosts in one process, their logs and settings, and how long what C may call lives."""
import contextvars
import gc
import logging
import warnings

import ioplug
import pytest


class Lines(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append((record.levelno, record.getMessage()))


def logger_with_lines(name, level=logging.DEBUG):
    logger, lines = logging.getLogger(name), Lines()
    logger.handlers, logger.propagate = [lines], False
    logger.setLevel(level)
    return logger, lines.lines


def test_log_goes_to_logging_by_level(plugins):
    logger, lines = logger_with_lines("test.levels")
    with ioplug.Host(plugins / "fault.so", logger=logger) as host:
        host.expand("fault://log")
    assert lines[:4] == [(logging.ERROR, "an error\x1b[31m in red"), (logging.WARNING, "a warning"), (logging.INFO, "an info"),
                         (logging.DEBUG, "a detail")]


def test_two_hosts_have_logs_and_settings_of_their_own(site):
    one, other = logger_with_lines("test.one"), logger_with_lines("test.other", logging.INFO)
    with site.host(logger=one[0]) as first, \
            site.host(logger=other[0], settings={"netrc": "/nonexistent/netrc"}) as second:
        url = site.url("search?projects=sandbox&scans=T1&resources=NIFTI")
        assert first.expand(url)
        assert one[1] and not other[1]
        seen = len(one[1])
        with pytest.raises(ioplug.AuthError):
            second.expand(url)
        assert len(one[1]) == seen and other[1]
        assert logging.DEBUG not in {level for level, _ in other[1]} and logging.DEBUG in {level for level, _ in one[1]}
        # of one call
        assert second.expand(url, settings={"netrc": site.netrc})
        with pytest.raises(ioplug.AuthError):
            first.expand(url, settings={"netrc": "/nonexistent/netrc"})


def test_a_login_of_one_host_is_not_anothers(site):
    """Each has a netrc file of its own: who has none in it does not come in on the other's session."""
    url = site.url("search?projects=sandbox&scans=T1&resources=NIFTI&id=scan,experiment")
    site.server.user("bob", password="bob-pw")
    site.server.role("sandbox", "bob", "none")
    with site.host() as first, site.host(settings={"netrc": site.login("bob")}) as second:
        assert first.expand(url)
        assert second.expand(url) == []
        assert {one["user"] for one in site.server.sessions()} == {"alice", "bob"}
    assert site.server.sessions() == []


def test_a_host_that_is_closed_leaves_the_sessions_of_another(site):
    url = site.url("search?projects=sandbox&scans=T1&resources=NIFTI")
    with site.host() as first:
        with site.host() as second:
            assert second.expand(url)
        assert len(site.server.sessions("alice")) == 1
        assert first.expand(url)
        assert len([one for one in site.server.log() if one["auth"] == "basic"]) == 1
    assert site.server.sessions() == []


def test_a_hundred_hosts_one_after_another_and_sixteen_at_once(site):
    """The plugin keeps sixteen tables for ever: those of closed hosts are used again."""
    for _ in range(100):
        with site.host() as host:
            assert host.check(site.url("projects/sandbox/resources/X")).levels
    hosts = []
    try:
        with pytest.raises(ioplug.PluginError, match="sixteen"):
            for _ in range(17):
                hosts.append(site.host())
        assert len(hosts) >= 8
    finally:
        for host in hosts:
            host.close()


def test_callbacks_live_as_long_as_they_may_be_called(site, tmp_path):
    """Everything that nobody holds is collected while C is at work, and after the host is gone."""
    reports = []

    def progress(report):
        gc.collect()
        reports.append(report)

    logger, lines = logger_with_lines("test.gc")
    host = site.host(logger=logger)
    gc.collect()
    item = host.expand(site.url("search?projects=sandbox&scans=T1&resources=DICOM"))[0]
    host.fetch(item.url, tmp_path / "out", progress=progress)
    host.close()
    del host
    gc.collect()
    with site.host() as again:
        count = len(lines)
        assert again.expand(item.url)
    assert reports and len(lines) == count


def test_what_a_log_filter_raises_is_not_lost(plugins):
    """The operation goes on; the exception comes out when it has ended."""
    class Broken(logging.Filter):
        def filter(self, record):
            raise ZeroDivisionError("in the filter")

    logger, _ = logger_with_lines("test.broken")
    with ioplug.Host(plugins / "fault.so", logger=logger) as host:
        broken = Broken()
        logger.addFilter(broken)
        with pytest.raises(ZeroDivisionError, match="in the filter"):
            host.expand("fault://log")
        logger.removeFilter(broken)
        assert len(host.expand("fault://log")) == 1


def test_a_host_that_is_forgotten_is_a_warning_and_can_be_had_again(plugins):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for _ in range(40):
            ioplug.Host(plugins / "file.so").expand("file:///etc/hosts")
            gc.collect()
    assert len([one for one in seen if one.category is ResourceWarning and "never closed" in str(one.message)]) == 40


def test_context_variables_are_those_of_the_caller(file_host, tmp_path):
    variable = contextvars.ContextVar("variable", default="none")
    variable.set("the caller's")
    seen = []
    file_host.fetch("file:///etc/hosts", tmp_path / "hosts", progress=lambda _: seen.append(variable.get()))
    assert set(seen) == {"the caller's"}


def test_a_shared_host_is_one_and_another_once_it_was_closed(plugins):
    one = ioplug.shared_host(plugins / "file.so", {"chunk_delay": 0})
    other = ioplug.shared_host(plugins / "file.so")
    assert ioplug.shared_host(plugins / "file.so", {"chunk_delay": "0"}) is one and one is not other
    one.close()
    again = ioplug.shared_host(plugins / "file.so", {"chunk_delay": 0})
    assert again is not one and not again.closed and not other.closed
    again.close()
    other.close()
