#!/usr/bin/env bash
# Makes what is installed beside the program, as it is found below PREFIX/share: manual pages, from what the program says
# of itself and the texts in `manual`, and completions. make_share.sh PROGRAM FOLDER
set -euo pipefail
program=$(realpath "$1")
texts=$(cd "$(dirname "$0")/manual" && pwd)
folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

share=$work/share
mkdir -p "$share"/{man/man1,bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}
"$program" --generate-completion-script bash >"$share/bash-completion/completions/resin"
"$program" --generate-completion-script zsh >"$share/zsh/site-functions/_resin"
"$program" --generate-completion-script fish >"$share/fish/vendor_completions.d/resin.fish"

version=$("$program" --version)
# page NAME SUMMARY ARGUMENT…: the page of what the program prints for the arguments. A script of the page's name stands
# for it, since help2man takes names from programs; it wants headings in its own words, and two spaces behind options.
page() {
  local name=$1 summary=$2
  shift 2
  "$program" "$@" >"$work/help.txt"
  cat >"$work/$name" <<END
#!/bin/sh
sed -e 's/^OVERVIEW: //' -e 's/^USAGE: /Usage: /' -e 's/^\(  -.*>\) \([A-Z]\)/\1  \2/' '$work/help.txt'
END
  chmod +x "$work/$name"
  cat "$texts/$name.txt" "$texts/exit-status.txt" >"$work/text"
  help2man --no-info --name "$summary" --version-string "${version#resin }" --source "$version" \
    --manual "Resin" --include "$work/text" --output "$share/man/man1/$name.1" "$work/$name"
}

page resin "compile residual networks ahead of time" --help
"$program" --help | sed -n '/^SUBCOMMANDS/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p' | while read -r command; do
  summary=$("$program" help "$command" | sed '/^$/,$d' | tr '\n' ' ' | sed 's/^OVERVIEW: \(.*\)\. *$/\1/')
  page "resin-$command" "${summary,}" help "$command"
done

# Whole or not at all.
rm -rf "$folder"
mv "$share" "$folder"
