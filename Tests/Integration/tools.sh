#!/usr/bin/env bash
# Uses libraries through CMake, pkg-config, C++ and Swift's module maps: `tools.sh RESIN`.
#
# CMake is pip's, in .build/integration, made once.
set -euo pipefail
resin=$(realpath "$1")
cd "$(dirname "$0")/../.."
programs=$PWD/Tests/Integration/Programs
work=$PWD/.build/integration
mkdir -p "$work"
if [ ! -x "$work/cmake/bin/cmake" ]; then
  python3 -m venv --clear "$work/cmake"
  "$work/cmake/bin/pip" install --quiet cmake==3.31.6
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
compile() { "$resin" compile "$@" >/dev/null 2>"$folder/messages" || { cat "$folder/messages" >&2; exit 1; }; }

# expect TEXT COMMAND…: the command prints the text.
expect() {
  local wanted=$1 found
  shift
  found=$("$@" 2>&1) || true
  if [ "$found" != "$wanted" ]; then
    printf 'expected of %s:\n%s\nfound:\n%s\n' "$*" "$wanted" "$found" >&2
    exit 1
  fi
}

first='0 -0.1019'
cpp="$first
logits has 10 elements, not 9
1 a required pointer is NULL
no pool of 1000 threads"

for kind in library archive object; do
  echo "CMake, pkg-config, C++ and Swift with --emit $kind"
  place=$folder/$kind
  mkdir "$place"
  compile Models/digits/digits.resin --emit $kind --package cmake,pkg-config,module-map,cpp -o "$place/"

  "$work/cmake/bin/cmake" -S "$programs" -B "$place/build" -DCMAKE_PREFIX_PATH="$place" >"$folder/messages" 2>&1 &&
    "$work/cmake/bin/cmake" --build "$place/build" >>"$folder/messages" 2>&1 || { cat "$folder/messages" >&2; exit 1; }
  expect "$first" "$place/build/c_program"
  expect "$cpp" "$place/build/cpp_program"

  flags=$(PKG_CONFIG_PATH=$place pkg-config --cflags --libs digits)
  cc "$programs/digits.c" $flags -Wl,-rpath,"$place" -o "$place/c_program"
  expect "$first" "$place/c_program"

  if [ $kind != object ] && command -v swiftc >/dev/null; then
    swiftc -I "$place/digits-module" -L "$place" -Xlinker -rpath="$place" "$programs/digits.swift" -o "$place/swift_program"
    expect '0 -1018' "$place/swift_program"
  fi
done

echo "C++ with several numbers of images, weights in a file, and two models"
compile Models/digits/digits.resin --batch 1,8 --name separate --weights-mode separate --package cpp -o "$folder/"
compile Tests/Integration/Models/pair.resin --random-weights 1 --package cpp -o "$folder/"
for compiler in g++ clang++; do
  command -v $compiler >/dev/null || continue
  $compiler -std=c++17 -Wall -Wextra -Wpedantic -Wconversion -Werror -I"$folder" "$programs/separate.cpp" -L"$folder" -lseparate \
    -lpair -Wl,-rpath,"$folder" -o "$folder/separate"
  expect '-0.8615
-0.8615
the library has no code for this number of images
the file of weights cannot be opened or mapped' "$folder/separate" "$folder/separate.weights"
done

expect 'error: --package is for libraries, objects and archives, not for llvm-ir' \
  "$resin" compile Models/digits/digits.resin --emit llvm-ir --package cpp -o "$folder/x.ll"
