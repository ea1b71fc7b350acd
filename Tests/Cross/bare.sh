#!/usr/bin/env bash
# Objects without a system: nothing is left to be linked, an AArch64 program with nothing else runs on a bare board, and
# results are those of libraries bit for bit. Objects that leave their C part as source: a C compiler makes the same
# library of the two.
#
#     Tests/Cross/bare.sh .build/release/resin
#
# The program is docs/examples/edge. Needs a C compiler of AArch64, LLVM's tools and QEMU with whole machines.
set -euo pipefail

resin=$(realpath "$1")
prefix=aarch64-linux-gnu
for tool in $prefix-gcc qemu-aarch64 qemu-system-aarch64 llvm-nm-19 llvm-objdump-19; do
  if ! command -v $tool > /dev/null; then
    echo "skipped: there is no $tool; install gcc-$prefix, libc6-dev-arm64-cross, qemu-user, qemu-system-arm and llvm-19"
    exit 0
  fi
done
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
  echo "$*" >&2
  exit 1
}
# Without messages where all is well.
quietly() { "$@" > "$folder/messages" 2>&1 || fail "$*: $(cat "$folder/messages")"; }
# is TEXT FOUND WHAT
is() { [ "$2" = "$1" ] || fail "$3: expected '$1', found '$2'"; }
digits=Models/digits/digits.resin

