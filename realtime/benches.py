"""The way from the `samverkan` command to the benches, which a server runs without."""

import importlib
from collections.abc import Sequence
from typing import Any, Final

import click

PASSED_ON: Final[dict[str, Any]] = {"ignore_unknown_options": True, "allow_extra_args": True}


def run(name: str, arguments: Sequence[str]) -> None:
    """Hand the arguments as they are to the click command of bench/NAME.py, and end as it ends."""
    try:
        module = importlib.import_module(f"bench.{name}")
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f'{error.name} is missing. The benches need more than the server does: pip install "samverkan[bench]"'
        ) from None
    module.main.main(list(arguments), prog_name=f"samverkan bench {name}")
