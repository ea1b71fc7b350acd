#!/usr/bin/env bash
# Compiles networks of all families for AVX2 and for AArch64, runs the second under QEMU, and expects the same bits: as
# many at a time as there are processors.
#
#     Tests/Cross/run.sh .build/release/resin
#
# Weights are random, from seed 1, but for the digits, which have theirs. Needs a C compiler of AArch64 and QEMU's user mode.
set -euo pipefail

resin=$1
prefix=aarch64-linux-gnu
for tool in $prefix-gcc qemu-aarch64; do
  if ! command -v $tool > /dev/null; then
    echo "skipped: there is no $tool; install gcc-$prefix, libc6-dev-arm64-cross and qemu-user"
    exit 0
  fi
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for compiler in gcc $prefix-gcc; do
  $compiler -O1 -ISources/CResinRuntime/include Tests/Cross/outputs.c -o "$folder/$compiler" -ldl
done
# A machine without AVX2 runs that under QEMU, too.
emulated=
grep -q avx2 /proc/cpuinfo || emulated="qemu-x86_64 -cpu max"

# compare NAME TEXT CPU OPTION...: the same model for AVX2 and for a CPU of AArch64.
compare() {
  local name=$1 text=$2 cpu=$3 place
  place=$(mktemp -d "$folder/XXXXXX")
  shift 3
  "$resin" compile "$text" --name "$name" --cpu x86-64-v3 "$@" -o "$place/here.so" > /dev/null 2> "$place/messages" &&
    "$resin" compile "$text" --name "$name" --target aarch64-linux --cpu "$cpu" "$@" -o "$place/there.so" \
      > /dev/null 2> "$place/messages" || { cat "$place/messages" >&2; return 1; }
  # The first glibc of AArch64 is 2.17, and libraries ask for none that is newer.
  if readelf -VW "$place/there.so" | grep -o 'Name: GLIBC_[0-9.]*' | grep -v 'GLIBC_2\.17$'; then return 1; fi
  $emulated "$folder/gcc" "$place/here.so" "$name" > "$place/here" || return 1
  qemu-aarch64 -cpu max -L /usr/$prefix "$folder/$prefix-gcc" "$place/there.so" "$name" > "$place/there" ||
    : > "$place/there"
  if cmp -s "$place/here" "$place/there"; then
    echo "$name for $cpu: $(wc -c < "$place/here") bytes are the same"
    rm -r "$place"
  else
    echo "$name for $cpu: DIFFERS" >&2
    return 1
  fi
}
export -f compare
export resin folder prefix emulated

# Integers of 8 bits, by each kind of instruction; costs of other cores, with the algorithms of AVX2.
"$resin" quantize Models/digits/digits.resin --images Models/digits/samples -o "$folder/digits8.onnx" > /dev/null 2>&1
same="--algorithms-of x86-64-v3"

random="--random-weights 1"
xargs -P "$(nproc)" -L 1 bash -c 'compare "$@"' compare << NETWORKS || { echo "not all are the same" >&2; exit 1; }
digits Models/digits/digits.resin armv8-a
resnet20 Models/cifar/resnet20.resin armv8-a $random
resnet18 Models/resnet/resnet18.resin armv8-a $random --set size=64
resnet50 Models/resnet/resnet50.resin armv8-a $random --set size=32
densenet121 Models/densenet/densenet121.resin armv8-a $random --set size=32
mobilenet_v2 Models/mobile/mobilenet_v2.resin armv8-a $random --set size=64
mobilenet_v3_large Models/mobile/mobilenet_v3_large.resin armv8-a $random --set size=64
efficientnet_b0 Models/efficient/efficientnet_b0.resin armv8-a $random --set size=64
se_resnet50 Models/se/se_resnet50.resin armv8-a $random --set size=32
convnext_tiny Models/convnext/convnext_tiny.resin armv8-a $random --set size=32
regnet Models/regnet/regnet_y_800mf.resin armv8-a $random --set size=64
alexnet Models/alexnet/alexnet.resin armv8-a $random --set size=64
vgg11_bn Models/vgg/vgg11_bn.resin armv8-a $random --set size=32
unet Models/unet/unet_padded.resin armv8-a $random --set rows=32 --set columns=32
gru Models/recurrent/residual_gru.resin armv8-a $random --set steps=8
lstm Models/recurrent/residual_bilstm.resin armv8-a $random --set steps=8
gpt2 Models/transformer/gpt2.resin armv8-a $random --set rows=8 --set words=100 --set positions=16
bert Models/transformer/bert.resin armv8-a $random --set rows=8 --set words=100 --set positions=16
mobilevit Models/mobile/mobilevit_xxs.resin armv8-a $random --set size=64
swin Models/swin/swin_tiny_patch4_window7_224.resin armv8-a $random --set size=96 --set window=3
yolov8n Models/yolo/yolov8n.resin armv8-a $random --set size=64
gan Models/gan/sngan_generator.resin armv8-a $random --set width=32
cyclegan Models/gan/cyclegan_generator.resin armv8-a $random --set size=32 --set width=16
hourglass1 Models/hourglass/hourglass1.resin armv8-a $random --set size=64
highway19 Models/highway/highway19.resin armv8-a $random
digits8 $folder/digits8.onnx armv8-a $same
digits8 $folder/digits8.onnx cortex-a76 $same
digits8 $folder/digits8.onnx neoverse-v1 $same
resnet20 Models/cifar/resnet20.resin cortex-a53 $random $same
NETWORKS
