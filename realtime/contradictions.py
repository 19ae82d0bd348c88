"""Settings that are each in range, and cannot be meant together."""

import itertools
from collections.abc import Iterator
from typing import TypeAlias

from realtime.config import AlertSettings, ConnectionSettings, QuotaSettings, Settings, TokenSettings

Contradiction: TypeAlias = tuple[tuple[str, ...], str]  # the keys that contradict each other, and what is wrong

_FURTHEST_M = 1e6  # what the wire carries


def contradictions(settings: Settings) -> Iterator[Contradiction]:
    """Each contradiction, with the keys whose change would resolve it."""
    yield from _connection(settings.connection)
    yield from _radius(settings.alerts, "red")
    yield from _radius(settings.alerts, "yellow")
    yield from _quotas(settings.quotas, "quotas")
    yield from _quotas(settings.exercise_quotas, "exercise_quotas")
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


def _tokens(given: TokenSettings) -> Iterator[Contradiction]:
    if given.hs256_secret is not None and given.jwks_file is not None:
        keys = ("tokens.hs256_secret", "tokens.jwks_file")
        yield keys, f"{keys[0]} and {keys[1]} exclude each other: give one of them"
