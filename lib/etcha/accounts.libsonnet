// Shell functions that read and edit the files of users and groups, below $root, for scripts of `user` and `group`.
//
// Returns a text.
|||
  # The line of $2, the first field, in the file $1 (passwd, group, shadow), in $line; fails when there is none.
  entry() {
    line=
    [ -e "$root/etc/$1" ] || return 1
    while IFS= read -r line || [ -n "$line" ]; do
      [ "${line%%:*}" != "$2" ] || return 0
    done < "$root/etc/$1"
    line=
    return 1
  }
  # Field $1 of $line, in $field.
  field() {
    field=$line
    i=1
    while [ "$i" -lt "$1" ]; do
      case $field in
        *:*) field=${field#*:} ;;
        *) field= ;;
      esac
      i=$((i + 1))
    done
    field=${field%%:*}
  }
  # The line $3 instead of that of $2 in the file $1, or at its end; without $3 the line goes. In one step.
  put() {
    file=$root/etc/$1
    if [ ! -e "$file" ]; then
      : > "$file"
      case $1 in
        *shadow) chmod 0600 -- "$file" ;;
        *) chmod 0644 -- "$file" ;;
      esac
    fi
    cp -p -- "$file" "$file.etcha"
    is_put=
    while IFS= read -r old || [ -n "$old" ]; do
      if [ "${old%%:*}" != "$2" ]; then
        printf '%s\n' "$old"
      elif [ $# -gt 2 ] && [ -z "$is_put" ]; then
        printf '%s\n' "$3"
        is_put=yes
      fi
    done < "$file" > "$file.etcha"
    if [ $# -gt 2 ] && [ -z "$is_put" ]; then printf '%s\n' "$3" >> "$file.etcha"; fi
    mv -f -- "$file.etcha" "$file"
  }
  # Holds the files of users and groups, as the tools of shadow do, until the script ends.
  hold() {
    held=
    trap 'for held_file in $held; do rm -f -- "$root/etc/$held_file.lock"; done' EXIT
    for held_file in passwd group shadow gshadow; do
      [ -e "$root/etc/$held_file" ] || continue
      turns=0
      until (set -C; printf '%s' "$$" > "$root/etc/$held_file.lock") 2>/dev/null; do
        turns=$((turns + 1))
        [ "$turns" -lt 30 ] || { echo "$root/etc/$held_file.lock has been there for 30 seconds" >&2; exit 1; }
        sleep 1
      done
      held="$held $held_file"
    done
  }
  # A number that is free in the file $1, in $free: $2 is 1 for a system account.
  number() {
    free=1000 end=60000
    [ "$2" -eq 0 ] || free=100 end=999
    while [ "$free" -le "$end" ]; do
      is_free=yes
      while IFS=: read -r _ _ number _; do
        [ "$number" != "$free" ] || is_free=
      done < "$root/etc/$1"
      [ -z "$is_free" ] || return 0
      free=$((free + 1))
    done
    echo "no number is free in $root/etc/$1" >&2
    exit 1
  }
  # The number of group $1, a name or a number, in $gid.
  gid_of() {
    case $1 in
      *[!0-9]*)
        entry group "$1" || { echo "there is no group $1" >&2; exit 1; }
        field 3
        gid=$field
        ;;
      *) gid=$1 ;;
    esac
  }
  has() { [ -z "$root" ] && command -v "$1" > /dev/null 2>&1; }
|||
