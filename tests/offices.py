"""An owner, organisations and who works there, for towns."""

from typing import Any

from tests.town import HERE, Phone, Town

AROUND = {"lat": HERE[0], "lon": HERE[1], "radius_m": 5_000}


def an_owner(town: Town) -> Phone:
    return town.phone("olga", as_="real/{}/owner")


def an_organisation(owner: Phone, id: str = "polisen", sector: str = "police", **fields: Any) -> str:
    """Registered around HERE unless an `area` is given."""
    wanted = {"name": id.title(), "area": AROUND, **fields}
    made = owner.ask("set_organisation", organisation=id, sector=sector, **wanted)
    assert made["type"] == "ok", made
    return id


def with_staff(owner: Phone, organisation: str, **people: str) -> None:
    for user, standing in people.items():
        made = owner.ask("set_staff", organisation=organisation, user=user, standing=standing)
        assert made["type"] == "ok", made
