# SPDX-License-Identifier: Apache-2.0
"""URLs with wildcards: their one spelling, local paths that follow them, and what is refused."""
import pytest
from snakemake.io import apply_wildcards
from snakemake_storage_plugin_xnat import StorageProvider
from snakemake_storage_plugin_xnat._queries import Query

SITE = "xnat+https://xnat.example.com:8443/x/data/"


@pytest.mark.parametrize("written, spelled", [
    ("projects/p/resources/R", "projects/p/resources/R"),
    ("archive/projects/p/resources/R/files/", "projects/p/resources/R"),
    ("projects/p/resources/R/files/a%20b%2Bc/d", "projects/p/resources/R/files/a b+c/d"),
    ("projects/p/resources/R/files/%7Bx%7D%25%2F%3f%23", "projects/p/resources/R/files/%7Bx%7D%25%2F%3F%23"),
    ("experiments/{e,[^/?]{3}}/scans/{s}/resources/R/files/{d}/{f}.txt?verify=false",
     "experiments/{e,[^/?]{3}}/scans/{s}/resources/R/files/{d}/{f}.txt?verify=false"),
    ("projects/p/resources/R?assessor_type=xnat:qcAssessmentData&overwrite=false",
     "projects/p/resources/R?assessor_type=xnat:qcAssessmentData&overwrite=false"),
])
def test_one_spelling(written, spelled):
    assert Query.parse(SITE + written).url == SITE + spelled
    assert Query.parse(SITE + spelled).url == SITE + spelled
    assert Query.parse(SITE.replace("xnat+https", "XNAT+HTTPS") + written).url == SITE + spelled


def test_parts():
    query = Query.parse(SITE + "projects/p/subjects/{s}/resources/R/files/d/{f}?verify=false&subject_type=xnat:subjectData")
    assert query.levels == (("projects", "p"), ("subjects", "{s}"), ("resources", "R"))
    assert (query.path, query.server, query.has_wildcards) == ("d/{f}", "xnat.example.com:8443/x", True)
    assert query.above(["p", "S1"]) == SITE + "projects/p/subjects/S1?verify=false"
    assert query.above([]) == "xnat+https://xnat.example.com:8443/x/?verify=false"
    assert query.with_option("overwrite", "true") == query.url + "&overwrite=true"
    refusing = Query.parse(SITE + "projects/p/resources/R?overwrite=false")
    assert refusing.with_option("overwrite", "true") == refusing.url
    assert Query.parse(SITE + "projects/p/resources/R").with_option("overwrite", "true").endswith("/R?overwrite=true")


@pytest.mark.parametrize("value", ["one", "a b", "x/y", "%25", "é", "a+b", "[1]"])
def test_local_paths_follow_wildcards(value):
    """What is put into the URL is read back from the path, and the other way round."""
    query = Query.parse(SITE + "projects/p/experiments/{e}_BRAIN/resources/{r}/files/{f}.txt?verify=false")
    wildcards = {"e": value.replace("/", "_"), "r": "R", "f": value}
    concrete = Query.parse(apply_wildcards(query.url, wildcards))
    assert concrete.suffix == apply_wildcards(query.suffix, wildcards)
    assert concrete.url == apply_wildcards(query.url, wildcards)


def test_a_resource_is_the_directory_of_its_files():
    assert Query.parse(SITE + "projects/p/resources/R/files/a").suffix == Query.parse(SITE + "projects/p/resources/R").suffix + "/a"


@pytest.mark.parametrize("text, words", [
    ("https://xnat.example.com/data/projects/p/resources/R", "xnat+https://"), ("s3://bucket/key", "xnat+https://"),
    ("xnat+https://xnat.example.com/search?projects=p", "glob_wildcards"), ("xnat+https://xnat.example.com/x", "/data/"),
    (SITE + "projects/p", "resource"), (SITE + "projects/p/experiments/e/scans/1", "resource"), (SITE + "resources", "resource"),
    (SITE + "projects//resources/R", "resource"), (SITE + "projects/p/resources/R/a.txt", "/files/"),
    (SITE + "projects/p/resources/R/files/../x", "'..'"), (SITE + "projects/%2e%2e/resources/R", "'..'"),
])
def test_what_is_no_object_is_refused(text, words):
    result = StorageProvider.is_valid_query(text)
    assert not result and words in result.reason


def test_what_only_the_plugin_knows_is_refused_by_the_object(provider, site):
    for rest, words in (("subjects/s/projects/p/resources/R", "projects"), ("projects/p/resources/R?verify=perhaps", "verify")):
        result = provider().object(site.url(rest)).is_valid_query()
        assert not result and words in result.reason
    assert provider().object(site.url("projects/{p}/resources/R")).is_valid_query()
    assert site.server.log() == []
