#!/bin/bash
# completion.sh COMPLETION TOOL: what the bash completion offers is what there is.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
ln -s "$(realpath "$2")" "$directory/migrate-offload"
PATH=$directory:$PATH
# shellcheck source=tools/completion/migrate-offload
. "$1"

failed=0
check() { # EXPECTED WORD...: completing the last word
	local expected=$1
	shift
	COMP_WORDS=(migrate-offload "$@")
	COMP_CWORD=$#
	_migrate_offload
	if [ "${COMPREPLY[*]}" != "$expected" ]; then
		echo "completing '$*': '${COMPREPLY[*]}' instead of '$expected'"
		failed=1
	fi
}

check "status" st
check "tiers" ti
check "disable" di
check "--holder --help" apply --h
check "--no-baseline" bench --no
check "admin service tuned" apply --holder ""
check "--off" verify --of
check "tuned" revert --holder t
check "verify" help v
check "" bench --rounds ""
check "" verify --start ""
check "up" pmem u
check "down" pmem d
check "--json" pmem --j
check "--event" pmem up --e
check "--help" pmem down --h
exit "$failed"
