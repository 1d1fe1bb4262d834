"""What many digests of one dispatch say alike, rendered once: a form with gaps for the names of the units.

A step writes to thousands of units in the same words; only their names differ. The digest is rendered once with
marks in place of the names, and each mail is that text with the names put in: the same bytes as rendering it by
itself (`tests/test_forms.py`), a hundred times faster.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from markupsafe import escape

from dondoc.messages.model import Digest, Rendered, from_json, one_line, to_json
from dondoc.messages.render import Templates, render_digest

# Characters of the private use area: no name of an organisation holds them, and neither templates nor escaping
# touch them.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK: Final = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
FORM: Final = "digest-of-form"  # how the parameters of a message written with a form are marked


def mark(number: int) -> str:
    """Return what stands in a form for the name of its n-th unit."""
    return f"{_OPEN}{number}{_CLOSE}"


def may_stand_in_a_form(name: str, kind: str, own_name: str) -> bool:
    """Return whether a unit's name can be put in later.

    Not that of the office itself or of the province, which are addressed in other words, nor one that holds a mark.
    """
    return bool(name) and kind != "province" and name != own_name and _OPEN not in name and one_line(name) == name


@dataclass(frozen=True, slots=True)
class Form:
    """A digest with marks for names, as values and as words. `key` names it by its content."""

    key: str
    digest: Digest
    rendered: Rendered

    def fill(self, names: Sequence[str]) -> Rendered:
        """Return the words of one digest: the n-th name stands where the n-th mark is."""
        said, escaped = self.rendered, [str(escape(name)) for name in names]
        return replace(
            said, subject=_filled(said.subject, names), text=_filled(said.text, names), html=_filled(said.html, escaped)
        )


def _filled(text: str, names: Sequence[str]) -> str:
    """Return the text with a name at each mark, in one go however many there are."""
    if len(names) == 1:
        return text.replace(mark(0), names[0])
    pieces = _MARK.split(text)
    pieces[1::2] = [names[int(number)] for number in pieces[1::2]]
    return "".join(pieces)


def form_of(digest: Digest, templates: Templates | None = None) -> Form:
    """Return the form of a digest whose units are named by marks."""
    written = json.dumps(to_json(digest), ensure_ascii=False, sort_keys=True)
    return Form(hashlib.sha256(written.encode()).hexdigest(), digest, render_digest(digest, templates))


def filled_parameters(form: Form, names: Sequence[str], to_name: str) -> dict[str, Any]:
    """Return what is kept beside a message: its form by key, and what was put in."""
    return {"message": FORM, "form": form.key, "units": list(names), "to_name": to_name}


def digest_from(form: dict[str, Any], filled: dict[str, Any], to_address: str) -> Digest:
    """Return the digest of a message from its form's parameters and its own."""
    digest = from_json(form)
    assert isinstance(digest, Digest)
    names = {mark(number): name for number, name in enumerate(filled["units"])}
    return replace(
        digest,
        unit_names=tuple(names[each] for each in digest.unit_names),
        items=tuple(replace(item, unit_name=names[item.unit_name]) for item in digest.items),
        to_name=filled["to_name"],
        to_address=to_address,
    )
