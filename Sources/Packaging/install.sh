#!/usr/bin/env bash
# Installs a program that is built, with its share of files: install.sh PROGRAM SHARE PREFIX. Writes what it has put there
# into share/resin/installed, which `uninstall.sh` goes by: files, and folders that were not there.
set -euo pipefail
program=$1 share=$2 prefix=${3%/}
list=$prefix/share/resin/installed

if [ ! -x "$program" ] || [ ! -d "$share" ]; then
  echo "there is nothing to install yet: run 'make' first" >&2
  exit 1
fi
folders=()
# folder PATH: makes a folder and those above it, and notes which of them are new.
folder() {
  [ -d "$1" ] && return
  folder "$(dirname "$1")"
  mkdir -m 755 "$1"
  folders+=("$1")
}
folder "$prefix/share/resin"
files=(bin/resin)
while read -r file; do files+=("share/$file"); done < <(cd "$share" && find . -type f | cut -c 3- | sort)
for file in "${files[@]}"; do folder "$(dirname "$prefix/$file")"; done

# What an older version has put here and this one does not, goes; its folders stay noted.
old=()
if [ -f "$list" ]; then mapfile -t old <"$list"; fi
for path in "${old[@]}"; do
  case $path in
    ./) folders+=("$prefix") ;;
    */) folders+=("$prefix/${path%/}") ;;
    *) [[ " ${files[*]} " == *" $path "* ]] || rm -f "$prefix/$path" ;;
  esac
done

install -m 755 "$program" "$prefix/bin/resin"
for file in "${files[@]:1}"; do install -m 644 "$share/${file#share/}" "$prefix/$file"; done
{
  printf '%s\n' "${files[@]}"
  for path in "${folders[@]}"; do
    case $path in
      "$prefix") echo ./ ;;
      "$prefix"/*) echo "${path#"$prefix/"}/" ;;
    esac
  done | sort -u
} >"$list.new"
chmod 644 "$list.new"
mv "$list.new" "$list"
echo "$prefix/bin/resin, with manual pages and completions"
