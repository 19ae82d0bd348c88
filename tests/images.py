"""Pictures to send in, made by hand."""

from io import BytesIO

from PIL import Image

GPS_IFD = 0x8825


def a_picture(width: int, height: int, kind: str = "JPEG", colour: str = "green") -> bytes:
    """One of a single colour, with where it was taken in its metadata, as phones write it."""
    image = Image.new("RGB", (width, height), colour)
    exif = Image.Exif()
    exif[0x0110] = "Phone of Anna"
    exif.get_ifd(GPS_IFD)[2] = (59.0, 19.0, 30.0)
    out = BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()
