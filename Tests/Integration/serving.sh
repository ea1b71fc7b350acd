#!/usr/bin/env bash
# Serves libraries through KServe and runs them in Ray, with the wheel in an environment of its own: `serving.sh RESIN`.
set -euo pipefail
resin=$(realpath "$1")
cd "$(dirname "$0")/../.."
. Tests/Integration/common.sh

environment python-serving "$runtime" kserve==0.21.0 "tritonclient[http,grpc]==2.73.0" "ray[data]==2.60.0" pillow==13.0.0 \
  dockerfile-parse==2.0.1
python=$work/python-serving/bin/python
export RAY_USAGE_STATS_ENABLED=0
"$python" "$here/test_kserve.py" "$work/libraries"
"$python" "$here/test_ray.py" "$resin" "$work/libraries"
"$python" "$here/test_container.py" "$resin"

# The examples of the documents, while the server runs whose command one of them shows.
command=$(sed -n 's/^    python \(-m resin\.kserve .*\)/\1/p' docs/serving.md)
(cd "$examples" && exec ../python-serving/bin/python $command) >"$work/server.log" 2>&1 &
server=$!
trap 'kill $server' EXIT
for port in 8080 8081; do
  until (exec 3<>/dev/tcp/localhost/$port) 2>/dev/null; do
    kill -0 $server || { cat "$work/server.log" >&2; exit 1; }
    sleep 0.2
  done
done
doctests python-serving docs/serving.md docs/scaling.md
trap - EXIT
kill $server
wait $server
