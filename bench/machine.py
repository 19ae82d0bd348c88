"""What a figure was measured on, so that nobody compares figures of two machines without knowing it."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def describe() -> dict[str, str | int | float]:
    """Processor, cores, memory, system, Python and uvloop, and how busy the machine was just now."""
    return {
        "cpu": _field("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "memory_gib": round(int(_field("/proc/meminfo", "MemTotal").split()[0]) / 2**20, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "uvloop": version("uvloop"),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def line() -> str:
    """The same in one line, to print under a table."""
    it = describe()
    return (
        f"{it['cpu']}, {it['cores']} cores, {it['memory_gib']} GiB, {it['system']}, "
        f"Python {it['python']}, uvloop {it['uvloop']}, load {it['load_1min']}"
    )


def _field(path: str, name: str) -> str:
    for row in Path(path).read_text().splitlines():
        key, _, value = row.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
