# SPDX-License-Identifier: Apache-2.0
"""The paths of universal-pathlib."""
import pytest
from upath import UPath

import conftest
from ioplug.upath import XnatPath

SESSION = "subjects/subject001/experiments/subject001_BRAIN"


@pytest.fixture
def project(site):
    made = UPath(site.url("projects/sandbox"), plugin=str(conftest.PLUGIN), settings={k: str(v) for k, v in site.settings.items()})
    yield made
    made.fs.host.close()


def below(path, found):
    return [str(one.relative_to(path)) for one in found]


@pytest.mark.filterwarnings("error")
def test_paths_are_those_of_servers(project, site):
    assert type(project) is XnatPath and project.name == "sandbox" and project.parent.name == "projects"
    odd = project / "resources/R/files/100%41 a.txt"
    assert str(odd) == odd.as_uri() == site.url("projects/sandbox/resources/R/files/100%2541%20a.txt")
    assert UPath(str(odd), **project.storage_options) == odd and odd.suffix == ".txt"


def test_levels_are_directories(project):
    scan = project / SESSION / "scans/1"
    assert below(scan, scan.iterdir()) == ["resources/DICOM", "resources/NIFTI"]
    assert below(scan, (scan / "resources").iterdir()) == ["resources/DICOM", "resources/NIFTI"]
    assert scan.is_dir() and not (scan / "resources/NONE").exists() and not (project / "subjects/nobody").exists()
    assert below(scan, scan.rglob("*.dcm")) == [f"resources/DICOM/files/000{n}.dcm" for n in (1, 2, 3, 4)]
    with pytest.raises(NotADirectoryError):
        list((scan / "resources/NIFTI/files/image.nii.gz").iterdir())


def test_a_pattern_is_one_search(project, site):
    assert project.exists()
    before = len(site.server.log())
    found = list(project.glob("subjects/*/experiments/*_BRAIN/scans/1/resources/NIFTI/files/*.nii.gz"))
    assert len(found) == 4 and len(site.server.log()) - before <= 4 + 8


def test_files_are_written_read_and_removed(project):
    note = project / "resources/NOTED/files/deep/a note.txt"
    note.write_text("hello")
    assert note.read_text() == "hello" and note.stat().st_size == 5 and note.is_file()
    with pytest.raises(FileExistsError):
        note.write_text("other")
    note.unlink()
    assert not note.exists()
    with pytest.raises(FileNotFoundError):
        note.unlink()
    note.unlink(missing_ok=True)


def test_a_name_that_is_like_a_pattern_is_the_name(project):
    directory = project / "resources/ODD/files"
    for name in ("a[1].txt", "a1.txt", "a?b.txt", "axb.txt", "s*r.txt", "star.txt", "d1/a.txt"):
        (directory / name).write_text(name)
    for name in ("a%5B1%5D.txt", "a%3Fb.txt"):
        # The server has no way to remove it alone.
        with pytest.raises(FileExistsError, match="because of its name"):
            UPath(f"{directory}/{name}", **project.storage_options).unlink()
    (directory / "s*r.txt").unlink()
    for name in ("*1*", "*"):
        with pytest.raises(FileNotFoundError):
            (directory / name).unlink()
    with pytest.raises(IsADirectoryError):
        (directory / "d1").unlink()
    assert sorted(below(directory, directory.rglob("*.txt"))) == \
        ["a1.txt", "a?b.txt", "a[1].txt", "axb.txt", "d1/a.txt", "star.txt"]


def test_a_pattern_goes_through_what_is_below_resources(project):
    session = project / SESSION
    assert below(session, session.glob("scans/*/resources/D*/**/0001.dcm")) == \
        [f"scans/{n}/resources/DICOM/files/0001.dcm" for n in (1, 2, 3, 4)]


def test_what_fails_while_it_is_written_is_not_put(project):
    note = project / "resources/NOTED/files/half.txt"
    with pytest.raises(ZeroDivisionError):
        with note.open("w") as file:
            file.write("half")
            file.write(str(1 // 0))
    assert not note.exists()
