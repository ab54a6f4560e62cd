"""Takes the power away from a folder: programs run with `power_cut.c` under them, and what they did not sync is lost.

Killing a process proves nothing about durability, because the kernel still writes what the process had written. Here
the folder is put back to what a disk would hold; `tests.faults.disk` says by which rules.
"""

import ctypes
import mmap
import os
import shutil
import subprocess
from collections.abc import Iterator, Set
from pathlib import Path

from tests.faults.disk import ALL_LOST, BEGINNING, Disk, Kind, Left, Note, Survival, notes

SOURCE = Path(__file__).with_name("power_cut.c")
CAPACITY = 4 << 30  # sparse: only what is written takes room


def build_library(folder: Path) -> Path:
    """Compile the library that notes what programs write."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    assert compiler is not None, "a C compiler is missing; `make test` installs it (apt-get install gcc libc6-dev)"
    library = folder / "power_cut.so"
    words = [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", library, SOURCE]
    subprocess.run([*map(str, words), "-ldl", "-lpthread"], check=True, timeout=120)
    return library


class UnsoundError(Exception):
    """A program wrote in a way that the library cannot follow, so that the test would prove nothing."""


class PoweredFolder:
    """A folder that can lose its power: `watch`, start programs with `environment`, kill them all, `cut`."""

    def __init__(self, folder: Path, *, library: Path, work: Path) -> None:
        self.folder = folder.resolve()
        self._library = library
        self._before = work / "before"
        self._log = work / "log"
        self._calls = ctypes.CDLL(str(library))
        self._calls.power_cut_open.restype = ctypes.c_void_p
        self._calls.power_cut_prepare.argtypes = [ctypes.c_char_p, ctypes.c_uint64]
        self._calls.power_cut_mark.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        self._calls.power_cut_close.argtypes = [ctypes.c_void_p]
        self._shared: int | None = None
        work.mkdir()
        # Servers of databases run as users of their own.
        work.chmod(0o755)

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to run on this folder."""
        return {
            "LD_PRELOAD": str(self._library),
            "POWER_CUT_LOG": str(self._log),
            "POWER_CUT_FOLDER": str(self.folder),
        }

    def mark(self, text: str) -> None:
        """Note that something happened outside, such as an acknowledgement that was heard."""
        self._calls.power_cut_mark(self._shared, text.encode())

    def cut(self, survival: Survival = ALL_LOST) -> None:
        """Put the folder back to what a disk would hold now. Everything that ran on it must be dead."""
        disk = self._disk()
        for note in self.notes():
            disk.take(note)
        if disk.unsound:
            raise UnsoundError(", ".join(disk.unsound[:5]))
        self.write_out(disk.is_left(survival), self._before)
        shutil.rmtree(self.folder)
        subprocess.run(["mv", str(self._before), str(self.folder)], check=True)  # keeps owners, across disks too

    def notes(self) -> Iterator[Note]:
        """Everything noted since the beginning or the last cut."""
        with self._log.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as log:
            until = int.from_bytes(log[16:24], "little")
            with memoryview(log) as view:
                yield from notes(view, since=BEGINNING, until=until)

    def moments(self, text: str) -> Iterator[tuple[Note, Disk]]:
        """The disk at each mark that begins with this text, for cuts at every moment of one run."""
        disk = self._disk()
        for note in self.notes():
            disk.take(note)
            if note.kind is Kind.MARK and note.path.startswith(text):
                yield note, disk

    def _disk(self) -> Disk:
        return Disk(self._names, self._folders, lambda name: self.copy_of(self._before, name).read_bytes())

    def copy_of(self, copy: Path, name: str) -> Path:
        """Where a file of the folder is in a copy of the folder."""
        return copy / Path(name).relative_to(self.folder)

    def watch(self) -> None:
        """Keep a copy of the folder as it is and begin an empty log; before anything is started on it."""
        shutil.rmtree(self._before, ignore_errors=True)
        subprocess.run(["cp", "-a", str(self.folder), str(self._before)], check=True)
        self._names, self._folders = _inventory(self.folder)
        self._log.unlink(missing_ok=True)
        with self._log.open("wb") as file:
            file.truncate(CAPACITY)
        self._log.chmod(0o666)
        if self._calls.power_cut_prepare(bytes(self._log), CAPACITY) != 0:
            raise OSError(f"cannot map {self._log}")
        if self._shared is not None:
            self._calls.power_cut_close(self._shared)
        self._shared = self._calls.power_cut_open(bytes(self._log))

    def build(self, left: Left, target: Path) -> None:
        """Make what is left somewhere else, to look at one of many possible cuts."""
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", str(self._before), str(target)], check=True)
        self.write_out(left, target)

    def write_out(self, left: Left, copy: Path) -> None:
        """Bring a copy of the folder, as it was when the watch began, to what is left."""
        wanted = {self.copy_of(copy, name): content for name, content in left.files.items()}
        folders = {self.copy_of(copy, name) for name in left.folders}
        for path in sorted(folders):
            if not path.exists():
                path.mkdir(mode=0o700)
                _own(path)
        for path, content in wanted.items():
            if content is not None:
                is_new = not path.exists()
                path.write_bytes(content)
                if is_new:
                    path.chmod(0o600)
                    _own(path)
        _remove_others(copy, wanted.keys() | folders)


def _own(path: Path) -> None:
    owner = path.parent.stat()
    os.chown(path, owner.st_uid, owner.st_gid)


def _remove_others(folder: Path, wanted: Set[Path]) -> None:
    files, folders = _inventory(folder)
    for name in files:
        if Path(name) not in wanted:
            Path(name).unlink()
    for name in folders:
        if Path(name) not in wanted:
            shutil.rmtree(name, ignore_errors=True)  # its parent may be gone already


def _inventory(folder: Path) -> tuple[dict[str, int], set[str]]:
    files, folders = {}, {str(folder)}
    for where, below, names in os.walk(folder):
        folders.update(f"{where}/{name}" for name in below)
        files.update({f"{where}/{name}": os.lstat(f"{where}/{name}").st_ino for name in names})
    return files, folders
