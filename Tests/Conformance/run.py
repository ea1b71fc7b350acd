"""Runs the official ONNX backend tests through Resin and keeps `docs/onnx.md` true.

    run.py [--resin PROGRAM] [--jobs N] [--only REGEX] [--write]

Prints how many tests passed, failed, and are out of scope (`scope.py`), and compares table and
failures with the section of the document that an earlier run wrote. The exit code is 1 where they
differ; `--write` writes the section instead. `--only` runs and lists some tests and leaves the
document alone.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile
import unittest
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]

with warnings.catch_warnings():
    # The suite makes its own cases, some of them with values that overflow on purpose.
    warnings.simplefilter("ignore")
    import onnx
    import onnx.backend.test

    import backend
    import report

    SUITE = onnx.backend.test.BackendTest(backend.Resin, __name__)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--resin", default=str(ROOT / ".build/release/resin"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", metavar="REGEX")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    backend.PROGRAM = str(pathlib.Path(options.resin).resolve())
    # The suite keeps copies of networks there.
    with tempfile.TemporaryDirectory(prefix="resin-conformance-") as home:
        os.environ["ONNX_HOME"] = home
        results = run_all(options)
    if options.only:
        for name, (outcome, reason) in sorted(results.items()):
            print(f"{outcome:12} {name[1]}  {reason}")
        return any(outcome == "failed" for outcome, _ in results.values())
    section = report.section(results, onnx.__version__)
    print(report.summary(results))
    return report.write(ROOT, section) if options.write else report.check(ROOT, section)


def run_all(options):
    """Per category and name of a test, its outcome and the reason for it."""
    tests = []
    for suite in SUITE.test_cases.values():
        category = re.sub("OnnxBackend(.*)ModelTest", r"\1", suite.__name__)
        for name in unittest.defaultTestLoader.getTestCaseNames(suite):
            # Every test exists once per device of the suite.
            if name.endswith("_cpu") and re.search(options.only or "", name):
                tests.append((category, name.removesuffix("_cpu"), suite(name)))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        outcomes = pool.map(lambda test: outcome(test[2]), tests)
        return {test[:2]: result for test, result in zip(tests, outcomes)}


def outcome(test):
    result = unittest.TestResult()
    test.run(result)
    if result.skipped:
        return "out of scope", result.skipped[0][1]
    problems = result.errors + result.failures
    return ("failed", report.reason(problems[0][1])) if problems else ("passed", "")


if __name__ == "__main__":
    sys.exit(main())
