"""What a client asks of places: the map, followed areas, areas with rules, duty."""

from collections.abc import Sequence

from realtime.client.asking import Requests, new_id
from realtime.messages import (
    AreaPart,
    Box,
    Circle,
    Corner,
    DropArea,
    FindArea,
    Follow,
    FollowedAreas,
    FoundAreas,
    GoOnDuty,
    Level,
    ListAreas,
    MapPage,
    Ok,
    ReadMap,
    SetArea,
    Unfollow,
    Watch,
)


class MapRequests(Requests):
    """The part of a client that is about places; what it looks at is said again in each `hello`."""

    def __init__(self) -> None:
        super().__init__()
        self._view: Box | None = None

    async def watch(self, box: Box | None) -> Ok:
        """Look at a part of the map, in place of the one before; None: at nothing."""
        self._view = box
        return await self.ask(Watch(id=new_id(), box=box, off=box is None))

    async def read_map(
        self, box: Box, *, limit: int = 50, since_s: float = 86_400.0, before: str | None = None
    ) -> MapPage:
        """A page of what was public there, the latest first; `next` of the page before leads on."""
        return await self.inquire(ReadMap(id=new_id(), box=box, limit=limit, since_s=since_s, before=before), MapPage)

    async def follow(
        self,
        name: str,
        *,
        circle: Circle | None = None,
        polygon: tuple[Corner, ...] | None = None,
        levels: tuple[Level, ...] = (),
        categories: tuple[str, ...] = (),
        id: str | None = None,
    ) -> Ok:
        """Hear of what happens in a circle or a polygon, wherever one is; the same name again replaces the area."""
        request = Follow(
            id=id or new_id(), name=name, circle=circle, polygon=polygon, levels=levels, categories=categories
        )
        return await self.ask(request)

    async def unfollow(self, name: str, *, id: str | None = None) -> Ok:
        return await self.ask(Unfollow(id=id or new_id(), name=name))

    async def followed_areas(self) -> FollowedAreas:
        return await self.inquire(ListAreas(id=new_id()), FollowedAreas)

    async def find_areas(
        self, *, lat: float | None = None, lon: float | None = None, after: str | None = None
    ) -> FoundAreas:
        """The areas with rules that hold a place, the smallest first; or a page of all."""
        return await self.inquire(FindArea(id=new_id(), lat=lat, lon=lon, after=after), FoundAreas)

    async def set_area(
        self,
        area: str,
        name: str,
        parts: Sequence[AreaPart],
        *,
        categories: tuple[str, ...] = (),
        organisations: tuple[str, ...] = (),
        red_radius_m: float | None = None,
        red_radius_limits_m: tuple[float, float] | None = None,
        yellow_radius_m: float | None = None,
        yellow_radius_limits_m: tuple[float, float] | None = None,
        id: str | None = None,
    ) -> Ok:
        """Give an area rules of its own; only by the owner of the platform."""
        request = SetArea(
            id=id or new_id(),
            area=area,
            name=name,
            parts=tuple(parts),
            categories=categories,
            organisations=organisations,
            red_radius_m=red_radius_m,
            red_radius_limits_m=red_radius_limits_m,
            yellow_radius_m=yellow_radius_m,
            yellow_radius_limits_m=yellow_radius_limits_m,
        )
        return await self.ask(request)

    async def drop_area(self, area: str, *, id: str | None = None) -> Ok:
        return await self.ask(DropArea(id=id or new_id(), area=area))

    async def go_on_duty(
        self, *, area: str | None = None, polygon: tuple[Corner, ...] | None = None, id: str | None = None
    ) -> Ok:
        """The police: public reds in an area of the platform, or in a polygon, come at once."""
        return await self.ask(GoOnDuty(id=id or new_id(), on=True, area=area, polygon=polygon))

    async def go_off_duty(self, *, id: str | None = None) -> Ok:
        return await self.ask(GoOnDuty(id=id or new_id(), on=False))
