#!/bin/sh
# Compiles networks of all families to WebAssembly, runs them under Node, and expects the bits of x86-64 without features; with
# relaxed multiply-adds, nearly the same values.
#
#     Tests/Web/run.sh .build/release/resin
#
# Weights are random, from seed 1, but for the digits, which have theirs. Needs Node and LLVM's linker.
set -eu

resin=$1
for tool in node gcc; do
  if ! command -v $tool > /dev/null; then
    echo "skipped: there is no $tool; install nodejs and gcc"
    exit 0
  fi
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
gcc -O1 -ISources/CResinRuntime/include Tests/Cross/outputs.c -o "$folder/outputs" -ldl
failures=0

# compare NAME TEXT GOAL OPTION...: the same model for x86-64 and for WebAssembly, optimised for speed or size.
compare() {
  name=$1 text=$2 goal=$3
  shift 3
  "$resin" compile "$text" --name "$name" --cpu x86-64 --optimize "$goal" "$@" -o "$folder/here.so" > /dev/null 2> "$folder/messages" &&
    "$resin" compile "$text" --name "$name" --target wasm32 --optimize "$goal" "$@" -o "$folder/there.wasm" > /dev/null \
      2> "$folder/messages" || { cat "$folder/messages"; failures=$((failures + 1)); return; }
  "$folder/outputs" "$folder/here.so" "$name" > "$folder/here"
  node Tests/Web/outputs.mjs "$folder/there.mjs" > "$folder/there" || : > "$folder/there"
  if cmp -s "$folder/here" "$folder/there"; then
    echo "$name: $(wc -c < "$folder/here") bytes are the same"
  else
    echo "$name: DIFFERS" >&2
    failures=$((failures + 1))
  fi
}

# close NAME TEXT OPTION...: the same model with relaxed multiply-adds and without.
relaxed=$(node --v8-options | grep -o -- '--experimental-wasm-relaxed-simd' | head -1 || :)
close() {
  name=$1 text=$2
  shift 2
  for kind in exact relaxed; do
    [ $kind = exact ] || set -- "$@" --relaxed-simd
    "$resin" compile "$text" --name "$name" --target wasm32 --optimize speed "$@" -o "$folder/$kind.wasm" > /dev/null \
      2> "$folder/messages" || { cat "$folder/messages"; failures=$((failures + 1)); return; }
    node $relaxed Tests/Web/outputs.mjs "$folder/$kind.mjs" > "$folder/$kind" || : > "$folder/$kind"
  done
  printf '%s with relaxed SIMD: ' "$name"
  python3 Tests/Cross/close.py --within 1e-5 "$folder/exact" "$folder/relaxed" || failures=$((failures + 1))
}

random="--random-weights 1"
close digits Models/digits/digits.resin
close resnet20 Models/cifar/resnet20.resin $random
close mobilenet_v3_large Models/mobile/mobilenet_v3_large.resin $random --set size=64
close bert Models/transformer/bert.resin $random --set rows=8 --set words=100 --set positions=16

compare digits Models/digits/digits.resin speed
compare digits_small Models/digits/digits.resin size
compare digits_batch Models/digits/digits.resin speed --batch 3
compare resnet20 Models/cifar/resnet20.resin speed $random
compare resnet18 Models/resnet/resnet18.resin speed $random --set size=64
compare resnet50 Models/resnet/resnet50.resin speed $random --set size=32 --weights-type f16
compare densenet121 Models/densenet/densenet121.resin speed $random --set size=32
compare mobilenet_v3_large Models/mobile/mobilenet_v3_large.resin speed $random --set size=64
compare efficientnet_b0 Models/efficient/efficientnet_b0.resin speed $random --set size=64
compare convnext_tiny Models/convnext/convnext_tiny.resin speed $random --set size=32
compare alexnet Models/alexnet/alexnet.resin speed $random --set size=64
compare unet Models/unet/unet_padded.resin speed $random --set rows=32 --set columns=32
compare gru Models/recurrent/residual_gru.resin speed $random --set steps=8
compare lstm Models/recurrent/residual_bilstm.resin speed $random --set steps=8
compare gpt2 Models/transformer/gpt2.resin speed $random --set rows=8 --set words=100 --set positions=16
compare bert Models/transformer/bert.resin speed $random --set rows=8 --set words=100 --set positions=16
compare mobilevit Models/mobile/mobilevit_xxs.resin speed $random --set size=64
compare yolov8n Models/yolo/yolov8n.resin speed $random --set size=64
compare gan Models/gan/sngan_generator.resin speed $random --set width=32
compare hourglass1 Models/hourglass/hourglass1.resin speed $random --set size=64
compare highway19 Models/highway/highway19.resin speed $random

# Integers of 8 bits.
"$resin" quantize Models/digits/digits.resin --images Models/digits/samples -o "$folder/digits8.onnx" > /dev/null 2>&1
compare digits8 "$folder/digits8.onnx" speed

[ $failures = 0 ] || { echo "$failures of these failed" >&2; exit 1; }
