// Shell functions that ask and command the init system of a host, for scripts of `service`, `systemdUnit` and others:
// systemd, running or not (then units are enabled by links), OpenRC, or scripts in /etc/init.d.
//
// Returns a text.
|||
  # Which init system the host has, in $init; whether it runs, in $is_up.
  is_up=
  if command -v systemctl > /dev/null 2>&1 || [ -d /run/systemd/system ]; then
    init=systemd
    if [ -d /run/systemd/system ]; then is_up=yes; fi
  elif command -v rc-update > /dev/null 2>&1; then
    init=openrc
    if [ -e /run/openrc/softlevel ]; then is_up=yes; fi
  elif [ -d /etc/init.d ]; then
    init=sysv
    # Nothing runs in a chroot, which process 1 is not in, nor where policy says no, as in images that are being built.
    if [ ! -e /usr/sbin/policy-rc.d ] && [ / -ef /proc/1/root/. ]; then is_up=yes; fi
  else
    init=none
  fi
  is_enabled() {
    case $init in
      systemd)
        case $(systemctl is-enabled -- "$1" 2>/dev/null) in
          enabled | enabled-runtime | alias) return 0 ;;
        esac
        return 1
        ;;
      openrc) [ -e "/etc/runlevels/default/$1" ] ;;
      sysv)
        for link in /etc/rc[2345].d/S[0-9][0-9]"$1"; do
          [ ! -e "$link" ] || return 0
        done
        return 1
        ;;
      *) return 1 ;;
    esac
  }
  # Whether it makes no difference to $1: something else starts it, or nothing does.
  is_static() {
    [ "$init" = systemd ] || return 1
    case $(systemctl is-enabled -- "$1" 2>/dev/null) in
      static | indirect | generated | transient) return 0 ;;
    esac
    return 1
  }
  enable() {
    case $init in
      systemd) systemctl --quiet enable -- "$1" ;;
      openrc) rc-update --quiet add "$1" default ;;
      sysv) if command -v update-rc.d > /dev/null; then update-rc.d "$1" defaults && update-rc.d "$1" enable; else chkconfig "$1" on; fi ;;
      *) echo 'no init system is known here: neither systemd nor OpenRC nor /etc/init.d' >&2; return 1 ;;
    esac
  }
  disable() {
    case $init in
      systemd) systemctl --quiet disable -- "$1" ;;
      openrc) rc-update --quiet delete "$1" default ;;
      sysv) if command -v update-rc.d > /dev/null; then update-rc.d "$1" disable; else chkconfig "$1" off; fi ;;
    esac
  }
  is_running() {
    case $init in
      systemd) systemctl --quiet is-active -- "$1" ;;
      openrc) rc-service --quiet "$1" status > /dev/null 2>&1 ;;
      sysv) "/etc/init.d/$1" status > /dev/null 2>&1 ;;
      *) return 1 ;;
    esac
  }
  # command start|stop|restart|reload SERVICE
  command_service() {
    case $init in
      systemd)
        if [ "$1" = reload ]; then systemctl reload-or-restart -- "$2"; else systemctl "$1" -- "$2"; fi ;;
      openrc) rc-service "$2" "$1" ;;
      sysv) "/etc/init.d/$2" "$1" ;;
    esac
  }
|||
