"""Settings as frozen dataclasses, from `samverkan.toml` and `SAMVERKAN_*`, with the units in the names."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from msgspec import Meta

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]

DAY_S = 86_400.0
AtLeastADay = Annotated[float, Meta(ge=86_400)]  # limits count over a day, and so long clients show what is over


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where the server listens and keeps its data; from SAMVERKAN_SERVER_*."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8765  # 0: any free one, told in the ready line
    data: Path = Path("data")
    max_connections: Count = 19_000  # under the common limit of 20,000 open files
    drain_s: Annotated[float, Meta(ge=0)] = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """One client's bounds; from SAMVERKAN_CONNECTION_*."""

    max_message_bytes: Count = 131_072  # above it the socket closes with 1009
    max_hello_bytes: Count = 65_536
    max_hello_rooms: Count = 300
    max_hello_holds: Count = 300
    max_devices: Count = 10  # of one person; the oldest makes way
    hello_timeout_s: Positive = 10.0
    ping_s: Positive = 25.0
    min_ping_s: Positive = 5.0
    max_ping_s: Positive = 300.0
    pong_timeout_s: Positive = 20.0
    ack_timeout_s: Positive = 5.0  # for showing a red; whoever has not said so by then is pinged
    probe_timeout_s: Positive = 5.0  # and closed as silent if nothing was heard by then
    close_timeout_s: Positive = 5.0  # for the rest of the outbox, and for the peer's own close
    outbox_bytes: Count = 262_144
    outbox_age_s: Positive = 15.0
    kernel_unsent_bytes: Count = 16_384  # TCP_NOTSENT_LOWAT: what a red cannot overtake
    connections_per_s: Positive = 2_000.0  # of all clients; whoever is too many is told when to come back
    connections_burst: Count = 1_000
    hellos_per_s: Positive = 1_200.0  # of all clients; whoever is too many is told when it is their turn
    hellos_burst: Count = 300
    messages_per_s: Positive = 20.0
    messages_burst: Count = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """What one alert may ask for; from SAMVERKAN_ALERTS_*."""

    red_radius_m: Positive = 500.0
    red_radius_limits_m: tuple[float, float] = (200.0, 3_000.0)
    yellow_radius_m: Positive = 300.0
    yellow_radius_limits_m: tuple[float, float] = (200.0, 1_500.0)
    red_ttl_s: Positive = 1_800.0
    yellow_ttl_s: Positive = 3_600.0
    info_ttl_s: Positive = 86_400.0
    max_updates: Count = 20
    update_interval_s: Annotated[float, Meta(ge=0)] = 1.0
    max_move_m: Positive = 500.0
    reach_after_s: Positive = 5.0
    widen_until: Annotated[int, Meta(ge=0)] = 20  # a red grows until about so many are within it; 0: never
    widen_to_m: tuple[float, ...] = (1_000.0, 2_000.0, 3_000.0)
    answers_every_s: Positive = 3.0  # at most so often is an author told how many have answered
    official_radius_m: Positive = 2_000.0  # of appeals, situation pictures and searches
    official_radius_limits_m: tuple[float, float] = (200.0, 50_000.0)
    official_ttl_s: Positive = 30 * DAY_S  # the longest that an appeal or a picture may stand
    search_ttl_s: Positive = 7 * DAY_S  # the same for a person or a vehicle that is searched for
    categories: Path | None = None  # more of them, or others, in a file like realtime/categories.toml
    yellows_per_hour: Annotated[int, Meta(ge=0)] = 6  # that sound at one device, in the real world; 0: all


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaSettings:
    """How much one person may raise (R10) and change, in one world; SAMVERKAN_QUOTAS_*, SAMVERKAN_EXERCISE_QUOTAS_*."""

    enforced: bool = True
    new_account_s: Positive = 7 * 86_400.0
    new_red_per_day: Count = 1
    red_per_hour: Count = 3
    red_per_day: Count = 10
    duty_red_per_hour: Count = 30
    yellow_per_hour: Count = 10
    yellow_per_day: Count = 30
    info_per_hour: Count = 30
    info_per_day: Count = 100
    help_merge_s: Positive = 1_800.0
    same_within_m: Annotated[float, Meta(ge=0)] = 150.0  # reds so near each other in place
    same_within_s: Annotated[float, Meta(ge=0)] = 300.0  # and time may be of the same thing (R11); 0: none is
    probing_alerts: Count = 5  # odd ones, by which somebody seems to ask who is where (R24), lower their limits
    probing_within_s: Annotated[float, Meta(gt=0)] = 7 * DAY_S  # of them
    probing_yellow_per_day: Count = 3  # then, and of reds as of a new account
    probing_ended_within_s: Positive = 300.0  # an odd one was ended by its author so soon,
    probing_moved_m: Positive = 100.0  # stands so far from where it was raised,
    probing_radius_m: Positive = 250.0  # was given so small a radius, or was not answered: two of these four
    changes_per_minute: Count = 60  # whatever else is stored: messages, joining, following; as many at once


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionSettings:
    """Last-known positions; from SAMVERKAN_POSITIONS_*."""

    ttl_s: Positive = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """The durable log; from SAMVERKAN_LOG_*."""

    commit_budget_s: Positive = 0.25  # after it a red goes out before it is stored
    retry_s: Positive = 1.0  # how often a red that outran the log is tried again
    max_batch: Count = 1_000
    replay_page: Count = 100
    tail_bytes: Count = 33_554_432  # of each world's latest events, kept in memory for those who come back


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSettings:
    """Pictures; from SAMVERKAN_MEDIA_*."""

    max_bytes: Count = 16_777_216  # of one as it is sent in; a phone's are 2 to 12 MB
    max_pixels: Count = 50_000_000  # the largest that phones make; decoded, three bytes each
    uploads_per_hour: Count = 30  # of one person
    at_once: Count = 4  # of all; each may hold `max_bytes` in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long what is stored is kept (R29); from SAMVERKAN_RETENTION_*. An alert counts from when it was over."""

    public_alerts_s: AtLeastADay = 30 * DAY_S
    room_alerts_s: AtLeastADay = 90 * DAY_S
    messages_s: AtLeastADay = 90 * DAY_S
    memberships_s: AtLeastADay = 365 * DAY_S  # joining and leaving; who belongs to a group now is kept
    records_s: AtLeastADay = 365 * DAY_S  # who changed what, and what was told to whom; what holds now is kept
    exercise_s: AtLeastADay = 7 * DAY_S  # everything in the exercise world, but for the server's own tests
    probe_s: AtLeastADay = DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductSettings:
    """The code of conduct and the guide for new members (F66, F90); from SAMVERKAN_CONDUCT_*.

    A text that is not given is the one that comes with the program. Another version asks everybody again.
    """

    version: Annotated[str, Meta(min_length=1, max_length=64)] = "1"
    text_sv: Path | None = None
    text_en: Path | None = None
    guide_sv: Path | None = None
    guide_en: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerationSettings:
    """What is reported, and by when it must have been looked at; from SAMVERKAN_MODERATION_*."""

    overdue_s: Positive = DAY_S  # then it is the owner's too
    max_open_reports: Count = 20  # of one person
    kept_s: AtLeastADay = 365 * DAY_S  # what was decided against somebody (R29)


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresSettings:
    """What is counted without persons; from SAMVERKAN_FIGURES_*."""

    zone: str = "Europe/Stockholm"  # whose hours, days and weeks are counted by


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSettings:
    """Who may vouch for an identity; from SAMVERKAN_TOKENS_*.

    Neither given: the server makes a key of its own in the data folder.
    """

    hs256_secret: Annotated[str, Meta(min_length=32)] | None = None
    jwks_file: Path | None = None
    audience: str | None = None  # what a token's "aud" must be or hold; a token with another is refused
    leeway_s: Annotated[float, Meta(ge=0)] = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings:
    """The server's own test alert, in the exercise world; from SAMVERKAN_PROBE_*."""

    enabled: bool = True
    interval_s: Positive = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    server: ServerSettings = field(default_factory=ServerSettings)
    connection: ConnectionSettings = field(default_factory=ConnectionSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    quotas: QuotaSettings = field(default_factory=QuotaSettings)
    exercise_quotas: QuotaSettings = field(default_factory=lambda: QuotaSettings(enforced=False))
    positions: PositionSettings = field(default_factory=PositionSettings)
    log: LogSettings = field(default_factory=LogSettings)
    media: MediaSettings = field(default_factory=MediaSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    conduct: ConductSettings = field(default_factory=ConductSettings)
    moderation: ModerationSettings = field(default_factory=ModerationSettings)
    figures: FiguresSettings = field(default_factory=FiguresSettings)
    tokens: TokenSettings = field(default_factory=TokenSettings)
    probe: ProbeSettings = field(default_factory=ProbeSettings)
