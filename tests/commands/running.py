"""`samverkan` as it is called in a shell, without one."""

from click.testing import CliRunner, Result

from realtime.cli import main


def samverkan(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def done(*arguments: str) -> str:
    """What it printed, having done what it was told."""
    result = samverkan(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout
