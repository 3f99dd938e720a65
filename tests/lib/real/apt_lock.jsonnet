// Another apt holds its locks for a while: it is waited for.
// begin: perl -e 'use Fcntl; for my $f (qw(/var/lib/apt/lists/lock /var/lib/dpkg/lock-frontend)) { open(my $h, ">>", $f) or die; my $l = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0); fcntl($h, F_SETLK, $l) or die; push @h, $h } sleep 12' > /dev/null 2>&1 &
// begin: sleep 1; ! apt-get -qq update 2> /dev/null && ! apt-get -qq -y install hello 2> /dev/null
// gone: ! dpkg -s hello | grep -qx 'Status: install ok installed'
local apt = import '../../../lib/etcha/apt.libsonnet';
{ run: [apt('hello')] }
