// SPDX-License-Identifier: GPL-2.0-only
#include "version.h"

#include "util.h"
#include "wire.h"

#include <json-c/json.h>
#include <string.h>

static bool refuse(const char *why)
{
	emu_log("VERSION: %s: closing the connection", why);
	return false;
}

static bool take_capabilities(struct json_object *root, size_t *max_xfer)
{
	struct json_object *caps, *max;
	int64_t value;

	if (!json_object_is_type(root, json_type_object))
		return refuse("the JSON text is not an object");
	if (!json_object_object_get_ex(root, "capabilities", &caps))
		return true;
	if (!json_object_is_type(caps, json_type_object))
		return refuse("\"capabilities\" is not an object");
	if (!json_object_object_get_ex(caps, "max_data_xfer_size", &max))
		return true;
	value = json_object_get_int64(max);
	if (!json_object_is_type(max, json_type_int) || value < 1)
		return refuse("\"max_data_xfer_size\" is not a positive number");
	*max_xfer = min_u64(value, WIRE_MAX_XFER);
	return true;
}

static bool take_text(const char *text, size_t len, size_t *max_xfer)
{
	struct json_object *root;
	bool ok;

	if (!len)
		return true; /* may be left out */
	if (text[len - 1])
		return refuse("the JSON text does not end with a zero byte");
	root = json_tokener_parse(text);
	if (!root)
		return refuse("the JSON text cannot be parsed");
	ok = take_capabilities(root, max_xfer);
	json_object_put(root);
	return ok;
}

static struct json_object *our_capabilities(void)
{
	struct json_object *root = json_object_new_object();
	struct json_object *caps = json_object_new_object();

	json_object_object_add(caps, "max_msg_fds", json_object_new_int(WIRE_MAX_FDS));
	json_object_object_add(caps, "max_data_xfer_size", json_object_new_int(WIRE_MAX_XFER));
	json_object_object_add(root, "capabilities", caps);
	return root;
}

size_t version_negotiate(uint8_t *body, size_t len, size_t *max_xfer)
{
	struct wire_version version;
	struct json_object *caps;
	const char *text;
	size_t used = sizeof(version);

	*max_xfer = WIRE_MAX_XFER;
	if (len < sizeof(version)) {
		refuse("too short");
		return 0;
	}
	memcpy(&version, body, sizeof(version));
	if (version.major) {
		emu_log("VERSION: client speaks version %u.%u, only 0.x is served: closing the connection",
			version.major, version.minor);
		return 0;
	}
	if (!take_text((const char *)body + used, len - used, max_xfer))
		return 0;

	version.minor = 0;
	memcpy(body, &version, sizeof(version));
	caps = our_capabilities();
	text = json_object_to_json_string_ext(caps, JSON_C_TO_STRING_PLAIN);
	if (used + strlen(text) + 1 <= len) {
		memcpy(body + used, text, strlen(text) + 1);
		used += strlen(text) + 1;
	}
	json_object_put(caps);
	return used;
}
