# Tests a pattern in a copy of a root file system that nobody will miss. Run by `unshare --mount --pid --fork`, as root.
# $1 prepare, $2 the base that is copied, $3 an empty folder, $4 checkout, $5 deno, $6 its cache, $7 an executable or '',
# $8 the pattern, below the checkout, $9 its network, own or shared; then by twos: init, setup, begin or gone, and a shell
# text. With `init systemd` that is booted after the setup. Exits with 77 when it can't be tested here.
set -eu
step=$1 base=$2 place=$3 checkout=$4 deno=$5 cache=$6 program=$7 pattern=$8 network=$9
root=$place/root

init=
inside() {
  if [ -n "$init" ]; then
    set -- nsenter --target "$init" --mount --pid --root env --chdir=/ -i "$@"
  else
    set -- chroot "$root" env -i "$@"
  fi
  "$@"
}
in_environment() {
  inside PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root NO_COLOR=1 \
    DENO_DIR=/run/test/cache DEBIAN_FRONTEND=noninteractive "$@"
}
# Runs the texts of kind $1 among the rest.
run_texts() {
  kind=$1
  shift 10
  while [ $# -gt 0 ]; do
    if [ "$1" = "$kind" ]; then
      code=0
      in_environment sh -ec "$2" || code=$?
      [ "$code" -eq 0 ] || { echo "$kind has failed: $2"; exit "$code"; }
    fi
    shift 2
  done
}

# Groups of processes for an init system: below the one that this runs in. What holds them now is told by $groups.
groups=
make_groups() {
  mount -t sysfs -o ro sysfs "$root/sys"
  if [ -e /sys/fs/cgroup/cgroup.procs ]; then
    enter_group /sys/fs/cgroup
    unshare --cgroup sh -c 'mount -t cgroup2 cgroup2 "$1"' sh "$root/sys/fs/cgroup"
  else
    mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
    enter_group /sys/fs/cgroup/systemd
    if [ -d /sys/fs/cgroup/unified ]; then enter_group /sys/fs/cgroup/unified; fi
    mkdir "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
  fi
}
enter_group() {
  mkdir "$1/etcha-test-$$" || exit 77
  groups="$groups $1"
  echo 0 > "$1/etcha-test-$$/cgroup.procs"
}
leave_groups() {
  for group in $groups; do
    echo 0 > "$group/cgroup.procs"
    find "$group/etcha-test-$$" -depth -type d -exec rmdir {} \;
  done
}
# Boots systemd, without what needs hardware or a console.
boot() {
  make_groups
  for unit in systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket systemd-journal-flush.service \
    systemd-udevd.service systemd-logind.service systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer \
    dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-fs-fuse-connections.mount getty.target; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
  # shellcheck disable=SC2016
  env container=lxc unshare --cgroup --pid --fork --kill-child=KILL --mount-proc="$root/proc" sh -c '
    groups=$1/sys/fs/cgroup
    if [ -d "$groups/systemd" ]; then
      mount -t cgroup -o none,name=systemd cgroup "$groups/systemd"
      mount -t cgroup2 cgroup2 "$groups/unified"
    fi
    exec chroot "$1" /lib/systemd/systemd --system --log-target=console' sh "$root" > "$place/boot.log" 2>&1 < /dev/null &
  booted=$!
  turns=0
  until [ -n "$init" ]; do
    init=$(cat "/proc/$booted/task/$booted/children" 2> /dev/null) && init=${init%% *}
    sleep 0.1
  done
  until inside /bin/systemctl is-system-running 2> /dev/null | grep -qE '^(running|degraded)$'; do
    turns=$((turns + 1))
    if [ "$turns" -gt 300 ]; then
      echo 'systemd does not boot here'
      cat "$place/boot.log"
      stop
      exit 77
    fi
    sleep 0.1
  done
}
stop() {
  [ -n "$init" ] || return 0
  kill -KILL "$init"
  wait "$booted" || true
  init=
  leave_groups
}

if [ "$step" = prepare ]; then
  mount --make-rprivate /
  # The processes of this namespace.
  mount -t proc proc /proc
  mount -t tmpfs -o mode=0755 tmpfs "$place"
  mkdir "$place/upper" "$place/work" "$root"
  mount -t overlay -o "lowerdir=$base,upperdir=$place/upper,workdir=$place/work" overlay "$root"
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=0755 tmpfs "$root/run"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  mkdir -p "$root/run/test/checkout" "$root/run/test/cache"
  mount --bind "$checkout" "$root/run/test/checkout"
  mount --bind "$cache" "$root/run/test/cache"
  : > "$root/run/test/program"
  mount --bind "${program:-$deno}" "$root/run/test/program"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  run_texts setup "$@"
  shift
  if [ "$network" = own ]; then exec unshare --net sh "$0" act "$@"; else exec sh "$0" act "$@"; fi
fi

[ "$network" = shared ] || ip link set lo up
[ "${10-} ${11-}" != 'init systemd' ] || boot
trap stop EXIT
run_texts begin "$@"

if [ -n "$program" ]; then
  in_environment /run/test/program -l none test "/run/test/checkout/$pattern"
else
  in_environment /run/test/program run --quiet -A --config /run/test/checkout/deno.json /run/test/checkout/src/main.ts \
    -l none test "/run/test/checkout/$pattern"
fi
run_texts gone "$@"
