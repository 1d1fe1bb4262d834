"""A mail written with a form has the same bytes as one rendered by itself, whatever the units are called."""

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dondoc.messages.forms import digest_from, filled_parameters, form_of, mark, may_stand_in_a_form
from dondoc.messages.model import Digest, Item, Sender, one_line, to_json
from dondoc.messages.render import render_digest
from tests.story import at

SENDER = Sender(
    office_name="Sở Khoa học và Công nghệ (mẫu)", short_name="Sở KH&CN", sender_name="Sở KH&CN <mẫu>",
    sender_address="phongtrao@so-mau.example", contact_role="Chuyên viên", contact_phone="0215 300 0000",
)  # fmt: skip
TONES: dict[str, dict[str, Any]] = {
    "informs": {}, "courteous": {}, "brief": {}, "overdue": {"reconciled_at": at("2026-11-16 13:00")},
    "waived": {"document": "1/QĐ, 01/11/2026"}, "late-accepted": {"accepted_until": date(2026, 11, 20)},
}  # fmt: skip
names = (
    st.one_of(
        st.text(min_size=1, max_size=80),
        st.sampled_from([
            "<script>alert(1)</script>", "A & B", '"Xã" \'Mường\'', "{{ 7*7 }}", "{unit}", "%s %d", "Bcc: x@x.example",
            "Ủy ban nhân dân xã Mường Phăng", "  \r\nSubject: x", "=?utf-8?b?eA==?=", "\\1 \\g<0>", "0", "Xã 1  2",
        ]),
    )
    .map(one_line)
    .filter(lambda name: may_stand_in_a_form(name, "commune", SENDER.office_name))
)  # fmt: skip


def digest(kinds: list[str], units: list[str], modality: str) -> Digest:
    """Return a digest with an item of each kind, about these units in turn."""
    return Digest(
        sender=SENDER, to_name="Chuyên viên mẫu", to_address="b@so-mau.example", unit_names=tuple(dict.fromkeys(units)),
        campaign_key="mau", campaign_name="Phong trào mẫu", as_of=at("2026-11-06"), rehearsal=False,
        items=tuple(
            Item(
                kind=kind, rung="T-7", assignment_id=0, unit_name=unit, unit_kind="commune",  # type: ignore[arg-type]
                modality="mandated" if kind == "overdue" else modality, duty_kind="annual-report",
                duty_title="Báo cáo hằng năm", clause="V.8", words="trước ngày 15/11", campaign_name="Phong trào mẫu",
                period="2026", due_on=date(2026, 11, 14), strict=True, days_left=8, working_days_left=6, **TONES[kind],
            )
            for kind, unit in zip(kinds, units, strict=True)
        ),
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(TONES)), names), min_size=1, max_size=4),
       st.sampled_from(["mandated", "requested", "invited"]))  # fmt: skip
def test_a_filled_form_is_the_mail_itself(items: list[tuple[str, str]], modality: str) -> None:
    kinds, units = [kind for kind, _ in items], [unit for _, unit in items]
    distinct = list(dict.fromkeys(units))
    form = form_of(digest(kinds, [mark(distinct.index(unit)) for unit in units], modality))
    alone = digest(kinds, units, modality)
    assert form.fill(distinct) == render_digest(alone)
    kept = filled_parameters(form, distinct, alone.to_name)
    assert digest_from(to_json(form.digest), kept, alone.to_address) == alone


def test_who_is_addressed_in_other_words_gets_no_form() -> None:
    assert not may_stand_in_a_form(SENDER.office_name, "department", SENDER.office_name)
    assert not may_stand_in_a_form("Ủy ban nhân dân tỉnh mẫu", "province", SENDER.office_name)
    assert not may_stand_in_a_form(f"Xã {mark(0)}", "commune", SENDER.office_name)
    assert not may_stand_in_a_form("Xã\nA", "commune", SENDER.office_name)
    assert may_stand_in_a_form("Ủy ban nhân dân xã A", "commune", SENDER.office_name)
