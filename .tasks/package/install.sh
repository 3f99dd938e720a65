#!/bin/sh
# Installs etcha from a release: its archive for this machine, whose SHA-256 must be the one in SHA256SUMS.
#
#   VERSION=v1.2.3  a release (default: the latest one)
#   PREFIX=/opt     below it, bin/etcha (default: /usr/local)
#   BASE_URL=…      where the files lie, for mirrors; needed where this copy was made by hand
set -eu

say() { echo "install.sh: $*" >&2; }
die() { say "$@" && exit 1; }

# The address of the project, which the release writes here.
REPOSITORY=
if [ -z "$REPOSITORY${BASE_URL:-}" ]; then
  die "this copy does not know where releases lie: set BASE_URL to the address of SHA256SUMS without its last part"
fi
case ${VERSION:=latest} in
  latest) from=$REPOSITORY/releases/latest/download ;;
  *) from=$REPOSITORY/releases/download/$VERSION ;;
esac
from=${BASE_URL:-$from}
PREFIX=${PREFIX:-/usr/local}

case $(uname -s) in
  Linux) os=linux ;;
  Darwin) os=darwin ;;
  *) die "there is no release for $(uname -s)" ;;
esac
case $(uname -m) in
  x86_64 | amd64) arch=amd64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) die "there is no release for $(uname -m)" ;;
esac

if command -v curl >/dev/null; then
  fetch() { curl --fail --silent --show-error --location --output "$2" "$1"; }
elif command -v wget >/dev/null; then
  fetch() { wget -q -O "$2" "$1"; }
else
  die "curl or wget is needed"
fi
if command -v sha256sum >/dev/null; then
  sum() { sha256sum "$1" | cut -d ' ' -f 1; }
elif command -v shasum >/dev/null; then
  sum() { shasum -a 256 "$1" | cut -d ' ' -f 1; }
else
  die "sha256sum or shasum is needed"
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
archive=etcha_${os}_$arch.tar.gz
fetch "$from/SHA256SUMS" "$folder/SHA256SUMS" || die "cannot fetch $from/SHA256SUMS"
fetch "$from/$archive" "$folder/$archive" || die "cannot fetch $from/$archive"
wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $archive\$/\1/p" "$folder/SHA256SUMS")
[ -n "$wanted" ] || die "SHA256SUMS does not name $archive"
[ "$(sum "$folder/$archive")" = "$wanted" ] || die "the SHA-256 of $archive is not the one in SHA256SUMS: nothing was installed"

tar -xzf "$folder/$archive" -C "$folder"
mkdir -p "$PREFIX/bin"
# In one step, so that an agent that runs is not disturbed.
cp "$folder/etcha/etcha" "$PREFIX/bin/.etcha.new"
chmod 0755 "$PREFIX/bin/.etcha.new"
mv "$PREFIX/bin/.etcha.new" "$PREFIX/bin/etcha"
say "installed etcha $("$PREFIX/bin/etcha" version) as $PREFIX/bin/etcha"
