#!/usr/bin/env bash
# Installs the wheels into environments of their own, and uses them there: `python.sh RESIN`.
#
# Environments lie in .build/integration and are made once for the packages that they hold.
set -euo pipefail
resin=$(realpath "$1")
script=$(realpath "$0")
cd "$(dirname "$0")/../.."
here=Tests/Integration
work=.build/integration
mkdir -p "$work/libraries"

# environment NAME WHEELS PACKAGE…: makes an environment with these packages, and installs our wheels into it anew.
environment() {
  local folder=$work/$1 wheels=$2
  shift 2
  if [ ! -f "$folder/packages" ] || [ "$(cat "$folder/packages")" != "$*" ]; then
    python3 -m venv --clear "$folder"
    [ $# = 0 ] || "$folder/bin/pip" install --quiet "$@"
    echo "$*" >"$folder/packages"
  fi
  "$folder/bin/pip" install --quiet --no-index --no-deps --force-reinstall $wheels
}

# library NAME MODEL OPTION…: compiles a model into a folder of its own, if it is not there as this script wants it.
library() {
  local folder=$work/libraries/$1 model=$2
  if [ "$folder/lib$1.so" -nt "$resin" ] && [ "$folder/lib$1.so" -nt "$model" ] && [ "$folder/lib$1.so" -nt "$script" ]; then
    return
  fi
  mkdir -p "$folder"
  "$resin" compile "$model" "${@:3}" -o "$folder/lib$1.so" >/dev/null 2>"$folder/messages" || {
    cat "$folder/messages" >&2
    exit 1
  }
}

library digits Models/digits/digits.resin --batch 1,8 --plan-threads 2
library eight Models/digits/digits.resin --batch 8
library separate Models/digits/digits.resin --weights-mode separate
library pair "$here/Models/pair.resin" --random-weights 1 --batch 1,4
library indices "$here/Models/indices.resin"
library sizes "$here/Models/sizes.resin" --random-weights 1 --dim height=8,16 --dim width=8,12 --batch 1,2
library together "$here/Models/together.resin" --batch 4

runtime=$(echo .build/wheels/resin_runtime-*.whl)
compiler=$(echo .build/wheels/resin_compiler-*.whl)
environment python "$runtime"
environment python-numpy "$runtime $compiler" numpy==2.2.6 pillow==11.3.0
for name in python python-numpy; do
  echo "in the environment $name"
  "$work/$name/bin/python" "$here/test_runtime.py" "$resin" "$work/libraries"
  "$work/$name/bin/python" -c "import doctest, resin.classes as classes; assert doctest.testmod(classes) == (0, 2)"
done

# The compiler, with no more on the path than a system has; PyTorch is too large to be installed for it.
examples=$work/examples
mkdir -p "$examples"
ln -sfn "$PWD/Models" "$examples/Models"
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

# The examples in Python of the documents, where their commands were run.
cp "$work/libraries/digits/libdigits.so" "$examples"
for document in README.md docs/python.md; do
  echo "$document"
  (cd "$examples" && "../python-numpy/bin/python" -m doctest "../../../$document")
done
