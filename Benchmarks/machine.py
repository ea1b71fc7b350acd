"""The machine that is measured: its CPU, its cores, its peak and whether anything else runs."""

import json
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import sleep


def cpu_model() -> str:
    """The CPU as it calls itself, with family and model, which tell apart what has one name, and its vectors."""
    facts = _facts()
    name = facts.get("model name", platform.processor() or platform.machine())
    kind = [f"{key} {facts[key]}" for key in ("cpu family", "model") if key in facts]
    vectors = ["AVX-512" if has_avx512() else "AVX2"] if "avx2" in facts.get("flags", "") else []
    return f"{name} ({', '.join(kind + vectors)})" if kind + vectors else name


def has_avx512() -> bool:
    """Whether the CPU has the vectors of x86-64-v4."""
    return "avx512vl" in _facts().get("flags", "").split()


def _facts() -> dict[str, str]:
    """What the system says of the first CPU."""
    first = Path("/proc/cpuinfo").read_text().partition("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def core_cpus() -> list[int]:
    """One logical CPU for each physical core that this process may use."""
    chosen: dict[str, int] = {}
    for cpu in sorted(os.sched_getaffinity(0)):
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        core = siblings.read_text().strip() if siblings.exists() else str(cpu)
        chosen.setdefault(core, cpu)
    return list(chosen.values())


def cpus_for(threads: int) -> list[int]:
    cpus = core_cpus()
    if len(cpus) < threads:
        raise SystemExit(f"{threads} threads need as many cores; this process has {len(cpus)}")
    return cpus[:threads]


def package_versions(packages: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def resin_version(resin: str) -> str:
    result = subprocess.run([resin, "--version"], capture_output=True, text=True)
    return result.stdout.strip().removeprefix("resin ") or "unknown"


def peak_gflops(resin: str, model: Path, batch: int, threads: int) -> float | None:
    """Multiply-adds in registers as `resin bench` measures them now; None where it cannot."""
    size = ["--batch", str(batch), "--threads", str(threads)]
    command = [resin, "bench", str(model), *size, "--json"]
    cpus = ",".join(map(str, cpus_for(threads)))
    result = subprocess.run(["taskset", "-c", cpus, *command], capture_output=True, text=True)
    if result.returncode != 0:
        return None
    return float(json.loads(result.stdout)["peak_gflops"])


def busy_ticks() -> int:
    """Clock ticks that all CPUs together have spent on anything but waiting, since the start."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _, _, interrupts, soft_interrupts, stolen = fields[:8]
    return user + nice + system + interrupts + soft_interrupts + stolen


def settle(limit: float = 3.0, step: float = 0.1) -> bool:
    """Waits until the CPUs are idle: threads of the last turn may still look for work.

    Returns false if they are not idle after `limit` seconds, because something else runs.
    """
    allowed = 0.1 * step * os.sysconf("SC_CLK_TCK")
    for _ in range(round(limit / step)):
        before = busy_ticks()
        sleep(step)
        if busy_ticks() - before <= allowed:
            return True
    return False
