"""Documents that are damaged or meant to hurt, made from whole ones with a generator.

Most take a whole report and break it somewhere: the deeper a mutant gets before it fails, the
more it tries. Some are built to take time or memory out of proportion to their size.
"""

import io
import re
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.random import Generator
from PIL import Image as Pillow

Mutation: TypeAlias = Callable[[bytes, Generator], bytes]

_EXTREMES: Final = (
    *(b"0", b"-1", b"1", b"0.00001", b"-0.5", b"32768", b"65536", b"16777217"),
    *(b"2147483647", b"-2147483648", b"4294967296", b"9223372036854775808", b"1e38", b"9" * 400),
)
"""Where fields of 15, 24, 31, 32 and 63 bits and floats of 32 and 64 end."""

_BOMB_BYTES: Final = 1 << 28
"""Unpacked; deflate makes a quarter of a megabyte of it, deflate again a few hundred bytes."""

_NUMBER: Final = re.compile(rb"(?<![\w.#/])-?\d+(?:\.\d+)?(?![\w.])")
_REFERENCE: Final = re.compile(rb"\b\d+ 0 R\b")
_BOX: Final = re.compile(rb"/MediaBox\s*\[[^\]]*\]")
_STREAM: Final = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to make a mutant.

    Attributes:
        name: What it is called.
        suffixes: Of the documents that it takes.
        mutate: Makes it.
        bomb: Whether it is built to take more memory than a process may have.
    """

    name: str
    suffixes: tuple[str, ...]
    mutate: Mutation
    bomb: bool = False


def load_sources(reports: Path) -> dict[str, tuple[bytes, ...]]:
    """Whole documents by suffix: the drawn reports, and one page of them as a JPEG.

    Scans are few, because reading one takes as long as ten digital reports.
    """
    digital = [path.read_bytes() for path in sorted(reports.glob("*/source.pdf"))]
    scans = [(reports / "kuancheng_2020" / f"scan_{name}.pdf") for name in ("light", "turned")]
    page = (reports / "kuancheng_2020" / "page_2.png").read_bytes()
    return {
        ".pdf": (*digital, *(path.read_bytes() for path in scans)),
        ".png": (page,),
        ".tif": ((reports / "kuancheng_2020" / "scan.tif").read_bytes(),),
        ".jpg": (_as_jpeg(page),),
    }


def mutate(
    sources: Mapping[str, Sequence[bytes]], number: int, seed: int
) -> tuple[Kind, str, bytes]:
    """Make a mutant, the same for the same number and seed.

    Returns:
        How it was made, the suffix of its name, its bytes.
    """
    generator = np.random.default_rng((seed, number))
    kind = KINDS[number % len(KINDS)]
    suffix = kind.suffixes[int(generator.integers(len(kind.suffixes)))]
    documents = sources[suffix]
    return kind, suffix, kind.mutate(documents[int(generator.integers(len(documents)))], generator)


def _as_jpeg(png: bytes) -> bytes:
    written = io.BytesIO()
    with Pillow.open(io.BytesIO(png)) as page:
        page.convert("L").save(written, "JPEG", quality=60)
    return written.getvalue()


def _flip_bits(source: bytes, generator: Generator) -> bytes:
    damaged = np.frombuffer(source, dtype=np.uint8).copy()
    count = int(2 ** generator.uniform(0, 8))
    places = generator.integers(len(damaged), size=count)
    damaged[places] ^= np.uint8(1) << generator.integers(8, size=count).astype(np.uint8)
    return damaged.tobytes()


def _flip_header(source: bytes, generator: Generator) -> bytes:
    """What a decoder trusts stands in the first bytes."""
    length = int(generator.integers(16, 1024))
    return _flip_bits(source[:length], generator) + source[length:]


def _truncate(source: bytes, generator: Generator) -> bytes:
    return source[: generator.integers(len(source))]


def _splice(source: bytes, generator: Generator) -> bytes:
    """Copy a piece of the document over another, leave one out, or put zeros over it."""
    start, end = sorted(generator.integers(len(source), size=2))
    end = min(end, start + 20_000)
    there = int(generator.integers(len(source)))
    piece = (source[there : there + end - start], b"", b"\0" * (end - start))
    return source[:start] + piece[generator.integers(len(piece))] + source[end:]


def _put_extremes(source: bytes, generator: Generator) -> bytes:
    """Replace numbers of a PDF's objects."""
    return _replace_some(_NUMBER, source, generator, lambda: _extreme(generator))


