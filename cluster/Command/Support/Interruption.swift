import Dispatch
import Foundation

/// Ctrl-C and SIGTERM cancel what a client command does, so that its job is taken back; a second one ends it at once.
enum Interruption {
    static func cancelling<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task { try await body() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if task.isCancelled { _exit(ExitStatus.noAnswer.rawValue) }
                task.cancel()
            }
            source.activate()
            return source
        }
        defer { sources.forEach { $0.cancel() } }
        return try await task.value
    }
}
