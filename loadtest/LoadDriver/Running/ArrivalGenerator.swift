import Synchronization

/// Starts calls when they are due, whatever becomes of earlier ones: one strict timer, armed for one arrival after the other.
final class ArrivalGenerator: Sendable {
    private let time: any LoadTime
    private let pump: Mutex<ArrivalPump>
    private let isStopped = Atomic(false)
    private let arrive: @Sendable (_ intended: UInt64) -> Void
    private let ended: @Sendable () -> Void
    private let timer = Mutex<(any LoadTimer)?>(nil)

    /// - Parameters:
    ///   - arrive: Called for every arrival, in order. Must not wait.
    ///   - ended: Called once, after the last arrival or when it was stopped.
    init(
        _ pump: ArrivalPump,
        time: any LoadTime,
        arrive: @escaping @Sendable (_ intended: UInt64) -> Void,
        ended: @escaping @Sendable () -> Void
    ) {
        self.pump = Mutex(pump)
        self.time = time
        self.arrive = arrive
        self.ended = ended
    }

    func start() {
        let timer = time.timer("loadtest.arrivals") { [weak self] in self?.fire() }
        self.timer.withLock { $0 = timer }
        timer.arm(at: pump.withLock { $0.next } ?? time.now())
    }

    /// Starts nothing more. ``ended`` is called by the timer, so that no arrival comes after it.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        timer.withLock { $0 }?.arm(at: time.now())
    }

    /// Arrivals that were not started, in order: takes them out. For use after it has ended or was stopped.
    func takeRest() -> [UInt64] {
        pump.withLock { pump in
            var rest: [UInt64] = []
            while let intended = pump.takeDue(at: .max) { rest.append(intended) }
            return rest
        }
    }

    private func fire() {
        while !isStopped.load(ordering: .acquiring), let intended = pump.withLock({ $0.takeDue(at: time.now()) }) {
            arrive(intended)
        }
        let next = isStopped.load(ordering: .acquiring) ? nil : pump.withLock { $0.next }
        guard let timer = timer.withLock({ $0 }) else { return }
        if let next {
            timer.arm(at: next)
            // A stop in between must not wait for an arrival that may be hours away.
            if isStopped.load(ordering: .acquiring) { timer.arm(at: time.now()) }
        } else if self.timer.exchange(nil) != nil {
            timer.cancel()
            ended()
        }
    }
}

extension Mutex where Value == (any LoadTimer)? {
    fileprivate borrowing func exchange(_ new: sending (any LoadTimer)?) -> (any LoadTimer)? {
        withLock { value in
            defer { value = new }
            return value
        }
    }
}
