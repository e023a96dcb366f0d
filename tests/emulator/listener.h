/* SPDX-License-Identifier: GPL-2.0-only */
/* Unix stream sockets to listen on. */
#ifndef EMU_LISTENER_H
#define EMU_LISTENER_H

/*
 * Listens at path; the name appears only when connections are accepted. A socket
 * that nobody serves any more is replaced. -1 (and a message) on failure.
 */
int listener_open(const char *path);
void listener_close(int fd, const char *path);

#endif
