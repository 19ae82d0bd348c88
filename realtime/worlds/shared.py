"""What every topic of a world is built with, and what each gives to the router."""

from dataclasses import dataclass
from typing import TypeAlias

from realtime.clock import Clock
from realtime.config import Settings
from realtime.connection.router import Handler
from realtime.delivery.catchup import CatchUp
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.messages import ClientMessage
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.errands import Errands
from realtime.service.groupbook import GroupBook
from realtime.service.moderation.conduct import Conducts
from realtime.service.pace import Pace
from realtime.service.pictures.gallery import Pictures
from realtime.service.words.forms import Forms
from storage.counts import CountedLog

Handlers: TypeAlias = dict[type[ClientMessage], Handler]


@dataclass(frozen=True, slots=True)
class Shared:
    """One of each in a world."""

    hub: Hub
    writer: Writer
    log: CountedLog
    clock: Clock
    naming: Naming
    settings: Settings
    access: Access
    book: GroupBook
    errands: Errands
    catch_up: CatchUp
    forms: Forms
    pictures: Pictures
    conducts: Conducts
    pace: Pace
