"""The keys that may vouch for an identity: the server's own, a shared secret, or those of an issuer's JWKS file."""

import base64
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt import PyJWK, PyJWTError

from realtime.config import TokenSettings
from realtime.messages import World

OWN_KEY_FILE = "token-key.json"
BOTH_WORLDS: frozenset[World] = frozenset({"real", "exercise"})
_MIN_SECRET_BYTES = 32  # RFC 7518 section 3.2: at least as long as the hash


class KeysUnusable(Exception):
    """A key is missing, unreadable, or of a kind that is not accepted; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key, parsed once, bound to one algorithm and to the worlds for which it may vouch."""

    id: str | None
    verifying: PyJWK
    signing: PyJWK | None = None
    worlds: frozenset[World] = BOTH_WORLDS

    @property
    def algorithm(self) -> str:
        return self.verifying.algorithm_name


def load_keys(settings: TokenSettings, data: Path) -> list[Key]:
    """The keys that the settings name; without any, the data folder's own, which is made on first use.

    Raises KeysUnusable.
    """
    if settings.hs256_secret is not None:
        return [secret_key(settings.hs256_secret.encode())]
    if settings.jwks_file is not None:
        return _jwks(settings.jwks_file)
    return [own_key(data)]


def secret_key(secret: bytes, *, id: str | None = None, worlds: frozenset[World] = BOTH_WORLDS) -> Key:
    """An HS256 key: whoever knows the secret can sign as well as verify."""
    return _parse({"kty": "oct", "k": _base64url(secret), "kid": id}, "the shared secret", worlds)


def probe_key() -> Key:
    """A key that never leaves this process, for the server's own test account: good for the exercise world only."""
    return secret_key(secrets.token_bytes(32), id=f"probe-{secrets.token_hex(8)}", worlds=frozenset({"exercise"}))


def own_key(data: Path) -> Key:
    """The data folder's own Ed25519 key. Processes that start at once on an empty folder get the same one."""
    file = data / OWN_KEY_FILE
    try:
        if not file.exists():
            data.mkdir(parents=True, exist_ok=True)
            _keep_first(file, json.dumps(_new_ed25519()) + "\n")
        return _parse(_read(file), str(file), BOTH_WORLDS)
    except OSError as error:
        raise KeysUnusable(f"{file}: {error.strerror or error}") from error


def keep_own_key(data: Path, text: str) -> bool:
    """Give a data folder the key that was saved from one; False if it has one already, which stays.

    Raises KeysUnusable if the text is no key.
    """
    _parse(_document(text, "the saved key"), "the saved key", BOTH_WORLDS)
    return _keep_first(data / OWN_KEY_FILE, text)


def _keep_first(file: Path, text: str) -> bool:
    """Put a file where none is, whole from the first moment, readable by its owner only; a file that is there stays.

    A link, because a rename would replace the other process's key, and an exclusive open would show half a key.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # mode 0600
    try:
        with open(handle, "w", encoding="ascii") as draft:
            draft.write(text)
            draft.flush()
            os.fsync(draft.fileno())
        os.link(name, file)
    except FileExistsError:
        return False  # another process was first: its key is the key
    finally:
        os.unlink(name)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # a key that signs tokens and is gone after a power cut would lock everybody out
    finally:
        os.close(folder)
    return True


def _new_ed25519() -> dict[str, str]:
    key = Ed25519PrivateKey.generate()
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "kid": secrets.token_hex(8),
        "x": _base64url(key.public_key().public_bytes_raw()),
        "d": _base64url(key.private_bytes_raw()),
    }


def _jwks(file: Path) -> list[Key]:
    try:
        document = _read(file)
    except OSError as error:
        raise KeysUnusable(f"{file}: {error.strerror or error}") from error
    listed = document.get("keys", [document])
    if not isinstance(listed, list) or not all(isinstance(jwk, dict) for jwk in listed):
        raise KeysUnusable(f'{file}: "keys" must be a list of keys (RFC 7517 section 5)')
    signing = [jwk for jwk in listed if jwk.get("use", "sig") == "sig"]
    keys = [_parse(jwk, f"{file}, key {jwk.get('kid', number)}", BOTH_WORLDS) for number, jwk in enumerate(signing, 1)]
    if not keys:
        raise KeysUnusable(f"{file}: no key to verify signatures with")
    if len(keys) > 1 and len({key.id for key in keys if key.id is not None}) < len(keys):
        raise KeysUnusable(f'{file}: several keys need a "kid" each, all different, so that a token can name its own')
    return keys


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except ValueError as error:
        raise KeysUnusable(f"{file}: not a JSON file: {error}") from error
    return _document(text, str(file))


def _document(text: str, where: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise KeysUnusable(f"{where}: not a JSON file: {error}") from error
    if not isinstance(document, dict):
        raise KeysUnusable(f"{where}: not a JSON Web Key: an object is wanted")
    return document


def _parse(jwk: Mapping[str, Any], where: str, worlds: frozenset[World]) -> Key:
    match (jwk.get("kty"), jwk.get("crv")):
        case ("OKP", "Ed25519"):
            algorithm = "EdDSA"
        case ("oct", _):
            algorithm = "HS256"
        case (kty, crv):
            raise KeysUnusable(f"{where}: {crv or kty} keys are not accepted, only Ed25519 (EdDSA) and oct (HS256)")
    if jwk.get("alg", algorithm) not in (algorithm, jwk.get("crv")):  # RFC 9864 calls the same algorithm "Ed25519"
        raise KeysUnusable(f"{where}: {jwk['alg']} is not accepted, only {algorithm} for such a key")
    id = jwk.get("kid")
    if id is not None and not isinstance(id, str):
        raise KeysUnusable(f'{where}: "kid" must be text')
    # The public half apart: PyJWT would derive it from the private one again for each token.
    public = {name: value for name, value in jwk.items() if name != "d"}
    try:
        verifying = PyJWK(public, algorithm)
        signing = PyJWK(dict(jwk), algorithm) if algorithm == "HS256" or "d" in jwk else None
    except (PyJWTError, ValueError, TypeError, KeyError) as error:
        raise KeysUnusable(f"{where}: not a usable {algorithm} key: {error}") from error
    if algorithm == "HS256" and len(verifying.key) < _MIN_SECRET_BYTES:
        raise KeysUnusable(f"{where}: an HS256 secret needs at least {_MIN_SECRET_BYTES} bytes")
    return Key(id, verifying, signing, worlds)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
