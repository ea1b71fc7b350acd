#!/usr/bin/env bash
# Copies the project's licence and those of everything that link_static.sh links: copy_licenses.sh CHECKOUTS FOLDER
set -euo pipefail
checkouts=$1 folder=$2
mkdir -p "$folder/licenses"
cp "$(dirname "$0")/../../LICENSE" "$folder"

# Those of Debian's packages, ICU's for the one in Foundation.
for package in llvm-19-dev libpng-dev libturbojpeg0-dev zlib1g-dev libzstd-dev libicu-dev; do
  cp "/usr/share/doc/$package/copyright" "$folder/licenses/$package.txt"
done
standard=$(dpkg -S "$(realpath "$(cc -print-file-name=libstdc++.a)")" | cut -d : -f 1)
cp "/usr/share/doc/$standard/copyright" "$folder/licenses/libstdc++.txt"

# Swift with Foundation and Dispatch, and the packages.
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
cp "$resources/../../share/swift/LICENSE.txt" "$folder/licenses/swift.txt"
for package in swift-argument-parser swift-protobuf; do
  cp "$checkouts/$package/LICENSE.txt" "$folder/licenses/$package.txt"
done
