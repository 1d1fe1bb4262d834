"""Find out which contacts can be reached by SMS: from their telephone numbers as the registry has them."""

from dondoc.sms.numbers import NoMobile, mobile
from dondoc.store.engine import Connection, Database
from dondoc.store.sms import phones_to_link, save_mobiles


async def link_mobiles(database: Database, connection: Connection) -> dict[str, int]:
    """Link contacts with mobile numbers to a person of channel `sms`; return why others take none, counted.

    Asked before an SMS step fires, so that registries loaded before there were SMS need no step of their own.
    """
    mobiles: dict[str, str] = {}
    why: dict[str, int] = {}
    for typed in await phones_to_link(connection):
        try:
            mobiles[typed] = mobile(typed)
        except NoMobile as error:
            why[str(error)] = why.get(str(error), 0) + 1
    await save_mobiles(database, connection, mobiles)
    return why
