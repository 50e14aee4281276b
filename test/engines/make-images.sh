#!/bin/bash
# The images of the engine suites, made from Debian packages since no registry can be reached: make-images.sh FOLDER
set -eu
folder=$1
import() { tar -C "$1" -c . | docker import "${@:3}" - "$2" >/dev/null; }

# busybox alone: a shell and applets.
mkdir -p "$folder/busybox/bin" "$folder/busybox/tmp" "$folder/busybox/etc"
cp /bin/busybox "$folder/busybox/bin/"
for applet in $(/bin/busybox --list); do [ "$applet" = busybox ] || ln -sf busybox "$folder/busybox/bin/$applet"; done
chmod 1777 "$folder/busybox/tmp"
printf 'root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n' >"$folder/busybox/etc/passwd"
import "$folder/busybox" test/busybox:1 -c 'ENV PATH=/bin' -c 'ENV FROM_IMAGE=kept' -c 'CMD ["sh"]'
import "$folder/busybox" test/user:1 -c 'ENV PATH=/bin' -c 'ENV FROM_IMAGE=kept' -c 'USER 1000' -c 'ENTRYPOINT ["/bin/false"]'

# One static shell and nothing else, not even a folder.
mkdir -p "$folder/shell/bin"
cp /bin/mksh-static "$folder/shell/bin/sh"
import "$folder/shell" test/shell:1

# Laid out as Alpine is: every program, /bin/sh among them, is an absolute link to busybox.
mkdir -p "$folder/alpine/bin" "$folder/alpine/tmp" "$folder/alpine/etc"
cp /bin/busybox "$folder/alpine/bin/"
for applet in $(/bin/busybox --list-full); do
  [ "$applet" != bin/busybox ] || continue
  mkdir -p "$folder/alpine/$(dirname "$applet")"
  ln -sf /bin/busybox "$folder/alpine/$applet"
done
chmod 1777 "$folder/alpine/tmp"
cp "$folder/busybox/etc/passwd" "$folder/alpine/etc/"
import "$folder/alpine" test/alpine-like:1 -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' -c 'CMD ["/bin/sh"]'

# Other shells as /bin/sh, with their libraries and nothing else.
for shell in bash ksh93 mksh; do
  program=$(command -v "$shell") || continue
  mkdir -p "$folder/$shell/bin"
  cp -L "$program" "$folder/$shell/bin/sh"
  for library in $(ldd "$program" | grep -o '/[^ ]*'); do
    mkdir -p "$folder/$shell$(dirname "$library")"
    cp -L "$library" "$folder/$shell$library"
  done
  import "$folder/$shell" "test/$shell:1"
done

# No shell at all, and one for another processor.
mkdir -p "$folder/none/bin" "$folder/foreign/bin"
cp /bin/busybox "$folder/none/bin/true"
import "$folder/none" test/no-shell:1 -c 'CMD ["/bin/true"]'
printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\363\0\1\0\0\0' >"$folder/foreign/bin/sh"
head -c 4096 /dev/zero >>"$folder/foreign/bin/sh"
chmod +x "$folder/foreign/bin/sh"
import "$folder/foreign" test/foreign:1

# Hostile: its own /bin/sh is the attack.
cp -a "$folder/busybox" "$folder/hostile"
rm "$folder/hostile/bin/sh"
cp test/engines/hostile-shell.sh "$folder/hostile/bin/sh"
chmod +x "$folder/hostile/bin/sh"
import "$folder/hostile" test/hostile:1 -c 'ENV PATH=/bin'

# Debian with git: what our own images are built on here (make-debian.sh).
if [ -e "$DEBIAN_TAR" ]; then
  docker import -c 'ENV PATH=/usr/local/bin:/usr/bin:/bin' "$DEBIAN_TAR" test/debian:1 >/dev/null
  mkdir "$folder/node"
  cp node_modules/node/bin/node "$folder/node/"
  printf 'FROM test/debian:1\nCOPY node /usr/local/bin/node\n' >"$folder/node/Dockerfile"
  export DOCKER_BUILDKIT=0
  docker build -q -t test/node:1 "$folder/node" >/dev/null 2>&1
  for image in step-runner:runner executor:executor; do
    node "build/${image#*:}-image.ts" "test/${image%:*}:1" --build-arg BASE=test/node:1 --network none >"$folder/build.log" 2>&1 ||
      { cat "$folder/build.log"; exit 1; }
  done
fi
