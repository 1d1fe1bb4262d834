"""Commands about plan files: check them, begin a new one, write the schema that editors read."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import Refused
from dondoc.cli.edge import FORMAT, answers
from dondoc.cli.inputs import Words, one_line
from dondoc.cli.output import print_json

if TYPE_CHECKING:
    from config.yaml_lines import Problem
    from deadlines.plan_check import Checked, Holds

FILE = Words(400)
_OUT = click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=None,
                    help="Write to this file, which must not exist yet; default: print.")  # fmt: skip


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@click.option("--strict", is_flag=True, help="Notes count as problems.")
@click.option(
    "--text",
    "document",
    metavar="TEXT",
    type=FILE,
    default=None,
    help="The plan's own document, as text: quotations and clauses are compared with it, and clauses with a time that "
    "no entry speaks of are told; default: a file called as FILE that ends in .txt.",
)
@FORMAT
@answers
def check(files: tuple[str, ...], strict: bool, document: str | None, form: str) -> None:
    """Check plan files: every problem at once, each with its line and a way out.

    FILE is a file, or the key of a campaign that ships. Exit code 2 if there is a problem; notes (lưu ý) are
    worth a look and change nothing.
    """
    if document is not None and len(files) > 1:
        raise Refused(f"--text {document}: belongs to one plan; check one file at a time")
    from config.plan import PlanError, plan_text
    from deadlines.calendar import vietnam
    from deadlines.plan_check import check_plan

    rows: list[dict[str, Any]] = []
    wrong = False
    for word in files:
        path = plan_file(word)
        beside = _document(path, document)
        if beside is not None and beside.resolve() == path.resolve():
            raise Refused(f"--text {document}: is the plan file itself; name the plan's document, as text")
        try:
            checked = check_plan(plan_text(path), vietnam(), plan_text(beside) if beside else None)
        except PlanError as error:
            checked, wrong = None, True
            rows += [{"file": path.name, "line": None, "level": "problem", "text": text} for text in error.problems]
        if checked is not None:
            wrong = wrong or bool(checked.problems) or (strict and bool((*checked.notes, *_other_name(path, checked))))
            rows += _told(path, checked, strict, beside)
    if form == "json":
        print_json(rows)
    else:
        for row in rows:
            click.echo(one_line(_line(row)), err=row["level"] == "problem")
    if wrong:
        sys.exit(2)


def _document(path: Path, named: str | None) -> Path | None:
    """Where a plan's document stands: the file named, or one beside the plan file that is called the same."""
    beside = path.with_suffix(".txt")
    return Path(named) if named else beside if beside.is_file() else None


def _told(path: Path, checked: "Checked", strict: bool, document: Path | None) -> list[dict[str, Any]]:
    """Return what is said of one file: problems and notes in its order, or what it holds."""
    name, quiet = path.name, (*checked.notes, *_other_name(path, checked))
    found: list[tuple[Problem, str]] = [
        *((problem, "problem") for problem in checked.problems),
        *((note, "problem" if strict else "note") for note in quiet),
    ]
    rows: list[dict[str, Any]] = [
        {"file": name, "line": problem.line, "level": level, "text": problem.text}
        for problem, level in sorted(found, key=lambda each: each[0].line)
    ]
    if checked.holds is not None and not any(level == "problem" for _, level in found):
        text = _holds(checked.holds, len(quiet), document.name if document else None)
        rows.append({"file": name, "line": None, "level": "summary", "text": text})
    return rows


def _other_name(path: Path, checked: "Checked") -> "list[Problem]":
    """A campaign is looked up by its key, so its file is called the same."""
    from config.yaml_lines import Problem

    key = checked.key
    if key is None or key[0] == path.stem:
        return []
    return [Problem(key[1], f"key '{key[0]}' differs from the file's name; call the file '{key[0]}.yaml'", note=True)]


def _holds(holds: "Holds", notes: int, document: str | None = None) -> str:
    beside = f"đã đối chiếu với {document}" if document else "chưa đối chiếu với văn bản: thêm --text"
    waiting = f"{len(holds.conditional)} nhiệm vụ chờ quyết định trước ({', '.join(holds.conditional)}); "
    waits = waiting if holds.conditional else ""
    targets = f"{holds.indicators} chỉ tiêu; " if holds.indicators else ""
    quiet = f", {notes} lưu ý" if notes else ""
    return (
        f"{holds.duties} nhiệm vụ ({holds.dated} có thời hạn, {holds.undated} chưa ấn định), {holds.rows} dòng "
        f"theo kỳ, {holds.first_year}–{holds.last_year}; {targets}{waits}không có lỗi{quiet}; {beside}"
    )


def _line(row: dict[str, Any]) -> str:
    if row["level"] == "problem" and row["line"] is None:
        return str(row["text"])  # a file that cannot be read; the text begins with its name
    place = f"{row['file']}: line {row['line']}" if row["line"] else str(row["file"])
    return f"{place}: {'lưu ý: ' if row['level'] == 'note' else ''}{row['text']}"


@click.command()
@click.argument("key")
@_OUT
@answers
def new(key: str, output: Path | None) -> None:
    """Print a plan file for campaign KEY whose places to fill in are marked; `dondoc check` lists those left."""
    from config.plan import available_plans, new_plan_text

    if key in available_plans():
        raise Refused(f"key '{key}': a plan of that key ships already; choose another, such as {key}-2")
    _write(new_plan_text(key, output.parent) if output else new_plan_text(key), output)


@click.command()
@_OUT
@answers
def schema(output: Path | None) -> None:
    """Print the JSON Schema of plan files, by which an editor completes and checks while you type."""
    from config.plan_schema import schema_text

    _write(schema_text(), output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise Refused(f"{output}: exists already; choose another name or remove it first") from None
    click.echo(f"{output}: đã ghi")


def is_file(word: str) -> bool:
    """Return whether a word typed for a campaign means a plan file rather than a campaign's key."""
    return "/" in word or word.endswith((".yaml", ".yml"))


def plan_file(word: str) -> Path:
    """Return the plan file meant: a path, or the key of a plan that ships. Errors: `Refused`."""
    from config.plan import available_plans, plan_path

    if is_file(word):
        return Path(word)
    if word in available_plans():
        return plan_path(word)
    raise Refused(f"'{word}': no plan of that key ships ({', '.join(available_plans())}); a file ends in .yaml")


commands = (check, new, schema)
