# shellcheck shell=bash
# Shared by the scripts that make or enter cached Debian trees. Sourced, not run.

mo_say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*" >&2; }
mo_die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# The one place where caches live: MO_CACHE, else the XDG cache directory.
mo_cache() {
	printf '%s\n' "${MO_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/migrate-offload}"
}

# Prints the archive the machine is already configured for, as "URI keyring".
# Understands deb822 and one-line sources; the first entry that offers the
# running release's main component is taken.
mo_mirror() {
	local codename file uri
	codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	[ -n "$codename" ] || mo_die "/etc/os-release: no VERSION_CODENAME; a Debian build host is needed"
	for file in /etc/apt/sources.list.d/*.sources; do
		[ -f "$file" ] || continue
		uri=$(awk -v c="$codename" '
			function flush() { if (su ~ "(^| )" c "( |$)" && co ~ /(^| )main( |$)/ && ur != "") { print ur; found = 1; exit } su = co = ur = "" }
			/^[ \t]*$/ { flush(); next }
			/^#/ { next }
			/^Suites:/ { su = $0; sub(/^Suites:[ \t]*/, "", su) }
			/^Components:/ { co = $0; sub(/^Components:[ \t]*/, "", co) }
			/^URIs:/ { ur = $2 }
			END { if (!found) flush() }' "$file")
		[ -n "$uri" ] && { printf '%s\n' "${uri%/}"; return; }
	done
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -f "$file" ] || continue
		uri=$(sed -E 's/\[[^]]*\]//' "$file" |
			awk -v c="$codename" '$1 == "deb" && $3 == c && / main/ { print $2; exit }')
		[ -n "$uri" ] && { printf '%s\n' "${uri%/}"; return; }
	done
	mo_die "no apt source for $codename main found below /etc/apt; configure the Debian mirror first"
}

# Sources for a release, derived by name from the configured mirror.
mo_sources() {
	local mirror=$1 release=$2 suite
	for suite in "$release" "$release-updates" "$release-backports"; do
		printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$suite"
	done
}

# mo_packages FILE: the package list without comments, in mmdebstrap's form.
mo_packages() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }

# mo_key FILE...: a short key over the contents of the files.
mo_key() { cat -- "$@" | sha256sum | cut -c1-16; }

# mo_need COMMAND-OR-FILE PACKAGE: installs PACKAGE when that is missing.
mo_need() {
	if [[ -e $1 ]] || command -v "$1" >/dev/null 2>&1; then return; fi
	mo_say "installing $2 (needed for $1)"
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$2" >/dev/null 2>&1 ||
		{ apt-get update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$2" >/dev/null; } ||
		mo_die "apt-get install $2 failed; install it by hand and run again"
}

# mo_debian_tree DIR LIST [MMDEBSTRAP-OPTION...]: makes DIR from the release and
# the package list, complete or not at all.
mo_debian_tree() {
	local dir=$1 list=$2 here release mirror tmp packages
	shift 2
	here=$(dirname -- "${BASH_SOURCE[0]}")
	release=$(<"$here/release")
	mirror=$(mo_mirror)
	mo_need mmdebstrap mmdebstrap
	mo_need /usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
	packages=$(mo_packages "$list" | paste -sd,)
	mkdir -p "$(dirname -- "$dir")"
	tmp=$(mktemp -d "$dir.XXXXXX")
	# shellcheck disable=SC2064
	trap "rm -rf --one-file-system '$tmp'" EXIT
	mo_sources "$mirror" "$release" | mmdebstrap --mode=root --variant=apt --skip=cleanup/tmp \
		--aptopt='APT::Install-Recommends "false"' --aptopt='APT::Get::AllowUnauthenticated "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--include="$packages" "$@" "$release" "$tmp" - >"$dir.log" 2>&1 ||
		{ tail -20 "$dir.log" >&2; mo_die "mmdebstrap failed; see $dir.log"; }
	chmod 0755 "$tmp"
	mv -T "$tmp" "$dir"
	trap - EXIT
}
