"""Settings come from the file, the environment and the command line, and whatever is wrong is told, all at once."""

import re
import tomllib
from pathlib import Path

import pytest

from realtime.config import AlertSettings, QuotaSettings, ServerSettings, Settings
from realtime.settings import FIELDS, SettingsError, load

EXAMPLE = Path(__file__).parent.parent / "samverkan.example.toml"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, text: str) -> Path:
    file = folder / "my.toml"
    file.write_text(text)
    return file


def problems(file: Path | None = None, environ: dict[str, str] | None = None, **overrides: object) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(file, environ or {}, {key.replace("__", "."): value for key, value in overrides.items()})
    assert str(caught.value) == "\n".join(caught.value.problems)
    return [problem.replace(f"{file}:", "FILE:") for problem in caught.value.problems]


def test_nothing_given_is_the_defaults(folder: Path) -> None:
    assert load(None, {}, {}) == Settings()


def test_the_example_is_the_defaults_and_names_every_setting(folder: Path) -> None:
    assert load(EXAMPLE, {}, {}) == Settings()
    stated = {f"{section}.{name}" for section, fields in tomllib.loads(EXAMPLE.read_text()).items() for name in fields}
    optional, section = set(), ""
    for line in EXAMPLE.read_text().splitlines():
        section = found[1] if (found := re.match(r"\[(\w+)\]", line)) else section
        if found := re.match(r"# (\w+) = ", line):
            optional.add(f"{section}.{found[1]}")
    assert stated | optional == set(FIELDS)
    assert stated & optional == set()


def test_what_the_example_leaves_out_is_valid_as_it_stands_there(folder: Path) -> None:
    text = re.sub(r"(?m)^# (\w+ = )", r"\1", EXAMPLE.read_text())
    assert load(written(folder, text.replace("jwks_file", "# ")), {}, {}).tokens.hs256_secret is not None
    tokens = load(written(folder, text.replace("hs256_secret", "# ")), {}, {}).tokens
    assert (tokens.jwks_file, tokens.audience) == (Path("issuer.jwks.json"), "samverkan")


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(folder: Path) -> None:
    file = written(folder, '[server]\nhost = "::"\nport = 1\ndata = "a"\n')
    environ = {"SAMVERKAN_SERVER_PORT": "2", "SAMVERKAN_SERVER_DATA": "b", "HOME": "/"}
    settings = load(file, environ, {"server.data": Path("c"), "server.port": None})
    assert settings.server == ServerSettings(host="::", port=2, data=Path("c"))


def test_the_file_in_the_current_folder_is_found(folder: Path) -> None:
    (folder / "samverkan.toml").write_text("probe.enabled = false")
    assert load(None, {}, {}).probe.enabled is False
    assert load(written(folder, ""), {}, {}).probe.enabled is True


def test_every_type_can_be_said_in_the_environment() -> None:
    settings = load(
        None,
        {
            "SAMVERKAN_QUOTAS_ENFORCED": "False",
            "SAMVERKAN_EXERCISE_QUOTAS_RED_PER_HOUR": "5",
            "SAMVERKAN_ALERTS_RED_RADIUS_LIMITS_M": "100, 5000.5",
            "SAMVERKAN_SERVER_DRAIN_S": "0",
            "SAMVERKAN_TOKENS_JWKS_FILE": "~/keys.json",
            "SAMVERKAN_TOKENS_AUDIENCE": "",  # empty: not given
        },
        {},
    )
    assert settings.quotas == QuotaSettings(enforced=False)
    assert settings.exercise_quotas == QuotaSettings(enforced=False, red_per_hour=5)
    assert settings.alerts == AlertSettings(red_radius_limits_m=(100.0, 5_000.5))
    assert settings.server.drain_s == 0
    assert settings.tokens.jwks_file == Path.home() / "keys.json"
    assert settings.tokens.audience is None


