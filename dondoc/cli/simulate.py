"""Commands that play a campaign through the years, with a picture, officers' acts or in Prefect, and look at that."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import Refused
from dondoc.cli.edge import FORMAT, answers, settings
from dondoc.cli.inputs import DAY, KEY
from dondoc.cli.output import print_json, print_table, shown, shown_due
from dondoc.cli.standing import BOUND

if TYPE_CHECKING:
    from dondoc.prefect_face.server import PrefectServer
    from dondoc.simulation.prefect_stand import PrefectStand

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("campaign", type=KEY)
@click.option("--from", "first", type=DAY, required=True, help="First day; the campaign is live from it.")
@click.option("--until", type=DAY, required=True, help="The day on which it stops, not included.")
@click.option("--issued", type=DAY, default=None, help="A day of issue for a plan without one; default: 1 January.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same account.")
@click.option(
    "--profile", type=KEY, default="typical", show_default=True, help="How units behave: typical, diligent, silent."
)
@click.option("--script", type=FILE, default=None, help="What officers do meanwhile: YAML, {on: DAY, do: COMMAND}.")
@click.option("--picture", type=FILE, default=None, help="Draw a timeline into this .svg or .png.")
@click.option("--keep", type=FOLDER, default=None, help="Keep database, spool and Prefect's runs in this folder.")
@click.option("--through-prefect", is_flag=True, help="Show every round as runs in Prefect; for a season or a year.")
@FORMAT
@click.pass_context
@answers
def simulate(
    context: click.Context, campaign: str, first: date, until: date, issued: date | None, seed: int, profile: str,
    script: Path | None, picture: Path | None, keep: Path | None, through_prefect: bool, form: str,
) -> None:  # fmt: skip
    """Play CAMPAIGN through the years with real mail on loopback and units that are punctual, late or silent."""
    from dondoc.cli.progress import days_bar
    from dondoc.cli.script import read_script
    from dondoc.cli.show import plan_of
    from dondoc.simulation.issued import issued_on
    from dondoc.simulation.prefect_stand import refuse_too_many_days
    from dondoc.simulation.run import simulate as play

    plan = plan_of(campaign)
    if issued is not None:
        plan = issued_on(plan, issued)
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise Refused(f"--keep {keep}: is not empty; a simulation begins in a new folder")
    if through_prefect:
        refuse_too_many_days(first, until)
    commands = context.find_root().command
    assert isinstance(commands, click.Group)
    acts = read_script(script, commands) if script else []
    draw = _drawer(picture) if picture else None

    async def run(folder: Path) -> dict[str, Any]:
        async with _stand(folder, keep) if through_prefect else _nowhere() as stand:
            with days_bar(first, until) as progress:
                account = await play(
                    plan, first=first, until=until, profile=profile, seed=seed, folder=folder, progress=progress,
                    picture=draw, acts=acts, stand=stand,
                )  # fmt: skip
            return account | ({"prefect_runs": stand.shown} if stand else {})

    with tempfile.TemporaryDirectory(prefix="dondoc-") as scratch:
        account = asyncio.run(run((keep or Path(scratch)).absolute()))
    if form == "json":
        print_json(account)
    else:
        _print_account(campaign, first, until, account)


def _drawer(picture: Path) -> Callable[[str], object]:
    """Return what writes the picture; a file that cannot be drawn is refused before anything is played."""
    from dondoc.simulation.png import fonts_in, png_of

    if picture.suffix not in (".svg", ".png"):
        raise Refused(f"--picture {picture}: name it .svg or .png")
    if not picture.absolute().parent.is_dir():
        raise Refused(f"--picture {picture}: there is no folder {picture.parent}; make it first")
    if picture.suffix == ".svg":
        return lambda svg: picture.write_text(svg, encoding="utf-8")
    fonts_in()
    return lambda svg: picture.write_bytes(png_of(svg))


@asynccontextmanager
async def _nowhere() -> AsyncIterator[None]:
    yield None


@asynccontextmanager
async def _stand(folder: Path, keep: Path | None) -> AsyncIterator["PrefectStand"]:
    """Lend where a simulation is shown: the Prefect of the settings, or one of its own that ends with it."""
    from dondoc.prefect_face.server import PrefectServer
    from dondoc.simulation.prefect_stand import PrefectStand

    chosen = settings()
    if chosen.prefect_api_url is not None:
        auth = chosen.prefect_auth.get_secret_value() if chosen.prefect_auth else None
        stand = PrefectStand(chosen.prefect_api_url, auth)
        yield stand
        _say(f"{stand.shown} lượt chạy trong Prefect: {chosen.prefect_api_url.removesuffix('/api')}/runs")
        return
    if keep is None:
        raise Refused(
            "--through-prefect: add --keep FOLDER, or nothing is left to look at; or name a Prefect server that runs "
            "already: DONDOC_PREFECT_API_URL"
        )
    async with _server(PrefectServer(folder, chosen.prefect_port)) as server:
        stand = PrefectStand(server.api_url, server.auth)
        yield stand
    _say(f"{stand.shown} lượt chạy trong Prefect; máy chủ đã dừng. Mở lại để xem: dondoc prefect {keep}")


@asynccontextmanager
async def _server(server: "PrefectServer") -> AsyncIterator["PrefectServer"]:
    await server.start(_say)
    try:
        yield server
    finally:
        await server.stop()


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)  # standard output is the account's


@click.command()
@click.argument("folder", type=FOLDER)
@answers
def prefect(folder: Path) -> None:
    """Open Prefect on the runs kept in FOLDER, to look at them. Ctrl-C stops it."""
    from dondoc.prefect_face.server import PrefectServer

    if not (folder / "prefect").is_dir():
        raise Refused(f"{folder}: holds no runs; make some: dondoc simulate … --through-prefect --keep {folder}")

    server = PrefectServer(folder.absolute(), settings().prefect_port)

    async def look() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with _server(server):
            click.echo(f"Prefect  {server.ui_url}/runs   (mật khẩu: {server.auth})")
            click.echo("Ctrl-C để dừng.")
            await stop.wait()

    asyncio.run(look())


def _print_account(campaign: str, first: date, until: date, account: dict[str, Any]) -> None:
    climbed = account["escalations"]
    click.echo(f"{campaign}, từ {shown(first)} đến trước {shown(until)}")
    if account["issued_assumed"]:
        click.echo(f"Kế hoạch không ghi ngày: coi như ban hành ngày {shown_due(account['issued'])}")
    for act in account["officer_acts"]:
        click.echo(f"{shown(datetime.fromisoformat(act['at']))}: {act['do']} → {act['said']}")
    click.echo(
        f"Bước nhắc: {account['steps_fired']} đã phát, {account['steps_folded']} gộp, "
        f"{sum(account['steps_skipped'].values())} bỏ qua có lý do, {account['steps_waiting']} đang chờ"
    )
    for reason, count in account["steps_skipped"].items():
        click.echo(f"  · {reason}: {count}")
    click.echo(
        f"Thông báo trong sổ: {account['notices']}; thư máy chủ đã nhận: {account['messages']} "
        f"(trùng {account['duplicates']}, nhắc sau khi đã nộp {account['nagged']}, gửi sai đối tượng "
        f"{account['chased_wrongly']})"
    )
    for line in _came(account["per_duty"]):
        click.echo(line)
    click.echo(
        f"Phiếu trình: {climbed['laid']} đã trình, {climbed['released']} đã phát hành, "
        f"{climbed['withdrawn']} rút, {climbed['on_desk']} còn trên bàn"
    )
    print_table(
        "Theo nhiệm vụ",
        ["nhiệm vụ", "kỳ", "tính chất", "hạn cuối", "đơn vị", "trong hạn", "sau hạn", "chưa ghi nhận", "chuyển tiếp",
         "thông báo"],
        (
            [row["duty"], row["period"], BOUND[row["modality"]], shown_due(row["due_on"]), row["asked"],
             *((row["on_time"], row["late"]) if row["modality"] == "mandated" else (None, None)),
             row["not_recorded"], row["transferred"], row["notices_sent"]]
            for row in account["per_duty"]
        ),
    )  # fmt: skip


def _came(duties: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what came in under dated duties, each modality for itself: who is only asked is never judged."""
    for modality, name in BOUND.items():
        mine = [row for row in duties if row["modality"] == modality and row["due_on"]]
        if not mine:
            continue
        on_time, late, missing = (sum(row[what] for row in mine) for what in ("on_time", "late", "not_recorded"))
        came = f"trong thời hạn {on_time}, sau thời hạn {late}" if modality == "mandated" else f"đã có {on_time + late}"
        yield f"Báo cáo {name}: {came}, chưa ghi nhận {missing}"


commands = (simulate, prefect)