def _put_extremes_in_streams(source: bytes, generator: Generator) -> bytes:
    """Replace numbers of what is drawn on a page: coordinates, sizes of type, matrices."""

    def unpack(found: re.Match[bytes]) -> bytes:
        try:
            drawn = zlib.decompress(found[1])
        except zlib.error:
            return found[0]
        changed = _replace_some(_NUMBER, drawn, generator, lambda: _extreme(generator))
        return b"stream\n" + zlib.compress(changed) + b"\nendstream"

    return _STREAM.sub(unpack, source)


def _turn_references(source: bytes, generator: Generator) -> bytes:
    """Let objects refer to others, to themselves and round in loops."""
    count = source.count(b" 0 obj") + 2

    def other() -> bytes:
        return b"%d 0 R" % generator.integers(count)

    return _replace_some(_REFERENCE, source, generator, other)


def _enlarge_boxes(source: bytes, generator: Generator) -> bytes:
    def box() -> bytes:
        edges = b" ".join(_extreme(generator) for _ in range(4))
        unit = b"/UserUnit " + _extreme(generator) if generator.random() < 0.3 else b""
        return b"/MediaBox[%b]%b/Rotate %d" % (edges, unit, 90 * generator.integers(-9, 9))

    return _BOX.sub(lambda _: box(), source)


