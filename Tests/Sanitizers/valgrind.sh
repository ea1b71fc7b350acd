#!/usr/bin/env bash
# Runs a compiled network on several threads under Valgrind, which knows AVX2 and not AVX-512: `valgrind.sh RESIN`.
set -euo pipefail
resin=$(realpath "$1")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$resin" compile Models/digits/digits.resin --cpu x86-64-v3 --plan-threads 2 -o "$work/digits.so" >/dev/null 2>&1
cc -std=c11 -g -O1 -D_POSIX_C_SOURCE=200809L -I Sources/CResinRuntime/include Tests/Sanitizers/models.c \
  -lpthread -ldl -lm -o "$work/models"
valgrind --leak-check=full --errors-for-leak-kinds=all --error-exitcode=9 "$work/models" "$work/digits.so"
