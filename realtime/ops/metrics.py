"""The server's figures as Prometheus reads them. Nothing is counted here: the parts count, and are read when asked."""

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from realtime.ops.health import Vitals
from realtime.tally import Figure, Tally

PREFIX: Final = "samverkan_"


class Metrics:
    """A registry of its own: this process's memory, processor time and open files, and the server's figures."""

    def __init__(self, vitals: Vitals) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Figures(vitals))
        ProcessCollector(registry=self._registry)

    def render(self, accepted: str) -> tuple[bytes, str]:
        """The document and its media type, in the format that an `Accept` header asks for."""
        encode, media_type = choose_encoder(accepted)
        return encode(self._registry), media_type


class _Figures(Collector):
    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals

    def collect(self) -> Iterator[Metric]:
        return map(_family, self._vitals.figures())

    def describe(self) -> Iterable[Metric]:
        return []  # else the registry asks for all figures when it is built, before there are any


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
