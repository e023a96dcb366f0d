/* SPDX-License-Identifier: GPL-2.0-only */
/* The VERSION message: numbers and capabilities in JSON. */
#ifndef EMU_VERSION_H
#define EMU_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Checks the client's body of len bytes, takes over its limit and turns body into
 * our answer, whose length is returned. It is never longer than the request: the
 * client receives it in the same buffer. 0 (and a message) if we cannot go on.
 */
size_t version_negotiate(uint8_t *body, size_t len, size_t *max_xfer);

#endif
