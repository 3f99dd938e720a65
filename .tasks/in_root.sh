# Tests a pattern in a copy of a root file system that nobody will miss. Run by `unshare --mount --pid --fork`, as root.
# $1 prepare, $2 the base that is copied, $3 an empty folder, $4 checkout, $5 deno, $6 its cache, $7 an executable or '',
# $8 the pattern, below the checkout, $9 its network, own or shared; then by twos: setup, begin or gone, and a shell text.
# Exits with 77 when a setup does: it can't be tested here.
set -eu
step=$1 base=$2 place=$3 checkout=$4 deno=$5 cache=$6 program=$7 pattern=$8 network=$9
root=$place/root

inside() {
  chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root NO_COLOR=1 \
    DENO_DIR=/run/test/cache DEBIAN_FRONTEND=noninteractive "$@"
}
# Runs the texts of kind $1 among the rest.
run_texts() {
  kind=$1
  shift 10
  while [ $# -gt 0 ]; do
    if [ "$1" = "$kind" ]; then
      code=0
      inside sh -ec "$2" || code=$?
      [ "$code" -eq 0 ] || { echo "$kind has failed: $2"; exit "$code"; }
    fi
    shift 2
  done
}

if [ "$step" = prepare ]; then
  mount --make-rprivate /
  mount -t tmpfs -o mode=0755 tmpfs "$place"
  mkdir "$place/upper" "$place/work" "$root"
  mount -t overlay -o "lowerdir=$base,upperdir=$place/upper,workdir=$place/work" overlay "$root"
  mount -t proc proc "$root/proc"
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
run_texts begin "$@"

if [ -n "$program" ]; then
  inside /run/test/program -l none test "/run/test/checkout/$pattern"
else
  inside /run/test/program run --quiet -A --config /run/test/checkout/deno.json /run/test/checkout/src/main.ts \
    -l none test "/run/test/checkout/$pattern"
fi
run_texts gone "$@"
