"""What a client asks in order to offer its person a choice."""

from realtime.errors import Invalid
from realtime.messages import CategoryList, ReadCategories
from realtime.service.acts import required_id
from realtime.service.caller import Caller
from realtime.service.places.areas import Areas


class Catalogue:
    """The lists of one world."""

    def __init__(self, areas: Areas) -> None:
        self._areas = areas

    def categories(self, caller: Caller, message: ReadCategories) -> None:
        id = required_id(message)
        if (message.lat is None) != (message.lon is None):
            raise Invalid("a place is lat and lon, both", field="lat")
        if message.lat is None or message.lon is None:
            categories = self._areas.categories
        else:
            categories = self._areas.categories_at(message.lat, message.lon)
        caller.answer(CategoryList(id=id, categories=categories.rows()))
