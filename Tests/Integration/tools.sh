#!/usr/bin/env bash
# Uses libraries through CMake, pkg-config, C++, Swift's module maps and the plugin of SwiftPM: `tools.sh RESIN`.
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
the file of weights cannot be opened or mapped
10 1' "$folder/separate" "$folder/separate.weights"
done

expect 'error: --package is for libraries, objects and archives, not for llvm-ir' \
  "$resin" compile Models/digits/digits.resin --emit llvm-ir --package cpp -o "$folder/x.ll"
expect 'error: --package swift is for shared libraries, not for --emit archive
  give --package module-map, which Swift imports' \
  "$resin" compile Models/digits/digits.resin --emit archive --package swift -o "$folder/"

command -v swift >/dev/null || exit 0
echo "the plugin of SwiftPM"
# The package of docs/swift.md with another target, that has two models and options. It stays where it is, so that little is
# built the second time; nothing of Resin but the plugin is.
package=$work/swift
rm -rf "$package/Sources"
mkdir -p "$package"
cp -rL docs/examples/swift-package/Sources "$package"
sed -e "s#\.\./\.\./\.\.#$PWD#" \
  -e 's#^    \.executableTarget($#    .executableTarget(name: "UseModels", plugins: [.plugin(name: "ResinPlugin", package: "Resin")]),\n&#' \
  docs/examples/swift-package/Package.swift >"$package/Package.swift"
sources=$package/Sources/UseModels
mkdir "$sources"
cp "$programs/plugin.swift" "$sources/main.swift"
cp Tests/Integration/Models/pair.{resin,txt} "$sources"
echo "--batch 1,4 --random-weights 1" >"$sources/pair.options"
cp Models/digits/digits.resin "$sources/my-digits.resin"
cp Models/digits/digits.safetensors "$sources/my-digits.safetensors"
build() { RESIN=$resin swift build --package-path "$package" 2>&1; }
build >"$folder/messages" || { cat "$folder/messages" >&2; exit 1; }
expect "read as 7
logits: 10
'image' has 784 elements; the array for it has 3" "$package/.build/debug/ReadDigit"
expect "4 1024 16 4096
true $(sed 's/.*/"&"/' Tests/Integration/Models/pair.txt | paste -sd , | sed 's/,/, /g; s/.*/[&]/')
the library has no code for this number of images
'image' has 3072 elements; the array for it has 1
there is no pool of -1 threads
768
a picture of 40 x 40 pixels (bgra) has more than 4800 bytes
a picture of 0 x 40 pixels is none that a model takes
rows of 30 pixels have 90 bytes, and the stride is 20
5 true no label
0
true" "$package/.build/debug/UseModels"

# A model is compiled anew where its weights have changed, and else not.
library=$(find "$package/.build/" -name libmy_digits.so -path '*outputs*')
before=$(stat -c %Y%s "$library")
touch "$sources/main.swift"
build >/dev/null
[ "$before" = "$(stat -c %Y%s "$library")" ] || { echo "the plugin compiles what has not changed" >&2; exit 1; }
before=$(sha256sum <"$library")
weights=$sources/my-digits.safetensors
printf '\1' | dd of="$weights" bs=1 seek=$(($(stat -c %s "$weights") - 2)) conv=notrunc status=none
build >/dev/null
[ "$before" != "$(sha256sum <"$library")" ] || { echo "the plugin does not see that weights change" >&2; exit 1; }

# says PATTERN COMMAND…: the command fails, and a line of what it says matches.
says() {
  local wanted=$1 found
  shift
  if found=$("$@" 2>&1) || ! grep -q "$wanted" <<<"$found"; then
    printf 'expected of %s:\n%s\nfound:\n%s\n' "$*" "$wanted" "$found" >&2
    exit 1
  fi
}
# What is wrong with a model, or with the program, is said where the package is built.
echo "output y = absent" >>"$sources/my-digits.resin"
says "my-digits.resin:25:12: error: unknown name 'absent'" build
resin=absent says "error: RESIN names no program: absent" build
