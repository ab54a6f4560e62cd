"""The power-cut layer is itself under test: it misses no write, and it loses what it should and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.disk import ALL_KEPT, ALL_LOST, Disk, Kind, Left, Note, Survival
from tests.faults.power_cut import PoweredFolder, UnsoundError

# What a database does to its folder and more, without a pattern; `sync` goes over every file and folder at the end.
BUSY = """
import os, random, sys
chance, folder, is_synced = random.Random(int(sys.argv[2])), sys.argv[1], sys.argv[3] == "sync"
os.chdir(folder)
for n in range(60):
    name = f"{chance.choice(['.', './below'])}/{chance.randrange(4)}"
    os.makedirs("below", exist_ok=True)
    handle = os.open(name, os.O_CREAT | os.O_RDWR | chance.choice([0, 0, os.O_APPEND, os.O_TRUNC]), 0o600)
    piece = chance.randbytes(chance.randrange(3000))
    match chance.randrange(7):
        case 0: os.write(handle, piece)
        case 1: os.pwrite(handle, piece, chance.randrange(5000))
        case 2: os.ftruncate(handle, chance.randrange(4000))
        case 3: os.rename(name, f"below/{chance.randrange(4)}")
        case 4: os.unlink(name)
        case 5: os.pwritev(handle, [piece, b"tail"], 100)
        case 6: os.posix_fallocate(handle, 0, chance.randrange(1, 6000))
    os.write(os.dup(handle), b"through a copy")
    os.close(handle)
if is_synced:
    for where, _, files in os.walk(folder):
        for each in [where, *(f"{where}/{file}" for file in files)]:
            handle = os.open(each, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
os.kill(os.getpid(), 9)
"""


def run_on(powered: PoweredFolder, program: str, *words: str) -> None:
    powered.watch()
    words = (sys.executable, "-c", program, str(powered.folder), *words)
    subprocess.run(words, env={**os.environ, **powered.environment}, check=False, timeout=60)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def powered(tmp_path: Path, library: Path) -> PoweredFolder:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "0").write_bytes(b"from before")
    return PoweredFolder(folder, library=library, work=tmp_path / "watch")


@pytest.mark.parametrize("seed", range(4))
def test_what_was_synced_is_there_to_the_byte(powered: PoweredFolder, seed: int) -> None:
    run_on(powered, BUSY, str(seed), "sync")
    before = content(powered.folder)
    powered.cut(ALL_LOST)
    assert content(powered.folder) == before
    assert len(before) > 1


def test_nothing_is_there_that_was_not_synced(powered: PoweredFolder) -> None:
    run_on(powered, BUSY, "1", "leave")
    assert content(powered.folder) != {"0": b"from before"}
    powered.cut(ALL_LOST)
    assert content(powered.folder) == {"0": b"from before"}


def test_with_everything_kept_the_folder_is_as_the_program_left_it(powered: PoweredFolder) -> None:
    run_on(powered, BUSY, "2", "leave")
    before = content(powered.folder)
    powered.cut(ALL_KEPT)
    assert content(powered.folder) == before


def test_a_file_is_lost_whose_name_was_not_synced(powered: PoweredFolder) -> None:
    program = """
import os, sys
for name in ("named", "nameless"):
    handle = os.open(f"{sys.argv[1]}/{name}", os.O_CREAT | os.O_WRONLY)
    os.write(handle, b"kept?")
    os.fsync(handle)
    if name == "named":
        os.fsync(os.open(sys.argv[1], os.O_RDONLY))
"""
    run_on(powered, program)
    powered.cut(ALL_LOST)
    assert content(powered.folder) == {"0": b"from before", "named": b"kept?"}


def test_an_unsynced_write_may_be_torn(powered: PoweredFolder) -> None:
    (powered.folder / "0").write_bytes(bytes(512 * 64))
    program = "import os, sys; os.pwrite(os.open(sys.argv[1] + '/0', os.O_RDWR), b'x' * 512 * 64, 0)"
    run_on(powered, program)
    powered.cut(Survival(share=0.5, seed=1))
    left = content(powered.folder)["0"]
    sectors = [left[at : at + 512] for at in range(0, len(left), 512)]
    assert {bytes(512), b"x" * 512} == set(sectors)


def test_a_write_that_nobody_can_follow_is_not_passed_over(powered: PoweredFolder) -> None:
    program = """
import os, sys
source, target = os.open(sys.argv[1] + "/0", os.O_RDONLY), os.open(sys.argv[1] + "/1", os.O_CREAT | os.O_RDWR)
os.copy_file_range(source, target, 5)
"""
    run_on(powered, program)
    with pytest.raises(UnsoundError):
        powered.cut(ALL_LOST)


INODES = {"/f/a": 1, "/f/b": 2}
acts = st.one_of(
    st.builds(
        lambda inode, offset, piece: (Kind.WRITE, inode, offset, piece),
        st.sampled_from([1, 2]),
        st.integers(0, 2000),
        st.binary(min_size=1, max_size=1500),
    ),
    st.builds(
        lambda kind, inode, length: (kind, inode, length, b""),
        st.sampled_from([Kind.TRUNCATE, Kind.EXTEND]),
        st.sampled_from([1, 2]),
        st.integers(0, 3000),
    ),
)


def disk_after(done: list[tuple[Kind, int, int, bytes]], *, synced_until: int) -> Disk:
    disk = Disk(INODES, {"/f"}, lambda _name: b"before")
    for place, (kind, inode, offset, piece) in enumerate(done):
        disk.take(Note(place, kind, "", inode, offset, piece, 0))
    for inode in INODES.values():
        disk.take(Note(len(done), Kind.SYNC_FILE, "", inode, 0, b"", synced_until))
    return disk


def bytes_of(left: Left) -> dict[str, bytes]:
    return {name: b"before" if found is None else found for name, found in left.files.items()}


@given(st.lists(acts, max_size=12), st.integers(0, 12), st.integers(0, 1000), st.sampled_from([512, 4096]))
def test_every_byte_is_one_that_was_there_once(
    done: list[tuple[Kind, int, int, bytes]], synced: int, seed: int, sector: int
) -> None:
    left = bytes_of(disk_after(done, synced_until=synced).is_left(Survival(0.5, seed, sector)))
    states = [
        bytes_of(disk_after(done[:n], synced_until=n).is_left()) for n in range(min(synced, len(done)), len(done) + 1)
    ]
    for name, found in left.items():
        for at, byte in enumerate(found):
            seen = {state[name][at] if at < len(state[name]) else 0 for state in states}
            assert byte in seen | {0}


@given(st.lists(acts, max_size=12), st.integers(0, 1000))
def test_what_was_synced_survives_every_choice(done: list[tuple[Kind, int, int, bytes]], seed: int) -> None:
    disk = disk_after(done, synced_until=len(done))
    assert bytes_of(disk.is_left(Survival(0.5, seed))) == bytes_of(disk.is_left(ALL_LOST))
    assert bytes_of(disk.is_left(ALL_KEPT)) == bytes_of(disk.is_left(ALL_LOST))
