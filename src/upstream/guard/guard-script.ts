/**
 * The whole program of the guard, for /bin/sh. Nothing is ever put into it, and what it reads are numbers that it checks.
 *
 * It reads `+ GROUP TICKS` and `- GROUP`, one a line; TICKS is the start of the group's leader as the kernel counts it, 0
 * where that is not known; and `? MARK` before a process is started, `! MARK` once its group was told or there is none. When
 * its input ends, its hub is gone, however that went: every group that is still there gets SIGTERM and, two seconds later,
 * SIGKILL. A process of which no more than the mark is known is found by that: it stands in its environment as MCP_HUB_START,
 * which needs /proc; the variable as a whole is compared, also where a line break stands in the value of another. A group
 * whose leader is another process by now has ended before; it is left alone.
 */
export const GUARD_SCRIPT = `
trap '' HUP INT QUIT TERM PIPE USR1 USR2 TSTP TTIN TTOU
groups=
marks=
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
unmarked() {
  kept=
  for each in $marks; do
    [ "$each" = "$1" ] || kept="$kept $each"
  done
  marks=$kept
}
find_marked() {
  set +f
  for file in $(grep -lsF "MCP_HUB_START=$1" /proc/[0-9]*/environ); do
    tr '\\n\\0' ' \\n' < "$file" | grep -qxF "MCP_HUB_START=$1" || continue
    id=\${file#/proc/}
    id=\${id%/environ}
    stat=
    read -r stat < "/proc/$id/stat" || continue
    set -- "$1" \${stat##*) }
    [ "$4" = "$id" ] && groups="$groups $id:\${21}"
  done
  set -f
}
set -f
while read -r change id ticks rest; do
  case $id in ''|0*|1|*[!0-9]*|???????????*) continue ;; esac
  case $ticks in *[!0-9]*|'') ticks=0 ;; esac
  case $change in
    +) without "$id"; groups="$groups $id:$ticks" ;;
    -) without "$id" ;;
    '?') marks="$marks $id" ;;
    '!') unmarked "$id" ;;
  esac
done
for mark in $marks; do
  find_marked "$mark"
done
signal TERM
for pause in 1 1; do
  [ -n "$found" ] || exit 0
  sleep "$pause"
  signal 0
done
signal KILL
`;
