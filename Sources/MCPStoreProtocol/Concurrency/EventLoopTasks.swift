import CGuardian
import Foundation
import NIOCore
import NIOPosix

/// Swift's tasks on NIO's event loops, so that a call that waits for Redis changes threads less often.
///
/// NIO has the same (`unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor`), and runs such a task as one of the
/// loop's executor. Each call of a function on no executor is then a change of executors, and goes through the loop's queue: about
/// ninety times for a request to Hummingbird. Here it runs as what it is, a task on no executor, and does not move.
package enum EventLoopTasks {
    /// Lets tasks run on NIO's singleton event loops from now on, unless `MCPSTORE_GLOBAL_EXECUTOR` is `default`. To be called first
    /// of all in `main`.
    package static func install() {
        guard ProcessInfo.processInfo.environment["MCPSTORE_GLOBAL_EXECUTOR"] != "default" else { return }
        _ = mcpstore_take_tasks { job in
            nonisolated(unsafe) let job = job
            // The loop of this thread, if it has one.
            MultiThreadedEventLoopGroup.singleton.any().execute { mcpstore_run_task(job) }
        }
    }
}
