"""What is made of what a phone sends."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps

from realtime.media.pictures import FULL_PX, SMALL_PX, NotAPicture, prepare
from tests.images import GPS_IFD, a_picture

MAX = 50_000_000


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_is_carried_over(kind: str) -> None:
    """R3: no place, no device, no comment."""
    given = a_picture(40, 30, kind)
    assert Image.open(BytesIO(given)).getexif().get_ifd(GPS_IFD)  # else this test would show nothing
    made = prepare(given, MAX)
    for data in (made.full, made.small):
        image = opened(data)
        assert image.format == "JPEG"
        assert len(image.getexif()) == 0
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
        assert b"Anna" not in data
        red, green, blue = image.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
        assert green > 100 > max(red, blue)


def test_large_ones_are_shrunk_and_keep_their_shape() -> None:
    made = prepare(a_picture(3_200, 1_600), MAX)
    assert (made.width, made.height) == opened(made.full).size == (FULL_PX, FULL_PX // 2)
    assert opened(made.small).size == (SMALL_PX, SMALL_PX // 2)
    assert prepare(a_picture(40, 30), MAX)[2:] == (40, 30)


def test_it_is_turned_upright() -> None:
    """EXIF orientation 6: the phone was held upright, and the sensor's left is the picture's top."""
    image = Image.new("RGB", (40, 20), "black")
    image.paste("white", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = BytesIO()
    image.save(out, "JPEG", exif=exif)
    made = opened(prepare(out.getvalue(), MAX).full)
    assert made.size == (20, 40)
    assert made.convert("L").getpixel((10, 5)) > 200 > 50 > made.convert("L").getpixel((10, 35))  # type: ignore[operator]


def test_what_is_transparent_becomes_white() -> None:
    out = BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(out, "PNG")
    assert min(opened(prepare(out.getvalue(), MAX).full).getpixel((4, 4))) > 250  # type: ignore[type-var]


def test_more_pixels_than_are_taken_are_refused_before_they_are_decoded() -> None:
    with pytest.raises(NotAPicture, match="1000 × 1000 pixels"):
        prepare(a_picture(1_000, 1_000), 999_999)


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    """A PNG that says it has 2.5 gigapixels, and whose data are a megabyte of nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = (50_000).to_bytes(4) + (50_000).to_bytes(4) + bytes([8, 2, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
    with pytest.raises(NotAPicture):
        prepare(bomb + chunk(b"IEND", b""), MAX)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
def test_other_kinds_are_refused(kind: str) -> None:
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, kind)
    with pytest.raises(NotAPicture):
        prepare(out.getvalue(), MAX)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # pytest takes our own filter away
@given(data=st.binary(max_size=200) | st.tuples(st.integers(0, 800), st.binary(max_size=60)))
def test_whatever_is_sent_is_a_picture_or_none(data: bytes | tuple[int, bytes]) -> None:
    """Cut off, overwritten or made up: never another error."""
    if isinstance(data, tuple):
        at, junk = data
        whole = a_picture(40, 30)
        data = whole[:at] + junk + whole[at + len(junk) :]
    try:
        made = prepare(data, MAX)
    except NotAPicture:
        return
    assert opened(made.full).size == (made.width, made.height)


def test_odd_tags_are_passed_over() -> None:
    """EXIF in which an entry says that it has four billion values: only the orientation is read."""
    tags = struct.pack("<HHII", 0x0112, 3, 1, 6) + struct.pack("<HHI", 0x0100, 2, 1) + b"\xff" * 4 + b"\0" * 4
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 2) + tags
    out = BytesIO()
    Image.new("RGB", (40, 30)).save(out, "JPEG", exif=exif)
    assert prepare(out.getvalue(), MAX)[2:] == (30, 40)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_is_undone_as_pillow_undoes_it(orientation: int) -> None:
    image = Image.new("RGB", (48, 32), "black")
    image.paste("red", (0, 0, 16, 16))
    image.paste("white", (32, 0, 48, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = BytesIO()
    image.save(out, "JPEG", exif=exif, quality=95)
    wanted = ImageOps.exif_transpose(Image.open(BytesIO(out.getvalue())))
    made = opened(prepare(out.getvalue(), MAX).full)
    assert made.size == wanted.size
    assert ImageChops.difference(made.convert("L"), wanted.convert("L")).getextrema()[1] < 60
