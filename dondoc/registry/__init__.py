"""The registry of units, successors and contacts: read from files, dated, checked as a whole."""

from dondoc.registry.bundle import (
    RegistryBundle,
    load_bundle,
    read_bundle,
    read_contacts,
    read_successions,
    read_units,
)
from dondoc.registry.problems import RegistryError
from dondoc.registry.record import LIMITS, Limits
from dondoc.registry.rows import (
    CONTACT_ROLES,
    SUCCESSION_RULES,
    ContactRow,
    SuccessionRow,
    UnitRow,
    default_protocol_order,
)
from dondoc.registry.text import clean_text, normalise_address, search_key

__all__ = [
    "CONTACT_ROLES",
    "LIMITS",
    "SUCCESSION_RULES",
    "ContactRow",
    "Limits",
    "RegistryBundle",
    "RegistryError",
    "SuccessionRow",
    "UnitRow",
    "clean_text",
    "default_protocol_order",
    "load_bundle",
    "normalise_address",
    "read_bundle",
    "read_contacts",
    "read_successions",
    "read_units",
    "search_key",
]
