"""Which files are read and where their JSON goes."""

from pathlib import Path, PurePath

import pytest

from service.inputs import InputError, count_inputs, find_inputs


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
