// Where Swift's tasks run. The two symbols are those of the concurrency runtime that every library for event loops takes for it;
// weak, because the guardian's own program is without that runtime.

#include <stddef.h>

#include "guardian.h"

#define SWIFT __attribute__((swiftcall))

// Neither has a header: swift/Runtime/Concurrency.h, in the sources of Swift. An executor is two words, the generic one is zero.
extern SWIFT void swift_job_run(void *job, void *executor, void *implementation) __attribute__((weak));
extern SWIFT void (*swift_task_enqueueGlobal_hook)(void *job, void *original) __attribute__((weak));

static void (*run_soon)(void *job);

static SWIFT void enqueue(void *job, void *original) {
    (void)original;
    run_soon(job);
}

bool mcpstore_take_tasks(void (*enqueue_task)(void *job)) {
    if (!&swift_task_enqueueGlobal_hook || !&swift_job_run || swift_task_enqueueGlobal_hook) return false;
    run_soon = enqueue_task;
    swift_task_enqueueGlobal_hook = enqueue;
    return true;
}

void mcpstore_run_task(void *job) { swift_job_run(job, NULL, NULL); }
