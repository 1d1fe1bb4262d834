"""django-post_office's packages, pinned and hashed, in a folder of their own that our environment never sees."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.bench.children import ROOT

REQUIREMENTS = ROOT / "requirements/bench.txt"


def install(cache: Path) -> Path:
    """Return the folder with the packages, filled the first time. Errors: SystemExit with pip's complaint."""
    fingerprint = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = cache / f"post-office-{fingerprint}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        options = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes", "--only-binary", ":all:"]
        target = ["--target", f"{scratch}/made", "-r", str(REQUIREMENTS)]
        command = [sys.executable, "-m", "pip", "install", *options, *target]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"bench: pip could not install requirements/bench.txt: {done.stderr.strip()[-600:]}")
        shutil.move(f"{scratch}/made", folder)
    return folder
