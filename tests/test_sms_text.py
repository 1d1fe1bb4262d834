"""What an SMS is before it leaves: numbers, segments, approved texts, a gateway's file and its answers."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.sms_gateway import Gateway, WrongGateway, load_gateway
from dondoc.sms.approved import Template, Unfit, check, fit, samples
from dondoc.sms.gateway import filled, read_answer
from dondoc.sms.numbers import NoMobile, masked, mobile, written
from dondoc.sms.segments import segmented, unaccented

ESMS = load_gateway("esms")
VALUES = {"office": "Sở Nội vụ Điện Biên", "task": "báo cáo năm 2026", "due": "trước ngày 20/11/2026",
          "phone": "0215 382 0000"}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("0912 345 678", "+84912345678"),
        ("+84 (912) 345.678", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("0162 345 6789", "+84323456789"),
        ("0120 345 6789", "+84703456789"),
        ("0121 345 6789", "+84793456789"),
        ("0123 345 6789", "+84833456789"),
        ("0186 345 6789", "+84563456789"),
        ("0199 345 6789", "+84593456789"),
        ("+84 169 345 6789", "+84393456789"),
    ],
)
def test_a_mobile_number_is_known_in_one_form(typed: str, known: str) -> None:
    assert mobile(typed) == known


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("0215 382 5678", "is a landline"),
        ("024 3825 5678", "is a landline"),
        ("1900 1234", "is a service number"),
        ("1800 6601", "is a service number"),
        ("+1 202 555 0123", "is a number of another country"),
        ("0912 345", "is no number in use; check its digits"),
        ("0129 123", "is no number in use; check its digits"),
        ("không có", "is no telephone number"),
    ],
)
def test_what_takes_no_sms_is_refused_with_its_reason_and_without_the_number(typed: str, why: str) -> None:
    with pytest.raises(NoMobile, match=f"^{re.escape(why)}$"):
        mobile(typed)


def test_a_gateway_gets_a_number_in_its_own_form() -> None:
    assert [written("+84912345678", form) for form in ("national", "international", "e164")] == [
        "0912345678", "84912345678", "+84912345678",
    ]  # fmt: skip
    assert masked("+84912345678") == "***678"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "lengths"),
    [
        ("a" * 160, "GSM-7", 160, [160]),
        ("a" * 161, "GSM-7", 161, [153, 8]),
        ("a" * 159 + "€", "GSM-7", 161, [153, 7]),
        ("a" * 152 + "€" + "a" * 10, "GSM-7", 164, [152, 11]),  # the escape stays with its character
        ("ế" * 70, "UCS-2", 70, [70]),
        ("ế" * 71, "UCS-2", 71, [67, 4]),
        ("e\u0302\u0301" * 70, "UCS-2", 70, [70]),  # written apart, counted composed
        ("ế" * 66 + "😀" + "ế" * 10, "UCS-2", 78, [66, 11]),  # the pair stays whole
        ("Kính gửi", "UCS-2", 8, [8]),
        ("è à é ù ì ò", "GSM-7", 11, [11]),
        ("", "GSM-7", 0, [0]),
    ],
)
def test_segments_are_exact(text: str, encoding: str, units: int, lengths: list[int]) -> None:
    found = segmented(text)
    assert (found.encoding, found.units, [len(part) for part in found.segments]) == (encoding, units, lengths)


@given(st.text(st.characters(codec="utf-8"), max_size=700))
def test_segments_put_together_are_the_text_and_none_is_too_long(text: str) -> None:
    found = segmented(text)
    whole = "".join(found.segments)
    assert segmented(whole).units == found.units
    if len(found.segments) > 1:
        for part in found.segments:
            own = segmented(part)
            assert len(part.encode("utf-16-le")) // 2 <= (67 if found.encoding == "UCS-2" else 153)
            assert own.encoding == found.encoding or found.encoding == "UCS-2"


def test_without_accents_every_vietnamese_letter_is_in_the_networks_alphabet() -> None:
    vowels = [c + mark for c in "aăâeêioôơuưy" for mark in ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323")]
    text = "".join([*vowels, "đ", "Đ", *(v.upper() for v in vowels)])
    plain = unaccented(text)
    assert segmented(plain).encoding == "GSM-7"
    assert set(plain) == set("aeiouydAEIOUYD")
    assert unaccented("Điện Biên – “đôn đốc”…") == 'Dien Bien - "don doc"...'


@pytest.mark.parametrize("template", samples(), ids=lambda each: each.kind)
def test_the_sample_texts_can_be_sent_at_their_longest(template: Template) -> None:
    check(template, ESMS)
    fitted = fit(template, VALUES, ESMS)
    assert (fitted.segments, fitted.cost) == (1, ESMS.price)
    assert fitted.text == unaccented(fitted.text)
    assert len(fitted.text) <= 160


def test_a_sample_reads_as_it_was_registered_with_its_slots_filled() -> None:
    [remind] = [each for each in samples() if each.kind == "remind"]
    assert fit(remind, VALUES, ESMS).text == (
        "So Noi vu Dien Bien de nghi don vi gui bao cao nam 2026 truoc ngay 20/11/2026. "
        "Chi tiet o thu dien tu. Lien he 0215 382 0000."
    )


def a_template(**changed: object) -> Template:
    """Return a good template with something else in it."""
    values = {
        "gateway": "esms", "kind": "remind", "provider_ref": "V-1", "text": "{office} de nghi gui {task} {due}.",
        "slots": {"office": 30, "task": 30, "due": 25}, "brandname": "MAU-TINH", "approved_on": None, **changed,
    }  # fmt: skip
    return Template(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"kind": "greeting"}, "there are remind, courtesy, overdue"),
        ({"brandname": "MUOI-HAI-CHU"}, "needs 1 to 11 letters and digits"),
        ({"text": "{office} {task} {due} {name}"}, "unknown slot {name}"),
        ({"text": "{office.__class__} {task} {due}"}, "unknown slot {office.__class__}"),
        ({"text": "{office!r} {task} {due}"}, "nothing else between its braces"),
        ({"text": "{office} {task"}, "a brace is not closed"),
        ({"text": "{office} {task}"}, "give the most characters"),
        ({"text": "{office} {task} qua han {due}"}, "speaks of being late"),
        ({"text": "{office} {task} {due} xem https://a.vn"}, "holds a link"),
        ({"text": "{office} {task} {due} xem dienbien.gov.vn"}, "holds a link"),
        ({"text": "{office} {task} {due}" + " a" * 60}, "2 segments (GSM-7, 207); esms takes 1"),
    ],
)
def test_a_template_that_could_not_be_sent_is_refused(changed: dict[str, object], why: str) -> None:
    with pytest.raises(Unfit, match=re.escape(why)):
        check(a_template(**changed), ESMS)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"task": "x" * 31}, "slot {task} takes 30 characters, has 31"),
        ({"task": "  "}, "slot {task} would be empty"),
        ({"task": "a\x00b"}, "slot {task} holds a character that cannot be printed"),
        ({"task": "xem bit.ly/abc"}, "holds a link"),
        ({"task": "😀😀😀"}, "__sent as it is__"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_before_it_is_sent(values: dict[str, str], why: str) -> None:
    filling = {**VALUES, **values}
    if why == "__sent as it is__":
        assert fit(a_template(), filling, ESMS).segments == 1
        return
    with pytest.raises(Unfit, match=re.escape(why)):
        fit(a_template(), filling, ESMS)


def test_a_value_cannot_become_a_slot_or_a_new_line() -> None:
    text = fit(a_template(), {**VALUES, "task": "{phone}\r\nX-Evil: 1"}, ESMS).text
    assert "\n" not in text
    assert "{phone} X-Evil: 1" in text


@pytest.mark.parametrize("name", ["esms", "speedsms", "stringee", "simulator"])
def test_the_presets_can_be_read(name: str) -> None:
    assert load_gateway(name).gateway == name


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("url: ftp://a.example/", "url: Value error, must begin with https://"),
        ("url: http://gateway.example/", "url: Value error, must begin with https://"),
        ("body: {a: '{person}'}", "unknown field {person}"),
        ("body: {a: '{text.__class__}'}", "unknown field {text.__class__}"),
        ("id: a\nstatus: {url: 'http://a.example/', delivered: [{a: b}]}", "status.url: Value error, must begin with"),
        ("id: a\nstatus: {url: 'https://a.example/{text}', delivered: [{a: b}]}", "unknown field {text}"),
        ("id: a\nstatus: {url: 'https://a.example/', delivered: []}", "status.delivered: Tuple should have at least 1"),
        (
            "status: {url: 'https://a.example/', delivered: [{a: b}]}",
            "who is asked must have told a number; add id",
        ),
        ("rate: 0", "rate: Input should be greater than 0"),
        ("colour: red", "colour: Unexpected keyword argument"),
    ],
)
def test_a_gateways_file_says_what_is_wrong_with_it(tmp_path: Path, line: str, why: str) -> None:
    good = {"gateway": "own", "url": "https://a.example/", "body": {}, "code": "code", "accepted": ["0"], "price": 1}
    text = "\n".join(json.dumps({key: value})[1:-1] for key, value in good.items() if not line.startswith(key))
    (tmp_path / "own.yaml").write_text(f"{text}\n{line}\n", "utf-8")
    with pytest.raises(WrongGateway, match=re.escape(why)):
        load_gateway(str(tmp_path / "own.yaml"))


def test_a_gateway_that_is_no_preset_and_no_file_is_refused() -> None:
    with pytest.raises(WrongGateway, match="is no preset"):
        load_gateway("no-such-gateway")


@pytest.mark.parametrize(
    ("gateway", "status", "content", "state", "provider_id", "down"),
    [
        (ESMS, 200, '{"CodeResult":"100","SMSID":"abc"}', "accepted", "abc", False),
        (ESMS, 200, '{"CodeResult":100,"SMSID":"abc"}', "accepted", "abc", False),
        (ESMS, 200, '{"CodeResult":"124"}', "accepted", None, False),
        (ESMS, 200, '{"CodeResult":"99"}', "failed", None, False),
        (ESMS, 200, '{"CodeResult":"103"}', "deferred", None, True),  # no money left: the message is not at fault
        (ESMS, 200, "{}", "unknown", None, False),
        (ESMS, 200, "<html>", "unknown", None, False),
        (ESMS, 200, "[" * 60_000, "unknown", None, False),
        (ESMS, 400, "<html>", "failed", None, False),
        (ESMS, 401, "", "deferred", None, True),
        (ESMS, 429, "", "deferred", None, True),
        (ESMS, 500, "", "unknown", None, False),
        (ESMS, 503, "", "deferred", None, True),
        (
            load_gateway("speedsms"),
            200,
            '{"status":"success","code":"00","data":{"tranId":77}}',
            "accepted",
            "77",
            False,
        ),
        (load_gateway("speedsms"), 200, '{"status":"error","code":"105"}', "failed", None, False),
        (load_gateway("stringee"), 200, '{"smsSent":1,"result":[{"r":0,"price":"830"}]}', "accepted", None, False),
        (load_gateway("stringee"), 200, '{"smsSent":0,"result":[{"r":6}]}', "deferred", None, True),
    ],
)
def test_an_answer_means_what_the_gateways_file_says(
    gateway: Gateway, status: int, content: str, state: str, provider_id: str | None, down: bool
) -> None:
    answer = read_answer(gateway, status, content.encode())
    assert (answer.state, answer.provider_id, answer.gateway_down) == (state, provider_id, down)


@given(st.text(max_size=60))
def test_a_value_stays_one_string_of_the_body(text: str) -> None:
    assert filled({"a": ["{text}", 3]}, {"text": text}) == {"a": [text, 3]}
