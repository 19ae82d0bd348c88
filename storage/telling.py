"""How far something is that takes long."""

from collections.abc import Callable
from typing import TypeAlias

Tell: TypeAlias = Callable[[str, int, int], None]  # what is done, how much of it, of how much
