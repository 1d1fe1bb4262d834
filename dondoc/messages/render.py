"""Message values to words: subject, text and HTML, the same bytes for the same parameters and templates.

Templates only place what is prepared here; who is asked how follows from the addressee's kind and how the
plan binds it (office.md's table restated in `templates/catalogue`). Everything is escaped in HTML by default.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined

from dondoc.messages.catalogue import LANGUAGES, Catalogue, parse, shipped_source
from dondoc.messages.letters import View, acknowledgement_view, intro_voice, item_view, supplement_view
from dondoc.messages.marks import CODE_MARK
from dondoc.messages.model import (
    Acknowledgement,
    Brief,
    CodeLetter,
    Digest,
    Message,
    Rendered,
    SupplementRequest,
    one_line,
)
from dondoc.messages.papers import brief_view, letter_view

FORMAT: Final = 1  # raise it when this package changes what is written, so that `template_version` tells
_TRAILING: Final = re.compile(r"[ \t]+\n")
_GAPS: Final = re.compile(r"\n{3,}")


class Templates:
    """A compiled set of templates and catalogues; the shipped set is compiled once per process."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        """Compile `sources`: path below `templates/` → text."""
        self.sources: Final = dict(sources)
        self.catalogues: Final = {  # a set that was kept with a message has that message's language only
            lang: parse(lang, self.sources[path])
            for lang in LANGUAGES
            if (path := f"catalogue/{lang}.yaml") in self.sources
        }
        self._environment = Environment(
            loader=DictLoader(self.sources),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._versions: dict[tuple[str, str], str] = {}

    def family(self, family: str, language: str) -> dict[str, str]:
        """Return the sources that make one family (`mail` or `reports`) in one language."""
        return {
            path: text
            for path, text in sorted(self.sources.items())
            if path.startswith(f"{family}/") or path == f"catalogue/{language}.yaml"
        }

    def version(self, family: str, language: str) -> str:
        """Return the version of a family: our format and a hash of every source it is made from."""
        key = (family, language)
        if key not in self._versions:
            digest = hashlib.sha256()
            for path, text in self.family(family, language).items():
                digest.update(f"{path}\0{text}\0".encode())
            self._versions[key] = f"{FORMAT}-{digest.hexdigest()[:16]}"
        return self._versions[key]

    def render(self, folder: str, view: View, language: str) -> Rendered:
        """Return subject, text and HTML of a mail folder."""
        get = self._environment.get_template
        subject = one_line(get(f"{folder}/subject.txt").render(view))
        if view["rehearsal"]:
            subject = view["t"]("frame.rehearsal-subject", subject=subject)
        view["subject"] = subject
        text, html = get(f"{folder}/body.txt").render(view), get(f"{folder}/body.html").render(view)
        return Rendered(subject, _tidy(text), _tidy(html), self.version("mail", language), language)

    def page(self, name: str, view: View) -> str:
        """Return a page that is not a message, such as the index of the printed samples."""
        return _tidy(self._environment.get_template(name).render(view))

    def render_report(self, name: str, subject: str, view: View, language: str) -> Rendered:
        """Return text and printable HTML of a report."""
        get = self._environment.get_template
        view["subject"] = subject
        text, html = get(f"reports/{name}.txt").render(view), get(f"reports/{name}.html").render(view)
        return Rendered(subject, _tidy(text), _tidy(html), self.version("reports", language), language)


@cache
def shipped() -> Templates:
    """Return the shipped templates, read and compiled once per process."""
    root = files("templates")
    sources = {f"catalogue/{language}.yaml": shipped_source(language) for language in LANGUAGES}
    for family in ("mail", "reports", "samples"):
        sources |= dict(_below(root.joinpath(family), family))
    return Templates(sources)


def render(message: Message, templates: Templates | None = None) -> Rendered:
    """Return any message in words."""
    if isinstance(message, Digest):
        return render_digest(message, templates)
    if isinstance(message, Acknowledgement):
        return render_acknowledgement(message, templates)
    if isinstance(message, CodeLetter):
        return render_code(message, templates)
    if isinstance(message, SupplementRequest):
        return render_supplement(message, templates)
    return render_brief(message, templates)


def render_digest(digest: Digest, templates: Templates | None = None) -> Rendered:
    """Return the one mail that tells a person everything a campaign owes in this wave."""
    templates = templates or shipped()
    catalogue = templates.catalogues[digest.language]
    alone = len(digest.unit_names) < 2
    items = [item_view(item, digest.sender, alone, catalogue) for item in digest.items]
    voices = {intro_voice(view["voice"]) for view in items}
    view = _frame(digest, catalogue, units="; ".join(_greeted(digest)) or digest.to_name)
    view |= {
        "campaign": digest.campaign_name,
        "items": items,
        # Said once, where a report is asked for: the forms and mails must not draw in what is secret.
        "secret": any(item.kind in ("informs", "courteous", "brief") for item in digest.items),
        "intro": voices.pop() if len(voices) == 1 else "respectful",
    }
    return templates.render("mail/digest", view, digest.language)


def render_acknowledgement(ack: Acknowledgement, templates: Templates | None = None) -> Rendered:
    """Return the confirmation that a report was received, with its look-up code."""
    templates = templates or shipped()
    catalogue = templates.catalogues[ack.language]
    view = _frame(ack, catalogue, units=ack.unit_name)
    view["ack"] = acknowledgement_view(ack, catalogue)
    return templates.render("mail/acknowledgement", view, ack.language)


def render_code(letter: CodeLetter, templates: Templates | None = None) -> Rendered:
    """Return the mail with a code; a mark stands where its digits are put in when it leaves."""
    templates = templates or shipped()
    catalogue = templates.catalogues[letter.language]
    view = _frame(letter, catalogue, units=letter.unit_name)
    view |= {
        "code": CODE_MARK, "title": letter.duty_title, "period": catalogue.period(letter.period),
        "unit": letter.unit_name, "campaign": letter.campaign_name, "minutes": letter.minutes,
        "until": catalogue.instant(letter.expires_at),
    }  # fmt: skip
    return templates.render("mail/code", view, letter.language)


def render_supplement(request: SupplementRequest, templates: Templates | None = None) -> Rendered:
    """Return the request to complete a report that was received."""
    templates = templates or shipped()
    catalogue = templates.catalogues[request.language]
    view = _frame(request, catalogue, units=request.unit_name)
    view["request"] = supplement_view(request, catalogue)
    return templates.render("mail/supplement", view, request.language)


def render_brief(brief: Brief, templates: Templates | None = None) -> Rendered:
    """Return the phiếu trình with its draft letter, as text and as HTML for the printer."""
    templates = templates or shipped()
    catalogue = templates.catalogues[brief.language]
    view = _frame(brief, catalogue, units="")
    view |= {
        "campaign": brief.campaign_name,
        "brief": brief_view(brief, catalogue),
        "letter": letter_view(brief, catalogue),
    }
    subject = f"{catalogue.text('report.title')} {brief.code}: {brief.duty_title}"
    return templates.render_report("brief", subject, view, brief.language)


def _greeted(digest: Digest) -> Iterable[str]:
    """Return whom the mail greets: what the province owes is prepared by the office, which is then addressed."""
    above = {item.unit_name for item in digest.items if item.unit_kind == "province"}
    return dict.fromkeys(digest.sender.office_name if name in above else name for name in digest.unit_names)


def _frame(message: Message, catalogue: Catalogue, *, units: str) -> View:
    return {
        "t": catalogue.text,
        "language": message.language,
        "rehearsal": message.rehearsal,
        "sender": message.sender,
        "units": units,
        "as_of": catalogue.instant(message.as_of),
    }


def _tidy(text: str) -> str:
    return _GAPS.sub("\n\n", _TRAILING.sub("\n", text)).strip("\n") + "\n"


def _below(folder: Traversable, path: str) -> Iterable[tuple[str, str]]:
    for entry in folder.iterdir():
        below = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _below(entry, below)
        elif entry.name.endswith((".txt", ".html")):
            yield below, entry.read_text(encoding="utf-8")
