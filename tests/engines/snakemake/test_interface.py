# SPDX-License-Identifier: Apache-2.0
"""Snakemake's own test of storage providers, for each kind of object."""
import pytest
from snakemake_interface_storage_plugins.tests import TestStorageBase
from snakemake_storage_plugin_xnat import StorageProvider

import conftest

IMAGE = "projects/sandbox/experiments/subject001_BRAIN/scans/1/resources/NIFTI/files/image.nii.gz"
ASSESSOR = "projects/sandbox/experiments/subject001_BRAIN/assessors/subject001_made"


class Storage(TestStorageBase):
    place = ""

    @pytest.fixture(autouse=True)
    def server(self, site):
        self.site = site
        yield
        self.provider.host.close()
        assert site.server.sessions() == []

    def get_storage_provider_cls(self):
        return StorageProvider

    def get_storage_provider_settings(self):
        return conftest.settings_for(self.site)

    def _get_provider(self, tmp_path):
        self.provider = super()._get_provider(tmp_path)
        return self.provider

    def get_query(self, tmp_path):
        return self.site.url(self.place)

    def get_query_not_existing(self, tmp_path):
        return self.site.url("projects/sandbox/experiments/subject001_BRAIN/scans/1/resources/NIFTI/files/none")


class TestFileAndDirectory(Storage):
    __test__ = True
    files_only = False
    place = ASSESSOR + "/resources/MADE/files/d/thing?assessor_type=xnat:qcAssessmentData"


class TestResource(Storage):
    __test__ = True
    place = ASSESSOR + "/resources/MADE?assessor_type=xnat:qcAssessmentData"

    def _test_storage(self, tmp_path, directory=False):
        super()._test_storage(tmp_path, directory=True)

    def get_query_not_existing(self, tmp_path):
        return self.site.url("projects/sandbox/experiments/subject001_BRAIN/scans/1/resources/NONE")


class TestRetrieveOnly(Storage):
    __test__ = True
    retrieve_only = True
    place = IMAGE
