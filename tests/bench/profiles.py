# SPDX-License-Identifier: Apache-2.0
"""What a server is taken to charge, in three profiles. How large these costs are on real servers is not known; each
profile is a guess with its reason, and a figure must hold in all of them. Latency is that of the row, where the row is
about latency, else that of the profile."""


class Profile:
    """Costs by the names of the stand-in's settings, and why they are what they are."""

    def __init__(self, name, why, latency_ms, catalog_us_per_file, bulk_us_per_row, disk_mb_per_s):
        self.name, self.why, self.latency_ms = name, why, latency_ms
        self.costs = {"catalog_us_per_file": catalog_us_per_file, "bulk_us_per_row": bulk_us_per_row,
                      "disk_mb_per_s": disk_mb_per_s}

    def apply(self, server, latency_ms=None):
        """Makes a running server charge this."""
        server.set(latency_ms=self.latency_ms if latency_ms is None else latency_ms, **self.costs)

    def describe(self):
        costs = self.costs
        return (f"{self.latency_ms} ms latency, {costs['catalog_us_per_file']} us for each file of a catalog, "
                f"{costs['bulk_us_per_row']} us for each row of a bulk query, {costs['disk_mb_per_s']} MB/s from disk")


PROFILES = {profile.name: profile for profile in (
    Profile("fast-disk", "a server beside the client with local flash: an XML entry is parsed in some microseconds by "
            "a warm virtual machine, a row is a join in memory, and a checksum runs at nearly the speed of the disk",
            latency_ms=1, catalog_us_per_file=5, bulk_us_per_row=10, disk_mb_per_s=1000),
    Profile("network-file-system", "the usual hospital or university: the archive on a file server behind gigabit "
            "Ethernet, which bounds what is read for a checksum and makes each catalog a remote read",
            latency_ms=5, catalog_us_per_file=20, bulk_us_per_row=20, disk_mb_per_s=110),
    Profile("slow-server", "a small virtual machine, used from another building: parsing and queries cost ten times as "
            "much as on good hardware, and the shared disk gives what others leave",
            latency_ms=20, catalog_us_per_file=50, bulk_us_per_row=100, disk_mb_per_s=40))}
