#!/bin/sh
# Opens the pages of docs/examples/web in Chromium, draws digits and drops pictures there, and looks at what they say.
#
#     Tests/Web/browser.sh .build/release/resin
set -eu

resin=$1
. Tests/Web/pages.sh
cp docs/examples/web/* Tests/Web/browser.html Models/digits/samples/[37].png "$folder/pages"
"$resin" compile Models/digits/digits.resin --target wasm32 -o "$folder/pages/" > /dev/null 2>&1
serve_pages
timeout 120 $browser --headless --disable-gpu --user-data-dir="$folder/profile" --virtual-time-budget=60000 --dump-dom \
  "http://127.0.0.1:$port/browser.html" > "$folder/page" 2> "$folder/messages" || cat "$folder/messages"
if grep -q '<pre id="result">the pages work</pre>' "$folder/page"; then
  echo "the pages work in Chromium"
else
  sed -n '/<pre id="result">/,/<\/pre>/p' "$folder/page" >&2
  exit 1
fi
