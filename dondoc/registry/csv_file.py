"""A CSV file as an office saves it: comments on top, a header, rows; every refusal names line, column and way out."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from dondoc.registry.problems import Problems
from dondoc.registry.record import LIMITS, Columns, Limits, Record, header_fits
from dondoc.registry.text import clean_text


def read_csv(path: Path, columns: Columns, problems: Problems, limits: Limits = LIMITS) -> Iterator[Record]:
    """Yield the rows of a UTF-8 CSV file (with or without BOM; `,`, `;` or tab), blank ones left out.

    Lines that begin with `#` above the header are comments. A file that cannot be read as a whole yields
    nothing more and leaves its reason in `problems`.
    """
    text = _decoded(path, problems, limits)
    if text is None:
        return
    file, lines = path.name, io.StringIO(text, newline="")
    skipped, header = 0, lines.readline()
    while header and (header.startswith("#") or not header.strip()):
        skipped, header = skipped + 1, lines.readline()
    if not header:
        problems.add(file, 0, None, f"is empty; the first line names the columns: {','.join(columns.required)}")
        return
    separator = max(",;\t", key=header.count)
    names = [clean_text(name).lower() for name in next(csv.reader([header], delimiter=separator))]
    if not header_fits(file, skipped + 1, names, columns, problems):
        return
    rows = csv.reader(lines, delimiter=separator, strict=True)
    begins, count = skipped + 2, 0
    try:
        for cells in rows:
            line, begins = begins, skipped + 2 + rows.line_num
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > limits.max_rows:
                problems.add(file, line, None, f"is row {count}, at most {limits.max_rows} are read; split the file")
                return
            if len(cells) != len(names):
                problems.add(
                    file, line, None, f"has {len(cells)} cells, the header names {len(names)}; quote text with commas"
                )
                continue
            yield Record(file, line, dict(zip(names, cells, strict=True)), problems)
    except csv.Error as error:
        problems.add(file, begins, None, f"is no CSV row ({error}); check its quotation marks")


def _decoded(path: Path, problems: Problems, limits: Limits) -> str | None:
    file = path.name
    try:
        with path.open("rb") as stream:
            data = stream.read(limits.max_bytes + 1)
    except OSError as error:
        problems.add(file, 0, None, f"cannot be read: {error.strerror}")
        return None
    if len(data) > limits.max_bytes:
        problems.add(file, 0, None, f"is larger than {limits.max_bytes} bytes; split the file")
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        problems.add(file, 1, None, "is UTF-16 text; save the file as 'CSV UTF-8'")
        return None
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        problems.add(file, line, None, "holds a NUL byte, so this is no text file; save it as 'CSV UTF-8'")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.add(file, line, None, f"byte 0x{data[error.start]:02X} is not UTF-8; save the file as 'CSV UTF-8'")
        return None
