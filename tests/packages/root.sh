#!/bin/sh
# A Debian that nobody will miss, with its own mounts, processes and network: BASE PLACE PACKAGES SCRIPT. As root.
set -eu
base=$1 place=$2 packages=$3 script=$4
mount --make-rprivate /
mount -t tmpfs -o mode=0755 none "$place"
mkdir "$place/upper" "$place/work" "$place/root"
mount -t overlay -o "lowerdir=$base,upperdir=$place/upper,workdir=$place/work" overlay "$place/root"
mount -t proc proc "$place/root/proc"
mount --bind /dev "$place/root/dev"
mount -t tmpfs -o mode=1777 none "$place/root/tmp"
mkdir "$place/root/packages"
mount --bind "$packages" "$place/root/packages"
cp "$script" "$place/root/script.sh"
ip link set lo up 2>/dev/null || busybox ip link set lo up
exec chroot "$place/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root NO_COLOR=1 sh /script.sh
