import Foundation
import Glibc
import UnixSignals

/// Runs something until it ends, or until Ctrl-C or SIGTERM cancels it: it then takes back what it has made. A second one ends this
/// process at once; guarded processes end with it.
package enum Interruptible {
    package static func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let work = Task { try await body() }
        let signals = Task {
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                if work.isCancelled { _exit(130) }
                work.cancel()
            }
        }
        defer { signals.cancel() }
        do { return try await work.value } catch {
            // Whatever was under way failed because of it.
            if work.isCancelled { throw CancellationError() }
            throw error
        }
    }
}
