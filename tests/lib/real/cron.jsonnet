// A command of cron, which the shell that cron starts reads as it was meant.
// gone: test ! -e /etc/cron.d/ours
local cron = import '../../../lib/etcha/cron.libsonnet';
{
  run: [
    cron('ours', '* * * * *', ['/bin/echo', "50% it's $(touch /x) ü"], user='nobody', env={ MAILTO: 'a b' }),
    {
      id: 'verify',
      always: true,
      change: |||
        test "$(stat -c %U:%G:%a /etc/cron.d/ours)" = root:root:644
        line=$(sed -n '2s/^\* \* \* \* \* nobody //p' /etc/cron.d/ours | sed 's/\\%/%/g')
        test "$(sh -c "$line")" = "50% it's \$(touch /x) ü"
        test ! -e /x
      |||,
    },
  ],
}
