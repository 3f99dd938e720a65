// Packages of Python, from an index of wheels on this machine, so that no network is needed.
// setup: apt-get -qq update && apt-get -qq -y install python3-venv > /dev/null
// setup: mkdir -p /srv/w/ours-1.0.dist-info /srv/index/ours && cd /srv/w && echo 'V = 1' > ours.py && printf 'Metadata-Version: 2.1\nName: ours\nVersion: 1.0\n' > ours-1.0.dist-info/METADATA && printf 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n' > ours-1.0.dist-info/WHEEL && printf 'ours.py,,\nours-1.0.dist-info/METADATA,,\nours-1.0.dist-info/WHEEL,,\nours-1.0.dist-info/RECORD,,\n' > ours-1.0.dist-info/RECORD
// setup: cd /srv/w && python3 -m zipfile -c /srv/index/ours/ours-1.0-py3-none-any.whl ours.py ours-1.0.dist-info && echo '<a href="ours-1.0-py3-none-any.whl">ours-1.0-py3-none-any.whl</a>' > /srv/index/ours/index.html
// gone: test ! -e '/opt/my tools'
local pip = import '../../../lib/etcha/pip.libsonnet';
{
  run: [
    pip('ours==1.0', '/opt/my tools', index='file:///srv/index'),
    { id: 'verify', always: true, change: '"/opt/my tools/bin/python" -c "import ours; assert ours.V == 1"' },
  ],
}