def _replace_some(
    pattern: re.Pattern[bytes],
    source: bytes,
    generator: Generator,
    make: Callable[[], bytes],
) -> bytes:
    """Replace one place, a few, or a tenth of all."""
    places = [found.span() for found in pattern.finditer(source)]
    few = min(len(places), int(generator.choice((1, 3, 10, len(places) // 10 + 1))))
    chosen = sorted(generator.choice(len(places), few, replace=False)) if places else []
    parts, done = [], 0
    for start, end in (places[number] for number in chosen):
        parts += [source[done:start], make()]
        done = end
    return b"".join((*parts, source[done:]))


def _extreme(generator: Generator) -> bytes:
    return _EXTREMES[generator.integers(len(_EXTREMES))]


def _nest_bomb(_source: bytes, generator: Generator) -> bytes:
    """A page whose content is zeros, spaces, lines or letters, deflated again and again."""
    times = int(generator.integers(1, 4))
    unit = (b"\0", b" ", b"0 0 m 9 9 l S ", b"q ", b"BT /F 9 Tf (1) Tj ET ")[generator.integers(5)]
    size = int(_BOMB_BYTES * (0.001, 0.03, 1)[generator.integers(3)])
    packer = zlib.compressobj(9)
    block = unit * (1_000_000 // len(unit))
    packed = b"".join(packer.compress(block) for _ in range(size // len(block) + 1))
    packed += packer.flush()
    for _ in range(times - 1):
        packed = zlib.compress(packed, 9)
    filters = b"[" + b"/FlateDecode" * times + b"]"
    content = b"<</Length %d/Filter%b>>stream\n%b\nendstream" % (len(packed), filters, packed)
    return _write_pdf(content, b"<<>>")


def _image_bomb(_source: bytes, generator: Generator) -> bytes:
    """A page with an image that says it is larger than it is, or is as large as it says."""
    width, height = _size(generator), _size(generator)
    packed = zlib.compress(b"\0" * 10_000_000, 9)
    image = (
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray"
        b"/BitsPerComponent %d/Filter/FlateDecode/Length %d>>stream\n%b\nendstream"
    ) % (width, height, (1, 8, 16, 0, 32)[generator.integers(5)], len(packed), packed)
    draw = b"q 595 0 0 842 0 0 cm /X Do Q"
    return _write_pdf(
        b"<</Length %d>>stream\n%b\nendstream" % (len(draw), draw),
        b"<</XObject<</X 5 0 R>>>>",
        image,
    )


def _loop(_source: bytes, generator: Generator) -> bytes:
    """Forms that draw themselves, page trees that hold themselves, arrays without a floor."""
    draw = b"/X Do " * int(generator.integers(1, 40))
    content = b"<</Length %d>>stream\n%b\nendstream" % (len(draw), draw)
    form = (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</X %d 0 R>>>>"
        b"/Length %d>>stream\n%b\nendstream"
    )
    once = form % (6, len(draw), draw)
    again = form % (5, len(draw), draw)
    document = _write_pdf(content, b"<</XObject<</X 5 0 R>>>>", once, again)
    turn = generator.integers(4)
    if turn == 1:
        return document.replace(b"/Kids[3 0 R]", b"/Kids[2 0 R 3 0 R 2 0 R]")
    if turn == 2:
        depth = int(10 ** generator.uniform(2, 6))
        return document.replace(b"/Kids[", b"/Deep " + b"[" * depth + b"]" * depth + b"/Kids[")
    if turn == 3:
        return document.replace(b"/Count 1", b"/Count " + _extreme(generator))
    return document


def _write_pdf(content: bytes, resources: bytes, *more: bytes) -> bytes:
    """A PDF with one page; `more` are its objects 5, 6, …"""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources %b>>"
        % resources,
        content,
        *more,
    )
    body = b"".join(
        b"%d 0 obj\n%b\nendobj\n" % (n, each) for n, each in enumerate(objects, start=1)
    )
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R/Size %d>>\n%%%%EOF" % (len(objects) + 1)


def _lie_in_png(source: bytes, generator: Generator) -> bytes:
    """Other width, height, depth, colours or interlacing, under a right checksum."""
    place = int(generator.choice((0, 4, 8, 9, 10, 11, 12)))
    header = bytearray(source[16:29])
    if place < 8:
        header[place : place + 4] = struct.pack(">I", _size(generator))
    else:
        header[place] = int(generator.integers(256))
    return source[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + source[33:]


def _lie_in_jpeg(source: bytes, generator: Generator) -> bytes:
    """Other height or width in the frame's header."""
    start = re.search(rb"\xff[\xc0-\xc2]", source)
    if start is None:
        return source
    place = start.end() + 3 + 2 * int(generator.integers(2))
    return source[:place] + struct.pack(">H", _size(generator) % 65_536) + source[place + 2 :]


_TIFF_PARTS: Final = ((0, "<H", 2**16), (2, "<H", 2**16), (4, "<I", 2**32), (8, "<I", 2**32))
"""Tag, type, count and value of an entry: where they stand in it and how they are written."""


def _lie_in_tiff(source: bytes, generator: Generator) -> bytes:
    """Another tag, type, count or value in a directory, or a directory that follows itself."""
    lies = bytearray(source)
    (start,) = struct.unpack_from("<I", source, 4)
    (count,) = struct.unpack_from("<H", source, start)
    entry = start + 2 + 12 * int(generator.integers(count + 1))
    if entry == start + 2 + 12 * count:
        struct.pack_into("<I", lies, entry, int(generator.choice((start, 0, 8, len(source)))))
    else:
        offset, part, limit = _TIFF_PARTS[generator.integers(len(_TIFF_PARTS))]
        struct.pack_into(part, lies, entry + offset, _size(generator) % limit)
    return bytes(lies)


def _size(generator: Generator) -> int:
    return int(generator.choice((0, 1, 7, 255, 65_535, 2**20, 2**31 - 1, 2**31, 2**32 - 1)))


_PDF: Final = (".pdf",)
_IMAGES: Final = (".png", ".tif", ".jpg")
_ANY: Final = (*_PDF, *_PDF, *_PDF, *_IMAGES)
"""As many PDFs as images."""

KINDS: Final = (
    Kind("bit flips", _ANY, _flip_bits),
    Kind("bit flips in the head", _ANY, _flip_header),
    Kind("truncation", _ANY, _truncate),
    Kind("splices", _ANY, _splice),
    Kind("extreme numbers", _PDF, _put_extremes),
    Kind("extreme drawing", _PDF, _put_extremes_in_streams),
    Kind("references turned", _PDF, _turn_references),
    Kind("huge boxes", _PDF, _enlarge_boxes),
    Kind("nested bombs", _PDF, _nest_bomb, bomb=True),
    Kind("huge images", _PDF, _image_bomb, bomb=True),
    Kind("loops", _PDF, _loop, bomb=True),
    Kind("PNG header", (".png",), _lie_in_png),
    Kind("JPEG header", (".jpg",), _lie_in_jpeg),
    Kind("TIFF directory", (".tif",), _lie_in_tiff),
)
