# SPDX-License-Identifier: Apache-2.0
"""What a server is taken to charge, in four profiles: three guesses, each with its reason, and what was measured on one
real server. A figure must hold in all of them. Latency is that of the row, where the row is about latency, else that of
the profile."""

# Every cost that the stand-in knows, and how it reads; none, unless a profile says so.
COSTS = {"login_ms": "{} ms for a login", "write_ms": "{} ms for a write",
         "catalog_us_per_file": "{} us for each file of a catalog", "list_us_per_file": "{} us more in a list",
         "archive_us_per_file": "{} us more in an archive", "bulk_ms": "{} ms for a query of sessions",
         "bulk_us_per_row": "{} us for each row of a bulk query", "bulk_us_per_number": "{} us more with numbers",
         "disk_mb_per_s": "{} MB/s from disk",
         "archive_mb_per_s": "{} MB/s into an archive", "deflate_mb_per_s": "{} MB/s with compression"}


class Profile:
    """Costs by the names of the stand-in's settings, and why they are what they are."""

    def __init__(self, name, why, latency_ms, **costs):
        self.name, self.why, self.latency_ms = name, why, latency_ms
        self.costs = {**dict.fromkeys(COSTS, 0), **costs}

    def apply(self, server, latency_ms=None):
        """Makes a running server charge this."""
        server.set(latency_ms=self.latency_ms if latency_ms is None else latency_ms, **self.costs)

    def describe(self):
        return ", ".join([f"{self.latency_ms} ms latency"] + [COSTS[name].format(cost)
                                                              for name, cost in self.costs.items() if cost])


PROFILES = {profile.name: profile for profile in (
    Profile("fast-disk", "a server beside the client with local flash: an XML entry is parsed in some microseconds by "
            "a warm virtual machine, a row is a join in memory, and a checksum runs at nearly the speed of the disk",
            latency_ms=1, catalog_us_per_file=5, bulk_us_per_row=10, disk_mb_per_s=1000),
    Profile("network-file-system", "the usual hospital or university: the archive on a file server behind gigabit "
            "Ethernet, which bounds what is read for a checksum and makes each catalog a remote read",
            latency_ms=5, catalog_us_per_file=20, bulk_us_per_row=20, disk_mb_per_s=110),
    Profile("slow-server", "a small virtual machine, used from another building: parsing and queries cost ten times as "
            "much as on good hardware, and the shared disk gives what others leave",
            latency_ms=20, catalog_us_per_file=50, bulk_us_per_row=100, disk_mb_per_s=40),
    Profile("measured", "XNAT 1.8.11 as it was measured, asked one thing at a time: two cores, a fast disk, PostgreSQL "
            "beside it and the client on the same machine; a password's digest is slow on purpose",
            latency_ms=1, login_ms=250, write_ms=70, catalog_us_per_file=22, list_us_per_file=23,
            archive_us_per_file=48, bulk_ms=9, bulk_us_per_row=10, bulk_us_per_number=5,
            disk_mb_per_s=1300, archive_mb_per_s=530, deflate_mb_per_s=45))}
