/**
 * The whole program of the guard, for /bin/sh. Nothing is ever put into it, and what it reads are numbers that it checks.
 *
 * It reads `+ GROUP TICKS` and `- GROUP`, one a line; TICKS is the start of the group's leader as the kernel counts it, 0
 * where that is not known. When its input ends, its hub is gone, however that went: every group that is still there gets
 * SIGTERM and, two seconds later, SIGKILL. A group whose leader is another process by now has ended before; it is left alone.
 */
export const GUARD_SCRIPT = `
trap '' HUP INT QUIT TERM PIPE USR1 USR2 TSTP TTIN TTOU
groups=
without() {
  kept=
  for each in $groups; do
    case $each in "$1":*) ;; *) kept="$kept $each" ;; esac
  done
  groups=$kept
}
is_ours() {
  [ "$2" = 0 ] && return 0
  stat=
  read -r stat < "/proc/$1/stat" || return 0
  set -- "$2" \${stat##*) }
  [ "\${21}" = "$1" ]
}
signal() {
  found=
  for each in $groups; do
    id=\${each%%:*}
    is_ours "$id" "\${each#*:}" && kill "-$1" "-$id" && found=yes
  done
}
set -f
while read -r change id ticks rest; do
  case $id in ''|0*|1|*[!0-9]*|???????????*) continue ;; esac
  case $ticks in *[!0-9]*|'') ticks=0 ;; esac
  case $change in
    +) without "$id"; groups="$groups $id:$ticks" ;;
    -) without "$id" ;;
  esac
done
signal TERM
for pause in 1 1; do
  [ -n "$found" ] || exit 0
  sleep "$pause"
  signal 0
done
signal KILL
`;
