"""An SVG picture as PNG, by resvg: a wheel of 1.4 MB, where CairoSVG needs the system's Cairo and a browser 300 MB."""

from pathlib import Path

from config.errors import Refused

# The second edition; the first lacks 92 of the 146 Vietnamese letters, and DejaVu runs too wide for the labels.
FONTS = Path("/usr/share/fonts/truetype/liberation2")
_ZOOM = 2  # 3,200 pixels across: sharp on A3


class NoFont(Refused):
    """This machine has no font in which a Vietnamese picture could be written; says what to install."""


def fonts_in(folder: Path = FONTS) -> list[str]:
    """Return the fonts a picture is written in. Errors: `NoFont`."""
    files = [folder / f"LiberationSans-{style}.ttf" for style in ("Regular", "Bold")]
    if not all(file.exists() for file in files):
        raise NoFont(
            f"{folder}: a PNG needs this font for its Vietnamese letters; have an administrator run 'apt-get install "
            "fonts-liberation2', or name the picture .svg"
        )
    return list(map(str, files))


def png_of(svg: str) -> bytes:
    """Return a picture as PNG, the same bytes for the same picture. Errors: `NoFont`."""
    import resvg_py

    return resvg_py.svg_to_bytes(svg_string=svg, zoom=_ZOOM, skip_system_fonts=True, font_files=fonts_in())
