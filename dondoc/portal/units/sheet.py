"""The form of a report as a file shows it: the unit's page, put into the words of an office."""

from collections.abc import Mapping

from dondoc.portal.units import words
from dondoc.reports.form_file import Sheet, Whose
from dondoc.store.drafts import Draft
from tasks.report_form import fields_said
from tasks.unit_page import UnitPage


def whose(page: UnitPage) -> Whose:
    """Return which report of which unit a page is about."""
    row = page.row
    return Whose(row.campaign_key, row.duty, row.period, row.unit_code)


def sheet(page: UnitPage, filled: Mapping[str, str]) -> Sheet:
    """Return what a file of a report's form shows, with what was written already."""
    figures = page.form.figures
    return Sheet(
        whose(page), page.form, page.row.unit_name, page.row.title, words.period(page.row.period), words.basis(page),
        words.until(page), words.receivers(page),
        sections={each: words.section(each) for each in page.form.sections},
        units={each.slug: words.unit_of(each) for each in figures},
        targets={each.slug: words.target(each) for each in figures},
        last={each.slug: said for each in figures if (said := words.last(each, page))},
        filled=filled,
    )  # fmt: skip


def filled_in(page: UnitPage, draft: Draft | None) -> dict[str, str]:
    """Return what stands in the form: the draft, or what was sent where a supplement to it is asked for."""
    if draft and draft.content:
        return draft.content
    if page.supplement_by is None or not page.reported:
        return {}
    return fields_said(page.reported[max(page.reported)], page.form)
