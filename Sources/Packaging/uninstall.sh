#!/usr/bin/env bash
# Removes what install.sh has put below PREFIX, and nothing else: uninstall.sh PREFIX
set -euo pipefail
prefix=$1
list=$prefix/share/resin/installed

if [ ! -f "$list" ]; then
  echo "no resin is installed under $prefix" >&2
  exit 1
fi
mapfile -t paths <"$list"
for path in "${paths[@]}"; do
  case $path in */) ;; *) rm -f "$prefix/$path" ;; esac
done
rm "$list"
# The innermost folders first; one that holds something else by now stays.
printf '%s\n' "${paths[@]}" | { grep '/$' || true; } | sort -r | while read -r path; do
  [ "$path" != ./ ] || path=
  [ ! -d "$prefix/$path" ] || rmdir --ignore-fail-on-non-empty "$prefix/$path"
done
