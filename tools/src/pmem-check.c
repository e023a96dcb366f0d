// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pmem-change.h"
#include "pmem-check.h"
#include "pmem-live.h"

static char *use_of(const struct pmem_device *device)
{
	const char *mode = pmem_mode_name(device->mode);

	if (device->mode == PMEM_RAM && device->blocks_online < device->blocks)
		return xasprintf("%s, %u of %u blocks online", mode, device->blocks_online,
				 device->blocks);
	return xasprintf("%s%s", mode, device->enabled ? "" : ", disabled");
}

static void not_listed_by_kernel(struct pmem_check *check, int err)
{
	check->state = PMEM_NOT_KNOWN;
	if (err == -EOPNOTSUPP) {
		check->reason = xstrdup("a captured tree does not tell");
		check->remedy = xstrdup("ask on the machine itself");
	} else {
		check->reason = xasprintf("libndctl, libdaxctl: devices cannot be listed: %s",
					  strerror(-err));
		check->remedy = xstrdup("see the kernel log");
	}
}

static void not_there(struct pmem_check *check)
{
	check->state = PMEM_NOT_UP;
	check->reason = xasprintf("no namespace has the UUID %s", check->wish->uuid);
	check->remedy = xstrdup("compare with 'migrate-offload pmem', and see the kernel log for "
				"libnvdimm, nfit and cxl");
}

static void look(const char *root, const struct pmem_device *device, struct pmem_check *check)
{
	struct pmem_decision decision;

	check->name = xstrdup(pmem_name(device));
	pmem_judge_up(root, device, check->wish, &decision);
	if (decision.action == PMEM_NOTHING) {
		check->state = PMEM_UP;
		if (device->mode == PMEM_RAM)
			check->node = device->target_node;
	} else {
		check->state = PMEM_NOT_UP;
		check->found = use_of(device);
	}
	if (decision.action == PMEM_REFUSE) {
		check->reason = decision.reason;
		check->remedy = decision.remedy;
		decision.reason = decision.remedy = NULL;
	} else if (decision.action != PMEM_NOTHING) {
		check->reason = xasprintf("it is %s", check->found);
		check->remedy = xasprintf("see 'journalctl -b -u migrate-offload-pmem@%s.service', "
					  "then 'migrate-offload pmem up %s'",
					  device->device ? device->device : device->namespace,
					  check->wish->uuid);
	}
	pmem_decision_free(&decision);
}

void pmem_checks_read(struct pmem_checks *checks, const char *root)
{
	struct pmem_list list = { 0 };
	int err;

	*checks = (struct pmem_checks){ 0 };
	pmem_config_load(&checks->config, root);
	checks->n = checks->config.n;
	if (!checks->n)
		return;
	checks->check = xrealloc(NULL, checks->n * sizeof(*checks->check));
	err = pmem_list_read(root, &list, false);
	for (size_t i = 0; i < checks->n; i++) {
		struct pmem_check *check = &checks->check[i];
		const struct pmem_device *device;

		*check = (struct pmem_check){ .wish = &checks->config.wish[i], .node = -1 };
		device = pmem_find(&list, check->wish->uuid);
		if (err && err != -ENODEV)
			not_listed_by_kernel(check, err);
		else if (device)
			look(root, device, check);
		else
			not_there(check);
	}
	pmem_free(&list);
}

void pmem_checks_free(struct pmem_checks *checks)
{
	for (size_t i = 0; i < checks->n; i++) {
		free(checks->check[i].name);
		free(checks->check[i].found);
		free(checks->check[i].reason);
		free(checks->check[i].remedy);
	}
	free(checks->check);
	pmem_config_free(&checks->config);
	*checks = (struct pmem_checks){ 0 };
}

static const char *state_name(enum pmem_state state)
{
	static const char *const names[] = {
		[PMEM_UP] = "up", [PMEM_NOT_UP] = "not up", [PMEM_NOT_KNOWN] = "not known",
	};

	return names[state];
}

void pmem_checks_text(const struct pmem_checks *checks)
{
	if (checks->n)
		puts("\npmem       device         configured          node  state");
	for (size_t i = 0; i < checks->n; i++) {
		const struct pmem_check *c = &checks->check[i];
		char node[16] = "-";

		if (c->node >= 0)
			snprintf(node, sizeof(node), "%d", c->node);
		printf("           %-13s  %-18s  %4s  %s", c->name ? c->name : "-",
		       pmem_wish_text(c->wish), node, state_name(c->state));
		if (c->reason)
			printf("  (configured: %s)\n             why: %s\n             do:  %s",
			       c->wish->where, c->reason, c->remedy);
		putchar('\n');
	}
}

struct json_object *pmem_checks_json(const struct pmem_checks *checks)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < checks->n; i++) {
		const struct pmem_check *c = &checks->check[i];
		struct json_object *item = json_object_new_object();

		out_string(item, "uuid", c->wish->uuid);
		out_string(item, "device", c->name);
		out_string(item, "configured", pmem_wish_text(c->wish));
		out_string(item, "source", c->wish->where);
		out_string(item, "state", state_name(c->state));
		json_object_object_add(item, "node", c->node < 0 ? NULL :
				       json_object_new_int(c->node));
		out_string(item, "reason", c->reason);
		out_string(item, "remedy", c->remedy);
		json_object_array_add(array, item);
	}
	return array;
}
