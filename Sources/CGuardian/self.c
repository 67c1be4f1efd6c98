// A program that links MCPStore is its own guardian: started with that name, it never comes to its `main`. So a package that
// imports MCPStore needs no second program beside its own.

#define _GNU_SOURCE
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "guardian.h"

static bool is_guardian(const char *name) {
    if (!name) return false;
    const char *slash = strrchr(name, '/');
    return strcmp(slash ? slash + 1 : name, MCPSTORE_GUARDIAN_NAME) == 0;
}

// The dynamic linker passes the arguments of the program to every constructor; glibc documents it, and does so for libraries
// that are opened later as well. Those come too late: `main` runs already.
__attribute__((constructor)) static void begin(int count, char **arguments) {
    if (count < 1 || !arguments || !is_guardian(arguments[0])) return;
    int status = mcpstore_guardian_main(count, arguments);
    // Not exit(): the rest of the program was never set up.
    fflush(NULL);
    _exit(status);
}

struct search { const void *address; ElfW(Addr) program; bool is_program; };

static int visit(struct dl_phdr_info *info, size_t size, void *data) {
    (void)size;
    struct search *search = data;
    for (int index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        if (header->p_type != PT_LOAD) continue;
        ElfW(Addr) start = info->dlpi_addr + header->p_vaddr;
        ElfW(Addr) address = (ElfW(Addr))search->address;
        if (address < start || address >= start + header->p_memsz) continue;
        // The kernel told where the headers of the program lie: those of a library lie elsewhere.
        search->is_program = (ElfW(Addr))info->dlpi_phdr == search->program;
        return 1;
    }
    return 0;
}

// Any address within this object tells where it was loaded.
static const char place[] = MCPSTORE_GUARDIAN_NAME;

bool mcpstore_guardian_is_in_program(void) {
    struct search search = {.address = (const void *)place, .program = getauxval(AT_PHDR)};
    dl_iterate_phdr(visit, &search);
    return search.is_program;
}
