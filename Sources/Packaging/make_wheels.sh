#!/usr/bin/env bash
# Builds the packages of Python into a folder: make_wheels.sh PROGRAM CHECKOUTS FOLDER
#
# PROGRAM needs no libraries but glibc (link_static.sh); the wheel that holds it is for the glibc that it asks for.
set -euo pipefail
program=$(realpath "$1") checkouts=$(realpath "$2") folder=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp -r "$here"/../Python/* "$work"
version=$("$program" --version)
version=${version#resin }
grep -qx "VERSION = \"$version\"" "$work/resin-runtime/resin/_version.py" || {
  echo "Sources/Python/resin-runtime/resin/_version.py names another version than the program, $version" >&2
  exit 1
}
compiler=$work/resin-compiler
echo "$version" >"$compiler/VERSION"
echo "resin-runtime==$version" >"$compiler/REQUIREMENTS"
mkdir "$compiler/resin_compiler/bin"
install -m 755 "$program" "$compiler/resin_compiler/bin/resin"
"$here/copy_licenses.sh" "$checkouts" "$compiler"

glibc=$(objdump -T "$program" | grep -o 'GLIBC_[0-9.]*' | cut -d _ -f 2 | sort -Vu | tail -1)
platform=manylinux_${glibc//./_}_$(uname -m)
python3 -m venv "$work/builder"
"$work/builder/bin/pip" install --quiet "setuptools>=77"
wheel() { "$work/builder/bin/pip" wheel --quiet --no-deps --no-build-isolation --wheel-dir "$work/wheels" "$@"; }
wheel "$work/resin-runtime"
wheel --config-settings=--build-option=--plat-name="$platform" "$compiler"

# All of them or none.
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
mv "$work/wheels" "$folder"
