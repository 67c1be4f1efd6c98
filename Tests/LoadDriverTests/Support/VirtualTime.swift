import Synchronization
import Testing

@testable import LoadDriver

/// A clock that a test moves. Timers fire in the test's thread, each at its time.
final class VirtualTime: LoadTime {
    private struct State {
        var now: UInt64 = 0
        var timers: [Int: (action: @Sendable () -> Void, due: UInt64?)] = [:]
    }

    private let state = Mutex(State())

    func now() -> UInt64 { state.withLock { $0.now } }

    func timer(_ label: String, _ action: @escaping @Sendable () -> Void) -> any LoadTimer {
        state.withLock { state in
            let number = state.timers.count
            state.timers[number] = (action, nil)
            return VirtualTimer(number: number, time: self)
        }
    }

    /// Moves the clock without letting a timer fire: they will be late.
    func oversleep(until time: UInt64) {
        state.withLock { $0.now = time }
    }

    /// Fires all timers due up to this time, also those that they arm, and stops there.
    func run(until time: UInt64) {
        while let action = takeDue(before: time) { action() }
        state.withLock { $0.now = max($0.now, time) }
    }

    private func takeDue(before limit: UInt64) -> (@Sendable () -> Void)? {
        state.withLock { state in
            let next = state.timers.filter { $0.value.due.map { $0 <= limit } ?? false }
                .min { ($0.value.due ?? 0, $0.key) < ($1.value.due ?? 0, $1.key) }
            guard let next else { return nil }
            state.now = max(state.now, next.value.due ?? 0)
            state.timers[next.key]?.due = nil
            return next.value.action
        }
    }

    fileprivate func arm(_ number: Int, at time: UInt64) {
        state.withLock { $0.timers[number]?.due = time }
    }

    fileprivate func cancel(_ number: Int) {
        state.withLock { $0.timers[number]?.action = {} }
    }
}

private struct VirtualTimer: LoadTimer {
    let number: Int
    let time: VirtualTime

    func arm(at moment: UInt64) { time.arm(number, at: moment) }
    func cancel() { time.cancel(number) }
}
