#!/usr/bin/env bash
# `make install` and `make uninstall` as `sudo` runs them: with no more on the PATH than the system has. Needs what `make`
# has built.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

bare() { env -i PATH=/usr/bin:/bin "$@"; }
fail() {
  echo "$*" >&2
  exit 1
}
# expect TEXT FILE: the file has the text.
expect() { grep -qF -- "$1" "$2" || fail "expected '$1' in $2, found: $(cat "$2")"; }

# Where nothing is built, nothing is installed.
mkdir -p "$folder/clone/Sources" "$folder/place"
cp Makefile Package.swift "$folder/clone"
cp -r Sources/Packaging "$folder/clone/Sources"
if bare make -C "$folder/clone" install DESTDIR="$folder/place" 2>"$folder/errors"; then
  fail "installed what was not built"
fi
expect "run 'make' first" "$folder/errors"
[ -z "$(ls -A "$folder/place")" ] || fail "something was installed: $(ls -R "$folder/place")"

# Without Swift, `make` says so before it does anything.
if ! bare sh -c 'command -v swift' >/dev/null; then
  if bare make -C "$folder/clone" >"$folder/output" 2>"$folder/errors"; then fail "built without Swift"; fi
  expect "https://www.swift.org/install" "$folder/errors"
  grep -v '^make' "$folder/output" && fail "did something before it said that Swift is missing"
fi

# What is installed: a program that runs, a page and a name for each subcommand, completions.
place=$folder/place
mkdir -p "$place/usr/share/man/man1"
echo other >"$place/usr/share/man/man1/other.1"
(cd "$place" && find . | sort) >"$folder/before"
for turn in first second; do bare make install DESTDIR="$place" PREFIX=/usr >"$folder/output" || fail "$turn install"; done
expect "usr/bin/resin" "$folder/output"
bare "$place/usr/bin/resin" --version | grep -q '^resin '
for page in "" -compile -run -bench -verify -inspect -import -export -convert -quantize; do
  file=$place/usr/share/man/man1/resin$page.1
  for section in SYNOPSIS DESCRIPTION '"EXIT STATUS"' EXAMPLES; do expect ".SH $section" "$file"; done
  expect "$(echo ".TH RESIN$page" | tr a-z A-Z)" "$file"
  grep -A 1 '^\.SH NAME' "$file" | grep -q "^resin$page \\\\- [a-z0-9].*[a-zA-Z0-9]$" ||
    fail "$file has another name: $(grep -A 1 '^\.SH NAME' "$file")"
done
for file in bash-completion/completions/resin zsh/site-functions/_resin fish/vendor_completions.d/resin.fish; do
  test -s "$place/usr/share/$file" || fail "there is no $file"
done

# What an older version put there goes with the next one.
echo old >"$place/usr/share/man/man1/resin-old.1"
echo share/man/man1/resin-old.1 >>"$place/usr/share/resin/installed"
bare make install DESTDIR="$place" PREFIX=/usr >/dev/null
[ ! -e "$place/usr/share/man/man1/resin-old.1" ] || fail "a page of an older version is left"

# And all of it goes again, and nothing else.
bare make uninstall DESTDIR="$place" PREFIX=/usr
(cd "$place" && find . | sort) | diff "$folder/before" - || fail "uninstall leaves or takes something"
if bare make uninstall DESTDIR="$place" PREFIX=/usr 2>"$folder/errors"; then fail "uninstalled twice"; fi
expect "no resin is installed" "$folder/errors"
bare make install DESTDIR="$place" PREFIX=/opt/new >/dev/null
bare make uninstall DESTDIR="$place" PREFIX=/opt/new
[ ! -e "$place/opt/new" ] || fail "a folder that install has made is left"
echo "installed and uninstalled"
