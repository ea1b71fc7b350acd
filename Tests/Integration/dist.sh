#!/usr/bin/env bash
# Unpacks the archive of `make dist` into a root that has a C compiler, and neither Swift nor LLVM nor any library for
# pictures, and uses the program there: `dist.sh RESIN ARCHIVE WHEELS`. Its results are held against those of RESIN. Then it
# uses the packages of Python there.
#
# The root, and the pip that unpacks packages for it, lie in .build/integration and are made once.
set -euo pipefail
resin=$(realpath "$1") archive=$(realpath "$2") wheels=$(realpath "$3")
cd "$(dirname "$0")/../.."
work=$PWD/.build/integration
root=$work/root
mkdir -p "$work"
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
fail() {
  echo "$*" >&2
  exit 1
}

as_root unshare --mount true 2>"$work/messages" || {
  echo "the archive is not tried in a root of its own: nothing may be mounted here ($(cat "$work/messages"))"
  exit
}

# Packages are unpacked and not configured: these need no more, and it takes twenty seconds.
packages=dash,coreutils,gcc,libc6-dev,python3
if [ ! -f "$root/made" ] || [ "$(cat "$root/made")" != $packages ]; then
  as_root rm -rf "$root"
  as_root mmdebstrap --quiet --variant=extract --include=$packages \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr bookworm "$root" http://deb.debian.org/debian >"$work/messages" 2>&1 ||
    fail "there is no root: $(cat "$work/messages")"
  as_root ln -s gcc "$root/usr/bin/cc"
  as_root install -d "$root/proc"
  as_root install -d -o "$(id -u)" "$root/work"
  echo $packages | as_root tee "$root/made" >/dev/null
fi
if find "$root/usr/lib" "$root/usr/bin" | grep -iE 'libllvm|/lib(swift|png|turbojpeg|zstd\.a)|/swift'; then
  fail "the root has what it is there to miss"
fi

folder=$root/work
as_root rm -rf "${folder:?}"/*
tar -xzf "$archive" -C "$folder"
mv "$folder/$(basename "$archive" .tar.gz)" "$folder/unpacked"
program=$folder/unpacked/bin/resin

# Nothing but glibc, and of no later version than the documents say.
if objdump -p "$program" | sed -n 's/^ *NEEDED *//p' | grep -vE '^(libc|libm|ld-linux-x86-64)\.so\.[0-9]$'; then
  fail "the program needs more than glibc's libraries"
fi
glibc=$(objdump -T "$program" | grep -o 'GLIBC_[0-9.]*' | cut -d _ -f 2 | sort -Vu | tail -1)
grep -qF "glibc $glibc or later" docs/getting-started.md || fail "docs/getting-started.md does not name glibc $glibc"

for file in man/man1/resin-compile.1 bash-completion/completions/resin doc/resin/LICENSE \
  doc/resin/licenses/{llvm-19-dev,swift,swift-protobuf,libstdc++}.txt; do
  [ -s "$folder/unpacked/share/$file" ] || fail "$archive has no share/$file"
done

cp -r Models/digits Tests/TensorFilesTests/Goldens/rgb.jpg Tests/Integration/Programs/use_resin.sh "$folder"
here=$work/here
rm -rf "$here"
mkdir "$folder/there" "$here"
# in_root COMMAND: runs a command there. Programs of Swift read their arguments from /proc.
in_root() {
  as_root unshare --mount sh -c 'mount --bind /proc "$1/proc" && exec chroot "$1" /usr/bin/env -i PATH=/usr/bin /bin/sh -c "$2"' \
    in_root "$root" "cd /work/there && $*"
}
in_root /bin/sh ../use_resin.sh ../unpacked/bin/resin .. ||
  fail "the program does not work without Swift and LLVM: $(cat "$folder"/there/*.txt)"
(cd "$here" && sh "$folder/use_resin.sh" "$resin" "$folder")
sed -i "s#$folder/#../#g" "$here"/*.txt
for file in {version,names,inspected,error}.txt {library,jit,jpeg,f16,bf16}.npy digits.{h,onnx,pth} arm.o wasm.s; do
  cmp "$folder/there/$file" "$here/$file" || fail "$file is not what $resin writes"
done
in_root ../unpacked/bin/resin bench ../digits/digits.resin >"$folder/bench.txt" 2>&1 &&
  grep -q 'GFLOP/s' "$folder/bench.txt" || fail "bench prints: $(cat "$folder/bench.txt")"

[ -x "$work/pip/bin/pip" ] || python3 -m venv --clear "$work/pip"
"$work/pip/bin/pip" install --quiet --no-index --no-deps --target "$folder/packages" "$wheels"/*.whl
cp Tests/Integration/Programs/use_wheels.py "$folder"
in_root PYTHONPATH=/work/packages python3 ../use_wheels.py .. || fail "the packages of Python do not work without Swift and LLVM"
echo "used in a root without Swift and LLVM"
