// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "pmem-config.h"

/* Lowest first. */
static const char *const layers[] = {
	"/usr/lib/migrate-offload/pmem.conf.d",
	"/etc/migrate-offload/pmem.conf.d",
	MO_RUN "/pmem.conf.d",
};

static const struct value {
	const char *text;
	enum pmem_mode mode;
	bool movable;
} values[] = {
	{ "system-ram movable", PMEM_RAM, true },
	{ "system-ram kernel", PMEM_RAM, false },
	{ "devdax", PMEM_DEVDAX, false },
	{ "fsdax", PMEM_FSDAX, false },
};

/* As the tools of the kernel's print it: 8-4-4-4-12 digits, small letters. */
static bool is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '-' ? text[i] != '-' : !strchr("0123456789abcdef", text[i]))
			return false;
	return true;
}

static struct pmem_wish *wish_for(struct pmem_config *config, const char *uuid)
{
	for (size_t i = 0; i < config->n; i++)
		if (!strcmp(config->wish[i].uuid, uuid))
			return &config->wish[i];
	config->wish = xrealloc(config->wish, (config->n + 1) * sizeof(*config->wish));
	config->wish[config->n] = (struct pmem_wish){ .uuid = xstrdup(uuid) };
	return &config->wish[config->n++];
}

static void set_wish(void *context, const char *where, const char *key, const char *text)
{
	struct pmem_config *config = context;
	const struct value *value = NULL;
	struct pmem_wish *wish;

	if (!is_uuid(key)) {
		strv_add(&config->errors, "%s: '%s' is not the UUID of a namespace; "
			 "'migrate-offload pmem' shows them", where, key);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (!strcmp(values[i].text, text))
			value = &values[i];
	if (!value) {
		autostrv struct strv valid = { 0 };
		autofree char *list = NULL;

		for (size_t i = 0; i < ARRAY_SIZE(values); i++)
			strv_add(&valid, "%s", values[i].text);
		list = strv_join(&valid, ", ");
		strv_add(&config->errors, "%s: %s: '%s' is not valid; valid: %s", where, key, text,
			 list);
		return;
	}
	wish = wish_for(config, key);
	wish->mode = value->mode;
	wish->movable = value->movable;
	free(wish->where);
	wish->where = xstrdup(where);
}

void pmem_config_parse(struct pmem_config *config, const char *file, char *text)
{
	const struct conf_reader reader = { set_wish, config, &config->errors };

	conf_lines(&reader, file, text);
}

struct load {
	struct pmem_config *config;
	const char *root;
};

static void load_file(void *context, const char *file)
{
	const struct load *load = context;
	autofree char *text = conf_text(load->root, file, &load->config->errors);

	if (text)
		pmem_config_parse(load->config, file, text);
}

void pmem_config_load(struct pmem_config *config, const char *root)
{
	const struct conf_layers conf = { layers, ARRAY_SIZE(layers), NULL };
	struct load load = { config, root };

	*config = (struct pmem_config){ 0 };
	conf_files(root, &conf, &config->errors, load_file, &load);
}

bool pmem_config_valid(const struct pmem_config *config)
{
	for (size_t i = 0; i < config->errors.n; i++)
		mo_err("%s", config->errors.v[i]);
	return !config->errors.n;
}

void pmem_config_free(struct pmem_config *config)
{
	for (size_t i = 0; i < config->n; i++) {
		free(config->wish[i].uuid);
		free(config->wish[i].where);
	}
	free(config->wish);
	strv_free(&config->errors);
	*config = (struct pmem_config){ 0 };
}

const struct pmem_wish *pmem_config_wish(const struct pmem_config *config,
					 const struct pmem_device *device)
{
	for (size_t i = 0; i < config->n; i++) {
		const struct pmem_wish *wish = &config->wish[i];

		if ((device->uuid && !strcmp(wish->uuid, device->uuid)) ||
		    (device->label_uuid && !strcmp(wish->uuid, device->label_uuid)))
			return wish;
	}
	return NULL;
}

const char *pmem_wish_text(const struct pmem_wish *wish)
{
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (values[i].mode == wish->mode && values[i].movable == wish->movable)
			return values[i].text;
	return "";
}
