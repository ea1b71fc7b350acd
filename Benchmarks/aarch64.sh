#!/usr/bin/env bash
# How near the inner loops of AArch64 code are to what cores can multiply, by LLVM's model of them: no chip is needed, and
# nothing is timed.
#
#     Benchmarks/aarch64.sh .build/release/resin [--all]
#
# Compiles networks for Neoverse N1, Neoverse V1 and Cortex-A53, takes the loops out of the objects and asks llvm-mca;
# see loops.py. With --all it prints every loop. Needs the package llvm-19. Exits with 1 where an aim is missed.
set -euo pipefail

resin=$(realpath "$1")
shift
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# compile NAME CPU OPTION…
compile() {
  local name=$1 cpu=$2
  shift 2
  "$resin" compile "$@" --name "$name" --target aarch64-linux --cpu "$cpu" --emit object -o "$folder/$name.$cpu.o" \
    > /dev/null 2> "$folder/messages" || { cat "$folder/messages" >&2; exit 1; }
}
"$resin" quantize Models/digits/digits.resin --images Models/digits/samples -o "$folder/digits8.onnx" \
  > /dev/null 2> "$folder/messages" || { cat "$folder/messages" >&2; exit 1; }
for cpu in neoverse-n1 neoverse-v1 cortex-a53; do
  compile resnet18 $cpu Models/resnet/resnet18.resin --random-weights 1
  compile resnet50 $cpu Models/resnet/resnet50.resin --random-weights 1
  compile mobilenet_v2 $cpu Models/mobile/mobilenet_v2.resin --random-weights 1
  # A Cortex-A53 has no instruction for products of 8 bits.
  [ $cpu = cortex-a53 ] || compile digits8 $cpu "$folder/digits8.onnx"
done
python3 Benchmarks/loops.py "$@" "$folder"/*.o
