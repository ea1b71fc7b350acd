#!/usr/bin/env bash
# Instructions of one run of a network on AArch64, by Resin and by its peers there: counted by QEMU, so no chip is needed, and
# nothing is timed.
#
#     Benchmarks/instructions.sh .build/release/resin [MODEL.resin…]
#
# Without models it takes ResNet-18, weights random. All three run in one thread on a Neoverse N1, under one Python of AArch64:
# ONNX Runtime and ncnn (32-bit floats) from PyPI's wheels for it. What two runs take more than one is a run. Each count is printed
# with that of instructions by multiply-add, as direct convolution has them. Exits with 1 where Resin takes more than 0.8 times
# the instructions of the best peer, or an output is not ONNX Runtime's.
#
# Needs qemu-user, gcc, gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, mmdebstrap, and a Python with pip, NumPy and pnnx:
# RESIN_BENCH_VENV names its environment, .venv unless given, which run.sh makes. What is installed for AArch64, 300 MB, stays in
# Benchmarks/cache/aarch64.
set -euo pipefail

resin=$(realpath "$1")
shift
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- Models/resnet/resnet18.resin
cpu=neoverse-n1
tools=${RESIN_BENCH_VENV:-Benchmarks/.venv}/bin
cache=$PWD/Benchmarks/cache/aarch64
root=$cache/root
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for tool in qemu-aarch64 gcc aarch64-linux-gnu-gcc mmdebstrap "$tools/python" "$tools/pnnx"; do
  command -v "$tool" > /dev/null || { echo "there is no $tool: see the first lines of $0" >&2; exit 2; }
done
gcc -O2 -shared -fPIC Benchmarks/instructions/count.c -o "$folder/count.so"

# A Python of AArch64 with the peers, and what their libraries look for in a machine of it.
if [ ! -e "$cache/complete" ]; then
  rm -rf "$cache"
  mkdir -p "$cache"
  mmdebstrap --quiet --architectures=arm64 --variant=extract \
    --include=python3-minimal,libpython3-stdlib,libstdc++6,libgomp1,zlib1g,libffi8 bookworm "$root"
  "$tools/python" -m pip install --quiet --no-deps --target "$cache/packages" --python-version 3.11 --implementation cp \
    --platform manylinux_2_28_aarch64 --platform manylinux_2_27_aarch64 --platform manylinux_2_24_aarch64 \
    --only-binary=:all: onnxruntime ncnn numpy
  processor=$root/sys/devices/system/cpu
  mkdir -p "$root/proc" "$processor/cpu0/regs/identification"
  printf '%s\t: %s\n' processor 0 Features "fp asimd atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp" \
    "CPU implementer" 0x41 "CPU architecture" 8 "CPU variant" 0x3 "CPU part" 0xd0c "CPU revision" 1 > "$root/proc/cpuinfo"
  echo 0 | tee "$processor/possible" > "$processor/present"
  echo 0x413fd0c1 > "$processor/cpu0/regs/identification/midr_el1"
  touch "$cache/complete"
fi

# instructions KIND FILE: those of one run.
instructions() {
  local runs
  for runs in 1 2; do
    PYTHONHASHSEED=0 PYTHONPATH=$cache/packages:$PWD/Sources/Python/resin-runtime qemu-aarch64 -cpu $cpu \
      -plugin "$folder/count.so" -L "$root" "$root/usr/bin/python3.11" -s Benchmarks/instructions/runs.py \
      "$1" "$2" "$folder/input.npy" "$folder/$1.npy" $runs 2> "$folder/messages" ||
      { cat "$folder/messages" >&2; return 1; }
    sed -n 's/^instructions: //p' "$folder/messages"
  done | paste -sd' ' | { read -r one two && echo $((two - one)); }
}

missed=0
echo "| network | kind | million instructions | a multiply-add | of the best peer's |"
echo "|---|---|---|---|---|"
for model; do
  name=$(basename "$model" .resin)
  "$resin" export "$model" --random-weights 1 -o "$folder/$name.onnx" > /dev/null 2> "$folder/messages" ||
    { cat "$folder/messages" >&2; exit 1; }
  "$resin" compile "$folder/$name.onnx" --name "$name" --target aarch64-linux --cpu $cpu -o "$folder/lib$name.so" \
    > /dev/null 2> "$folder/messages" || { cat "$folder/messages" >&2; exit 1; }
  "$tools/python" Benchmarks/instructions/table.py input "$folder/$name.onnx" "$folder/input.npy" > "$folder/shape"
  (cd "$folder" && "$tools/pnnx" "$name.onnx" "inputshape=[$(cat shape)]" fp16=0 > pnnx.log 2>&1)
  for kind in onnxruntime ncnn resin; do
    case $kind in
    onnxruntime) file=$folder/$name.onnx ;;
    ncnn) file=$folder/$name.ncnn ;;
    resin) file=$folder/lib$name.so ;;
    esac
    count=$(instructions $kind "$file")
    echo "$kind $count"
  done > "$folder/counts"
  products=$("$resin" inspect "$model" --plan 2> /dev/null | sed -n 's/.*; \([0-9.]*\) GFLOP;.*/\1/p')
  "$tools/python" Benchmarks/instructions/table.py rows "$name" "$products" "$folder" || missed=1
done
exit $missed
