"""Counts of people as they may be told or logged: in steps that say nothing about any one person (R19)."""

from typing import Final

from realtime.messages import Bucket

_BUCKETS: Final[tuple[tuple[int, Bucket], ...]] = ((100, "100+"), (20, "20-99"), (5, "5-19"))


def bucket_of(count: int) -> Bucket:
    return next((bucket for least, bucket in _BUCKETS if count >= least), "<5")
