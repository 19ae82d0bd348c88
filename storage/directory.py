"""Groups, who belongs to them, and what else holds: what every implementation promises.

Changed only by events appended to the log.
"""

from typing import Protocol

from storage.events import Group, HeldFact, Membership


class Directory(Protocol):
    """The groups and facts of both worlds, as the log's committed events have left them: `EventLog.append` says how."""

    async def groups(self) -> list[Group]:
        """Every group, in the order of creation."""

    async def memberships(self, ended_after: float) -> list[Membership]:
        """Every stay that lasts, and those that ended after this time (Unix seconds), in the order of beginning.

        A person has at most one lasting stay in a group.
        """

    async def facts(self) -> list[HeldFact]:
        """Every fact that holds in either world, in the order in which they were last said."""
