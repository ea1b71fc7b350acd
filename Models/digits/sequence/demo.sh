#!/usr/bin/env bash
# Compiles the network that reads strips to a native library and reads the sample strips: demo.sh [path of resin].
set -euo pipefail
resin=$(realpath "${1:-$(dirname "$0")/../../../.build/release/resin}")
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$resin" compile digits_sequence.resin --outputs digits -o "$out/" > /dev/null
pictures=()
for picture in samples/*.png; do pictures+=(--input "$picture"); done

# A block per picture: "image N  FILE  TIME ms", then eight lines "CLASS  LABEL", of which 10 is no digit.
"$resin" run "$out/libdigits_sequence.so" --top 8 "${pictures[@]}" | awk '
  function show() {
    if (name == "") return
    printf "%-14s | %-8s | %6s ms\n", name, digits, time
    right += (name == digits ".png")
    total++
  }
  BEGIN { printf "%-14s | %-8s | %9s\n", "strip", "digits", "time" }
  $1 == "image" { show(); name = $3; sub(".*/", "", name); time = $4; digits = ""; next }
  $1 < 10 { digits = digits $1 }
  END {
    show()
    printf "\n%d of %d strips read\n\n", right, total
    exit right == total ? 0 : 1
  }'
