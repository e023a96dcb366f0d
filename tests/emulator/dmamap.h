/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory: which guest addresses are which bytes of which passed file.
 * Copies may cross maps. A map is only taken away when no copy is inside it.
 */
#ifndef EMU_DMAMAP_H
#define EMU_DMAMAP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DMAMAP_PAGE 4096u
#define DMAMAP_MAX 65535u /* maps; what a client may assume by the protocol */

struct dma_map {
	uint64_t address;
	uint64_t size;
	bool readable;
	bool writable;
	uint8_t *mem;		/* NULL: announced without a file */
	unsigned int users;	/* copies inside */
};

struct dmamap {
	pthread_mutex_t lock;
	pthread_cond_t idle;
	struct dma_map **maps;	/* by address */
	size_t count;
	size_t room;
};

void dmamap_init(struct dmamap *dm);
void dmamap_destroy(struct dmamap *dm);

/* fd may be -1 and stays the caller's. 0 or an errno. */
int dmamap_add(struct dmamap *dm, uint64_t address, uint64_t size, uint64_t offset, int fd,
	       bool readable, bool writable);

/* Removes the maps inside the range; it must not cut one. ENOENT if there is none. */
int dmamap_remove(struct dmamap *dm, uint64_t address, uint64_t size);
void dmamap_remove_all(struct dmamap *dm);

/* Copy from and to guest addresses. EFAULT if a byte of it is not there, EACCES if not allowed. */
int dmamap_read(struct dmamap *dm, uint64_t address, void *buf, size_t len);
int dmamap_write(struct dmamap *dm, uint64_t address, const void *buf, size_t len);

#endif
