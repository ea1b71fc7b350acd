# For the scripts beside it: finds a Chromium, `$browser`, or ends the script that reads this, and makes a folder,
# `$folder`, whose part `pages` is to be served.

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

# Serves the pages at `http://127.0.0.1:$port`.
serve_pages() {
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
}
