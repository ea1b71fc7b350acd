"""Runs of models for the scripts here, tables of results, and the list of failures, as sections of `docs/onnx.md`."""

import argparse
import collections
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

DOCUMENT = "docs/onnx.md"
BEGIN = "<!-- conformance: written by `make conformance-table` -->"
END = "<!-- end of conformance -->"

CATEGORIES = {
    "Node": "operators (node tests)",
    "PyTorchConverted": "converted from PyTorch modules",
    "PyTorchOperator": "converted from PyTorch operators",
    "Simple": "simple models",
    "Real": "networks with light weights",
}
# Why values differ, where somebody has looked.
REASONS = {
    name: "the number of elements that it divides by is a fraction in the test; ONNX Runtime, PyTorch and we "
    "take the number of elements that there are"
    for name in (
        "test_resize_downsample_scales_cubic_align_corners",
        "test_resize_downsample_scales_linear_align_corners")
}
OUTCOMES = ["passed", "failed", "out of scope"]


def reason(trace):
    """The last line of a traceback, as what it means for the user."""
    found = re.search(r"^backend\.Failure: (.*)$", trace, re.MULTILINE)
    if found:
        return found.group(1)
    if "Not equal to tolerance" in trace or "Arrays are not equal" in trace:
        # Numbers would differ from CPU to CPU.
        return "its output has another shape" if "incorrect shape" in trace else "its values differ"
    return trace.strip().splitlines()[-1]


def counts(results):
    table = collections.defaultdict(collections.Counter)
    for (category, _), (outcome, _) in results.items():
        table[category][outcome] += 1
    return table


def summary(results):
    total = collections.Counter(outcome for outcome, _ in results.values())
    return "\n".join(f"{outcome:12} {total[outcome]:5}" for outcome in OUTCOMES)


def section(results, version):
    """The section as Markdown, without its markers."""
    table = counts(results)
    lines = [
        f"Results of the backend tests of the Python package `onnx` {version}:", "",
        "| tests | " + " | ".join(OUTCOMES) + " |", "|---|--:|--:|--:|"]
    for category, title in CATEGORIES.items():
        cells = " | ".join(str(table[category][outcome]) for outcome in OUTCOMES)
        lines.append(f"| {title} | {cells} |")
    reasons = collections.Counter(
        why for outcome, why in results.values() if outcome == "out of scope")
    lines += ["", "Out of scope for their " + ", ".join(
        f"{name} ({reasons[name]})" for name in sorted(reasons)) + "."]
    failed = sorted(
        (category, name, REASONS.get(name, why)) for (category, name), (outcome, why) in results.items()
        if outcome == "failed")
    lines += ["", "In scope, and not passed:" if failed else "Every test in scope passes."]
    if failed:
        lines += ["", "| test | reason |", "|---|---|"]
        lines += [f"| `{name}` | {why.replace('|', '/')} |" for _, name, why in failed]
    return "\n".join(lines)


def split(root, first=BEGIN, last=END):
    """The document before, in, and after the section between two markers."""
    text = (root / DOCUMENT).read_text()
    before, begin, rest = text.partition(first)
    old, end, after = rest.partition(last)
    if not begin or not end:
        sys.exit(f"{DOCUMENT} has no section between '{first}' and '{last}'")
    return before, old.strip("\n"), after


def write(root, text, first=BEGIN, last=END):
    before, _, after = split(root, first, last)
    (root / DOCUMENT).write_text(f"{before}{first}\n{text}\n{last}{after}")
    return 0


def check(root, text):
    """1, and the difference, where the document says something else."""
    _, old, _ = split(root)
    if old == text:
        return 0
    sys.stdout.writelines(
        line + "\n" for line in difflib.unified_diff(
            old.splitlines(), text.splitlines(), DOCUMENT, "this run", lineterm="", n=0))
    print("the results differ from the document; 'make conformance-table' writes them")
    return 1


def networks_table(results, networks, exporters, heading):
    """The results of networks, a row for each, as Markdown."""
    lines = [heading, "", "| network | " + " | ".join(exporters) + " |", "|---|" + "---|" * len(exporters)]
    for name in networks:
        cells = [results[name, exporter][1] or "equal" for exporter in exporters]
        lines.append(f"| {name} | " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines)


def run_model(resin, path, folder, inputs):
    """Runs a model, whose outputs become `output.npy` or `output.NAME.npy` of a folder; why it did not run, or nothing."""
    command = [resin, "run", path, "--output", folder / "output.npy"]
    for index, value in enumerate(inputs):
        np.save(folder / f"input{index}.npy", value)
        command += ["--input", folder / f"input{index}.npy"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode == 0:
        return ""
    problem = [line for line in done.stderr.splitlines() if "error:" in line] or done.stderr.splitlines()
    return (problem or [f"ended with {done.returncode}"])[0].removeprefix(f"{path}: ")


def compare_networks(root, networks, exporters, heading, check, first, last):
    """The command that compares networks, each as every exporter writes it, and 1 where one fails.

    `check(resin, name, exporter, folder)` gives the difference of a network, and what is wrong with it.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--resin", default=str(root / ".build/release/resin"))
    parser.add_argument("--only", metavar="NAME")
    parser.add_argument("--keep", metavar="FOLDER")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    width = max(map(len, networks))
    results = {}
    with tempfile.TemporaryDirectory(prefix="resin-networks-") as scratch:
        folder = pathlib.Path(options.keep or scratch)
        for name in [options.only] if options.only else networks:
            for exporter in exporters:
                difference, problem = results[name, exporter] = check(options.resin, name, exporter, folder)
                print(f"{name:{width}} {exporter:12} {problem or f'equal within {difference:.1e}'}", flush=True)
    if options.write and not options.only:
        write(root, networks_table(results, networks, exporters, heading), first, last)
    return any(problem for _, problem in results.values())
