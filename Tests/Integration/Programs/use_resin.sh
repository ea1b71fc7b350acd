# What dist.sh does with a program, in an empty folder: use_resin.sh RESIN FILES. The files of results are the same for the
# same program.
set -eu
resin=$1 files=$2
export XDG_CACHE_HOME=cache

digits=$files/digits/digits.resin
seven=$files/digits/samples/7.png
"$resin" --version >version.txt
"$resin" compile "$digits" --batch 1,8 >names.txt 2>messages.txt
"$resin" run libdigits.so "$seven" --output library.npy >/dev/null
"$resin" run "$digits" "$seven" --output jit.npy >/dev/null
"$resin" run "$digits" "$files/rgb.jpg" --output jpeg.npy >/dev/null
for type in f16 bf16; do
  RESIN_NATIVE_CPU=x86-64 "$resin" run "$digits" "$seven" --weights-type $type --output $type.npy >/dev/null
done
"$resin" compile "$digits" --target aarch64-linux --emit object -o arm.o >/dev/null 2>&1
"$resin" compile "$digits" --target wasm32 --emit assembly -o wasm.s >/dev/null 2>&1
"$resin" export "$digits" -o digits.onnx >/dev/null 2>&1
"$resin" convert "$files/digits/digits.safetensors" -o digits.pth >/dev/null 2>&1
"$resin" inspect digits.onnx >inspected.txt
"$resin" verify digits.onnx >/dev/null
"$resin" compile absent.onnx 2>error.txt || echo "status $?" >>error.txt
"$resin" compile digits.onnx --unknown 2>>error.txt || echo "status $?" >>error.txt
