"""Installs the peers, each from the registry of its own kind, into a folder outside the tree.

    python -m bench.peers.install
    python -m bench.peers.install --into peers --only nats,nchan

Debian's packages are unpacked there, with the libraries that are missing here, and no service is started; of the system
only nchan needs anything: a folder /var/lib/nginx, whatever nginx is told. What is there already is left alone. Says
for each that it is there now, or why it could not be had.
"""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import click

DEFAULT: Final = Path.home() / ".cache" / "samverkan-peers"
# The versions in docs/peers.md. uvicorn and uvloop as in requirements.lock, so that all of Python's run on the same.
PIP: Final = ("picows==2.3.1", "python-socketio==5.18.1", "uvicorn==0.54.0", "uvloop==0.23.0", "websockets==17.4")
NPM: Final = ("ws@8.23.0",)
DEBIAN: Final = {"nchan": ("nginx", "libnginx-mod-nchan"), "nats": ("nats-server",), "mosquitto": ("mosquitto",)}

NGINX_STATE: Final = Path("/var/lib/nginx")  # nchan has a location of its own, which knows no other folder


class CannotInstall(Exception):
    """Why, in the installer's own words."""


class Place:
    """Where the peers are, or will be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.python = self.folder / "venv" / "bin" / "python"
        self.modules = self.folder / "node_modules"
        self.debian = self.folder / "debian"

    def program(self, name: str) -> Path | None:
        """The system's own, if there is one, or the one unpacked here."""
        found = shutil.which(
            name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:{self.debian}/usr/bin:{self.debian}/usr/sbin"
        )
        return None if found is None else Path(found)

    def nginx_modules(self) -> Path | None:
        for root in (self.debian, Path("/")):
            if (folder := root / "usr/lib/nginx/modules") and (folder / "ngx_nchan_module.so").exists():
                return folder
        return None

    def env(self) -> dict[str, str]:
        """For programs that were unpacked here: where their libraries are."""
        folders = [
            self.debian / "usr/lib",
            *sorted(self.debian.glob("usr/lib/*-linux-*")),
            *sorted(self.debian.glob("lib/*-linux-*")),
        ]
        return {"LD_LIBRARY_PATH": ":".join(map(str, folders))} if self.debian.exists() else {}

    def has_python(self, package: str) -> bool:
        return any(self.folder.glob(f"venv/lib/python*/site-packages/{package}/__init__.py"))


def install(place: Place, only: Sequence[str], say: Callable[[str], None]) -> bool:
    """Whether everything that was asked for is there now."""
    place.folder.mkdir(parents=True, exist_ok=True)
    complete = True
    for name, (there, fetch) in _ways(place).items():
        if only and name not in only:
            continue
        try:
            if not there():
                fetch()
            said = "there" if there() else "could not be had: the installer said nothing, but it is not there"
        except (CannotInstall, OSError) as error:
            said = f"could not be had: {error}"
        complete &= said == "there"
        say(f"{name:<10} {said}")
    return complete


def _ways(place: Place) -> dict[str, tuple[Callable[[], bool], Callable[[], None]]]:
    """By name: whether it is there, and how to get it."""
    return {
        "picows": (lambda: place.has_python("picows"), lambda: _pip(place)),
        "socketio": (lambda: place.has_python("socketio"), lambda: _pip(place)),
        "ws": (lambda: place.program("node") is not None and (place.modules / "ws").exists(), lambda: _npm(place)),
        "nchan": (
            lambda: NGINX_STATE.exists() and place.program("nginx") is not None and place.nginx_modules() is not None,
            lambda: _nchan(place),
        ),
        "nats": (lambda: place.program("nats-server") is not None, lambda: _debian(place, DEBIAN["nats"])),
        "mosquitto": (lambda: place.program("mosquitto") is not None, lambda: _debian(place, DEBIAN["mosquitto"])),
    }


def _pip(place: Place) -> None:
    if not place.python.exists():
        venv.create(place.folder / "venv", with_pip=True)
    _run([str(place.python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *PIP])


def _npm(place: Place) -> None:
    if shutil.which("npm") is None:
        raise CannotInstall("there is no npm here")
    _run(
        [
            "npm",
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            str(place.folder),
            *NPM,
        ]
    )


def _debian(place: Place, packages: Sequence[str]) -> None:
    """Fetch with what they need and this system lacks, and unpack: their scripts, which start services, do not run."""
    if shutil.which("apt-get") is None:
        raise CannotInstall("it comes from Debian, and there is no apt-get here")
    archives, lists = place.folder / "archives", place.folder / "lists"
    for folder in (archives / "partial", lists / "partial", place.debian):
        folder.mkdir(parents=True, exist_ok=True)
    apt = ["apt-get", "-qq", "-o", f"Dir::Cache::archives={archives}", "-o", f"Dir::State::lists={lists}"]
    apt += ["-o", f"Dir::Cache::pkgcache={place.folder}/pkgcache.bin", "-o", "Dir::Cache::srcpkgcache="]
    apt += ["-o", "Debug::NoLocking=true", "-o", "APT::Sandbox::User="]
    if not any(lists.glob("*Packages*")):
        _run([*apt, "update"])
    _run([*apt, "install", "--yes", "--download-only", "--no-install-recommends", *packages])
    for archive in archives.glob("*.deb"):
        _run(["dpkg-deb", "--extract", str(archive), str(place.debian)])


def _nchan(place: Place) -> None:
    _debian(place, DEBIAN["nchan"])
    NGINX_STATE.mkdir(parents=True, exist_ok=True)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines() or [f"{command[0]} failed"]
        raise CannotInstall(words[-1])


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else "")
@click.option("--into", type=click.Path(path_type=Path), default=DEFAULT, show_default="~/.cache/samverkan-peers")
@click.option("--only", default="", help="Some of them: picows,socketio,ws,nchan,nats,mosquitto.")
def main(into: Path, only: str) -> None:
    sys.exit(not install(Place(into), [name for name in only.split(",") if name], click.echo))


if __name__ == "__main__":
    main()
