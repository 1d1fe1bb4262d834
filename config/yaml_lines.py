"""Reads YAML as plain values that remember their lines, so that a problem can name its place."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.resolver import Resolver

if yaml.__with_libyaml__:
    from yaml._yaml import CParser

MAX_BYTES = 256 * 1024
_MAX_VALUES = 20_000  # a few aliases of aliases could otherwise grow without end
_MAX_DEPTH = 12

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file, and the line on which to mend it (from 1); a `note` is only worth a look."""

    line: int
    text: str
    note: bool = False


@dataclass
class Tree:
    """The values of a YAML file with the line of each path (`("duties", 3, "rule")`), and what was wrong in it."""

    value: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    aliases: dict[Path, int] = field(
        default_factory=dict
    )  # the lines of `*name`, where the list itself stands elsewhere
    _values: int = 0
    _seen: set[int] = field(default_factory=set)

    def line_of(self, path: Path) -> int:
        """Return the line of a path, or of the nearest thing around it that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def own_line_of(self, path: Path) -> int:
        """Return the same, and for what an alias (`*name`) brings in the alias's own line: that of this use alone."""
        above = next((path[:n] for n in range(len(path) + 1) if path[:n] in self.aliases), None)
        return self.aliases[above] if above is not None else self.line_of(path)


def _used_again(node: yaml.Node, path: Path, tree: Tree) -> None:
    """Note the line of an alias: that of its key, or of what is around it."""
    if isinstance(node, yaml.ScalarNode):
        return
    if id(node) in tree._seen:
        tree.aliases[path] = tree.line_of(path if path in tree.lines else path[:-1])
    tree._seen.add(id(node))


def read_yaml(text: str) -> Tree:
    """Read one YAML document without building objects; what is wrong is returned in `problems`, never raised."""
    tree = Tree()
    if len(text.encode()) > MAX_BYTES:
        tree.problems.append(Problem(1, f"is larger than {MAX_BYTES // 1024} kB; a plan file is a few pages of text"))
        return tree
    try:
        node = _composed(text)
    except yaml.MarkedYAMLError as error:
        # A quotation mark or a key that is not closed is mended where it begins, not where the file ends.
        begun = error.context_mark if _IS_LEFT_OPEN.search(f"{error.context} {error.problem}") else None
        mark = begun or error.problem_mark
        line = mark.line + 1 if mark else 1
        if (typed := _typed(text)) is not None:
            tree.problems.append(typed)
            return tree
        tree.problems.append(
            Problem(line, f"is not YAML: {error.problem}; {_way_out(error)}; nothing else could be read")
        )
        return tree
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        shown = ascii(chr(error.character)) if isinstance(error.character, int) else repr(error.character)
        tree.problems.append(Problem(line, f"holds a character that may not stand in a file: {shown}"))
        return tree
    except (yaml.YAMLError, RecursionError) as error:
        tree.problems.append(Problem(1, f"is not YAML: {type(error).__name__}"))
        return tree
    if node is not None:
        tree.value = _build(node, (), tree)
    tree.problems.extend(_cut_short(text))
    return tree


if yaml.__with_libyaml__:

    class _Quick(Composer, CParser, Resolver):
        """Events from libyaml, seven times as quick; composed here, where a depth without end is an error, no crash."""

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            Composer.__init__(self)
            Resolver.__init__(self)


def _composed(text: str) -> yaml.Node | None:
    """Return the nodes of a text; what is wrong with it is told by the slower reader, which has better words for it."""
    if yaml.__with_libyaml__:
        with suppress(yaml.YAMLError):
            return _Quick(text).get_single_node()
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _cut_short(text: str) -> list[Problem]:
    """Words without quotation marks that end at ` #`: the rest of them is a comment to YAML."""
    told = "text ends here at ' #', the rest is a comment; put all of it in quotes, or the comment on a line of its own"
    return [Problem(n, told) for n, line in enumerate(text.splitlines(), 1) if _CUT.match(line)]


