#!/usr/bin/env bash
# Makes the reference of the library `Resin` as a web site, from the modules that a build has left:
# make_reference.sh [folder of the build] [folder for the site] [folder for the graphs of symbols, which then stay].
# Warnings are errors; documentation-coverage.json lists what has no comment.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/.build/release}
site=${2:-$root/.build/reference}
symbols=${3:-}
if [ -n "$symbols" ]; then
  mkdir -p "$symbols"
else
  symbols=$(mktemp -d)
  trap 'rm -rf "$symbols"' EXIT
fi

modules=()
for module in CResinRuntime CImageCodecs; do
  modules+=(-Xcc "-fmodule-map-file=$build/$module.build/module.modulemap")
done
swift-symbolgraph-extract -module-name Resin -minimum-access-level public -output-dir "$symbols" \
  -target "$(uname -m)-unknown-linux-gnu" -I "$build/Modules" -I "$root/Sources/CLLVM/include" "${modules[@]}"
docc convert "$root/Sources/Resin/Resin.docc" --additional-symbol-graph-dir "$symbols" \
  --fallback-display-name Resin --fallback-bundle-identifier resin --warnings-as-errors \
  --experimental-documentation-coverage --coverage-summary-level none --output-path "$site"
