// Packages are installed, at a version too, and only those that were not there are removed.
// gone: dpkg -s coreutils | grep -qx 'Status: install ok installed'
// gone: ! dpkg -s hello | grep -qx 'Status: install ok installed'
// gone: test -z "$(ls /var/lib/etcha/made/apt)"
local apt = import '../../../lib/etcha/apt.libsonnet';
{
  run: [
    apt(['hello', 'coreutils'], recommends=false),
    apt('figlet=2.*'),
    { id: 'verify', always: true, change: 'test "$(hello)" = "Hello, world!"; dpkg -s figlet | grep -q "^Version: 2"' },
  ],
}
