#!/bin/sh
# Prints a SHA-256 sum of the object and one of the packed weights of every text of Models, for every level,
# for one and two threads: two programs whose lists are equal write equal libraries.
#
#     Tests/Identity/hashes.sh .build/release/resin > after.txt
#     Tests/Identity/hashes.sh .build/release/resin Models/cifar/resnet20.resin > some.txt
#
# Weights are random, from seed 1. RESIN_OPTIONS holds more options of 'resin compile', as in
# RESIN_OPTIONS="--weights-type f16". Parts of models, from which nothing can be compiled, are left out;
# of a text that does not compile the list has the message.
set -eu

resin=$1
shift
[ $# -gt 0 ] || set -- $(find Models -name '*.resin' | LC_ALL=C sort)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

sum() { sha256sum < "$folder/$1" | cut -c 1-16; }

for text in "$@"; do
  grep -q '^model ' "$text" || continue
  for level in x86-64 x86-64-v3 x86-64-v4; do
    for threads in 1 2; do
      # shellcheck disable=SC2086
      if "$resin" compile "$text" --random-weights 1 --cpu $level --plan-threads $threads \
        --emit object --weights-mode separate --name identity ${RESIN_OPTIONS:-} \
        -o "$folder/identity.o" > /dev/null 2> "$folder/messages"; then
        echo "$text $level $threads: object $(sum identity.o), weights $(sum identity.weights)"
      else
        echo "$text $level $threads: $(grep -m 1 error: "$folder/messages" || true)"
      fi
    done
  done
done
