"""What an act on the registry did, and units themselves, in the words of an office."""

from typing import TYPE_CHECKING, Any

import click

from dondoc.cli.output import shown

if TYPE_CHECKING:
    from dondoc.store.registry_changes import Life
    from tasks.registry_act import RegistryChange

KINDS = {
    "department": "sở, ban, ngành", "mass-organisation": "đoàn thể", "front": "Ủy ban MTTQ",
    "district": "huyện, thị xã, thành phố", "commune": "xã, phường, thị trấn", "sub-unit": "đơn vị trực thuộc",
    "enterprise": "doanh nghiệp", "cooperative": "hợp tác xã", "health-facility": "cơ sở y tế", "school": "trường học",
    "business-association": "hiệp hội doanh nghiệp", "party-body": "cơ quan Đảng", "province": "cấp tỉnh",
    "person": "cá nhân",
}  # fmt: skip
RULES = {"continue": "tiếp tục", "merge": "hợp nhất", "split": "chia tách", "split-merge": "chia tách, nhập một phần"}
STATES = {
    "open": "chưa ghi nhận", "submitted": "đã ghi nhận", "transferred": "đã chuyển tiếp",
    "withdrawn": "không theo dõi", "waived": "được miễn",
}  # fmt: skip
CONTACT_ROLES = {"officer": "chuyên viên", "office": "văn thư", "head": "thủ trưởng", "leader": "lãnh đạo"}
_ACTS = {
    "open": "thành lập", "close": "kết thúc", "rename": "đổi tên", "move": "chuyển trực thuộc", "merge": "hợp nhất",
    "split": "chia tách",
}  # fmt: skip
_MOST = 12


def print_change(done: "RegistryChange", who: str, document: str | None, *, only_shown: bool) -> None:
    """Say what an act did: who ends, who begins, who follows, and what is still to be done about it."""
    rests = f", theo văn bản {document}" if document else ""
    head = f"Nếu {_ACTS[done.act]}" if only_shown else f"Đã ghi (mục {done.change_id}): {_ACTS[done.act]}"
    click.echo(f"{head} từ ngày {shown(done.on_date)}{rests}; {who}")
    _units("kết thúc", done.ended)
    _units("bắt đầu", done.began)
    if done.contacts:
        click.echo(f"  đầu mối liên hệ chuyển theo: {done.contacts}")
    if done.unreachable:
        listed = ", ".join(life.code for life in done.unreachable[:_MOST])
        click.echo(f"  chưa có đầu mối liên hệ: {listed}; nạp bằng 'dondoc units import'")
    for held in done.vacant:
        click.echo(
            f"  vai trò {held.role} của {held.campaign} không còn đơn vị giữ từ {shown(done.on_date)}: "
            f"ghi bằng 'dondoc rule hold-role {held.campaign} {held.role} …'"
        )
    if done.followed is not None:
        click.echo(
            f"  nhiệm vụ đang mở: {done.followed.transferred} kết thúc, {done.followed.joined} chuyển cho đơn vị mới"
        )
    elif done.campaigns:
        click.echo(f"  nhiệm vụ đang mở sẽ chuyển vào ngày {shown(done.on_date)}: {', '.join(done.campaigns)}")


def change_json(done: "RegistryChange") -> dict[str, Any]:
    """Return what an act did as plain values."""
    followed = done.followed
    return {
        "change": done.change_id, "act": done.act, "on": done.on_date,
        "ended": [_unit_json(life) for life in done.ended], "began": [_unit_json(life) for life in done.began],
        "successions": [
            {"predecessor": gone, "successor": heir, "rule": rule} for gone, heir, rule in done.successions
        ],
        "contacts": done.contacts, "unreachable": [life.code for life in done.unreachable],
        "vacant_roles": [{"campaign": held.campaign, "role": held.role} for held in done.vacant],
        "campaigns": list(done.campaigns),
        "followed": {"transferred": followed.transferred, "joined": followed.joined} if followed else None,
    }  # fmt: skip


def masked_address(address: str) -> str:
    """Return an e-mail address by which its owner is recognised and nobody else is told: `n***@so-y-te.example`."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}***@{domain}"


def masked_phone(phone: str | None) -> str | None:
    """Return the last three digits of a telephone number."""
    return f"***{''.join(c for c in phone if c.isdigit())[-3:]}" if phone else None


def _units(what: str, lives: "tuple[Life, ...]") -> None:
    for life in lives[:_MOST]:
        click.echo(f"  {what}: {life.code} ({life.name})")
    if len(lives) > _MOST:
        click.echo(f"  {what}: và {len(lives) - _MOST} đơn vị nữa")


def _unit_json(life: "Life") -> dict[str, Any]:
    return {"code": life.code, "name": life.name, "kind": life.kind, "parent": life.parent_code}
