#!/usr/bin/env bash
# Runs the C runtime and compiled models, their kernels included, under clang's sanitizers: `run.sh RESIN`.
#
# Libraries are written as ever, but with a `cc` that builds the bundled sources for the sanitizer, and takes kernels
# that were built for it from their LLVM IR instead of those that it is given.
set -euo pipefail
resin=$(realpath "$1")
cd "$(dirname "$0")/../.."
here=$PWD/Tests/Sanitizers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/bin"
cat >"$work/bin/cc" <<'SHELL'
#!/usr/bin/env bash
arguments=()
for argument in "$@"; do
  case $argument in
    kernels0.o) arguments+=("$KERNELS"/*.o) ;;
    kernels*.o) ;;
    # The sanitizer's functions are in the program that loads the library.
    -Wl,--no-undefined) ;;
    *) arguments+=("$argument") ;;
  esac
done
exec clang-19 -g -fno-omit-frame-pointer -fsanitize="$SANITIZER" -fno-sanitize-recover=all "${arguments[@]}"
SHELL
chmod +x "$work/bin/cc"

# instrumented FOLDER ATTRIBUTE MODE MODEL [OPTION…]: compiles a model to FOLDER/model.so, with its weights as MODE says.
instrumented() {
  local folder=$1 attribute=$2 mode=$3
  shift 3
  mkdir -p "$folder/kernels"
  "$resin" compile "$@" --emit llvm-ir -o "$folder/all.ll" >/dev/null
  awk -v folder="$folder/kernels" '/^; ModuleID/ { module++ } { print > (folder "/" module ".ll") }' "$folder/all.ll"
  for module in "$folder"/kernels/*.ll; do
    sed -i -E "/^attributes #[0-9]+ = \{ nounwind( |\")/ s/nounwind/nounwind $attribute/" "$module"
    clang-19 -O1 -fPIC -Wno-override-module -fsanitize="$SANITIZER" -c "$module" -o "${module%.ll}.o"
    rm "$module"
  done
  KERNELS=$folder/kernels PATH=$work/bin:$PATH "$resin" compile "$@" --weights-mode "$mode" -o "$folder/model.so" >/dev/null 2>&1
}

check() {
  export SANITIZER=$1
  local attribute=$2 cpu=$3 folder=$work/$1
  shift 3
  mkdir -p "$folder"
  "$work/bin/cc" -std=c11 -O1 -I Sources/CResinRuntime/include "$here/runtime.c" \
    Sources/CResinRuntime/*.c -lpthread -lm -o "$folder/runtime"
  "$folder/runtime" "$folder"
  "$work/bin/cc" -std=c11 -O1 -D_POSIX_C_SOURCE=200809L -I Sources/CResinRuntime/include "$here/models.c" -lpthread -ldl -lm \
    -rdynamic -o "$folder/models"
  instrumented "$folder/digits" "$attribute" embedded Models/digits/digits.resin --cpu "$cpu" --plan-threads 2
  instrumented "$folder/resnet20" "$attribute" separate Models/cifar/resnet20.resin --random-weights 1 --batch 2 \
    --plan-threads 3 --cpu "$cpu"
  "$folder/models" "$folder/digits/model.so" "$folder/resnet20/model.so"
  # A caller's mistakes show what the sanitizer would find of ours.
  if "$folder/models" --spoiled "$folder/digits/model.so" 2>"$folder/report"; then
    echo "the sanitizer $SANITIZER does not see what kernels do" >&2
    exit 1
  fi
  grep -q "Sanitizer: .* in digits_" "$folder/report" || { cat "$folder/report"; exit 1; }
}

export ASAN_OPTIONS=detect_stack_use_after_return=1 TSAN_OPTIONS=halt_on_error=1
check address,undefined sanitize_address native
# This sanitizer sees accesses of at most 16 bytes.
check thread sanitize_thread x86-64
echo "no mistake found"
