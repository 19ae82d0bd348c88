"""Settings that are each in range, and cannot be meant together."""

import itertools
from collections.abc import Iterator
from typing import TypeAlias

from realtime.config import (
    DAY_S,
    AlertSettings,
    ConnectionSettings,
    QuotaSettings,
    RetentionSettings,
    Settings,
    TokenSettings,
)

Contradiction: TypeAlias = tuple[tuple[str, ...], str]  # the keys that contradict each other, and what is wrong

_FURTHEST_M = 1e6  # what the wire carries


def contradictions(settings: Settings) -> Iterator[Contradiction]:
    """Each contradiction, with the keys whose change would resolve it."""
    yield from _connection(settings.connection)
    yield from _radius(settings.alerts, "red")
    yield from _radius(settings.alerts, "yellow")
    yield from _quotas(settings.quotas, "quotas")
    yield from _quotas(settings.exercise_quotas, "exercise_quotas")
    yield from _retention(settings.retention, settings.alerts)
    yield from _tokens(settings.tokens)


def _ordered(section: str, **values: float) -> Iterator[Contradiction]:
    """The values must not fall, in the order given."""
    named = list(values.items())
    for (low, low_value), (high, high_value) in itertools.pairwise(named):
        if low_value > high_value:
            what = f"{section}.{low} ({low_value:g}) must not be above {section}.{high} ({high_value:g})"
            yield (f"{section}.{low}", f"{section}.{high}"), what


def _connection(given: ConnectionSettings) -> Iterator[Contradiction]:
    yield from _ordered("connection", min_ping_s=given.min_ping_s, ping_s=given.ping_s, max_ping_s=given.max_ping_s)
    yield from _ordered("connection", max_hello_bytes=given.max_hello_bytes, max_message_bytes=given.max_message_bytes)
    yield from _ordered("connection", messages_per_s=given.messages_per_s, messages_burst=given.messages_burst)


def _radius(given: AlertSettings, level: str) -> Iterator[Contradiction]:
    radius, limits = f"alerts.{level}_radius_m", f"alerts.{level}_radius_limits_m"
    value: float = getattr(given, f"{level}_radius_m")
    low, high = getattr(given, f"{level}_radius_limits_m")
    if not 0 < low <= high <= _FURTHEST_M:
        yield (limits,), f"{limits} ({low:g}, {high:g}) must be above 0, the lower first, and at most {_FURTHEST_M:g}"
    elif not low <= value <= high:
        yield (radius, limits), f"{radius} ({value:g}) must be within {limits} ({low:g} to {high:g})"


def _quotas(given: QuotaSettings, section: str) -> Iterator[Contradiction]:
    yield from _ordered(section, new_red_per_day=given.new_red_per_day, red_per_day=given.red_per_day)
    yield from _ordered(section, red_per_hour=given.red_per_hour, red_per_day=given.red_per_day)
    yield from _ordered(section, yellow_per_hour=given.yellow_per_hour, yellow_per_day=given.yellow_per_day)


def _retention(given: RetentionSettings, alerts: AlertSettings) -> Iterator[Contradiction]:
    """Who was in a group when an alert came to it is told its end: as long as it may last, and be asked for."""
    longest_s, ttl = max((getattr(alerts, name), name) for name in ("red_ttl_s", "yellow_ttl_s", "info_ttl_s"))
    for name in ("memberships_s", "exercise_s"):
        if getattr(given, name) < DAY_S + longest_s:
            what = (
                f"retention.{name} ({getattr(given, name):g}) must be at least a day above alerts.{ttl} ({longest_s:g})"
            )
            yield (f"retention.{name}", f"alerts.{ttl}"), what


def _tokens(given: TokenSettings) -> Iterator[Contradiction]:
    if given.hs256_secret is not None and given.jwks_file is not None:
        keys = ("tokens.hs256_secret", "tokens.jwks_file")
        yield keys, f"{keys[0]} and {keys[1]} exclude each other: give one of them"
