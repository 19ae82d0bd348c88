"""Who is limited, and who is not."""

import pytest

from realtime.config import QuotaSettings
from realtime.errors import RateLimited
from realtime.identity import Identity
from realtime.messages import World
from realtime.service.alerts.quotas import Quotas
from storage.events import PROBE_ROLE, Alert, LevelChange
from tests.storage.samples import an_alert


def raised(count: int) -> list[Alert]:
    return [an_alert(f"a{number}", levels=(LevelChange("red", 1.0, 1),)) for number in range(count)]


def identity(world: World, role: str) -> Identity:
    return Identity(user="u", world=world, role=role, expires_at=9.0)


def test_the_server_may_try_itself_as_often_as_it_likes() -> None:
    """Once a minute is more than what anybody else may, should an operator limit the exercise world as well."""
    Quotas(QuotaSettings()).check(identity("exercise", PROBE_ROLE), False, "red", raised(60), 2.0)


@pytest.mark.parametrize(("world", "role"), [("real", PROBE_ROLE), ("exercise", "member"), ("exercise", "guard")])
def test_nobody_else_may(world: World, role: str) -> None:
    with pytest.raises(RateLimited):
        Quotas(QuotaSettings()).check(identity(world, role), False, "red", raised(60), 2.0)
