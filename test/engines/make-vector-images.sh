#!/bin/bash
# The images of the transcripts in test/vectors (`about.images` there), made of this machine's own bash and static busybox,
# in the engine that DOCKER_HOST names.
set -eu
for program in /bin/busybox /bin/bash docker; do
  command -v "$program" >/dev/null || { echo "make-vector-images.sh: $program is missing (Debian: busybox-static bash docker.io)" >&2; exit 1; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
import() { tar -C "$folder" -c . | docker import "${@:2}" - "$1" >/dev/null; }

mkdir -p "$folder/bin" "$folder/tmp" "$folder/etc" "$folder/root"
cp /bin/busybox "$folder/bin/"
for applet in $(/bin/busybox --list); do [ "$applet" = busybox ] || ln -sf busybox "$folder/bin/$applet"; done
rm -f "$folder/bin/bash"
chmod 1777 "$folder/tmp"
printf 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n' >"$folder/etc/passwd"
import vectors/sh:1 -c 'ENV PATH=/bin' -c 'CMD ["sh"]'

cp /bin/bash "$folder/bin/bash"
for library in $(ldd /bin/bash | grep -o '/[^ ]*'); do
  mkdir -p "$folder$(dirname "$library")"
  cp -L "$library" "$folder$library"
done
import vectors/bash:1 -c 'ENV PATH=/bin' -c 'CMD ["sh"]'
import vectors/user:1 -c 'ENV PATH=/bin' -c 'CMD ["sh"]' -c 'USER 1000:1000'
