"""Settings from `samverkan.toml`, the environment and the command line; everything that is wrong is told at once."""

import dataclasses
import difflib
import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args, get_type_hints

import msgspec

from realtime.config import Settings
from realtime.contradictions import contradictions

DEFAULT_FILE: Final = Path("samverkan.toml")
PREFIX: Final = "SAMVERKAN_"

SECTIONS: Final[dict[str, type[Any]]] = get_type_hints(Settings)
FIELDS: Final[dict[str, Any]] = {
    f"{section}.{name}": hint
    for section, settings in SECTIONS.items()
    for name, hint in get_type_hints(settings, include_extras=True).items()
}
_VARIABLES: Final = {PREFIX + key.replace(".", "_").upper(): key for key in FIELDS}
# Kubernetes tells every pod of a service called "samverkan" in such variables: they are no settings.
_SERVICE_LINK: Final = re.compile(rf"{PREFIX}(SERVICE_(HOST|PORT)\w*=.*|PORT(_\d+_\w+)?=.*://.*|PORT_\d+_\w+=.*)")


class SettingsError(Exception):
    """All that is wrong with the settings, a sentence each: where, which key, what is wrong, what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Given(NamedTuple):
    """A value for one key, and where it stands, as a person would look for it."""

    value: object
    where: str
    is_text: bool = False


def load(file: Path | None, environ: Mapping[str, str], overrides: Mapping[str, object]) -> Settings:
    """Defaults, replaced by the file, then by `SAMVERKAN_<SECTION>_<FIELD>`, then by overrides ("server.port": 80).

    Without a file, `samverkan.toml` in the current folder is read if it is there. An empty variable and an override
    that is None count as not given. Raises SettingsError.
    """
    problems: list[str] = []
    given: dict[str, Given] = {}
    if file is not None or DEFAULT_FILE.exists():
        given |= _from_file(file or DEFAULT_FILE, problems)
    given |= _from_environment(environ, problems)
    given |= {key: Given(value, "command line") for key, value in overrides.items() if value is not None}
    values: dict[str, dict[str, object]] = {section: {} for section in SECTIONS}
    failed = set()
    for key, one in given.items():
        section, _, name = key.partition(".")
        try:
            values[section][name] = _convert(key, one)
        except ValueError as error:
            problems.append(f"{one.where}: {key} {error}")
            failed.add(key)
    # What passed is still compared, so that everything wrong is told in one go.
    default = Settings()
    settings = Settings(
        **{section: dataclasses.replace(getattr(default, section), **fields) for section, fields in values.items()}
    )
    for keys, what in contradictions(settings):
        if failed.isdisjoint(keys):
            places = dict.fromkeys(given[key].where for key in keys if key in given)
            problems.append(f"{', '.join(places)}: {what}")
    if problems:
        raise SettingsError(problems)
    return settings


# --- where values come from ------------------------------------------------------------------------------------------


def _from_file(file: Path, problems: list[str]) -> dict[str, Given]:
    try:
        text = file.read_text(encoding="utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        problems.append(f"{file}: cannot be read: {error.strerror or error}")
        return {}
    except ValueError as error:  # of TOML, or of UTF-8
        problems.append(f"{file}: not a TOML file: {error}")
        return {}
    lines = _lines(text)
    given = {}
    for section, fields in document.items():
        where = f"{file}:{lines.get(section, 1)}"
        if section not in SECTIONS:
            problems.append(f"{where}: there is no section [{section}]{_nearest(section, SECTIONS, '[{}]')}")
        elif not isinstance(fields, dict):
            problems.append(f"{where}: {section} must be a section: [{section}] on a line of its own")
        else:
            for name, value in fields.items():
                key = f"{section}.{name}"
                place = f"{file}:{lines.get(key, lines.get(section, 1))}"
                if key in FIELDS:
                    given[key] = Given(value, place)
                else:
                    problems.append(f"{place}: there is no setting {key}{_nearest(key, FIELDS)}")
    return given


def _lines(text: str) -> dict[str, int]:
    """The line of each section and key; for messages only, so unusual ways of writing TOML may be missed."""
    lines: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([\w-]+)\s*\]", line):
            section = header[1]
            lines.setdefault(section, number)
        elif assignment := re.match(r"\s*([\w.-]+)\s*=", line):
            key = f"{section}.{assignment[1]}" if section else assignment[1]
            lines.setdefault(key, number)
            lines.setdefault(key.partition(".")[0], number)
    return lines


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, Given]:
    given = {}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX) or _SERVICE_LINK.fullmatch(f"{variable}={text}"):
            continue
        if variable not in _VARIABLES:
            problems.append(f"{variable}: there is no such setting{_nearest(variable, _VARIABLES)}")
        elif text:
            given[_VARIABLES[variable]] = Given(text, variable, is_text=True)
    return given


def _nearest(name: str, known: Mapping[str, object], form: str = "{}") -> str:
    """What was probably meant: the same field in another section, or a name spelt alike."""
    field = name.rpartition(".")[2]
    found = [key for key in known if key.endswith(f".{field}")] or difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {form.format(found[0])}?" if found else "; samverkan.example.toml has them all"


# --- what values must be ---------------------------------------------------------------------------------------------


def _convert(key: str, given: Given) -> object:
    """The value in the field's type. Raises ValueError, which says what it must be."""
    hint, value = FIELDS[key], given.value
    if given.is_text and get_args(hint) == (float, float):
        value = [part.strip() for part in str(value).split(",")]
    try:
        converted: object = msgspec.convert(value, hint, strict=not given.is_text, dec_hook=_path)
    except msgspec.ValidationError:
        raise ValueError(f"must be {describe(hint)}{_shown(key, value)}") from None
    if any(isinstance(number, float) and not math.isfinite(number) for number in _flat(converted)):
        raise ValueError(f"must be {describe(hint)}{_shown(key, value)}")
    return converted


def _path(hint: type, value: object) -> object:
    if hint is Path and isinstance(value, Path):
        return value
    if hint is Path and isinstance(value, str) and value and "\0" not in value:
        return Path(value).expanduser() if value.startswith("~/") else Path(value)
    raise msgspec.ValidationError


def _flat(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _shown(key: str, value: object) -> str:
    if "secret" in key:
        return ""  # problems are printed and logged
    text = repr(value)
    return f", not {text}" if len(text) <= 40 else f", not {text[:37]}..."


def describe(hint: Any) -> str:
    """What a setting must be, in words."""
    options = [option for option in get_args(hint) if option is not type(None)]
    if type(None) in get_args(hint):
        return describe(options[0])
    if options == [float, float]:
        return "two numbers, the lower first"
    kind = getattr(hint, "__origin__", hint)
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "text", Path: "a path"}[kind]
    for bound in getattr(hint, "__metadata__", ()):
        if bound.min_length is not None:
            words += f" of at least {bound.min_length} characters"
        if bound.gt is not None:
            words += f" above {bound.gt}"
        if bound.ge is not None:
            words += f" of at least {bound.ge}" if bound.le is None else f" from {bound.ge} to {bound.le}"
    return words
