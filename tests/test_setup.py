"""Set-up with the system's own Python: what cannot be had is one line that names the ways out."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "scripts" / "setup.sh"
USED = ("sh", "dirname", "cat", "sha256sum", "cut", "id", "ls", "mktemp", "rm", "tail", "grep", "head", "mkdir")


def bare_python(folder: Path, *, without: tuple[str, ...]) -> dict[str, str]:
    """Return surroundings in which Python lacks some modules, as Debian's lacks ensurepip, and nothing is installed."""
    programs, modules = folder / "programs", folder / "modules"
    programs.mkdir()
    modules.mkdir()
    for name in USED:
        (programs / name).symlink_to(str(shutil.which(name)))
    for name in without:
        (modules / f"{name}.py").write_text(f"raise ModuleNotFoundError('No module named {name!r}')\n")
    return {"PATH": str(programs), "PYTHONPATH": str(modules), "PYTHON": os.path.realpath(sys.executable)}


def test_without_ensurepip_pip_and_packages_one_line_names_the_ways_out(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "scripts").mkdir(parents=True)
    (project / "requirements").mkdir()
    (project / "requirements" / "dev.txt").write_text("")
    (project / "pyproject.toml").write_text("")
    shutil.copy(SCRIPT, project / "scripts")
    # Without zipfile no pip runs at all, not even one that Debian keeps on this machine as a wheel.
    surroundings = bare_python(tmp_path, without=("ensurepip", "pip", "zipfile"))
    ran = subprocess.run(
        [project / "scripts" / "setup.sh", "install"], env=surroundings, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    (line,) = ran.stderr.splitlines()
    assert line.startswith("dondoc: no pip: ")
    assert line.endswith(
        "have an administrator run: apt-get install python3-venv; "
        "or name another Python: make install PYTHON=/path/to/python3.11"
    )
    assert not (project / ".venv" / ".installed").exists()
