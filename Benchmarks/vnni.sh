#!/usr/bin/env bash
# How near the inner loops of 8-bit convolutions are to what CPUs with VNNI can multiply, by LLVM's model of them: no such
# CPU is needed, and nothing is timed.
#
#     Benchmarks/vnni.sh .build/release/resin [--all]
#
# Quantises networks, compiles them for Zen 5 and Sapphire Rapids, takes the loops out of the objects and asks llvm-mca;
# see loops.py. With --all it prints every loop. Needs the package llvm-19. Exits with 1 where an aim is missed.
set -euo pipefail

resin=$(realpath "$1")
shift
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# quietly COMMAND…
quietly() { "$@" > /dev/null 2> "$folder/messages" || { cat "$folder/messages" >&2; exit 1; }; }
for name in resnet18 resnet50; do
  # Any pictures do: what is looked at depends on shapes alone.
  quietly "$resin" quantize Models/resnet/$name.resin --random-weights 1 --images Models/digits/samples \
    -o "$folder/$name.onnx"
  for cpu in znver5 sapphirerapids; do
    quietly "$resin" compile "$folder/$name.onnx" --name "$name" --cpu $cpu --emit object -o "$folder/$name.$cpu.o"
  done
done
python3 Benchmarks/loops.py "$@" "$folder"/*.o
