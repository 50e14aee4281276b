#!/bin/bash
# A minimal Debian with what our images need, as a tar file, made once since it takes a minute: make-debian.sh FILE
set -eu
[ ! -e "$1" ] || exit 0
folder=$(mktemp -d /tmp/debian.XXXXXX)
trap 'rm -rf "$folder"' EXIT
if ! debootstrap --variant=minbase --include=git,ca-certificates,tini bookworm "$folder/root" >"$folder/log" 2>&1; then
  tail -n 3 "$folder/log"
  echo 'no Debian image: the suites that need it are skipped'
  exit 0
fi
rm -rf "$folder"/root/var/cache/apt/archives/*.deb "$folder"/root/var/lib/apt/lists/* "$folder"/root/usr/share/{doc,man,locale}
mkdir -p "$(dirname "$1")"
tar -C "$folder/root" -cf "$1.new" .
mv "$1.new" "$1"
