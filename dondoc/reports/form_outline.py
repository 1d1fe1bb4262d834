"""A report's form as a Word outline: each place to fill in is a content control, read back by its field's tag."""

import zipfile
from pathlib import Path
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from lxml import etree

from dondoc.reports.form_file import Filled, NoForm, Sheet, Whose, whose_of

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MOST_BYTES, _MOST_UNPACKED = 10_000_000, 20_000_000
_MOST_CONTROLS, _LONGEST = 500, 100_000
_HINT = "Bấm vào đây để nhập"
_CODE = "dondoc"
_WIDTHS = (4.6, 5.3, 2.2, 2.2, 1.7)  # centimetres, of the table of figures


def write_outline(sheet: Sheet, path: Path) -> None:
    """Write the outline of one report with its unit, clause, last figures and signature block, to be filled in."""
    document = docx.Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin, page.right_margin, page.top_margin, page.bottom_margin = Cm(3), Cm(2), Cm(2), Cm(2)
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(13)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Times New Roman")
    _line(document, sheet.unit_name.upper(), bold=True)
    _line(document, "BÁO CÁO", bold=True, middle=True)
    _line(document, f"{sheet.title}{f', {sheet.period}' if sheet.period else ''}", bold=True, middle=True)
    for text in (sheet.basis, f"Thời hạn: {sheet.until}", f"Nơi nhận: {sheet.receivers}"):
        _line(document, text)
    names = {f"part-{each}": sheet.sections[each] for each in sheet.form.sections} or {"text": "Nội dung báo cáo"}
    for n, (field, name) in enumerate(names.items(), 1):
        _line(document, f"{n}. {name}", bold=True)
        document.element.body.insert(-1, _block(field, name, sheet.filled.get(field, "")))
    if sheet.form.figures:
        _line(document, f"{len(names) + 1}. Số liệu theo chỉ tiêu của kế hoạch", bold=True)
        _control(document.add_paragraph("Số liệu tính đến ngày: "), "as_of", "Ngày", sheet.filled.get("as_of", ""))
        _figures(document, sheet)
    signed = document.add_paragraph("Văn bản số: ")
    _control(signed, "number", "Số, ký hiệu", sheet.filled.get("number", ""))
    signed.add_run("; ngày ký: ")
    _control(signed, "date", "Ngày ký", sheet.filled.get("date", ""))
    _line(document, "THỦ TRƯỞNG CƠ QUAN, ĐƠN VỊ", bold=True, right=True)
    signer = document.add_paragraph()
    signer.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _control(signer, "signer", "Người ký", sheet.filled.get("signer", ""))
    code = document.add_paragraph("Mã biểu mẫu (không sửa): ")
    code.runs[0].font.size = Pt(8)
    _control(code, _CODE, "Mã biểu mẫu", sheet.whose.code, locked=True)
    document.save(str(path))