def _typed(text: str) -> Problem | None:
    """What of a text that is no YAML is plain to see: a document, a space that is none, one quotation mark alone."""
    if not re.search(r"^(?:key|name|duties|period|instrument)\s*:", text, re.MULTILINE):
        return Problem(
            1, "holds no plan: no line begins with 'key:' or 'duties:'; is it the document? name the plan file"
        )
    lines = text.splitlines()
    for n, line in enumerate(lines, 1):
        if re.match(r"\s*\u00a0", line):
            return Problem(n, "begins with a no-break space; replace it by plain spaces; nothing else could be read")
    odd = [n for n, line in enumerate(lines, 1) if line.partition(" #")[0].count('"') % 2]
    if len(odd) == 1:
        return Problem(
            odd[0], "is not YAML: a quotation mark is not closed, it stands here alone; nothing else could be read"
        )
    return None


_CUT = re.compile(
    r"""\s*(?:- )?(?:words|title|name|reading|function|label|issuer|signatory): +[^"'\s{\[&*|>#][^"']*? #"""
)
_IS_LEFT_OPEN = re.compile(r"quoted scalar|could not find expected ':'")
_WAYS_OUT = (
    ("'\\t'", "a tab stands here, use spaces"),
    ("mapping values are not allowed", "put text with ':' in quotes, or see how far in the line stands"),
    ("'<scalar>'", "text goes on after its closing quotation mark, put all of it in quotes"),
    ("block end", "this line does not stand as far in as its neighbours, count its spaces"),
    ("could not find expected ':'", "a key needs ':' and a space after it, and text stays in its line"),
    ("quoted scalar", "a quotation mark is not closed"),
    (
        "second occurrence",
        "'&name' names one list: give the second a name of its own, or write '*name' to use the first",
    ),
    ("alias", "write the list once with '&name' before it is used with '*name'"),
    ("',' or", "close the bracket, and put text with ':' or ',' inside braces in quotes"),
)


def _way_out(error: yaml.MarkedYAMLError) -> str:
    said = f"{error.context} {error.problem}"
    line = f" (begun on line {error.context_mark.line + 1})" if error.context_mark else ""
    return next((way for word, way in _WAYS_OUT if word in said), "put the text in quotes") + line


def _build(node: yaml.Node, path: Path, tree: Tree) -> object:
    tree._values += 1
    _used_again(node, path, tree)
    tree.lines.setdefault(path, node.start_mark.line + 1)
    if tree._values > _MAX_VALUES or len(path) > _MAX_DEPTH:
        if not any("too many" in problem.text for problem in tree.problems):
            tree.problems.append(Problem(node.start_mark.line + 1, "holds too many or too deeply nested values"))
        return None
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(node, path, tree)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, n), tree) for n, item in enumerate(node.value)]
    return _scalar(node)


def _build_mapping(node: yaml.MappingNode, path: Path, tree: Tree) -> dict[str, object]:
    values: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            tree.problems.append(Problem(line, "a key must be a plain word"))
            continue
        key = str(key_node.value)
        if key in values:
            first = tree.lines[(*path, key)]
            tree.problems.append(Problem(line, f"key '{key}' stands here twice; the first is on line {first}"))
            continue
        tree.lines[(*path, key)] = line
        values[key] = _build(value_node, (*path, key), tree)
    return values


def _scalar(node: yaml.Node) -> object:
    """Read a word as written: only null, true, false and whole numbers are more than text.

    YAML 1.1 would read `14:00` as 840 and `no` as false; here they stay what the drafter typed.
    """
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and not node.style:  # libyaml says '' of a plain word
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if re.fullmatch(r"-?(0|[1-9]\d{0,8})", text):
            return int(text)
    return text


def value_at(value: Any, path: Path) -> object:
    """Return what stands at a path inside a value; null if nothing does."""
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    found: object = value
    return found
