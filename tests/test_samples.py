"""The printed samples: a page for every message and addressee, right in words, the same for the same plan."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from config.plan import Plan, available_plans, load_plan, plan_path
from deadlines.calendar import vietnam
from deadlines.duties import expand_duties
from dondoc.cli import main
from dondoc.messages.catalogue import shipped as catalogue
from dondoc.messages.mime import assemble
from dondoc.messages.model import Brief, Digest, SupplementRequest
from dondoc.messages.render import render
from tasks.print_samples import print_samples
from tasks.sample_messages import Sample, sample_messages
from tasks.sample_units import sample_units
from tests.strict_mail import defects

PLANS = {key: load_plan(plan_path(key)) for key in available_plans()}
INFORMATION = "Sở Thông tin và Truyền thông"
# What a notice never says; the plan's own words and titles, quoted, are taken out before.
FORBIDDEN = (
    "vi phạm", "chưa nộp", "quá hạn", "nghiêm túc", "rút kinh nghiệm", "phê bình", "yêu cầu", "lần cuối", "nhắc",
    "đôn đốc", "trả lại", "tạo điều kiện", "giấy biên nhận", "số:", "cộng hòa xã hội", "./.", "!",
)  # fmt: skip


def samples_of(plan: Plan, language: str = "vi") -> list[Sample]:
    return list(sample_messages(plan, sample_units(plan.key, plan.starts_on), vietnam(), language))


SAMPLES = {key: samples_of(plan) for key, plan in PLANS.items()}


@pytest.mark.parametrize("key", PLANS)
def test_every_kind_of_unit_a_plan_binds_has_its_pages(key: str) -> None:
    bound = {
        (obligor.kind, obligor.modality)
        for row in expand_duties(PLANS[key], vietnam())
        for obligor in row.obligors
        if obligor.role is None
    }
    shown = {(sample.unit_kind, sample.modality) for sample in SAMPLES[key] if sample.type == "informs"}
    assert shown - {("own", "mandated")} == bound
    slugs = [sample.slug for sample in SAMPLES[key]]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("key", PLANS)
def test_only_the_bound_see_what_only_the_bound_may_see(key: str) -> None:
    strict = {"overdue", "brief", "extended", "late-accepted", "acknowledgement-late", "brief-1", "brief-2",
              "supplement-after"}  # fmt: skip
    assert {sample.modality for sample in SAMPLES[key] if sample.type in strict} == {"mandated"}


@pytest.mark.parametrize("key", PLANS)
def test_no_sample_says_what_no_office_says(key: str) -> None:
    for sample in SAMPLES[key]:
        if isinstance(sample.message, Brief):
            continue  # holds a draft document, where a seal's words and "yêu cầu" have their place
        rendered = render(sample.message)
        spoken = f"{rendered.subject}\n{rendered.text}"
        items: Any = sample.message.items if isinstance(sample.message, Digest) else [sample.message]
        for quoted in (quote for item in items for quote in (getattr(item, "words", ""), item.duty_title)):
            spoken = spoken.replace(quoted, "") if quoted else spoken
        assert [word for word in FORBIDDEN if word in spoken.lower()] == [], sample.slug


@pytest.mark.parametrize("key", PLANS)
def test_every_sample_is_a_mail_without_a_defect(key: str) -> None:
    shown: set[tuple[str, str]] = set()
    for number, sample in enumerate(SAMPLES[key]):
        message = sample.message
        if isinstance(message, Brief) or (sample.type, sample.modality) in shown:
            continue  # a brief is paper
        shown.add((sample.type, sample.modality))
        raw = assemble(
            render(message), sender=message.sender, to_name=message.to_name, to_address=message.to_address,
            message_id=f"<{number}.{key}@so-mau.example>", date=message.as_of,
        )  # fmt: skip
        assert defects(raw) == [], sample.slug
    assert len(shown) > 15


@pytest.mark.parametrize(
    ("key", "heads", "speakers"),
    [
        (
            "dien-bien",
            {"ỦY BAN NHÂN DÂN TỈNH ĐIỆN BIÊN|Số:        /UBND-"},
            {"Chủ tịch Ủy ban nhân dân tỉnh Điện Biên"},
        ),
        (  # Thái Bình became part of Hưng Yên on 1/7/2025
            "thai-binh",
            {
                "ỦY BAN NHÂN DÂN TỈNH THÁI BÌNH|SỞ NỘI VỤ|Số:        /SNV",
                "ỦY BAN NHÂN DÂN TỈNH HƯNG YÊN|SỞ NỘI VỤ|Số:        /SNV",
            },
            {"Sở Nội vụ"},
        ),
        ("hai-duong", {"ỦY BAN NHÂN DÂN TỈNH HẢI DƯƠNG|SỞ THÔNG TIN VÀ TRUYỀN THÔNG|Số:        /STTTT"}, {INFORMATION}),
        ("tuyen-quang", {"ỦY BAN NHÂN DÂN TỈNH TUYÊN QUANG|SỞ NỘI VỤ|Số:        /SNV"}, {"Sở Nội vụ"}),
        (
            "kien-giang",
            {"ỦY BAN NHÂN DÂN TỈNH KIÊN GIANG|SỞ THÔNG TIN VÀ TRUYỀN THÔNG|Số:        /STTTT"},
            {INFORMATION},
        ),
    ],
)
def test_a_draft_letter_is_in_the_name_of_whoever_may_urge(key: str, heads: set[str], speakers: set[str]) -> None:
    found_heads, found_speakers = set(), set()
    for sample in SAMPLES[key]:
        if isinstance(sample.message, Brief):
            draft = render(sample.message).text.partition("DỰ THẢO CÔNG VĂN\n")[2]
            found_heads.add("|".join(re.findall(r"^(?:ỦY BAN|SỞ|Số:).*$", draft, flags=re.M)[:3]))
            asks = r"^((?:Sở|Chủ tịch) [^,;]+?) (?:yêu cầu|đề nghị|trân trọng đề nghị) "
            found_speakers |= set(re.findall(asks, draft, flags=re.M))
            assert "yêu cầu" not in draft or key == "dien-bien"
    assert found_heads == heads
    assert found_speakers == speakers


@pytest.mark.parametrize("key", PLANS)
def test_a_letter_on_a_plan_without_number_or_date_is_never_printed_as_ready(key: str) -> None:
    instrument = PLANS[key].instrument
    ready = instrument.number is not None and instrument.date is not None
    for sample in SAMPLES[key]:
        if isinstance(sample.message, Brief):
            assert ("Chưa đủ căn cứ ban hành" in render(sample.message).html) is not ready


def test_the_districts_letters_stop_where_the_districts_do() -> None:
    for key, samples in SAMPLES.items():
        for sample in samples:
            if sample.unit_kind == "district" and isinstance(sample.message, SupplementRequest):
                assert sample.message.first_received_at.date() < date(2025, 7, 1), key


def test_everything_prints_in_both_languages_and_twice_the_same(tmp_path: Path) -> None:
    plan = PLANS["kien-giang"]
    first = print_samples(plan, tmp_path / "a", vietnam())
    print_samples(plan, tmp_path / "b", vietnam())
    written = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert [printed.pages for printed in first] == [len(SAMPLES["kien-giang"])] * 2
    assert len(written) == 2 * (2 * len(SAMPLES["kien-giang"]) + 1)
    for path in written:
        assert (tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes(), path
    for path in (tmp_path / "a").rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert page.startswith(f'<!DOCTYPE html>\n<html lang="{path.parent.name}">')
        assert page.count("@page {") >= 1
        assert not re.search(r"\{\w+\}", page.partition("</head>")[2]), path  # no slot left open
    for index in (tmp_path / "a").rglob("index.html"):
        linked = re.findall(r'href="([^"]+)"', index.read_text(encoding="utf-8"))
        assert sorted(linked) == sorted(p.name for p in index.parent.iterdir() if p.name != "index.html")


def test_every_word_of_the_samples_is_used(tmp_path: Path) -> None:
    texts = catalogue("vi").texts
    used = {f"sample.type.{sample.type}" for samples in SAMPLES.values() for sample in samples}
    used |= {f"sample.modality.{sample.modality}" for samples in SAMPLES.values() for sample in samples}
    assert used == {key for key in texts if key.startswith(("sample.type.", "sample.modality."))}
    assert {key for key in texts if key.startswith("sample.kind.")} == {"sample.kind.own", "sample.kind.mixed"}
    silent = PLANS["dien-bien"].model_copy(update={"acts": ()})
    said = [print_samples(plan, tmp_path / name, vietnam())[0].index.read_text(encoding="utf-8")
            for name, plan in (("a", PLANS["dien-bien"]), ("b", silent))]  # fmt: skip
    assert "chỉ tham mưu (mục V.4)" in said[0]
    assert "dự thảo công văn đứng tên Chủ tịch Ủy ban nhân dân tỉnh Điện Biên" in said[0]
    assert "Kế hoạch không giao Sở Khoa học và Công nghệ tỉnh Điện Biên đôn đốc" in said[1]


def test_a_plan_of_which_no_units_are_shipped_is_printed_with_invented_ones() -> None:
    plan = PLANS["dien-bien"].model_copy(update={"key": "tinh-mau"})
    names = {one.message.unit_names[0] for one in samples_of(plan) if isinstance(one.message, Digest)}
    assert {"Sở Mẫu", "Hội Mẫu tỉnh", "Ủy ban nhân dân xã Mẫu", "Công ty TNHH Mẫu"} <= names


def test_the_command_prints_them_and_refuses_in_one_line(tmp_path: Path) -> None:
    run = CliRunner()
    done = run.invoke(main, ["samples", "dien-bien", "--to", str(tmp_path / "mẫu")])
    assert (done.exit_code, len(done.output.splitlines())) == (0, 2)
    assert (tmp_path / "mẫu" / "vi" / "index.html").is_file()
    unknown = run.invoke(main, ["samples", "dien-bein", "--to", str(tmp_path)])
    assert unknown.exit_code == 2
    assert unknown.stderr.startswith("campaign 'dien-bein': unknown; there are dien-bien,")
    (tmp_path / "file").write_text("")
    blocked = run.invoke(main, ["samples", "dien-bien", "--to", str(tmp_path / "file" / "x")])
    assert blocked.exit_code == 2
    assert len(blocked.stderr.splitlines()) == 1
