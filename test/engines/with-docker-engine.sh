#!/bin/bash
# Runs a command with a real Docker engine of its own, away from the machine's network and its other containers, with the
# images that tests use, and leaves nothing behind: with-docker-engine.sh COMMAND...
# DOCKER_HOST tells the command where the engine is. Several may run at once: each has its own folder and network.
# Root on Debian or Ubuntu gets the packages installed; where there can be no engine it says why and succeeds.
set -eu
cd "$(dirname "$0")/../.."
PATH="$PWD/node_modules/.bin:$PATH"
skip() { echo "skipped: $1"; exit 0; }
[ "$(id -u)" = 0 ] || skip 'a Docker engine of our own needs root'
PACKAGES='docker.io busybox-static mksh ksh93u+m debootstrap iproute2 docker-registry apache2-utils'
has_needed() { command -v dockerd && command -v debootstrap && command -v docker-registry && command -v htpasswd && [ -x /bin/mksh-static ] && [ -x /bin/busybox ]; }
install() { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $PACKAGES; }
# ksh93 is in one image of many: without it the suites run all the same.
if ! { has_needed && command -v ksh93; } >/dev/null; then
  { command -v apt-get && install; } >/dev/null || has_needed >/dev/null || skip "$PACKAGES are needed, and could not be installed"
fi
export DEBIAN_TAR=${XDG_CACHE_HOME:-$HOME/.cache}/sourcegraph-executor-tests/debian-git-tini.tar
[ -n "${ENGINE_TEST_NETWORK:-}" ] || test/engines/make-debian.sh "$DEBIAN_TAR"
# A network namespace of its own: bridges and addresses go with it.
if [ -z "${ENGINE_TEST_NETWORK:-}" ]; then
  unshare --net true 2>/dev/null || skip 'this machine does not allow network namespaces'
  ENGINE_TEST_NETWORK=own exec unshare --net "$0" "$@"
fi
ip link set lo up

folder=$(mktemp -d /tmp/docker-engine.XXXXXX)
export DOCKER_HOST=unix://$folder/docker.sock
dockerd --iptables=false --ip6tables=false --ip-masq=false --ip-forward=false --data-root "$folder/data" \
  --exec-root "$folder/exec" --pidfile "$folder/pid" -H "$DOCKER_HOST" >"$folder/log" 2>&1 </dev/null &
engine=$!
stop() {
  containers=$(docker ps -aq)
  [ -z "$containers" ] || docker rm -fv $containers >/dev/null
  kill $engine
  wait $engine || true
  # The namespace of `--network host` stays mounted.
  umount -l "$folder"/exec/netns/* 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
for _ in $(seq 150); do
  docker version >/dev/null 2>&1 && break
  kill -0 $engine 2>/dev/null || { tail -n 3 "$folder/log"; trap - EXIT; rm -rf "$folder"; skip 'the engine does not start here'; }
  sleep 0.1
done

test/engines/make-images.sh "$folder"
"$@"
