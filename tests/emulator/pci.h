/* SPDX-License-Identifier: GPL-2.0-only */
/* The PCI config space of the device. */
#ifndef EMU_PCI_H
#define EMU_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCI_CONFIG_SIZE 4096u
#define PCI_BAR5_SIZE 8192u		/* MSI-X: table at 0, pending bits at 4096 */

/* What tells one device from another. */
struct pci_identity {
	uint16_t device;	/* of AMD */
	unsigned int bar;	/* that has the registers */
	uint32_t bar_size;
	unsigned int vectors;	/* of MSI-X; 0: there is only MSI */
};

struct pci {
	uint8_t config[PCI_CONFIG_SIZE];
	uint8_t writable[PCI_CONFIG_SIZE]; /* which bits */
};

void pci_init(struct pci *pci, const struct pci_identity *id);

/* The range must lie inside the config space. */
void pci_write(struct pci *pci, size_t offset, const uint8_t *data, size_t len);

/* May the device read and write memory? */
bool pci_bus_master(const struct pci *pci);

#endif
