#!/usr/bin/env bash
# Compiles the digits network to a native library, then classifies the sample pictures through that library and
# through the JIT: demo.sh [path of resin].
set -euo pipefail
resin=$(realpath "${1:-$(dirname "$0")/../../.build/release/resin}")
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$resin" compile digits.resin --weights digits.safetensors -o "$out/" > /dev/null
echo "compiled digits.resin to $(cd "$out" && ls -s --block-size=K | awk 'NR > 1 { printf "%s%s (%s)", sep, $2, $1; sep = ", " }')"
echo

pictures=()
for picture in samples/*.png; do pictures+=(--input "$picture"); done
"$resin" run "$out/libdigits.so" --top 1 "${pictures[@]}" > "$out/library.txt"
"$resin" run digits.resin --top 1 "${pictures[@]}" > "$out/jit.txt"

# A block per picture: "image N  FILE  TIME ms", then "DIGIT  PROBABILITY".
paste "$out/library.txt" "$out/jit.txt" | awk -F '\t' '
  BEGIN {
    printf "%-14s | %-27s | %s\n", "", "library", "JIT"
    printf "%-14s | %-5s %-11s %9s | %-5s %-11s %9s\n", "image", "digit", "probability", "time", "digit", "probability", "time"
  }
  $1 ~ /^image/ {
    split($1, l, " "); split($2, j, " ")
    sub(".*/", "", l[3])
    name = l[3]; library_time = l[4]; jit_time = j[4]
    next
  }
  {
    split($1, l, " "); split($2, j, " ")
    printf "%-14s | %-5s %-11s %6s ms | %-5s %-11s %6s ms\n", name, l[1], l[2], library_time, j[1], j[2], jit_time
    right += (substr(name, 1, 1) == l[1] && l[1] == j[1])
    total++
  }
  END {
    printf "\n%d of %d digits recognised\n", right, total
    exit right == total ? 0 : 1
  }'
