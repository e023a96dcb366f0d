// SPDX-License-Identifier: GPL-2.0-only
#include "dmamap.h"

#include "util.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/*
 * A file that shrinks after it was mapped turns an access into SIGBUS. The copy
 * in progress is then given up instead of the process.
 */
static _Thread_local sigjmp_buf *volatile bus_error;

static void on_sigbus(int sig)
{
	if (bus_error)
		siglongjmp(*bus_error, 1);
	signal(sig, SIG_DFL); /* not ours: the access is repeated and kills */
}

static int guarded_copy(void *to, const void *from, size_t len)
{
	sigjmp_buf env;

	if (sigsetjmp(env, 1)) {
		bus_error = NULL;
		return EFAULT;
	}
	bus_error = &env;
	memcpy(to, from, len);
	bus_error = NULL;
	return 0;
}

void dmamap_init(struct dmamap *dm)
{
	struct sigaction sa = { .sa_handler = on_sigbus };

	memset(dm, 0, sizeof(*dm));
	pthread_mutex_init(&dm->lock, NULL);
	pthread_cond_init(&dm->idle, NULL);
	sigaction(SIGBUS, &sa, NULL);
}

void dmamap_destroy(struct dmamap *dm)
{
	dmamap_remove_all(dm);
	free(dm->maps);
	pthread_cond_destroy(&dm->idle);
	pthread_mutex_destroy(&dm->lock);
}

/* Index of the first map that ends above address. */
static size_t find(const struct dmamap *dm, uint64_t address)
{
	size_t low = 0, high = dm->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct dma_map *m = dm->maps[mid];

		if (m->address + (m->size - 1) < address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int check_file(int fd, uint64_t offset, uint64_t size)
{
	struct stat st;

	if (fstat(fd, &st))
		return errno;
	/* Only a regular file says how long it is; mmap judges the others. */
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size < offset + size)
		return ERANGE;
	return 0;
}

static int insert(struct dmamap *dm, struct dma_map *m)
{
	size_t i = find(dm, m->address);

	if (i < dm->count && dm->maps[i]->address <= m->address + (m->size - 1))
		return EEXIST;
	if (dm->count == DMAMAP_MAX)
		return ENOSPC;
	if (dm->count == dm->room) {
		size_t room = dm->room ? 2 * dm->room : 32;
		struct dma_map **maps = realloc(dm->maps, room * sizeof(struct dma_map *));

		if (!maps)
			return ENOMEM;
		dm->maps = maps;
		dm->room = room;
	}
	memmove(dm->maps + i + 1, dm->maps + i, (dm->count - i) * sizeof(struct dma_map *));
	dm->maps[i] = m;
	dm->count++;
	return 0;
}

static void free_map(struct dma_map *m)
{
	if (m->mem)
		munmap(m->mem, m->size);
	free(m);
}

int dmamap_add(struct dmamap *dm, uint64_t address, uint64_t size, uint64_t offset, int fd,
	       bool readable, bool writable)
{
	int prot = (readable ? PROT_READ : 0) | (writable ? PROT_WRITE : 0);
	struct dma_map *m;
	int err;

	if (!size || (address | size | offset) % DMAMAP_PAGE || address + (size - 1) < address ||
	    offset + size < offset || size > SIZE_MAX / 2)
		return EINVAL;
	m = malloc(sizeof(*m));
	if (!m)
		return ENOMEM;
	*m = (struct dma_map){
		.address = address, .size = size, .readable = readable, .writable = writable,
	};
	if (fd >= 0) {
		err = check_file(fd, offset, size);
		if (err)
			goto fail;
		m->mem = mmap(NULL, size, prot, MAP_SHARED | MAP_NORESERVE, fd, offset);
		if (m->mem == MAP_FAILED) {
			m->mem = NULL;
			err = errno;
			goto fail;
		}
	}
	pthread_mutex_lock(&dm->lock);
	err = insert(dm, m);
	pthread_mutex_unlock(&dm->lock);
	if (!err)
		return 0;
fail:
	free_map(m);
	return err;
}

/*
 * Takes maps [first, end) away; waits for the copies inside them. The lock is
 * let go while it waits: only the protocol thread may change the table.
 */
static void remove_range(struct dmamap *dm, size_t first, size_t end)
{
	while (end > first) {
		struct dma_map *m = dm->maps[--end];

		dm->count--;
		memmove(dm->maps + end, dm->maps + end + 1,
			(dm->count - end) * sizeof(struct dma_map *));
		while (m->users)
			pthread_cond_wait(&dm->idle, &dm->lock);
		free_map(m);
	}
}

int dmamap_remove(struct dmamap *dm, uint64_t address, uint64_t size)
{
	uint64_t last = address + (size - 1);
	size_t first, end;
	int err = 0;

	if (!size || last < address)
		return EINVAL;
	pthread_mutex_lock(&dm->lock);
	first = find(dm, address);
	for (end = first; end < dm->count && dm->maps[end]->address <= last; end++) {
		const struct dma_map *m = dm->maps[end];

		if (m->address < address || m->address + (m->size - 1) > last)
			err = EINVAL;
	}
	if (!err && end == first)
		err = ENOENT;
	if (!err)
		remove_range(dm, first, end);
	pthread_mutex_unlock(&dm->lock);
	return err;
}

void dmamap_remove_all(struct dmamap *dm)
{
	pthread_mutex_lock(&dm->lock);
	remove_range(dm, 0, dm->count);
	pthread_mutex_unlock(&dm->lock);
}

/* The map at address, held until put(); *len is cut to what lies in it. */
static struct dma_map *get(struct dmamap *dm, uint64_t address, size_t *len)
{
	struct dma_map *m = NULL;
	size_t i;

	pthread_mutex_lock(&dm->lock);
	i = find(dm, address);
	if (i < dm->count && dm->maps[i]->address <= address && dm->maps[i]->mem) {
		m = dm->maps[i];
		m->users++;
		*len = min_u64(*len, m->size - (address - m->address));
	}
	pthread_mutex_unlock(&dm->lock);
	return m;
}

static void put(struct dmamap *dm, struct dma_map *m)
{
	pthread_mutex_lock(&dm->lock);
	if (!--m->users)
		pthread_cond_broadcast(&dm->idle);
	pthread_mutex_unlock(&dm->lock);
}

static int transfer(struct dmamap *dm, uint64_t address, void *to, const void *from, size_t len)
{
	size_t done = 0;
	int err = 0;

	while (!err && done < len) {
		size_t part = len - done;
		struct dma_map *m = get(dm, address + done, &part);
		uint8_t *mem;

		if (!m)
			return EFAULT;
		mem = m->mem + (address + done - m->address);
		if (!(to ? m->readable : m->writable))
			err = EACCES;
		else if (to)
			err = guarded_copy((uint8_t *)to + done, mem, part);
		else
			err = guarded_copy(mem, (const uint8_t *)from + done, part);
		put(dm, m);
		done += part;
	}
	return err;
}

int dmamap_read(struct dmamap *dm, uint64_t address, void *buf, size_t len)
{
	return transfer(dm, address, buf, NULL, len);
}

int dmamap_write(struct dmamap *dm, uint64_t address, const void *buf, size_t len)
{
	return transfer(dm, address, NULL, buf, len);
}
