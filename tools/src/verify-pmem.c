// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "node-data.h"
#include "verify.h"

static void verify_device(struct checks *checks, const struct pmem_check *device,
			  const struct node_list *nodes)
{
	struct check check = {
		.where = device->wish->where,
		.expected = pmem_wish_text(device->wish),
		.actual = device->found,
	};

	if (device->state != PMEM_UP)
		check.problem = xasprintf("%s; %s", device->reason, device->remedy);
	else if (device->node >= 0 && !nodes_find(nodes, device->node))
		check.problem = xasprintf("/sys/devices/system/node/has_memory does not name node "
					  "%d, whose memory it is; see the kernel log",
					  device->node);
	else
		check.actual = check.expected;
	verify_add(checks, device->wish->uuid, check);
}

static bool first_of_node(const struct pmem_checks *pmem, size_t which)
{
	for (size_t i = 0; i < which; i++)
		if (pmem->check[i].node == pmem->check[which].node)
			return false;
	return true;
}

/* The first node with CPUs; it is where memory that will be moved comes from. */
static int home_node(const struct node_list *nodes, int other)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (*nodes->node[i].cpus && nodes->node[i].id != other)
			return nodes->node[i].id;
	return -1;
}

static void verify_data(struct checks *checks, const struct pmem_check *device,
			const struct node_list *nodes)
{
	autofree char *name = xasprintf("node%d/data", device->node);
	int home = home_node(nodes, device->node);
	struct check check = {
		.where = device->wish->where,
		.expected = "a pattern there and back",
	};

	if (home < 0)
		check.problem = xstrdup("no other node has CPUs and memory to move it from; boot "
					"without numa=off");
	else
		check.problem = node_data_problem(home, device->node, &checks->bad_data);
	if (!check.problem)
		check.actual = check.expected;
	verify_add(checks, name, check);
}

void verify_pmem(struct checks *checks, const struct pmem_checks *pmem,
		 const struct node_list *nodes, bool data)
{
	for (size_t i = 0; i < pmem->n; i++) {
		verify_device(checks, &pmem->check[i], nodes);
		if (data && pmem->check[i].node >= 0 && first_of_node(pmem, i))
			verify_data(checks, &pmem->check[i], nodes);
	}
}
