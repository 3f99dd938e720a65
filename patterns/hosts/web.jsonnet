// A web server with one site behind a firewall. Meant for Debian and its like.
//
//   etcha push -t 'web.*' web          (with sourcePatterns: { web: 'patterns/hosts/web.jsonnet' })
//
// `siteName` is the name of the site (default: example.com), `adminNetwork` the network from which SSH is let in (default:
// everywhere). The page is a file of this pattern; a site of many files would be an `archive` or a `git` tree. nginx looks at
// its settings before it is told to read them, so that a mistake leaves the site as it was.
//
// init: systemd
// network: own
// setup: apt-get -qq update && apt-get -qq -y install --no-install-recommends systemd systemd-sysv dbus > /dev/null && apt-get -qq -y -d --no-install-recommends install nginx nginx-common nftables > /dev/null && mkdir -p /var/lib/etcha/made/apt && touch /var/lib/etcha/made/apt/.refreshed
// gone: ! dpkg -s nginx | grep -qx 'Status: install ok installed'
// gone: test ! -e /srv/www && test ! -e /etc/nginx/sites-enabled/site.conf && test ! -e /etc/nftables.d/etcha-firewall.nft
local apt = import '../../lib/etcha/apt.libsonnet';
local dir = import '../../lib/etcha/dir.libsonnet';
local file = import '../../lib/etcha/file.libsonnet';
local firewall = import '../../lib/etcha/firewall.libsonnet';
local n = import '../../lib/etcha/native.libsonnet';
local service = import '../../lib/etcha/service.libsonnet';
local symlink = import '../../lib/etcha/symlink.libsonnet';
local template = import '../../lib/etcha/template.libsonnet';

local vars = n.getConfig().vars;
local name = std.get(vars, 'siteName', 'example.com');
local admin = std.get(vars, 'adminNetwork', null);
local served = ['nginx takes its settings', 'service nginx'];

{
  run: [
    // With the package that has the service, and all their settings, so that nothing of it is left when this leaves.
    apt(['nginx', 'nginx-common', 'nftables'], recommends=false, purge=true),
    firewall(
      tcp=[80, 443] + (if admin == null then [22] else []),
      allow=if admin == null then [] else [{ from: admin, tcp: [22] }],
    ),
    dir('/srv/www', mode='0755'),
    file('/srv/www/index.html', '<!doctype html>\n<title>%s</title>\n<p>It works.\n' % name, mode='0644'),
    template('/etc/nginx/sites-available/site.conf', text=|||
      server {
        listen 80;
        listen [::]:80;
        server_name {{ name }};
        root /srv/www;
        server_tokens off;
        add_header X-Content-Type-Options nosniff always;
        location / {
          try_files $uri $uri/ =404;
        }
      }
    |||, values={ name: name }, mode='0644', options={ onChange: served }),
    symlink('/etc/nginx/sites-enabled/site.conf', '../sites-available/site.conf', options={ onChange: served }),
    { id: 'nginx takes its settings', change: ['nginx', '-q', '-t'] },
    service('nginx', onTrigger='reload'),
  ],
}
