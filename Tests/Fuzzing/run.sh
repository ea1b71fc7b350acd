#!/usr/bin/env bash
# Fuzzes every reader, or those that are named: `run.sh [TARGET…]`. EXECUTIONS multiplies the numbers below (1: ten
# million and some). Ends at the first input that traps, takes a second of processor time, or 512 MB; the input is then
# in .build/fuzzing/found. What was found worth keeping stays in .build/fuzzing/corpus and is where the next run begins.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=.build/fuzzing
# With the checks of unsafe buffers that optimised code leaves out.
RESIN_FUZZING=1 swift build -c release --scratch-path $work --sanitize fuzzer --product resin-fuzz \
  -Xswiftc -assert-config -Xswiftc Debug

declare -A executions=(
  [model]=1500000 [plan]=500000 [onnx]=2000000 [onnx-weights]=500000 [safetensors]=1000000 [numpy]=1000000
  [checkpoint]=1000000 [picture]=500000 [tuning]=500000 [overrides]=500000 [labels]=500000 [library]=700000
  [descriptor]=700000
)
targets=("$@")
[ $# -gt 0 ] || targets=(numpy safetensors checkpoint onnx-weights onnx model plan picture tuning overrides labels \
  library descriptor)

scratch=$(mktemp -d -p "$([ -d /dev/shm ] && echo /dev/shm || echo /tmp)")
trap 'rm -rf "$scratch"' EXIT
mkdir -p $work/found
total=0
for target in "${targets[@]}"; do
  count=$(awk "BEGIN { print int(${executions[$target]} * ${EXECUTIONS:-1}) }")
  mkdir -p $work/corpus/$target
  dictionary=
  case $target in
    model | plan) dictionary=-dict=Tests/Fuzzing/model.dict ;;
    onnx*) dictionary=-dict=Tests/Fuzzing/onnx.dict ;;
  esac
  # libFuzzer writes the input when the process traps, so Swift's own report would only come before it.
  TMPDIR=$scratch SWIFT_BACKTRACE=enable=no RESIN_FUZZ_TARGET=$target nice -n 19 $work/release/resin-fuzz \
    -runs="$count" -max_len=8192 -rss_limit_mb=512 -malloc_limit_mb=512 -timeout=60 -len_control=0 $dictionary \
    -print_final_stats=1 -artifact_prefix=$work/found/$target- $work/corpus/$target Tests/Fuzzing/Seeds/$target \
    >$work/$target.log 2>&1 || { tail -40 $work/$target.log; echo "$target: found an input in $work/found"; exit 1; }
  executed=$(sed -n 's/^stat::number_of_executed_units: *//p' $work/$target.log)
  total=$((total + executed))
  echo "$target: $executed executions, $(sed -n 's/^stat::peak_rss_mb: *//p' $work/$target.log) MB," \
    "$(ls $work/corpus/$target | wc -l) inputs kept"
done
echo "$total executions"
