"""What every server program here is told: a port, and to serve until it is stopped."""

import argparse
import resource


def port() -> int:
    """The port from the command line; as many files may be open as the system allows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return parser.parse_known_args()[0].port  # type: ignore[no-any-return]
