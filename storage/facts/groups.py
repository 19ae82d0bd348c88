"""What holds of groups beside who belongs to them."""

from realtime.messages import Trust
from storage.facts.base import Fact, joined_key


class Appointment(Fact, frozen=True, kw_only=True, tag="appointment"):
    """What a group trusts one of its members with (F27, F47). The creator is trusted with everything."""

    group: str
    user: str
    trusted: tuple[Trust, ...]

    @property
    def key(self) -> str:
        return joined_key(self.group, self.user)
