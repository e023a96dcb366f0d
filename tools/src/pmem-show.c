// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "pmem-change.h"
#include "pmem-memmap.h"
#include "pmem-show.h"

/* All that is known of a device, or concluded. */
struct view {
	const struct pmem_device *device;
	uint64_t memmap;
	struct memmap_speed speed;
	uint64_t predicted_ns;		/* 0: not predicted */
	struct memmap_time time;
	struct strv advice;
	const struct pmem_wish *wish;	/* NULL: not listed */
	struct pmem_decision decision;
};

static void look(const char *root, const struct pmem_device *device,
		 const struct pmem_config *config, struct view *view)
{
	*view = (struct view){ .device = device, .memmap = pmem_memmap_bytes(device) };
	/* The kernel's figures are of devices; memory is written by other code. */
	if (device->mode == PMEM_RAM)
		view->speed.why = xstrdup("memory hotplug writes it, which is not measured");
	else if (!view->memmap)
		view->speed.why = xstrdup("there is no memmap");
	else
		memmap_speed_read(root, device->map, &view->speed);
	if (view->speed.mb_per_s)
		view->predicted_ns = view->memmap * 1000 / view->speed.mb_per_s;
	memmap_time_read(root, device, &view->time);
	pmem_advice(device, &view->advice);
	view->wish = pmem_config_wish(config, device);
	if (view->wish)
		pmem_judge_up(root, device, view->wish, &view->decision);
}

static void view_free(struct view *view)
{
	memmap_speed_free(&view->speed);
	memmap_time_free(&view->time);
	strv_free(&view->advice);
	pmem_decision_free(&view->decision);
}

static const char *decision_name(const struct view *view)
{
	if (!view->wish)
		return NULL;
	switch (view->decision.action) {
	case PMEM_NOTHING:
		return "done";
	case PMEM_REFUSE:
		return "refused";
	default:
		return "to do";
	}
}

static void print_nodes(const struct pmem_device *device)
{
	printf("  node        ");
	if (device->node >= 0)
		printf("near node %d", device->node);
	if (device->target_node >= 0)
		printf("%s%s node %d", device->node >= 0 ? ", " : "",
		       device->mode == PMEM_RAM ? "memory of" : "as memory it would be",
		       device->target_node);
	puts(device->node < 0 && device->target_node < 0 ? "unknown" : "");
}

static void print_times(const struct view *view)
{
	char size[32];

	if (view->predicted_ns)
		printf("  predicted   %.3f ms to bind: %s at %llu MB/s, measured by this kernel "
		       "with %s stores\n", (double)view->predicted_ns / 1e6,
		       format_size(view->memmap, size, sizeof(size)),
		       (unsigned long long)view->speed.mb_per_s, view->speed.stores);
	else
		printf("  predicted   not predicted: %s\n", view->speed.why);
	if (view->time.ns)
		printf("  measured    %.3f ms with %u thread%s\n", (double)view->time.ns / 1e6,
		       view->time.threads, view->time.threads == 1 ? "" : "s");
	else
		printf("  measured    not measured: %s\n", view->time.why);
}

static void print_wish(const struct view *view)
{
	if (!view->wish)
		return;
	printf("  configured  %s by %s: %s\n", pmem_wish_text(view->wish), view->wish->where,
	       decision_name(view));
	if (view->decision.reason)
		printf("              %s; %s\n", view->decision.reason, view->decision.remedy);
}

