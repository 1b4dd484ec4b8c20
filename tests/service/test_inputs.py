"""Which files are read and where their JSON goes."""

import os
from pathlib import Path, PurePath

import pytest

from service.inputs import InputError, count_inputs, find_inputs
from service.intake import find_files, open_source


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def outputs(*paths: Path) -> list[PurePath]:
    return [found.output for found in find_inputs(paths)]


def test_folder_is_walked_by_suffix_and_keeps_its_structure(tmp_path: Path) -> None:
    touch(tmp_path / "b" / "x.PDF", tmp_path / "a" / "x.tiff", tmp_path / "x.txt")
    assert outputs(tmp_path) == [PurePath("a/x.json"), PurePath("b/x.json")]


def test_file_named_itself_may_have_any_suffix(tmp_path: Path) -> None:
    touch(tmp_path / "x.scan")
    assert outputs(tmp_path / "x.scan") == [PurePath("x.json")]


def test_files_of_one_folder_that_share_a_stem_keep_their_suffixes(tmp_path: Path) -> None:
    touch(tmp_path / "x.pdf", tmp_path / "x.png", tmp_path / "y.png")
    expected = [PurePath("x.pdf.json"), PurePath("x.png.json"), PurePath("y.json")]
    assert outputs(tmp_path) == expected
    assert outputs(tmp_path / "x.pdf", tmp_path / "x.png", tmp_path / "y.png") == expected


def test_file_whose_stem_is_the_name_of_another_keeps_its_suffix(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.pdf", "a.pdf.tif", "a.png")]
    touch(*paths)
    expected = [PurePath(f"{path.name}.json") for path in paths]
    assert outputs(tmp_path) == outputs(*paths) == expected
    touch(*(tmp_path / "b" / path.name for path in paths))
    twice = [*paths, *(tmp_path / "b" / path.name for path in paths)]
    assert count_inputs(twice) == len(set(outputs(*twice))) == 6


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "x.pdf", tmp_path / "b" / "x.pdf")
    assert outputs(tmp_path / "a" / "x.pdf", tmp_path / "b" / "x.pdf") == [
        PurePath("a/x.json"),
        PurePath("b/x.json"),
    ]


def test_file_given_twice_is_read_once(tmp_path: Path) -> None:
    touch(tmp_path / "x.pdf")
    assert outputs(tmp_path / "x.pdf", tmp_path / "x.pdf") == [PurePath("x.json")]
    assert count_inputs([tmp_path / "x.pdf", tmp_path]) == 1


def test_two_inputs_never_go_to_one_output(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "x.pdf", tmp_path / "b" / "x.pdf")
    with pytest.raises(InputError, match="both be written"):
        count_inputs([tmp_path / "a", tmp_path / "b"])


def test_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="was found"):
        count_inputs([tmp_path])


def test_linked_folders_are_walked_and_nothing_comes_twice(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    touch(root / "b" / "x.pdf", other / "y.pdf")
    (root / "loop").symlink_to(".")
    (root / "a").symlink_to("b")
    (root / "c").symlink_to(other)
    (other / "back").symlink_to(root)
    assert outputs(root) == [PurePath("b/x.json"), PurePath("c/y.json")]
    assert [*find_files(open_source(str(root)))] == ["b/x.pdf", "c/y.pdf"]


def test_folder_that_cannot_be_looked_into_is_not_passed_over(tmp_path: Path) -> None:
    touch(tmp_path / "x.pdf")
    make_too_deep(tmp_path)
    with pytest.raises(OSError, match="too long"):
        count_inputs([tmp_path])
    with pytest.raises(OSError, match="too long"):
        list(find_files(open_source(str(tmp_path))))


def make_too_deep(folder: Path) -> None:
    """Folders in folders until the path is longer than may be asked for, by root either."""
    place = os.open(folder, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=place)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)
