"""Who takes part: how each is started, what it speaks, what it lacks here, and which version it is."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

import bench
from bench.inside import settings
from bench.peers.install import NGINX_STATE, Place
from bench.swarm import SOCKETS_PER_ADDRESS

Kind = Literal["floor", "ours", "python", "other"]
_ROOT: Final = Path(bench.__file__).parent.parent
_CONFIGS: Final = Path(__file__).parent / "servers"
_PEERS_HINT: Final = "not installed: python -m bench.peers.install"


@dataclass(frozen=True, slots=True)
class Command:
    argv: list[str]
    env: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A server in the run. `command` is given where the peers are, a port, and a folder of its own."""

    name: str
    title: str
    kind: Kind
    dialect: str
    command: Callable[[Place, int, Path], Command]
    lacks: Callable[[Place], str | None]  # why it cannot run here, or None
    version: Callable[[Place], str]


def _ours(module: str, *arguments: str) -> Callable[[Place, int, Path], Command]:
    def command(place: Place, port: int, folder: Path) -> Command:
        argv = [sys.executable, "-m", f"bench.peers.servers.{module}", "--port", str(port), *arguments]
        return Command(argv, {"PYTHONPATH": str(_ROOT)})

    return command


def _theirs(module: str) -> Callable[[Place, int, Path], Command]:
    def command(place: Place, port: int, folder: Path) -> Command:
        argv = [str(place.python), "-m", f"bench.peers.servers.{module}", "--port", str(port)]
        return Command(argv, {"PYTHONPATH": str(_ROOT)})

    return command


def _samverkan(place: Place, port: int, folder: Path) -> Command:
    """`samverkan serve` as anybody runs it, but with no limit on how fast clients may come."""
    argv = [str(Path(sys.executable).with_name("samverkan")), "serve", "--port", str(port), "--data", str(folder)]
    given = settings()
    tables: dict[str, Any] = {"connection": given.connection, "positions": given.positions}
    env = {"SAMVERKAN_TOKENS_HS256_SECRET": given.tokens.hs256_secret or "", "SAMVERKAN_PROBE_ENABLED": "false"}
    env["SAMVERKAN_CONNECTION_PONG_TIMEOUT_S"] = "86400"  # they answer only in their turn, which may be a minute away
    for table, values in tables.items():
        for name in values.__slots__:
            value = getattr(values, name)
            default = getattr(type(values)(), name)
            if value != default:
                env[f"SAMVERKAN_{table}_{name}".upper()] = str(value)
    return Command(argv, env)


def _node(place: Place, port: int, folder: Path) -> Command:
    script = _CONFIGS / "node_ws.mjs"
    return Command([str(place.program("node")), str(script), "--port", str(port), "--modules", str(place.modules)], {})


def _configured(program: str, config: str, *flags: str) -> Callable[[Place, int, Path], Command]:
    """A program of the system's kind with a file of settings, in which `{port}` and so on are filled in."""

    def command(place: Place, port: int, folder: Path) -> Command:
        told = (_CONFIGS / config).read_text()
        known = {"port": port, "folder": folder, "files": SOCKETS_PER_ADDRESS, "modules": place.nginx_modules()}
        for name, value in known.items():
            told = told.replace(f"{{{name}}}", str(value))
        file = folder / config
        file.write_text(told)
        return Command([str(place.program(program)), *flags, str(file)], place.env())

    return command


def _nothing(place: Place) -> str | None:
    return None


def _lacks_python(package: str) -> Callable[[Place], str | None]:
    return lambda place: None if place.has_python(package) else _PEERS_HINT


def _lacks_program(program: str) -> Callable[[Place], str | None]:
    return lambda place: None if place.program(program) else _PEERS_HINT


def _lacks_node(place: Place) -> str | None:
    return None if place.program("node") and (place.modules / "ws").exists() else _PEERS_HINT


def _lacks_nchan(place: Place) -> str | None:
    there = NGINX_STATE.exists() and place.program("nginx") and place.nginx_modules()
    return None if there else _PEERS_HINT


def _here(*packages: str) -> Callable[[Place], str]:
    return lambda place: ", ".join(f"{package} {version(package)}" for package in packages)


def _there(*packages: str) -> Callable[[Place], str]:
    asked = f"from importlib.metadata import version as v; print(', '.join(f'{{p}} {{v(p)}}' for p in {packages!r}))"
    return lambda place: _said([str(place.python), "-c", asked], {})


