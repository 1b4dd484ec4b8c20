"""Paths that a person gave → the files to read and where each one's JSON goes.

    FILE.pdf             → OUT/FILE.json
    FOLDER/sub/FILE.pdf  → OUT/sub/FILE.json

Where several files of one folder share a stem, each keeps its suffix
(`FILE.pdf.json`, `FILE.png.json`); where files named one by one do, each first takes
its suffix and, if that does not tell them apart, its folder (`FOLDER/FILE.json`).
So a name depends on what is given and never on what was written before.
"""

import os
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

SUFFIXES: Final = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff"})
"""What is picked up from a folder; a file that is named itself may have any suffix."""


class InputError(Exception):
    """The paths given cannot be read as they stand; nothing has been done yet."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read; `output` is where its JSON goes, relative to the output folder."""

    path: Path
    output: PurePath


def find_inputs(paths: Sequence[Path]) -> Iterator[Input]:
    """Walk the paths given, folders recursively, one folder in memory at a time.

    Args:
        paths: Files and folders; each exists.

    Yields:
        Files named one by one first, in the order given, then those of the folders,
        sorted by name within each folder.

    Raises:
        OSError: A folder cannot be looked into.
    """
    files = list(dict.fromkeys(path.resolve() for path in paths if not path.is_dir()))
    folders = list(dict.fromkeys(path.resolve() for path in paths if path.is_dir()))
    yield from _name_files(files)
    for folder in folders:
        for place, names in walk_folder(folder):
            wanted = [name for name in names if PurePath(name).suffix.lower() in SUFFIXES]
            yield from _name_folder(place, folder, wanted)


def walk_folder(root: Path) -> Iterator[tuple[Path, list[str]]]:
    """Walk a folder, and what is linked into it, each place once.

    Yields:
        Each folder with the names of its files, sorted. Folders that are linked come after
        all others: what lies below the root itself is known by its own path.

    Raises:
        OSError: A folder cannot be looked into.
    """

    def refuse(error: OSError) -> None:
        raise error

    seen: set[tuple[int, int]] = set()
    roots = deque([root])
    while roots:
        for place, below, names in os.walk(roots.popleft(), onerror=refuse):
            folder = Path(place)
            known = folder.stat()
            if (known.st_dev, known.st_ino) in seen:
                below.clear()
                continue
            seen.add((known.st_dev, known.st_ino))
            below.sort()
            roots.extend(path for name in below if (path := folder / name).is_symlink())
            yield folder, sorted(names)


def count_inputs(paths: Sequence[Path]) -> int:
    """Count the files and make sure that no two of them would be written to one place.

    Raises:
        InputError: There is no file to read, or two would write the same output.
        OSError: A folder cannot be looked into.
    """
    if len(paths) == 1:
        count = sum(1 for _ in find_inputs(paths))
    else:
        seen: dict[PurePath, Path] = {}
        for found in find_inputs(paths):
            other = seen.setdefault(found.output, found.path)
            if other != found.path:
                raise InputError(
                    f"{other} and {found.path} would both be written to {found.output};"
                    " read them in two runs with an --out each"
                )
        count = len(seen)
    if count == 0:
        raise InputError(f"no {', '.join(sorted(SUFFIXES))} file was found in the paths given")
    return count


def _name_files(files: Sequence[Path]) -> Iterator[Input]:
    """Give files named one by one the shortest names that tell them apart."""
    ladder: tuple[Callable[[Path], PurePath], ...] = (
        lambda path: PurePath(f"{path.stem}.json"),
        lambda path: PurePath(f"{path.name}.json"),
        lambda path: PurePath(path.parent.name, f"{path.stem}.json"),
        lambda path: PurePath(path.parent.name, f"{path.name}.json"),
    )
    by_stem: defaultdict[str, list[Path]] = defaultdict(list)
    for path in files:
        by_stem[path.stem].append(path)
    names = {path.name for path in files}
    for path in files:
        rivals = by_stem[path.stem]
        # Of a.pdf and a.pdf.tif the latter's stem is the former's name.
        rungs = ladder[1::2] if path.stem in names else ladder
        name = next(
            (rung for rung in rungs if len({rung(rival) for rival in rivals}) == len(rivals)),
            ladder[-1],
        )
        yield Input(path, name(path))


def _name_folder(place: Path, root: Path, names: Sequence[str]) -> Iterator[Input]:
    """Give the files of a folder their stems, or their names where two would get the same."""
    stems = Counter(PurePath(name).stem for name in names)
    taken = set(names)
    for name in names:
        stem = PurePath(name).stem
        # Of a.pdf and a.pdf.tif the latter's stem is the former's name.
        shared = stems[stem] > 1 or stem in taken
        output = place.relative_to(root) / f"{name if shared else stem}.json"
        yield Input(place / name, output)
