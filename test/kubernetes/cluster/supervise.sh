#!/bin/sh
# supervise.sh RUN CACHE: runs node.sh in namespaces of its own until stdin closes, which also a killed command does. The
# kernel then ends the processes of the PID namespace and drops the mounts and networks. The rest is undone below.
trap '' INT TERM HUP
here=$(dirname "$0")
# The kubelet sets these for the whole machine.
saved=$(sysctl vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes 2>/dev/null)
unshare --net --mount --pid --fork --kill-child --mount-proc sh "$here/node.sh" "$@"
echo "$saved" | sysctl -q -p - 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  for root in /sys/fs/cgroup/*/kubepods /sys/fs/cgroup/kubepods; do
    [ -d "$root" ] && find "$root" -depth -type d -exec rmdir {} + 2>/dev/null
  done
  ls -d /sys/fs/cgroup/*/kubepods /sys/fs/cgroup/kubepods >/dev/null 2>&1 || break
  sleep 0.2
done
[ -n "$KEEP_LOGS" ] && rm -rf "$KEEP_LOGS" && cp -r "$1/log" "$KEEP_LOGS"
rm -rf "$1"
