#!/bin/bash
# Called by TuneD with start, stop [full_rollback] or verify [ignore_missing];
# the profile's variables are in the environment as TUNED_<name>.
# ignore_missing is not heeded: without the kernel's files there is no offload.
set -euo pipefail

case ${1:-} in
start) exec migrate-offload apply --holder tuned ;;
stop) exec migrate-offload revert --holder tuned ;;
verify)
	# TuneD logs what comes on stderr, as an error: only what is one goes there.
	found=$(migrate-offload verify --holder tuned 2>&1) || {
		status=$?
		printf '%s\n' "$found" >&2
		exit "$status"
	}
	;;
*)
	echo "usage: $0 start|stop|verify" >&2
	exit 2
	;;
esac