static void print_device(const struct view *view)
{
	const struct pmem_device *device = view->device;
	char size[32];

	printf("%s  %s%s  %s%s%s\n", pmem_name(device), pmem_mode_name(device->mode),
	       device->enabled ? "" : ", disabled",
	       format_size(device->bytes, size, sizeof(size)),
	       device->namespace && device->device ? "  " : "",
	       device->namespace && device->device ? device->device : "");
	printf("  uuid        %s\n", device->uuid ? device->uuid :
	       "none, so it cannot be listed in the configuration");
	if (device->align)
		printf("  alignment   %s\n", format_size(device->align, size, sizeof(size)));
	print_nodes(device);
	if (device->mode == PMEM_RAM)
		printf("  memory      %u of %u blocks online%s\n", device->blocks_online,
		       device->blocks, device->zone == PMEM_ZONE_MOVABLE ? ", all movable" :
		       device->zone == PMEM_ZONE_OTHER ? ", not all movable" : "");
	if (device->map != PMEM_MAP_NONE)
		printf("  memmap      %s in %s (--map=%s)\n",
		       format_size(view->memmap, size, sizeof(size)),
		       device->map == PMEM_MAP_DEV ? "the device" : "RAM",
		       pmem_map_name(device->map));
	print_times(view);
	print_wish(view);
	for (size_t i = 0; i < view->advice.n; i++)
		printf("  faster      with %s. To change it destroys what is in the namespace.\n",
		       view->advice.v[i]);
}

void pmem_text(const char *root, const struct pmem_list *list, const struct pmem_config *config)
{
	if (!list->n)
		puts("no namespaces and no dax devices; ndctl create-namespace makes them from "
		     "persistent memory");
	for (size_t i = 0; i < list->n; i++) {
		struct view view;

		look(root, &list->device[i], config, &view);
		print_device(&view);
		view_free(&view);
	}
}

static void out_known(struct json_object *json, const char *key, bool known, uint64_t value)
{
	if (known)
		out_number(json, key, value);
	else
		json_object_object_add(json, key, NULL);
}

static void add_memory(struct json_object *json, const struct pmem_device *device)
{
	struct json_object *memory = NULL;

	if (device->mode == PMEM_RAM) {
		memory = json_object_new_object();
		out_number(memory, "blocks", device->blocks);
		out_number(memory, "online", device->blocks_online);
		out_bool(memory, "movable", device->zone == PMEM_ZONE_MOVABLE);
	}
	json_object_object_add(json, "memory", memory);
}

static void add_configured(struct json_object *json, const struct view *view)
{
	const struct pmem_wish *wish = view->wish;

	out_string(json, "configured", wish ? pmem_wish_text(wish) : NULL);
	out_string(json, "source", wish ? wish->where : NULL);
	out_string(json, "state", decision_name(view));
	out_string(json, "reason", view->decision.reason);
	out_string(json, "remedy", view->decision.remedy);
}

static struct json_object *json_device(const struct view *view)
{
	const struct pmem_device *device = view->device;
	struct json_object *json = json_object_new_object();

	out_string(json, "namespace", device->namespace);
	out_string(json, "device", device->device);
	out_string(json, "uuid", device->uuid);
	out_string(json, "label_uuid", device->label_uuid);
	out_string(json, "mode", pmem_mode_name(device->mode));
	out_bool(json, "enabled", device->enabled);
	out_number(json, "bytes", device->bytes);
	out_known(json, "alignment", device->align, device->align);
	out_known(json, "numa_node", device->node >= 0, (uint64_t)device->node);
	out_known(json, "target_node", device->target_node >= 0, (uint64_t)device->target_node);
	add_memory(json, device);
	out_string(json, "map", pmem_map_name(device->map));
	out_number(json, "memmap_bytes", view->memmap);
	out_known(json, "predicted_ns", view->predicted_ns, view->predicted_ns);
	out_string(json, "not_predicted", view->predicted_ns ? NULL : view->speed.why);
	out_known(json, "measured_ns", view->time.ns, view->time.ns);
	out_known(json, "measured_threads", view->time.ns, view->time.threads);
	out_string(json, "not_measured", view->time.why);
	add_configured(json, view);
	out_strings(json, "faster", &view->advice);
	return json;
}

struct json_object *pmem_json(const char *root, const struct pmem_list *list,
			      const struct pmem_config *config)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->n; i++) {
		struct view view;

		look(root, &list->device[i], config, &view);
		json_object_array_add(array, json_device(&view));
		view_free(&view);
	}
	return array;
}