def _figures(document: Any, sheet: Sheet) -> None:
    table = document.add_table(rows=1, cols=5)
    table.style, table.autofit = "Table Grid", False
    for cell, text in zip(table.rows[0].cells, ("Chỉ tiêu", "Kế hoạch nêu", "Kỳ trước", "Giá trị", "Ước"), strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = Cm(width)
    for figure in sheet.form.figures:
        cells = table.add_row().cells
        told = (
            f"{figure.label} ({sheet.units[figure.slug]})",
            sheet.targets[figure.slug],
            sheet.last.get(figure.slug, ""),
        )
        for cell, text in zip(cells, told, strict=False):
            cell.paragraphs[0].add_run(text)
        _control(
            cells[3].paragraphs[0], f"figure-{figure.slug}", figure.label, sheet.filled.get(f"figure-{figure.slug}", "")
        )
        estimate = "x" if sheet.filled.get(f"estimate-{figure.slug}") else ""
        _control(cells[4].paragraphs[0], f"estimate-{figure.slug}", f"Ước: {figure.label}", estimate, hint=" ")
        for cell, width in zip(cells, _WIDTHS, strict=True):
            cell.width = Cm(width)
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(11)


def _line(document: Any, text: str, *, bold: bool = False, middle: bool = False, right: bool = False) -> None:
    paragraph = document.add_paragraph()
    paragraph.add_run(text).bold = bold
    paragraph.paragraph_format.space_after = Pt(4)
    if middle or right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if middle else WD_ALIGN_PARAGRAPH.RIGHT


def _control(paragraph: Any, tag: str, name: str, text: str, *, hint: str = _HINT, locked: bool = False) -> None:
    """Put a place for a few words into a line."""
    sdt, content = _sdt(tag, name, shown_hint=not text, locked=locked, lines=False)
    content.append(_run(text or hint, soft=not text))
    paragraph._p.append(sdt)


def _block(tag: str, name: str, text: str) -> Any:
    """Return a place for paragraphs."""
    sdt, content = _sdt(tag, name, shown_hint=not text, locked=False, lines=True)
    for line in (text or _HINT).split("\n"):
        paragraph = OxmlElement("w:p")
        paragraph.append(_run(line, soft=not text))
        content.append(paragraph)
    return sdt


def _sdt(tag: str, name: str, *, shown_hint: bool, locked: bool, lines: bool) -> tuple[Any, Any]:
    sdt, about, content = OxmlElement("w:sdt"), OxmlElement("w:sdtPr"), OxmlElement("w:sdtContent")
    said = [("w:alias", name[:64]), ("w:tag", tag[:64]), ("w:lock", "sdtContentLocked" if locked else "sdtLocked")]
    for key, value in said:
        part = OxmlElement(key)
        part.set(qn("w:val"), value)
        about.append(part)
    if shown_hint:
        about.append(OxmlElement("w:showingPlcHdr"))
    if not lines:
        about.append(OxmlElement("w:text"))
    sdt.append(about)
    sdt.append(content)
    return sdt, content


def _run(text: str, *, soft: bool) -> Any:
    run, words = OxmlElement("w:r"), OxmlElement("w:t")
    if soft:
        about, colour = OxmlElement("w:rPr"), OxmlElement("w:color")
        colour.set(qn("w:val"), "767676")
        about.append(colour)
        run.append(about)
    words.set(qn("xml:space"), "preserve")
    words.text = text
    run.append(words)
    return run


def read_outline(path: Path) -> Filled:
    """Return what a filled outline says. Raises `NoForm` for a document that is none of ours, or not to be opened."""
    root = _root(path)
    whose: Whose | None = None
    fields: dict[str, str] = {}
    places: dict[str, str] = {}
    for sdt in root.iter(f"{_W}sdt"):
        tag = sdt.find(f"{_W}sdtPr/{_W}tag")
        if tag is None or len(fields) > _MOST_CONTROLS:
            continue
        field, text = str(tag.get(f"{_W}val", "")), _text(sdt)
        if field == _CODE:
            whose = whose_of(text)
        elif field in fields:
            continue  # a control inside a control of its own kind
        else:
            name = sdt.find(f"{_W}sdtPr/{_W}alias")
            fields[field] = text
            places[field] = f"mục “{name.get(f'{_W}val')}”" if name is not None else f"ô “{field}”"
    if whose is None:
        raise NoForm
    return Filled(whose, fields, places)


def _root(path: Path) -> Any:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise NoForm
        with zipfile.ZipFile(path) as archive:
            part = archive.getinfo("word/document.xml")
            if part.file_size > _MOST_UNPACKED:
                raise NoForm("word/document.xml mở ra quá lớn")
            with archive.open(part) as stream:
                content = stream.read(_MOST_UNPACKED + 1)
    except (OSError, zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise NoForm from error
    if len(content) > _MOST_UNPACKED or b"<!DOCTYPE" in content[:65_536].replace(b"\0", b""):
        raise NoForm("tệp Word khai báo kiểu tài liệu lạ hoặc quá lớn")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise NoForm from error


def _text(sdt: Any) -> str:
    """The words of a control, one line for each paragraph; a hint that still stands there is none."""
    if sdt.find(f"{_W}sdtPr/{_W}showingPlcHdr") is not None:
        return ""
    content = sdt.find(f"{_W}sdtContent")
    if content is None:
        return ""
    blocks = list(content.iter(f"{_W}p")) or [content]
    said = "\n".join("".join(_letters(block)) for block in blocks)[:_LONGEST].strip()
    return "" if said == _HINT else said


def _letters(block: Any) -> list[str]:
    found = []
    for each in block.iter(f"{_W}t", f"{_W}tab", f"{_W}br"):
        found.append(each.text or "" if each.tag == f"{_W}t" else "\t" if each.tag == f"{_W}tab" else "\n")
    return found