echo "a board with nothing but a serial port"
cp docs/examples/edge/* "$folder"
for weights in embedded separate; do
  quietly "$resin" compile $digits --target aarch64-linux --cpu cortex-a53 --emit object --freestanding \
    --weights-mode $weights -o "$folder/digits.o"
  is '' "$(llvm-nm-19 --undefined-only "$folder/digits.o")" "what the object needs"
  is digits_run "$(llvm-nm-19 --extern-only --defined-only "$folder/digits.o" | awk '{ print $3 }' | grep -v '^digits_[0-9]\|_steps$\|_weights_data$')" \
    "what the object has"
done
quietly "$resin" compile $digits --target aarch64-linux --cpu cortex-a53 --emit object --freestanding -o "$folder/"
for sample in 0 3 7; do
  quietly "$resin" run $digits --input Models/digits/samples/$sample.png --dump "$folder/values"
  tail -c 3136 "$folder/values/image.npy" > "$folder/digit.f32"
  (cd "$folder" && quietly $prefix-gcc -std=c11 -O2 -Wall -Wextra -Werror -nostdlib -ffreestanding -static -T board.ld \
    start.S main.c digits.o -o board.elf)
  is $sample "$(timeout 120 qemu-system-aarch64 -M virt -cpu cortex-a53 -nographic -kernel "$folder/board.elf" < /dev/null)" \
    "the digit on the board"
done

echo "results are those of libraries"
# Writes what the model gives for the inputs of outputs.c, by its one function.
cat > "$folder/run.c" << 'END'
#include <stdio.h>
#include <stdlib.h>
#include "m.h"

int main(int count, char **files) {
  static float x[M_X_ELEMENTS], y[M_Y_ELEMENTS];
  static _Alignas(M_ALIGNMENT) unsigned char workspace[M_WORKSPACE_BYTES + 1];
  uint32_t state = 12345;
  for (size_t index = 0; index < M_X_ELEMENTS; index++) {
    state = state * 1664525u + 1013904223u;
    x[index] = (float)((int32_t)(state >> 15) - 65536) / 65536.0f;
  }
#ifdef M_WEIGHTS_OFFSET
  void *weights = NULL;
  if (posix_memalign(&weights, M_ALIGNMENT, M_WEIGHTS_BYTES) != 0 || count != 2) return 3;
  FILE *file = fopen(files[1], "rb");
  if (file == NULL || fseek(file, M_WEIGHTS_OFFSET, SEEK_SET) != 0 ||
      fread(weights, 1, M_WEIGHTS_BYTES, file) != M_WEIGHTS_BYTES) return 4;
#define WEIGHTS weights,
  if (m_run(NULL, x, y, workspace, sizeof workspace) != RESIN_BAD_WEIGHTS) return 5;
  if (m_run((char *)weights + 4, x, y, workspace, sizeof workspace) != RESIN_BAD_WEIGHTS) return 6;
#else
  (void)count, (void)files;
#define WEIGHTS
#endif
  if (m_run(WEIGHTS NULL, y, workspace, sizeof workspace) != RESIN_NULL_POINTER) return 7;
  if (m_run(WEIGHTS x, NULL, workspace, sizeof workspace) != RESIN_NULL_POINTER) return 8;
  if (m_run(WEIGHTS x, y, NULL, sizeof workspace) != RESIN_NULL_POINTER) return 9;
  if (m_run(WEIGHTS x, y, workspace, M_WORKSPACE_BYTES - 1) != RESIN_WORKSPACE_TOO_SMALL) return 10;
  if (m_run(WEIGHTS x, y, workspace + 1, M_WORKSPACE_BYTES) != RESIN_WORKSPACE_MISALIGNED) return 11;
  for (size_t index = 0; index < M_Y_ELEMENTS; index++) {
    if (y[index] != 0) return 12;
  }
  if (m_run(WEIGHTS x, y, workspace, M_WORKSPACE_BYTES) != RESIN_OK) return 13;
  fwrite(y, sizeof *y, M_Y_ELEMENTS, stdout);
  return 0;
}
END
gcc -O1 -ISources/CResinRuntime/include Tests/Cross/outputs.c -o "$folder/outputs" -ldl
$prefix-gcc -O1 -ISources/CResinRuntime/include Tests/Cross/outputs.c -o "$folder/outputs-$prefix" -ldl
# A network with what there is of layers, and whose operations call C's mathematics.
cat > "$folder/m.resin" << 'END'
model m
input x: f32[1, 3, 19, 17]
a = relu(conv2d(x, 24, kernel: 3, padding: 1))
b = max_pool(conv2d(a, 24, kernel: 3, stride: 2, padding: 1) + conv2d(a, 24, kernel: 1, stride: 2), kernel: 2)
c = pow(abs(b) + 0.5, b + 1) + sin(1000000000 * b) + cos(30000000 * b) + tan(20000000 * b)
d = fmod(100 * b, abs(b) + 0.3) + floor(3 * b) + ceil(3 * b)
output y = flatten(c + d)
END
for target in aarch64-linux x86_64-linux; do
  case $target in
    aarch64-linux) tools=$prefix- cpu=armv8-a run="qemu-aarch64 -cpu cortex-a53 -L /usr/$prefix" ;;
    x86_64-linux) tools= cpu=x86-64 run= ;;
  esac
  for cpu in $cpu $([ $target = aarch64-linux ] || echo x86-64-v3); do
    [ $cpu != x86-64-v3 ] || grep -q avx2 /proc/cpuinfo || continue
    options="--random-weights 1 --target $target --cpu $cpu"
    quietly "$resin" compile "$folder/m.resin" $options -o "$folder/libm_.so"
    $run "$folder/outputs${tools:+-$prefix}" "$folder/libm_.so" m > "$folder/library"
    for weights in embedded separate; do
      quietly "$resin" compile "$folder/m.resin" $options --emit object --freestanding --weights-mode $weights -o "$folder/"
      is '' "$(llvm-nm-19 --undefined-only "$folder/m.o")" "what the object for $cpu needs"
      quietly ${tools}gcc -std=gnu11 -O1 -Wall -Wextra -Werror -I"$folder" "$folder/run.c" "$folder/m.o" -o "$folder/run"
      $run "$folder/run" "$folder/m.weights" > "$folder/alone" || fail "the object for $cpu gives $?"
      python3 Tests/Cross/close.py "$folder/library" "$folder/alone" || fail "the object for $cpu differs"
    done
  done
done

echo "objects and archives whose C part is source"
options="--random-weights 1 --name m --target aarch64-linux"
quietly "$resin" compile Models/cifar/resnet20.resin $options -o "$folder/whole.so"
qemu-aarch64 -cpu max -L /usr/$prefix "$folder/outputs-$prefix" "$folder/whole.so" m > "$folder/library"
for kind in object archive; do
  file=$([ $kind = object ] && echo m.o || echo libm.a)
  # No C compiler is along this path.
  mkdir -p "$folder/bin"
  PATH=$folder/bin quietly "$resin" compile Models/cifar/resnet20.resin $options --emit $kind -o "$folder/$file"
  grep -q "^$folder/$file: kernels and weights; the functions of the header are in $folder/m.c, for a C compiler of aarch64-linux\$" \
    "$folder/messages" || fail "not said what is left out: $(cat "$folder/messages")"
  quietly $prefix-gcc -std=c11 -O2 -Wall -Wextra -Werror -fPIC -shared "$folder/m.c" "$folder/$file" -lm -lpthread -o "$folder/linked.so"
  qemu-aarch64 -cpu max -L /usr/$prefix "$folder/outputs-$prefix" "$folder/linked.so" m > "$folder/linked"
  cmp "$folder/library" "$folder/linked" || fail "the $kind gives other results"
done

echo "objects for macOS"
quietly "$resin" compile $digits --target arm64-apple-macos --emit object -o "$folder/"
is 'mach-o arm64' "$(llvm-objdump-19 --section-headers "$folder/digits.o" | sed -n 's/.*file format //p')" "the format"
is '' "$(llvm-nm-19 --undefined-only "$folder/digits.o")" "what the object needs"
is '_digits_steps
_digits_weights_data' "$(llvm-nm-19 --defined-only "$folder/digits.o" | awk '{ print $3 }' | grep '_steps$\|_weights_data$' | sort)" "what the C part finds in the object"
quietly "$resin" compile "$folder/m.resin" --random-weights 1 --target arm64-apple-macos --emit object -o "$folder/"
needs=$(llvm-nm-19 --undefined-only "$folder/m.o" | awk '{ print $NF }' | sort | xargs)
is '___sincos_stret _cos _fmodf _powf _sin' "$needs" "what an object needs of a Mac's mathematics"
grep -q "^#include <sys/sysctl.h>" "$folder/digits.c" || fail "the C part does not ask macOS for features"
echo "all of it is as it should be"
