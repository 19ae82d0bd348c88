"""Times as percentiles, by the histogram that the field uses."""

from typing import Any

import numpy as np
from hdrh.histogram import HdrHistogram

AT = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p99_9": 99.9}


def figures_ms(values_ns: Any) -> dict[str, float]:
    """HdrHistogram percentiles, three significant digits, in ms. Of few values a high percentile is the largest."""
    histogram = HdrHistogram(1, 120_000_000, 3)
    for value in (np.asarray(values_ns) // 1_000).astype(int).tolist():
        histogram.record_value(max(1, value))
    highest = round(int(np.max(values_ns)) / 1e6, 3)  # exact, where a bucket's bound may lie a little above it
    figures = {
        name: min(highest, histogram.get_value_at_percentile(percentile) / 1_000) for name, percentile in AT.items()
    }
    return {"count": len(values_ns), **figures, "max": highest}


def percentile_ms(values_ns: Any, percentile: float) -> float:
    return round(float(np.percentile(values_ns, percentile)) / 1e6, 3) if len(values_ns) else 0.0
