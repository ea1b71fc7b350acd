#!/bin/sh
# Opens the pages that `resin inspect --html` writes in Chromium, as wide as on a desk and on a phone, light and dark, and
# measures whether anything is cut, covered or hard to read. With a folder it leaves pages and screenshots there.
#
#     Tests/Web/report.sh .build/release/resin [FOLDER]
set -eu

resin=$1
. Tests/Web/pages.sh
cp Tests/Web/report.html "$folder/pages"

# One small, one with many steps, one of recurrent layers, one of integers.
"$resin" inspect Models/digits/digits.resin --html "$folder/pages/digits.html"
"$resin" inspect Models/resnet/resnet50.resin --random-weights 1 --html "$folder/pages/resnet50.html"
"$resin" inspect Models/recurrent/residual_lstm.resin --random-weights 1 --html "$folder/pages/recurrent.html"
"$resin" quantize Models/digits/digits.resin --images Models/digits/samples -o "$folder/digits.onnx" > "$folder/messages" 2>&1 ||
  { cat "$folder/messages" >&2; exit 1; }
"$resin" inspect "$folder/digits.onnx" --html "$folder/pages/quantised.html"
pages=digits.html,resnet50.html,recurrent.html,quantised.html

serve_pages
browser="$browser --headless --disable-gpu --hide-scrollbars --user-data-dir=$folder/profile"
failed=
for scheme in light dark; do
  [ $scheme = light ] || browser="$browser --force-dark-mode"
  timeout 300 $browser --window-size=1500,1000 --virtual-time-budget=60000 --dump-dom \
    "http://127.0.0.1:$port/report.html?scheme=$scheme&pages=$pages" > "$folder/page" 2> "$folder/messages" ||
    cat "$folder/messages"
  if grep -q '<pre id="result">nothing is cut</pre>' "$folder/page"; then
    echo "pages about models are whole in Chromium, $scheme"
  else
    sed -n '/<pre id="result">/,/<\/pre>/p' "$folder/page" >&2
    failed=yes
  fi
  [ -n "${2:-}" ] || continue
  for name in digits resnet50 recurrent quantised; do
    timeout 120 $browser --window-size=1400,4400 --screenshot="$folder/shot.png" \
      "http://127.0.0.1:$port/$name.html" 2> "$folder/messages" || cat "$folder/messages"
    mv "$folder/shot.png" "$2/$name-1400-$scheme.png"
    # A window is never as narrow as a phone, so the page is in a frame.
    echo "<iframe src=$name.html width=375 height=4400 style='border:0'></iframe>" > "$folder/pages/phone.html"
    timeout 120 $browser --window-size=500,4400 --screenshot="$folder/shot.png" \
      "http://127.0.0.1:$port/phone.html" 2> "$folder/messages" || cat "$folder/messages"
    mv "$folder/shot.png" "$2/$name-375-$scheme.png"
  done
done
[ -z "${2:-}" ] || cp "$folder"/pages/*.html "$2"
[ -z "$failed" ]
