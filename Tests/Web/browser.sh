#!/bin/sh
# Opens the pages of docs/examples/web in Chromium, draws digits and drops pictures there, and looks at what they say.
#
#     Tests/Web/browser.sh .build/release/resin
set -eu

resin=$1
browser=
for name in chromium chromium-browser google-chrome; do
  if [ -z "$browser" ] && command -v $name > /dev/null; then browser=$name; fi
done
if [ -z "$browser" ]; then
  echo "skipped: there is no Chromium; install chromium"
  exit 0
fi
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill $server; rm -rf "$folder"' EXIT
mkdir "$folder/pages"
cp docs/examples/web/* Tests/Web/browser.html Models/digits/samples/[37].png "$folder/pages"
"$resin" compile Models/digits/digits.resin --target wasm32 -o "$folder/pages/" > /dev/null 2>&1
# Looked into below, maybe before the server has begun.
: > "$folder/server"
python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$folder/pages" > "$folder/server" 2>&1 &
server=$!
for turn in 1 2 3 4 5 6 7 8 9 10; do
  port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$folder/server")
  [ -z "$port" ] || break
  sleep 0.5
done
[ -n "$port" ] || { echo "the server of the pages does not begin" >&2; exit 1; }
# As root, as in containers, Chromium has no sandbox.
[ "$(id -u)" != 0 ] || browser="$browser --no-sandbox"
timeout 120 $browser --headless --disable-gpu --user-data-dir="$folder/profile" --virtual-time-budget=60000 --dump-dom \
  "http://127.0.0.1:$port/browser.html" > "$folder/page" 2> "$folder/messages" || cat "$folder/messages"
if grep -q '<pre id="result">the pages work</pre>' "$folder/page"; then
  echo "the pages work in Chromium"
else
  sed -n '/<pre id="result">/,/<\/pre>/p' "$folder/page" >&2
  exit 1
fi
