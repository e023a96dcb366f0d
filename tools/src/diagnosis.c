// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "diagnosis.h"
#include "engines.h"
#include "kernel.h"
#include "module.h"

static void add(struct diagnosis *d, const char *code, char *text, char *remedy)
{
	d->reason[d->n++] = (struct reason){ code, text, remedy };
}

static void no_patches(struct diagnosis *d, const char *root)
{
	autofree char *release = kernel_release(root);

	add(d, "kernel-without-patches",
	    xasprintf("kernel %s has no %s", release, MO_SYSFS),
	    xstrdup("install package kernel-migrate-offload and boot its kernel"));
}

static void no_engine(struct diagnosis *d, const char *root, const char *wanted)
{
	if (module_present(root, wanted))
		add(d, "not-registered",
		    xasprintf("module %s is loaded but registered no migrator", wanted),
		    xstrdup("look for its messages in the kernel log"));
	else
		add(d, "module-missing", xasprintf("module %s is not loaded", wanted),
		    xasprintf("'migrate-offload enable' loads it; it is in package kmod-%s",
			      wanted));
}

void diagnose(struct diagnosis *d, const char *root, const char *selected,
	      const struct strv *registered, const struct channel_list *channels,
	      const struct state *state, const struct config *config)
{
	const char *wanted = config->set[KNOB_MIGRATOR].value;

	*d = (struct diagnosis){ 0 };
	if (!kernel_supported(root)) {
		no_patches(d, root);
		return;
	}
	if (selected && strcmp(selected, MO_NO_MIGRATOR))
		return;
	if (kernel_switched_off(root)) {
		add(d, "switched-off", xstrdup("migrate_offload=off is on the kernel command line"),
		    xstrdup("remove it there and reboot"));
		return;
	}
	if (!wanted || !strcmp(wanted, MO_NO_MIGRATOR))
		wanted = MO_DEFAULT_MIGRATOR;
	if (!strv_has(registered, wanted))
		no_engine(d, root, wanted);
	if (engine_of(wanted)->channels && !channels->channels)
		add(d, "no-channels", xstrdup("the machine shows no DMA channel"),
		    xstrdup("load the driver of the DMA engine (ptdma, ae4dma) or enable the "
			    "device in the firmware; 'migrate-offload enable --migrator mtcopy' "
			    "needs none"));
	if (!state_held(state))
		add(d, "not-enabled", xstrdup("nobody asks for it"),
		    xstrdup("'migrate-offload enable', 'systemctl enable --now "
			    "migrate-offload.service' or 'tuned-adm profile migrate-offload'"));
	else if (config->set[KNOB_MIGRATOR].value &&
		 !strcmp(config->set[KNOB_MIGRATOR].value, MO_NO_MIGRATOR))
		add(d, "configured-none",
		    xasprintf("%s sets migrator = none", config->set[KNOB_MIGRATOR].where),
		    xstrdup("set a migrator there and 'migrate-offload apply'"));
	else if (!d->n)
		add(d, "deselected",
		    xstrdup("asked for, but the kernel has no migrator selected"),
		    xstrdup("see the kernel log for the reason, then 'migrate-offload apply'"));
}

void diagnosis_free(struct diagnosis *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->reason[i].text);
		free(d->reason[i].remedy);
	}
	d->n = 0;
}
