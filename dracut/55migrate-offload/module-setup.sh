# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Sourced by dracut, whose variables and functions these are.
# shellcheck disable=SC2154

on_nvdimm() {
	[[ $(readlink -f "/sys/dev/block/$1") = */ndbus* ]]
}

# When asked for by add_dracutmodules, and for a machine that mounts what is on
# persistent memory.
check() {
	require_binaries migrate-offload modprobe || return 1
	[[ -z $hostonly ]] || ! for_each_host_dev_and_slaves on_nvdimm || return 0
	return 255
}

depends() {
	echo systemd udev-rules
}

# Which of them finds the namespaces that are listed shows only on the machine.
installkernel() {
	hostonly='' instmods nfit =drivers/nvdimm =drivers/dax =drivers/cxl
}

install() {
	inst_multiple migrate-offload modprobe "$systemdsystemunitdir/modprobe@.service" \
		"$systemdsystemunitdir/migrate-offload-pmem@.service"
	inst_rules 91-migrate-offload-pmem.rules
	inst_dir /tmp
	inst_dir /var/tmp
	inst_multiple -o "/usr/lib/migrate-offload/pmem.conf.d/*.conf" "/etc/migrate-offload/pmem.conf.d/*.conf"
}
