"""How many CPUs a process may keep busy, by the rule that libraries have: CResinRuntime/cpus.c."""

from __future__ import annotations

import os
import re
import sys

#: The most threads of a pool.
_MOST = 256
_MOUNTS = ("", "/unified", "/cpu", "/cpu,cpuacct")


def cpus() -> int:
    """The CPUs that the process may run on, or fewer where its control groups grant it less time."""
    return max(min(len(os.sched_getaffinity(0)), cpus_of_groups(""), _MOST), 1)


def cpus_of_groups(root: str) -> int:
    """The whole CPUs' worth of time that control groups of version 1 and 2 grant the process, at least 1.

    `sys.maxsize` where they set no limit. They are looked for under `root`, which is empty but in tests.
    """
    least = sys.maxsize
    for line in _read(f"{root}/proc/self/cgroup").splitlines():
        # Each line is `number:controllers:group`; version 2 has an empty list for all controllers.
        _, _, rest = line.partition(":")
        controllers, colon, group = rest.partition(":")
        if not colon or (controllers and "cpu" not in controllers.split(",")):
            continue
        for mount in _MOUNTS:
            # Within a container the path may be the host's: folders that are not there limit nothing.
            folder = group
            while True:
                least = min(least, _of_group(f"{root}/sys/fs/cgroup{mount}{folder}"))
                if "/" not in folder:
                    break
                folder = folder.rpartition("/")[0]
    return least


def _of_group(folder: str) -> int:
    """The limit of one group: `cpu.max` of version 2, or the quota and the period of version 1."""
    text = _read(f"{folder}/cpu.max")
    if not text:
        text = _read(f"{folder}/cpu.cfs_quota_us") + " " + _read(f"{folder}/cpu.cfs_period_us")
    numbers = re.match(r"\s*(-?\d+)\s+(-?\d+)", text)
    quota, period = map(int, numbers.groups()) if numbers else (0, 0)
    if quota <= 0 or period <= 0:
        return sys.maxsize
    # Threads that together pass the quota stand still for the rest of every period.
    return max(quota // period, 1)


def _read(path: str) -> str:
    """A small file, or nothing where it cannot be read."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read(4095)
    except (OSError, ValueError):
        return ""
