"""Write every message of a campaign as a page to print, so that its wording can be approved before anything leaves."""

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from config.plan import Plan
from deadlines.authority import authority
from deadlines.calendar import Calendar
from dondoc.messages.catalogue import LANGUAGES, Catalogue
from dondoc.messages.model import Rendered
from dondoc.messages.render import Templates, render, shipped
from tasks.compose import organisation
from tasks.sample_messages import Sample, sample_messages
from tasks.sample_units import SampleUnits, sample_units


@dataclass(frozen=True, slots=True)
class Printed:
    """How many pages were written in each language, and where one begins to read."""

    pages: int
    index: Path


def print_samples(plan: Plan, folder: Path, calendar: Calendar) -> tuple[Printed, ...]:
    """Write the samples of a plan below `folder`, one subfolder and index for each language.

    The same plan gives the same bytes. Files of earlier samples with the same names are replaced, nothing is
    removed. Raises OSError where the folder cannot be written.
    """
    units, templates = sample_units(plan.key, plan.starts_on), shipped()
    return tuple(_print(plan, folder / language, calendar, units, templates, language) for language in LANGUAGES)


def _print(
    plan: Plan, folder: Path, calendar: Calendar, units: SampleUnits, templates: Templates, language: str
) -> Printed:
    catalogue = templates.catalogues[language]
    folder.mkdir(parents=True, exist_ok=True)
    samples = list(sample_messages(plan, units, calendar, language))
    for sample in samples:
        rendered = render(sample.message, templates)
        view = _words(sample, catalogue) | {"t": catalogue.text, "subject": rendered.subject}
        (folder / f"{sample.slug}.html").write_text(_page(rendered, view, templates), encoding="utf-8")
        (folder / f"{sample.slug}.txt").write_text(f"{rendered.subject}\n\n{rendered.text}", encoding="utf-8")
    index = folder / "index.html"
    index.write_text(_index(plan, units, samples, templates, catalogue), encoding="utf-8")
    return Printed(len(samples), index)


def _page(rendered: Rendered, view: dict[str, Any], templates: Templates) -> str:
    """Return the message as it is sent, with the sample's mark above it and a page size for the printer."""
    head, _, rest = rendered.html.partition("</head>")
    before, body, after = rest.partition("<body")
    attributes, _, content = after.partition(">\n")
    style, mark = templates.page("samples/head.html", view), templates.page("samples/mark.html", view)
    return f"{head}{style}</head>{before}{body}{attributes}>\n{mark}{content}"


def _index(plan: Plan, units: SampleUnits, samples: list[Sample], templates: Templates, catalogue: Catalogue) -> str:
    t = catalogue.text
    groups = [
        {
            "type": t(f"sample.type.{kind}"),
            "pages": [
                _words(one, catalogue) | {"html": f"{one.slug}.html", "text": f"{one.slug}.txt"} for one in pages
            ],
        }
        for kind, pages in groupby(samples, key=lambda one: one.type)
    ]
    may = authority(plan, "urge", "standing-agency")
    speaker = organisation(plan, may.advises, plan.starts_on, units) if may.advises else ""
    view = {
        "t": t, "language": catalogue.language, "title": t("sample.title", office=plan.office.name),
        "campaign": plan.name, "groups": groups,
        "authority": t(f"sample.authority.{may.manner}", office=plan.office.name, clause=may.clause, speaker=speaker),
        "incomplete": plan.instrument.number is None or plan.instrument.date is None,
    }  # fmt: skip
    return templates.page("samples/index.html", view)


def _words(sample: Sample, catalogue: Catalogue) -> dict[str, str]:
    """Return type, addressee and modality of a sample in words."""
    t, kind = catalogue.text, f"sample.kind.{sample.unit_kind}"
    return {
        "type": t(f"sample.type.{sample.type}"),
        "kind": t(kind if kind in catalogue else f"report.group.{sample.unit_kind}"),
        "modality": t(f"sample.modality.{sample.modality}"),
    }