def test_everything_wrong_is_told_at_once_with_its_place_and_what_would_be_right(folder: Path) -> None:
    file = written(
        folder,
        """\
[servr]
port = 80

[server]
prot = 80
port = "80"
ping_s = 3

[log]
max_batch = 0
retry_s = inf

[alerts]
red_radius_limits_m = [200]
yellow_radius_m = 20
""",
    )
    environ = {"SAMVERKAN_SERVER_PORTS": "1", "SAMVERKAN_PROBE_ENABLED": "maybe", "SAMVERKAN_CONNECTION_PING_S": "nan"}
    assert problems(file, environ, server__drain_s=-1.0) == [
        "FILE:1: there is no section [servr]; did you mean [server]?",
        "FILE:5: there is no setting server.prot; did you mean server.port?",
        "FILE:7: there is no setting server.ping_s; did you mean connection.ping_s?",
        "SAMVERKAN_SERVER_PORTS: there is no such setting; did you mean SAMVERKAN_SERVER_PORT?",
        "FILE:6: server.port must be a whole number from 0 to 65535, not '80'",
        "FILE:10: log.max_batch must be a whole number of at least 1, not 0",
        "FILE:11: log.retry_s must be a number above 0, not inf",
        "FILE:14: alerts.red_radius_limits_m must be two numbers, the lower first, not [200]",
        "SAMVERKAN_CONNECTION_PING_S: connection.ping_s must be a number above 0, not 'nan'",
        "SAMVERKAN_PROBE_ENABLED: probe.enabled must be true or false, not 'maybe'",
        "command line: server.drain_s must be a number of at least 0, not -1.0",
        "FILE:15: alerts.yellow_radius_m (20) must be within alerts.yellow_radius_limits_m (200 to 1500)",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[connection]\nmin_ping_s = 30", "connection.min_ping_s (30) must not be above connection.ping_s (25)"),
        ("[connection]\nping_s = 301", "connection.ping_s (301) must not be above connection.max_ping_s (300)"),
        ("[connection]\nmax_hello_bytes = 131073", "connection.max_hello_bytes (131073) must not be above"),
        ("[connection]\nmessages_burst = 19", "messages_per_s (20) must not be above connection.messages_burst (19)"),
        ("[alerts]\nred_radius_m = 3001", "alerts.red_radius_m (3001) must be within alerts.red_radius_limits_m"),
        ("[alerts]\nyellow_radius_limits_m = [900, 800]", "above 0, the lower first, and at most 1e+06"),
        ("[alerts]\nred_radius_limits_m = [0, 3000]", "above 0, the lower first, and at most 1e+06"),
        ("[alerts]\nred_radius_limits_m = [1, 2e6]", "above 0, the lower first, and at most 1e+06"),
        ("[quotas]\nred_per_hour = 11", "quotas.red_per_hour (11) must not be above quotas.red_per_day (10)"),
        ("[exercise_quotas]\nyellow_per_hour = 31", "exercise_quotas.yellow_per_hour (31) must not be above"),
        (
            "[retention]\nexercise_s = 172799",
            "retention.exercise_s (172799) must be at least a day above alerts.info_ttl_s (86400)",
        ),
        (
            "[alerts]\nred_ttl_s = 6e5",
            "retention.exercise_s (604800) must be at least a day above alerts.red_ttl_s (600000)",
        ),
        (
            "[retention]\nmemberships_s = 86400",
            "retention.memberships_s (86400) must be at least a day above alerts.info_ttl_s",
        ),
        ("[quotas]\nnew_red_per_day = 11", "quotas.new_red_per_day (11) must not be above quotas.red_per_day (10)"),
    ],
)
def test_contradictions_are_told(text: str, said: str, folder: Path) -> None:
    (problem,) = problems(written(folder, text))
    assert problem.startswith("FILE:2: ")
    assert said in problem


def test_a_value_that_is_wrong_by_itself_contradicts_nothing(folder: Path) -> None:
    (problem,) = problems(written(folder, "[connection]\nping_s = 'often'\nmax_ping_s = 10"))
    assert problem.startswith("FILE:2: connection.ping_s must be a number")


def test_a_contradiction_names_both_places(folder: Path) -> None:
    file = written(folder, '[tokens]\njwks_file = "a.json"')
    (problem,) = problems(file, {"SAMVERKAN_TOKENS_HS256_SECRET": "s" * 32})
    assert problem == (
        "SAMVERKAN_TOKENS_HS256_SECRET, FILE:2: "
        "tokens.hs256_secret and tokens.jwks_file exclude each other: give one of them"
    )


def test_a_secret_is_never_shown() -> None:
    (problem,) = problems(environ={"SAMVERKAN_TOKENS_HS256_SECRET": "hunter2"})
    assert problem == "SAMVERKAN_TOKENS_HS256_SECRET: tokens.hs256_secret must be text of at least 32 characters"


@pytest.mark.parametrize("key", FIELDS)
def test_every_setting_is_read_by_something(key: str) -> None:
    """One that is not changes nothing, and whoever sets it believes that it does."""
    realtime = EXAMPLE.parent / "realtime"
    ours = {"config.py", "settings.py", "contradictions.py"}
    code = "".join(path.read_text() for path in realtime.rglob("*.py") if path.name not in ours)
    assert re.search(rf"\.{key.partition('.')[2]}\b", code)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server\n", "FILE: not a TOML file: "),
        ("server = 5", "FILE:1: server must be a section"),
        ("[server]\n[[log]]", "FILE:2: log must be a section"),
        ("zzz = 1", "FILE:1: there is no section [zzz]; samverkan.example.toml has them all"),
        ("server.port = -1", "FILE:1: server.port must be"),
        ("server = {port = -1}", "FILE:1: server.port must be"),
        ("[server]\ndata = 5", "FILE:2: server.data must be a path, not 5"),
        ("[server]\ndata = ''", "FILE:2: server.data must be a path, not ''"),
        ("[server]\nport = true", "FILE:2: server.port must be"),
        ("[server]\nport = 80.5", "FILE:2: server.port must be"),
        ("[quotas]\nenforced = 1", "FILE:2: quotas.enforced must be true or false, not 1"),
        (f"[server]\nhost = [{'1,' * 100}]", "FILE:2: server.host must be text, not [1, 1,"),
    ],
)
def test_files_that_are_not_right(text: str, said: str, folder: Path) -> None:
    (problem,) = problems(written(folder, text))
    assert problem.startswith(said)


def test_a_file_that_was_asked_for_must_be_there(folder: Path) -> None:
    assert problems(Path("none.toml")) == ["FILE: cannot be read: No such file or directory"]
    (folder / "latin.toml").write_bytes(b'[server]\nhost = "\xe5"')
    assert "FILE: not a TOML file" in problems(Path("latin.toml"))[0]


def test_variables_that_kubernetes_sets_by_itself_are_no_settings() -> None:
    links = {
        "SAMVERKAN_SERVICE_HOST": "10.0.0.1",
        "SAMVERKAN_SERVICE_PORT_HTTP": "8765",
        "SAMVERKAN_PORT": "tcp://10.0.0.1:8765",
        "SAMVERKAN_PORT_8765_TCP_ADDR": "10.0.0.1",
    }
    assert load(None, links, {}) == Settings()
    assert "did you mean SAMVERKAN_SERVER_PORT?" in problems(environ={"SAMVERKAN_PORT": "80"})[0]
