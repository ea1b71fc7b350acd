#!/bin/sh
# Compiles networks of all families for AVX2 and for AArch64, runs the second under QEMU, and expects the same bits.
#
#     Tests/Cross/run.sh .build/release/resin
#
# Weights are random, from seed 1, but for the digits, which have theirs. Needs a C compiler of AArch64 and QEMU's user mode.
set -eu

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
failures=0

# compare NAME TEXT CPU OPTION...: the same model for AVX2 and for a CPU of AArch64.
compare() {
  name=$1 text=$2 cpu=$3
  shift 3
  "$resin" compile "$text" --name "$name" --cpu x86-64-v3 "$@" -o "$folder/here.so" > /dev/null 2> "$folder/messages" &&
    "$resin" compile "$text" --name "$name" --target aarch64-linux --cpu "$cpu" "$@" -o "$folder/there.so" \
      > /dev/null 2> "$folder/messages" || { cat "$folder/messages"; failures=$((failures + 1)); return; }
  $emulated "$folder/gcc" "$folder/here.so" "$name" > "$folder/here"
  qemu-aarch64 -cpu max -L /usr/$prefix "$folder/$prefix-gcc" "$folder/there.so" "$name" > "$folder/there" ||
    : > "$folder/there"
  if cmp -s "$folder/here" "$folder/there"; then
    echo "$name for $cpu: $(wc -c < "$folder/here") bytes are the same"
  else
    echo "$name for $cpu: DIFFERS" >&2
    failures=$((failures + 1))
  fi
}

random="--random-weights 1"
compare digits Models/digits/digits.resin armv8-a
compare resnet20 Models/cifar/resnet20.resin armv8-a $random
compare resnet18 Models/resnet/resnet18.resin armv8-a $random --set size=64
compare resnet50 Models/resnet/resnet50.resin armv8-a $random --set size=32
compare densenet121 Models/densenet/densenet121.resin armv8-a $random --set size=32
compare mobilenet_v2 Models/mobile/mobilenet_v2.resin armv8-a $random --set size=64
compare mobilenet_v3_large Models/mobile/mobilenet_v3_large.resin armv8-a $random --set size=64
compare efficientnet_b0 Models/efficient/efficientnet_b0.resin armv8-a $random --set size=64
compare se_resnet50 Models/se/se_resnet50.resin armv8-a $random --set size=32
compare convnext_tiny Models/convnext/convnext_tiny.resin armv8-a $random --set size=32
compare regnet Models/regnet/regnet_y_800mf.resin armv8-a $random --set size=64
compare alexnet Models/alexnet/alexnet.resin armv8-a $random --set size=64
compare vgg11_bn Models/vgg/vgg11_bn.resin armv8-a $random --set size=32
compare unet Models/unet/unet_padded.resin armv8-a $random --set rows=32 --set columns=32
compare gru Models/recurrent/residual_gru.resin armv8-a $random --set steps=8
compare lstm Models/recurrent/residual_bilstm.resin armv8-a $random --set steps=8
compare gpt2 Models/transformer/gpt2.resin armv8-a $random --set rows=8 --set words=100 --set positions=16
compare bert Models/transformer/bert.resin armv8-a $random --set rows=8 --set words=100 --set positions=16
compare mobilevit Models/mobile/mobilevit_xxs.resin armv8-a $random --set size=64
compare swin Models/swin/swin_tiny_patch4_window7_224.resin armv8-a $random --set size=224 --set classes=10
compare yolov8n Models/yolo/yolov8n.resin armv8-a $random --set size=64
compare gan Models/gan/sngan_generator.resin armv8-a $random --set width=32
compare cyclegan Models/gan/cyclegan_generator.resin armv8-a $random --set size=32 --set width=16
compare hourglass1 Models/hourglass/hourglass1.resin armv8-a $random --set size=64
compare highway19 Models/highway/highway19.resin armv8-a $random

# Integers of 8 bits, by each kind of instruction.
"$resin" quantize Models/digits/digits.resin --images Models/digits/samples -o "$folder/digits8.onnx" > /dev/null 2>&1
for cpu in armv8-a cortex-a76 neoverse-v1; do
  compare digits8 "$folder/digits8.onnx" $cpu --algorithms-of x86-64-v3
done
# Costs of other cores, with the algorithms of AVX2.
compare resnet20 Models/cifar/resnet20.resin cortex-a53 $random --algorithms-of x86-64-v3

[ $failures = 0 ] || { echo "$failures of these failed" >&2; exit 1; }
