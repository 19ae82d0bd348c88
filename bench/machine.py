"""What a figure was measured on, so that nobody compares figures of two machines without knowing it."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any


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


def keep(file: Path | None, figures: dict[str, Any]) -> None:
    """Write figures with the machine's, for other programs to read; nothing without a file."""
    if file is not None:
        file.write_text(json.dumps({"machine": describe()} | figures, indent=1) + "\n")


def _field(path: str, name: str) -> str:
    for row in Path(path).read_text().splitlines():
        key, _, value = row.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
