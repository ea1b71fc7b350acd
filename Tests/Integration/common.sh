# What the scripts that use libraries in Python have in common: `. common.sh`, where $resin is the program.
#
# Environments lie in .build/integration and are made once for the packages that they hold.
here=Tests/Integration
work=.build/integration
mkdir -p "$work/libraries"

runtime=$(echo .build/wheels/resin_runtime-*.whl)

# environment NAME WHEELS PACKAGE…: makes an environment with these packages, and installs our wheels into it anew.
environment() {
  local folder=$work/$1 wheels=$2
  shift 2
  if [ ! -f "$folder/packages" ] || [ "$(cat "$folder/packages")" != "$*" ]; then
    python3 -m venv --clear "$folder"
    [ $# = 0 ] || "$folder/bin/pip" install --quiet --no-compile "$@"
    echo "$*" >"$folder/packages"
  fi
  "$folder/bin/pip" install --quiet --no-index --no-deps --force-reinstall $wheels
}

# library NAME MODEL OPTION…: compiles a model into a folder of its own, if it is not there as this script wants it.
library() {
  local folder=$work/libraries/$1 model=$2
  if [ "$folder/lib$1.so" -nt "$resin" ] && [ "$folder/lib$1.so" -nt "$model" ] && [ "$folder/lib$1.so" -nt "$here/common.sh" ]; then
    return
  fi
  mkdir -p "$folder"
  "$resin" compile "$model" "${@:3}" -o "$folder/lib$1.so" >/dev/null 2>"$folder/messages" || {
    cat "$folder/messages" >&2
    exit 1
  }
}

library digits Models/digits/digits.resin --batch 1,8 --plan-threads 2
library eight Models/digits/digits.resin --batch 8
library separate Models/digits/digits.resin --weights-mode separate
library pair "$here/Models/pair.resin" --random-weights 1 --batch 1,4
library indices "$here/Models/indices.resin"
library sizes "$here/Models/sizes.resin" --random-weights 1 --dim height=8,16 --dim width=8,12 --batch 1,2
library together "$here/Models/together.resin" --batch 4

# Where the examples of documents are run, after their commands.
examples=$work/examples
mkdir -p "$examples"
ln -sfn "$PWD/Models" "$examples/Models"
cp "$work/libraries/digits/libdigits.so" "$examples"

# doctests ENVIRONMENT DOCUMENT…: runs the examples in Python of documents.
doctests() {
  local python=$1 document
  shift
  for document in "$@"; do
    echo "$document"
    (cd "$examples" && "../$python/bin/python" -m doctest "../../../$document")
  done
}
