// Leaving the container: its network, its devices, its kernel.
import { type Attack, DEBIAN, one, then } from '../attack.ts';

/** Prints how each system call ends, with numbers of x86-64 and arm64. */
const calls = (...wanted: readonly (readonly [name: string, x64: number, arm64: number, args: string])[]): string =>
  `perl -e 'my $arm=(\`uname -m\`=~/aarch64/); my $p="/etc/passwd\\0"; my $z="\\0"x128; ${wanted
    .map(
      ([name, x64, arm64, args]) =>
        `print "${name}: ", (syscall($arm?${arm64}:${x64},${args})<0 ? "$!" : "DONE"), "\\n";`,
    )
    .join(' ')}'`;

const REFUSED = 'Operation not permitted';

export const KERNEL: readonly Attack[] = [
  {
    name: 'sniff the traffic of the step-runner, whose network it shares, with a packet socket',
    end: 'refused',
    // Without the defence it finds the job's token on the way to the instance, and prints it backwards, past the redaction.
    steps: one(
      `perl -e '$SIG{ALRM}=sub{exit}; for my $t (3,2) { socket(my $s,17,$t,0x0300) or print("packet $t: $!\\n"),next; print "OPEN\\n"; alarm 4; while(1){ recv($s,my $b,65536,0); print "TOKEN ", scalar reverse($1), "\\n" if $b=~/(?:Bearer|token-executor) ([0-9a-f]{8,})/ and !$n++ } }'`,
      DEBIAN,
    ),
    shows: [`packet 3: ${REFUSED}`, `packet 2: ${REFUSED}`],
    hides: /stdout: (?:OPEN|TOKEN)/,
  },
  {
    name: 'forge packets with a raw socket',
    end: 'refused',
    steps: one(
      `perl -e 'for my $p (1,6,17,255) { print "raw $p: ", (socket(my $s,2,3,$p) ? "OPEN" : "$!"), "\\n" }'`,
      DEBIAN,
    ),
    shows: [`raw 1: ${REFUSED}`, `raw 6: ${REFUSED}`, `raw 17: ${REFUSED}`, `raw 255: ${REFUSED}`],
    hides: /stdout: raw \d+: OPEN/,
  },
  {
    name: 'tell the step-runner another address of the instance by the hosts and resolver files that they share',
    end: 'refused',
    steps: then(
      'for f in hosts resolv.conf hostname; do echo "6.6.6.6 owned" >> /etc/$f || echo "$f refused"; mv /etc/$f /etc/x || echo "$f stays"; done',
      'cat /etc/hosts /etc/resolv.conf /etc/hostname',
    ),
    shows: [
      'hosts refused',
      'hosts stays',
      'resolv.conf refused',
      'resolv.conf stays',
      'hostname refused',
      'localhost',
    ],
    hides: /stdout: 6\.6\.6\.6 owned/,
  },
  {
    name: 'change addresses, routes and filters of the shared network',
    end: 'refused',
    steps: one(
      'ip addr add 10.9.9.9/32 dev lo || echo addr refused; ip route add 169.254.1.0/24 dev eth0 || echo route refused; ip link set lo down || echo link refused; echo 1 > /proc/sys/net/ipv4/ip_forward || echo sysctl refused',
    ),
    shows: ['addr refused', 'route refused', 'link refused', 'sysctl refused'],
  },
  {
    name: 'make a device of the machine',
    end: 'refused',
    steps: one(
      'for d in "b 254 0" "b 8 0" "c 1 1" "c 10 229"; do mknod /tmp/d $d && echo MADE; rm -f /tmp/d; done; mknod /job/d b 254 0 || echo refused; ls /dev/vda /dev/sda /dev/mem /dev/kmsg /dev/fuse 2>/dev/null; echo looked',
    ),
    shows: ['refused', 'looked'],
    hides: /stdout: (?:MADE|\/dev)/,
  },
  {
    name: 'mount a file system, or the workspace somewhere else',
    end: 'refused',
    steps: one(
      'mkdir -p /tmp/m; for t in tmpfs proc sysfs cgroup overlay; do mount -t $t x /tmp/m && echo MOUNTED; done; mount -o bind /job /tmp/m && echo MOUNTED; mount -o remount,rw /etc/hosts && echo MOUNTED; umount /control && echo MOUNTED; pivot_root /tmp/m /tmp/m && echo MOUNTED; echo tried',
    ),
    shows: ['tried'],
    hides: /stdout: MOUNTED/,
  },
  {
    name: 'make namespaces, among them one in which it is root with every capability',
    end: 'refused',
    steps: one(
      'for n in -m -p -n -u -i -U -r; do unshare $n true && echo "MADE $n" || echo "no $n"; done; chroot / true && echo chroot',
    ),
    shows: ['no -m', 'no -p', 'no -n', 'no -u', 'no -i', 'no -U', 'no -r', 'chroot'],
    hides: /stdout: MADE/,
  },
  {
    name: 'change the kernel by /proc and /sys',
    end: 'refused',
    steps: one(
      'for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/panic /proc/sysrq-trigger /sys/kernel/uevent_helper /proc/sys/fs/binfmt_misc/register; do echo x > $f && echo "WROTE $f"; done; for f in /proc/kcore /proc/keys /proc/timer_list; do head -c 1 $f | grep -q . && echo "READ $f"; done; echo tried',
    ),
    shows: ['tried'],
    hides: /stdout: (?:WROTE|READ)/,
  },
  {
    name: 'run a program of the machine by a release agent of the control groups',
    end: 'refused',
    steps: one(
      'for f in $(find /sys/fs/cgroup -name release_agent -o -name notify_on_release -o -name cgroup.procs -o -name "memory.limit_in_bytes" -o -name memory.max 2>/dev/null); do (echo 1 > $f) 2>/dev/null && echo "WROTE $f"; done; mkdir /sys/fs/cgroup/memory/x /sys/fs/cgroup/x 2>/dev/null && echo WROTE; echo tried',
    ),
    shows: ['tried'],
    hides: /stdout: WROTE/,
  },
  {
    name: 'system calls that lead out: file handles, keyrings, modules, other programs of the machine',
    end: 'refused',
    steps: one(
      calls(
        ['open_by_handle_at', 304, 265, '3,$z,0'],
        ['add_key', 248, 217, '$p,$p,$p,1,-3'],
        ['keyctl', 250, 219, '0,-3,1'],
        ['bpf', 321, 280, '0,$z,72'],
        ['perf_event_open', 298, 241, '$z,0,-1,-1,0'],
        ['init_module', 175, 105, '$z,1,$z'],
        ['kexec_load', 246, 104, '0,0,0,0'],
        ['reboot', 169, 142, '0xfee1dead,672274793,0,0'],
        ['swapon', 167, 224, '$p,0'],
        ['settimeofday', 164, 170, '$z,0'],
        ['sethostname', 170, 161, '$p,1'],
        ['setns', 308, 268, '0,0x40000000'],
      ),
      DEBIAN,
    ),
    shows: [
      `open_by_handle_at: ${REFUSED}`,
      `add_key: ${REFUSED}`,
      `keyctl: ${REFUSED}`,
      `bpf: ${REFUSED}`,
      `perf_event_open: ${REFUSED}`,
      `init_module: ${REFUSED}`,
      `kexec_load: ${REFUSED}`,
      `reboot: ${REFUSED}`,
      `swapon: ${REFUSED}`,
      `settimeofday: ${REFUSED}`,
      `sethostname: ${REFUSED}`,
      `setns: ${REFUSED}`,
    ],
  },
  {
    name: "find the engine's socket",
    end: 'refused',
    steps: one('find / -xdev -type s; ls /var/run/docker.sock /run/docker.sock /run/containerd || echo none'),
    shows: ['none'],
    hides: /stdout: .*\.sock/,
  },
  {
    name: 'gain rights by a file with capabilities',
    end: 'refused',
    steps: one(
      'cp /bin/true /tmp/b; perl -e \'my $c=pack("V5",0x02000001,0x00003000,0,0,0); my $p="/tmp/b\\0"; my $n="security.capability\\0"; print syscall((`uname -m`=~/aarch64/)?5:188,$p,$n,$c,20,0)<0 ? "$!\\n" : "SET\\n"\'',
      DEBIAN,
    ),
    shows: [REFUSED],
    hides: /stdout: SET/,
  },
];