def _program(program: str, *flags: str) -> Callable[[Place], str]:
    """The first number with a dot in what it says of itself."""

    def told(place: Place) -> str:
        found = re.search(r"\d+\.\d+[.\d]*", _said([str(place.program(program)), *flags], place.env()))
        return f"{program} {found[0] if found else 'unknown'}"

    return told


def _node_version(place: Place) -> str:
    package = str(place.modules / "ws" / "package.json")
    asked = f"console.log('ws ' + require({package!r}).version + ', Node ' + process.version)"
    return _said([str(place.program("node")), "-e", asked], {})


def _nchan_version(place: Place) -> str:
    """nchan does not say its own; Debian's package does."""
    archives = sorted((place.folder / "archives").glob("libnginx-mod-nchan_*"))
    mine = archives[-1].name.split("_")[1].replace("%3a", ":") if archives else "unknown"
    return f"nchan {mine}, {_program('nginx', '-v')(place)}"


def _said(argv: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(argv, env={"PATH": "/usr/bin:/bin", **env}, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


FLOOR: Final = "write"
"""What all ratios are to."""

ROSTER: Final[tuple[Peer, ...]] = (
    Peer(
        name="os.write",
        title="floor: a loop of os.write",
        kind="floor",
        dialect="plain",
        command=_ours("floor", "--way", "os.write"),
        lacks=_nothing,
        version=_here("uvloop"),
    ),
    Peer(
        name=FLOOR,
        title="floor: a loop of transport.write",
        kind="floor",
        dialect="plain",
        command=_ours("floor", "--way", "write"),
        lacks=_nothing,
        version=_here("uvloop"),
    ),
    Peer(
        name="shuffled",
        title="floor: the same, order shuffled",
        kind="floor",
        dialect="plain",
        command=_ours("floor", "--way", "shuffled"),
        lacks=_nothing,
        version=_here("uvloop"),
    ),
    Peer(
        name="samverkan",
        title="samverkan: a durable red to all near",
        kind="ours",
        dialect="samverkan",
        command=_samverkan,
        lacks=_nothing,
        version=_here("samverkan"),
    ),
    Peer(
        name="transport",
        title="samverkan: its transport alone",
        kind="ours",
        dialect="transport",
        command=_ours("transport_alone"),
        lacks=_nothing,
        version=_here("samverkan"),
    ),
    Peer(
        name="picows",
        title="picows",
        kind="python",
        dialect="plain",
        command=_theirs("picows_server"),
        lacks=_lacks_python("picows"),
        version=_there("picows", "uvloop"),
    ),
    Peer(
        name="websockets",
        title="websockets, broadcast",
        kind="python",
        dialect="plain",
        command=_ours("websockets_broadcast"),
        lacks=_nothing,
        version=_here("websockets"),
    ),
    Peer(
        name="starlette",
        title="Starlette on uvicorn, send_text",
        kind="python",
        dialect="plain",
        command=_ours("starlette_stock"),
        lacks=_nothing,
        version=_here("starlette", "uvicorn"),
    ),
    Peer(
        name="socketio",
        title="python-socketio on uvicorn",
        kind="python",
        dialect="socketio",
        command=_theirs("socketio_server"),
        lacks=_lacks_python("socketio"),
        version=_there("python-socketio", "uvicorn"),
    ),
    Peer(
        name="ws",
        title="Node, ws",
        kind="other",
        dialect="plain",
        command=_node,
        lacks=_lacks_node,
        version=_node_version,
    ),
    Peer(
        name="nchan",
        title="nginx, nchan",
        kind="other",
        dialect="plain",
        command=_configured("nginx", "nchan.conf", "-e", "stderr", "-c"),
        lacks=_lacks_nchan,
        version=_nchan_version,
    ),
    Peer(
        name="nats",
        title="NATS over WebSocket",
        kind="other",
        dialect="nats",
        command=_configured("nats-server", "nats.conf", "-c"),
        lacks=_lacks_program("nats-server"),
        version=_program("nats-server", "--version"),
    ),
    Peer(
        name="mosquitto",
        title="mosquitto over WebSocket",
        kind="other",
        dialect="mqtt",
        command=_configured("mosquitto", "mosquitto.conf", "-c"),
        lacks=_lacks_program("mosquitto"),
        version=_program("mosquitto", "-h"),
    ),
)
