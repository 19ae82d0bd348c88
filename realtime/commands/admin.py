"""`samverkan admin`: what the platform's owner does. The commands stand where their topic is."""

import click

from realtime.arguments import example

admin = click.Group(
    "admin",
    help="Look after the platform, as its owner.\n\n"
    "With a token whose role is owner: one signed with the data folder's key, unless another is given.",
    epilog=example("samverkan admin reports --data ./data"),
)
