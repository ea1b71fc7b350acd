#!/usr/bin/env bash
# Links the program that is built once more, from the same objects, with everything in it but glibc:
# link_static.sh BUILD OUTPUT
#
# BUILD is the folder of `swift build`, with the objects of the program. They ask for libraries by name (`-lLLVM-19`); a
# folder that the linker looks into first has the archives for these names.
set -euo pipefail
build=$(realpath "$1")
output=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

objects=$build/resin.product/Objects.LinkFileList
[ -f "$objects" ] || { echo "there is nothing to link yet: run 'make' first" >&2; exit 1; }

# Only what LLVMKit uses (Sources/CLLVM): the two directions of its formats, three targets, the JIT.
targets="x86 aarch64 webassembly"
components="analysis bitreader bitwriter core linker object orcjit passes target"
llvm=$(llvm-config-19 --link-static --libs $components $targets)
mkdir "$work/archives"
echo "INPUT($llvm -lzstd)" >"$work/archives/libLLVM-19.a"

for name in png z turbojpeg zstd stdc++; do
  archive=$(cc -print-file-name="lib$name.a")
  [ -f "$archive" ] || { echo "there is no lib$name.a for a program without libraries" >&2; exit 1; }
  ln -s "$(realpath "$archive")" "$work/archives/lib$name.a"
done

# What Foundation's archive asks for itself.
foundation="Foundation FoundationEssentials FoundationInternationalization CoreFoundation _FoundationICU
  _FoundationCShims _FoundationCollections swiftSynchronization"

mkdir -p "$(dirname "$output")"
swiftc -emit-executable -static-stdlib -use-ld=lld -o "$work/resin" \
  -L "$work/archives" -L "$(llvm-config-19 --libdir)" "@$objects" \
  -Xlinker --defsym -Xlinker main=ResinCommand_main -Xlinker --gc-sections -Xlinker --strip-all \
  -Xclang-linker -static-libgcc -lpng -lz -lturbojpeg $(printf -- '-l%s ' $foundation)
mv "$work/resin" "$output"
