"""From whatever a phone sends to two plain JPEGs that say nothing but what they show. The home of Pillow."""

import warnings
from io import BytesIO
from typing import Final, NamedTuple

from PIL import Image, UnidentifiedImageError

FULL_PX: Final = 1_600  # the longer side: enough to recognise a car, and a third of a megabyte
SMALL_PX: Final = 320
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_QUALITY: Final = {FULL_PX: 82, SMALL_PX: 75}

# EXIF 2.32, section 4.6.4: what undoes each orientation. Only that one number is read: ImageOps.exif_transpose packs
# all tags anew, and fails on what strangers wrote there.
_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Image.MAX_IMAGE_PIXELS = None  # `prepare` is told how many, and asks before it decodes
warnings.filterwarnings("ignore", module="PIL")  # about what strangers send: it is taken, or refused


class NotAPicture(ValueError):
    """It is none, is damaged, or has more pixels than are taken."""


class Prepared(NamedTuple):
    """Two JPEGs, and the measures of the larger in pixels."""

    full: bytes
    small: bytes
    width: int
    height: int


def prepare(data: bytes, max_pixels: int) -> Prepared:
    """Decode, turn upright, shrink and encode anew: no metadata survives, for only pixels are carried over.

    Takes up to a second of one core and three bytes for each pixel. Raises NotAPicture.
    """
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as given:
            if given.width * given.height > max_pixels:
                raise NotAPicture(f"it has {given.width} × {given.height} pixels; send it with fewer")
            given.draft("RGB", (FULL_PX, FULL_PX))  # decodes a JPEG at half or a quarter: far faster
            turn = _TURNS.get(given.getexif().get(_ORIENTATION, 1))
            full = _plain(given)
            full = full if turn is None else full.transpose(turn)
    except NotAPicture:
        raise
    except UnidentifiedImageError as error:
        raise NotAPicture("this is no JPEG, PNG or WebP") from error
    except Exception as error:  # Pillow raises almost anything about what is damaged
        raise NotAPicture("this picture is damaged") from error
    small = full.copy()
    small.thumbnail((SMALL_PX, SMALL_PX))
    return Prepared(_jpeg(full, FULL_PX), _jpeg(small, SMALL_PX), full.width, full.height)


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone, on white where they are transparent, no longer than FULL_PX on either side."""
    image.thumbnail((FULL_PX, FULL_PX))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def _jpeg(image: Image.Image, size_px: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=_QUALITY[size_px], optimize=True, progressive=True)
    return out.getvalue()
