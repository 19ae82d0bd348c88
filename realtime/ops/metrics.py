"""The server's figures as Prometheus reads them. Nothing is counted here: the parts count, and are read when asked."""

import asyncio
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from realtime.ops.health import Vitals
from realtime.tally import Figure, Tally

PREFIX: Final = "samverkan_"


async def render(vitals: Vitals, accepted: str) -> tuple[bytes, str]:
    """The document and its media type, in the format that an `Accept` header asks for.

    The figures are read on the loop, in one piece. Counting ten thousand open files and writing all of it as text takes
    longer (13 of 18 ms), and is done beside it.
    """
    families = [_family(figure) for figure in vitals.figures()]
    return await asyncio.to_thread(_encode, families, accepted)


def _encode(families: list[Metric], accepted: str) -> tuple[bytes, str]:
    registry = CollectorRegistry()
    registry.register(_Gathered(families))
    ProcessCollector(registry=registry)  # this process's memory, processor time and open files
    encode, media_type = choose_encoder(accepted)
    return encode(registry), media_type


class _Gathered(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def _family(figure: Figure) -> Metric:
    name, labels = PREFIX + figure.name, figure.labels
    if figure.kind == "histogram":
        histogram = HistogramMetricFamily(name, figure.meaning, labels=labels)
        for values, tally in figure.values.items():
            assert isinstance(tally, Tally)
            histogram.add_metric(values, _buckets(tally), tally.total)
        return histogram
    family = CounterMetricFamily if figure.kind == "counter" else GaugeMetricFamily
    metric = family(name, figure.meaning, labels=labels)
    for values, value in figure.values.items():
        assert not isinstance(value, Tally)
        metric.add_metric(values, value)
    return metric


def _buckets(tally: Tally) -> list[tuple[str, float]]:
    bounds = [*(f"{bound:g}" for bound in tally.bounds), "+Inf"]
    return list(zip(bounds, map(float, tally.cumulated()), strict=True))
