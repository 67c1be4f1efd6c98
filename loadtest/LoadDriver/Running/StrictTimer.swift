import Dispatch
import Synchronization

/// A one-shot timer that the system may not delay for the sake of others.
final class StrictTimer: LoadTimer {
    private let source: Mutex<any DispatchSourceTimer>

    init(label: String, _ action: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: label, qos: .userInteractive)
        let source = DispatchSource.makeTimerSource(flags: .strict, queue: queue)
        source.setEventHandler(handler: action)
        source.activate()
        self.source = Mutex(source)
    }

    deinit {
        source.withLock { $0.cancel() }
    }

    func arm(at time: UInt64) {
        source.withLock { $0.schedule(deadline: DispatchTime(uptimeNanoseconds: time), leeway: .nanoseconds(0)) }
    }

    func cancel() {
        source.withLock { $0.cancel() }
    }
}
