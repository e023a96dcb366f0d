// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "engines.h"
#include "util.h"

static const struct engine engines[] = {
	{ "dcbm", true,
	  "no usable DMA channel; see 'migrate-offload status' and the kernel log" },
	{ "mtcopy", false,
	  "no second CPU that may help, because there is only one or the others are isolated; "
	  "bring one online or choose another migrator" },
};

const struct engine *engine_of(const char *migrator)
{
	for (size_t i = 0; i < ARRAY_SIZE(engines); i++)
		if (!strcmp(engines[i].migrator, migrator))
			return &engines[i];
	return &engines[0];
}
