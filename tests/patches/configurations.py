# SPDX-License-Identifier: GPL-2.0-only
"""The kernel configurations that the patch stack is compiled in."""

import dataclasses

# Whoever calls the functions that the stack changes.
CALLERS = ("NUMA_BALANCING", "KSM", "CMA", "MEMORY_FAILURE", "MEMORY_HOTPLUG", "MEMORY_HOTREMOVE",
           "ZONE_DEVICE", "DMADEVICES")
OFFLOAD = "MIGRATION_COPY_OFFLOAD"


@dataclasses.dataclass(frozen=True)
class Configuration:
    """One way to configure and compile."""

    name: str
    arch: str                   # as in --arch
    make: tuple                 # variables for make
    target: str                 # the kernel's own configuration to start from
    on: tuple = ()
    off: tuple = ()
    modules: tuple = ()
    offload: bool = True        # asked for, once the stack has it
    each: bool = True           # after each patch, or only on the whole stack
    folders: tuple = ()         # files that matter here, beside those of every architecture

    def concerns(self, path):
        """Whether a change of this file can make a difference."""
        if path.startswith(("arch/", "drivers/dma/amd/")):
            return path.startswith(self.folders)
        return not path.startswith("Documentation/") and path != "MAINTAINERS"


X86 = {"arch": "x86", "make": ("ARCH=x86_64",), "folders": ("arch/x86/", "drivers/dma/amd/")}
ARM64 = {"arch": "arm64", "make": ("ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-"),
         "folders": ("arch/arm64/",), "target": "defconfig", "on": CALLERS}

CONFIGURATIONS = (
    Configuration("x86-offload", target="x86_64_defconfig", on=CALLERS, modules=("AMD_PTDMA", "AMD_AE4DMA"), **X86),
    Configuration("x86-no-offload", target="x86_64_defconfig", on=CALLERS, modules=("AMD_PTDMA", "AMD_AE4DMA"),
                  offload=False, **X86),
    Configuration("arm64-tags", offload=False, **ARM64),
    Configuration("arm64-offload", off=("ARM64_MTE",), **ARM64),
    Configuration("i386-highmem", arch="i386", make=("ARCH=i386",), folders=("arch/x86/",),
                  target="i386_defconfig", on=("HIGHMEM4G", "KSM", "CMA", "MEMORY_FAILURE"), offload=False),
    # What only costs time here, or needs a compiler's plugins or another compiler, is off.
    Configuration("x86-all", target="allmodconfig", each=False, modules=("KUNIT", "AMD_PTDMA", "AMD_AE4DMA"),
                  on=("KASAN", "KASAN_GENERIC", "KUNIT_ALL_TESTS"),
                  off=("GCC_PLUGINS", "DEBUG_INFO_BTF", "MODULE_SIG_ALL", "RUST"), **X86),
)

# What must have become of an option: the proof that a configuration tests what its name says.
WANTED = {
    "x86-offload": {OFFLOAD: "y", "AMD_PTDMA": "m"},
    "x86-no-offload": {OFFLOAD: None, "AMD_PTDMA": "m"},
    "arm64-tags": {OFFLOAD: None, "ARM64_MTE": "y"},
    "arm64-offload": {OFFLOAD: "y", "ARM64_MTE": None},
    "i386-highmem": {OFFLOAD: None, "HIGHMEM": "y", "64BIT": None},
    "x86-all": {OFFLOAD: "y", "KASAN": "y", "KUNIT": "m", "AMD_PTDMA": "m"},
}
