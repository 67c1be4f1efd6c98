import NIOConcurrencyHelpers
import NIOCore

/// Who gets the result of a command. Called exactly once.
enum ReplySink: Sendable {
    case continuation(CheckedContinuation<Result<RESPReply, RedisError>, Never>)
    case callback(@Sendable (Result<RESPReply, RedisError>) -> Void)
    case pipeline(PipelineCollector, index: Int)

    func complete(_ result: Result<RESPReply, RedisError>) {
        switch self {
        case .continuation(let continuation): continuation.resume(returning: result)
        case .callback(let callback): callback(result)
        case .pipeline(let collector, let index): collector.complete(index, result)
        }
    }
}

/// Gathers the results of one pipeline and resumes its caller when the last one is there.
final class PipelineCollector: Sendable {
    private struct State {
        var results: [Result<RESPReply, RedisError>?]
        var missing: Int
    }

    private let state: NIOLockedValueBox<State>
    private let continuation: CheckedContinuation<[Result<RESPReply, RedisError>], Never>

    init(count: Int, continuation: CheckedContinuation<[Result<RESPReply, RedisError>], Never>) {
        self.state = NIOLockedValueBox(State(results: Array(repeating: nil, count: count), missing: count))
        self.continuation = continuation
    }

    func complete(_ index: Int, _ result: Result<RESPReply, RedisError>) {
        let all: [Result<RESPReply, RedisError>]? = self.state.withLockedValue { state in
            state.results[index] = result
            state.missing -= 1
            return state.missing == 0 ? state.results.compactMap { $0 } : nil
        }
        if let all { self.continuation.resume(returning: all) }
    }
}
