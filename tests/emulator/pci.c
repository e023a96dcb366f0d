// SPDX-License-Identifier: GPL-2.0-only
#include "pci.h"

#include <linux/pci_regs.h>
#include <string.h>

#define VENDOR 0x1022
#define CLASS 0x108000u

/* where the capabilities are */
#define CAP_PM 0x50
#define CAP_EXP 0x64
#define CAP_MSI 0xa0
#define CAP_MSIX 0xc0

static void set16(uint8_t *at, uint16_t value)
{
	at[0] = value & 0xff;
	at[1] = value >> 8;
}

static void set32(uint8_t *at, uint32_t value)
{
	set16(at, value & 0xffff);
	set16(at + 2, value >> 16);
}

static void capability(struct pci *pci, unsigned int at, uint8_t id, unsigned int next)
{
	pci->config[at + PCI_CAP_LIST_ID] = id;
	pci->config[at + PCI_CAP_LIST_NEXT] = next;
}

static void init_header(struct pci *pci, const struct pci_identity *id)
{
	uint8_t *c = pci->config, *w = pci->writable;

	set16(c + PCI_VENDOR_ID, VENDOR);
	set16(c + PCI_DEVICE_ID, id->device);
	set16(c + PCI_SUBSYSTEM_VENDOR_ID, VENDOR);
	set16(c + PCI_SUBSYSTEM_ID, id->device);
	set32(c + PCI_CLASS_REVISION, CLASS << 8);
	set16(c + PCI_STATUS, PCI_STATUS_CAP_LIST);
	c[PCI_CAPABILITY_LIST] = CAP_PM;

	set16(w + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
			       PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
	w[PCI_CACHE_LINE_SIZE] = 0xff;
	w[PCI_INTERRUPT_LINE] = 0xff;
	/* A base address register tells its size by the address bits it lacks. */
	set32(w + PCI_BASE_ADDRESS_0 + 4 * id->bar, ~(id->bar_size - 1));
	if (id->vectors)
		set32(w + PCI_BASE_ADDRESS_5, ~(PCI_BAR5_SIZE - 1));
}

static void init_capabilities(struct pci *pci, const struct pci_identity *id)
{
	uint8_t *c = pci->config, *w = pci->writable;

	capability(pci, CAP_PM, PCI_CAP_ID_PM, CAP_EXP);
	set16(c + CAP_PM + PCI_PM_PMC, 3);
	set16(c + CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
	set16(w + CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);

	capability(pci, CAP_EXP, PCI_CAP_ID_EXP, CAP_MSI);
	set16(c + CAP_EXP + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_ENDPOINT << 4);
	set32(c + CAP_EXP + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER);
	set32(c + CAP_EXP + PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_SLS_2_5GB | 1 << 4);
	set16(c + CAP_EXP + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_CLS_2_5GB | PCI_EXP_LNKSTA_NLW_X1);
	set16(w + CAP_EXP + PCI_EXP_DEVCTL, 0x7fff);
	set16(w + CAP_EXP + PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_CCC);

	capability(pci, CAP_MSI, PCI_CAP_ID_MSI, id->vectors ? CAP_MSIX : 0);
	set16(c + CAP_MSI + PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT);
	set16(w + CAP_MSI + PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE);
	set32(w + CAP_MSI + PCI_MSI_ADDRESS_LO, ~3u);
	set32(w + CAP_MSI + PCI_MSI_ADDRESS_HI, ~0u);
	set16(w + CAP_MSI + PCI_MSI_DATA_64, 0xffff);

	if (!id->vectors)
		return;
	capability(pci, CAP_MSIX, PCI_CAP_ID_MSIX, 0);
	set16(w + CAP_MSIX + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	set16(c + CAP_MSIX + PCI_MSIX_FLAGS, id->vectors - 1);
	set32(c + CAP_MSIX + PCI_MSIX_TABLE, 5); /* in BAR 5 */
	set32(c + CAP_MSIX + PCI_MSIX_PBA, 0x1000 | 5);
}

void pci_init(struct pci *pci, const struct pci_identity *id)
{
	memset(pci, 0, sizeof(*pci));
	init_header(pci, id);
	init_capabilities(pci, id);
}

void pci_write(struct pci *pci, size_t offset, const uint8_t *data, size_t len)
{
	for (size_t i = offset; i < offset + len; i++, data++)
		pci->config[i] = (pci->config[i] & ~pci->writable[i]) | (*data & pci->writable[i]);
}

bool pci_bus_master(const struct pci *pci)
{
	return pci->config[PCI_COMMAND] & PCI_COMMAND_MASTER;
}
