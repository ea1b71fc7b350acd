#!/usr/bin/env bash
# Sets up Python with the peers, builds resin and runs the comparison: run.sh [OPTION]...
# With 'int8' as first word, compares networks of 8 bits; with 'accuracy', 'contention' or 'startup', runs that instead. RESIN_BENCH_VENV moves the
# virtual environment.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
environment=${RESIN_BENCH_VENV:-$here/.venv}

script=compare
case ${1-} in
  accuracy | contention | startup)
    script=$1
    shift
    ;;
  int8) set -- --int8 "${@:2}" ;;
esac

[ -x "$environment/bin/python" ] || "${PYTHON:-python3}" -m venv "$environment"
if ! cmp -s "$here/requirements.txt" "$environment/requirements.txt"; then
  "$environment/bin/python" -m pip install --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$environment/requirements.txt"
fi

case " $* " in
  *" --resin"*) ;;
  *) swift build --package-path "$here/.." -c release --product resin ;;
esac

exec "$environment/bin/python" "$here/$script.py" "$@"
