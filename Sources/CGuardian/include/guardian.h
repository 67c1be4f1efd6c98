// The guardian: the small program between a process and each MCP server that it starts. See guardian.c.
#pragma once

#include <stdbool.h>

/// Its name, and what argv[0] has to be (the last part of it) for a program that links this to be the guardian.
#define MCPSTORE_GUARDIAN_NAME "mcpstore-guardian"

/// The guardian's whole life: `main` of the program of that name.
int mcpstore_guardian_main(int count, char **arguments);

/// A pipe whose ends are closed on exec from the first moment, so that no child that another thread starts inherits one and
/// hides its end: pipe2, which Swift does not see. 0, or -1 and errno.
int mcpstore_pipe(int ends[2]);

/// Tells glibc to give back what was freed, so that the resident memory of a process that lives for months is about what it holds.
/// To be called before any thread is started. Nothing where the environment says how it is to be (MALLOC_ARENA_MAX,
/// MALLOC_TRIM_THRESHOLD_, MALLOC_MMAP_THRESHOLD_, GLIBC_TUNABLES), and with another C library.
void mcpstore_keep_memory_small(void);

/// From now on `enqueue_task` gets every task of Swift's that is to go on on no executor of its own, and sees to it that
/// mcpstore_run_task is called with it, once, soon, on any thread. To be called before any other thread is started.
/// False where somebody has taken them before, or the runtime is not there: nothing is changed then.
bool mcpstore_take_tasks(void (*enqueue_task)(void *job));

/// Runs such a task up to its next suspension, as one on no executor of its own.
void mcpstore_run_task(void *job);

/// Whether this program, started anew with the guardian's name as argv[0], would be the guardian: this code lies in the
/// program itself, not in a library that was opened by it.
bool mcpstore_guardian_is_in_program(void);
