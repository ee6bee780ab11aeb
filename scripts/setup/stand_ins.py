"""Puts stand-ins for NVIDIA's libraries beside PyTorch's, so that its build for GPUs loads on a machine that has none.

PyTorch's libraries name NVIDIA's, and the loader wants each name and each function before it starts. On a CPU none of them is called: a
stand-in has the functions with their versions, and all of them return 0. Needs a C compiler and binutils, as Rust does.
"""

import re
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

NVIDIA = re.compile(r"lib(cu|nv|nccl)\w*\.so\.\d+")
FUNCTIONS = re.compile(r"(__)?(cu[A-Z]|cuda|cublas|cudnn|cufft|cusparse|cusolver|cupti|cuFile|nccl|nvrtc|nvshmem|nvJit)")


def run(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def read(library: Path) -> tuple[set[str], dict[str, set[tuple[str, str]]], set[str]]:
    """Returns the libraries that a library needs, the functions that it takes from each, with their versions, and those of no version."""
    needed = set(re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "--dynamic", library)))
    file, versions = "", {}
    for line in run("readelf", "--version-info", "--wide", library).splitlines():
        if match := re.search(r"File: (\S+)", line):
            file = match[1]
        elif file and (match := re.search(r"Name: (\S+)", line)):
            versions[match[1]] = file
    undefined = [line.split()[-1] for line in run("nm", "--dynamic", "--undefined-only", library).splitlines()]
    taken, bare = {}, set()
    for name, _, version in (symbol.replace("@@", "@").partition("@") for symbol in undefined):
        if not version:
            bare.add(name)
        elif version in versions:
            taken.setdefault(versions[version], set()).add((name, version))
    return needed, taken, bare


def build(name: str, functions: set[tuple[str, str]], folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source, script = Path(scratch, "stand_in.c"), Path(scratch, "versions")
        source.write_text("".join(f"void *{function}(void) {{ return 0; }}\n" for function in sorted({f for f, _ in functions})))
        versions = sorted({version for _, version in functions if version})
        script.write_text("".join(f"{version} {{ {'global: *;' if i == 0 else ''} }};\n" for i, version in enumerate(versions)))
        versioned = [f"-Wl,--version-script={script}"] if versions else []
        run("cc", "-shared", "-fPIC", "-w", f"-Wl,-soname,{name}", *versioned, "-o", folder / name, source)


def main() -> None:
    folder = Path(find_spec("torch").submodule_search_locations[0], "lib")
    libraries = [path for path in folder.iterdir() if ".so" in path.name]
    own = {path.name for path in libraries}
    stand_ins: dict[str, set[tuple[str, str]]] = {}
    without_version: set[str] = set()
    for needed, taken, bare in map(read, libraries):
        for name in {name for name in needed if NVIDIA.fullmatch(name)} - own:
            stand_ins.setdefault(name, set()).update(taken.get(name, set()))
        without_version |= {name for name in bare if FUNCTIONS.match(name)}
    for functions in stand_ins.values():
        if not functions:
            functions |= {(name, "") for name in without_version}
    for name, functions in stand_ins.items():
        build(name, functions, folder)
    print(f"torch    {len(stand_ins)} stand-ins for NVIDIA's libraries")


if __name__ == "__main__":
    main()
