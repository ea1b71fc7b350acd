#!/usr/bin/env bash
# Packs a program that needs no libraries, with its share of files and the licences of what is linked into it:
# make_dist.sh PROGRAM SHARE CHECKOUTS OUTPUT.tar.gz
set -euo pipefail
program=$1 share=$2 checkouts=$3 output=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

name=$(basename "$output" .tar.gz)
folder=$work/$name
mkdir -p "$folder/bin"
install -m 755 "$program" "$folder/bin/resin"
cp -r "$share" "$folder/share"
"$(dirname "$0")/copy_licenses.sh" "$checkouts" "$folder/share/doc/resin"

# The same files give the same archive.
chmod -R u=rwX,go=rX "$folder"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@"${SOURCE_DATE_EPOCH:-0}" -cf - "$name" |
  gzip -n >"$output.new"
mv "$output.new" "$output"
