#!/usr/bin/env bash
# Installs the wheels into environments of their own, and uses them there: `python.sh RESIN`.
set -euo pipefail
resin=$(realpath "$1")
cd "$(dirname "$0")/../.."
. Tests/Integration/common.sh

compiler=$(echo .build/wheels/resin_compiler-*.whl)
environment python "$runtime"
environment python-numpy "$runtime $compiler" numpy==2.2.6 pillow==11.3.0
for name in python python-numpy; do
  echo "in the environment $name"
  "$work/$name/bin/python" "$here/test_runtime.py" "$resin" "$work/libraries"
  "$work/$name/bin/python" "$here/test_batcher.py" "$work/libraries"
  "$work/$name/bin/python" -c "import doctest, resin.classes as classes; assert doctest.testmod(classes) == (0, 2)"
done

# The compiler, with no more on the path than a system has; PyTorch is too large to be installed for it.
# compiled TESTS COMMAND…: runs tests with the Python of a command.
compiled() {
  local tests=$1 file=$PWD/$here/test_compiler.py
  shift
  (cd "$examples" && env -i PATH=/usr/bin:/bin HOME="$HOME" "$@" "$file" "$resin" "$tests")
}
echo "the compiler in the environment python-numpy"
compiled Compiler ../python-numpy/bin/python
python=$(command -v python3)
if "$python" -c "import torch, onnxscript" 2>/dev/null; then
  echo "the compiler with PyTorch"
  rm -rf "$work/python-torch"
  "$python" -m pip install --quiet --no-index --no-deps --target "$work/python-torch" $runtime $compiler
  compiled PyTorch PYTHONPATH="$PWD/$work/python-torch" "$python"
else
  echo "resin.from_torch is not tried: python3 has no PyTorch with onnxscript"
fi

doctests python-numpy README.md docs/python.md
