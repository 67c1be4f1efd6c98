import Foundation
import Synchronization

/// One run while it goes on. A control timer takes it from phase to phase.
final class LoadSession: Sendable {
    /// Between two looks of the control timer, in nanoseconds.
    private static let tick: UInt64 = 200_000_000

    private let scenario: Scenario
    private let time: any LoadTime
    private let onPhase: @Sendable (LoadPhase) -> Void
    private let onProgress: @Sendable (LiveFigures) -> Void
    private let started = Date()
    private let start: UInt64
    private let span: CallSpan
    private let recorder: Recorder
    private let caller: Caller
    private let control: Mutex<Control>

    private struct Control {
        var phase: LoadPhase?
        var isCancelled = false
        var continuation: CheckedContinuation<LoadMeasurement, Never>?
        var timer: (any LoadTimer)?
        var generator: ArrivalGenerator?
        var rate = RecentRate()
        var lastProgress: UInt64?

        /// - Returns: The phase, whether it has just begun, and whether the run was cancelled; nothing after the end.
        mutating func advance(to new: LoadPhase) -> (LoadPhase, isNew: Bool, isCancelled: Bool)? {
            guard continuation != nil else { return nil }
            defer { phase = new }
            return (new, phase != new, isCancelled)
        }
    }

    init(
        scenario: Scenario,
        target: any LoadTarget,
        time: any LoadTime,
        onPhase: @escaping @Sendable (LoadPhase) -> Void,
        onProgress: @escaping @Sendable (LiveFigures) -> Void
    ) {
        self.scenario = scenario
        self.time = time
        self.onPhase = onPhase
        self.onProgress = onProgress
        start = time.now()
        let measured = start + UInt64(scenario.warmUp * 1e9)
        span = CallSpan(start: measured, end: measured + UInt64(scenario.seconds * 1e9))
        // More shards than cores, so that two who record at the same time seldom meet.
        recorder = Recorder(span: span, shards: min(2 * ProcessInfo.processInfo.activeProcessorCount, 8))
        caller = Caller(scenario: scenario, target: target, time: time, span: span, recorder: recorder)
        control = Mutex(Control())
    }

    func begin(_ continuation: CheckedContinuation<LoadMeasurement, Never>) {
        let timer = time.timer("loadtest.control") { self.look() }
        // The last call that ends while the run drains need not wait for the next tick.
        caller.onIdle { [time, span] in if time.now() >= span.end { timer.arm(at: time.now()) } }
        control.withLock { control in
            control.continuation = continuation
            control.timer = timer
        }
        switch scenario.load {
        case .closed(let callers): caller.startCallers(callers)
        default:
            let pump = ArrivalPump(scenario, start: start, span: span)
            let generator = ArrivalGenerator(pump, time: time) { [caller] intended in
                caller.start(intended: intended)
            } ended: { [caller] in
                caller.finish()
            }
            caller.expect()
            control.withLock { $0.generator = generator }
            generator.start()
        }
        timer.arm(at: time.now())
    }

    func cancel() {
        let timer = control.withLock { control in
            control.isCancelled = true
            return control.timer
        }
        timer?.arm(at: time.now())
    }

    /// What the control timer does.
    private func look() {
        let now = time.now()
        guard let (phase, isNew, isCancelled) = control.withLock({ $0.advance(to: Self.phase(at: now, span)) }) else { return }
        if isNew { onPhase(phase) }
        report(now, phase)
        let deadline = span.end + UInt64(scenario.timeout * 1e9)
        guard !isCancelled, !(phase == .draining && (caller.isIdle || now >= deadline)) else {
            finish(at: now, isCancelled: isCancelled)
            return
        }
        let boundaries = [span.start, span.end, deadline].filter { $0 > now }
        // Figures of a second are taken when it ends, not up to a tick later.
        let tick = start + ((now - start) / Self.tick + 1) * Self.tick
        control.withLock { $0.timer }?.arm(at: min(boundaries.min() ?? tick, tick))
        // Between the look at what is in flight and the arming, the last call may have ended.
        if phase == .draining, caller.isIdle { control.withLock { $0.timer }?.arm(at: now) }
        if control.withLock({ $0.isCancelled }) { control.withLock { $0.timer }?.arm(at: now) }
    }

    private static func phase(at now: UInt64, _ span: CallSpan) -> LoadPhase {
        now < span.start ? .warmUp : now < span.end ? .measuring : .draining
    }

    private func report(_ now: UInt64, _ phase: LoadPhase) {
        let counts = recorder.collect(at: now, inFlight: caller.inFlight)
        let rate: Double? = control.withLock { control in
            // Ticks that a boundary of a phase brings forward are not reported.
            if let last = control.lastProgress, now < last + Self.tick { return nil }
            control.lastProgress = now
            return control.rate.add(counts.answered, at: now)
        }
        guard let rate else { return }
        let (from, length): (UInt64, Double) =
            switch phase {
            case .warmUp: (start, scenario.warmUp)
            case .measuring: (span.start, scenario.seconds)
            case .draining: (span.end, scenario.timeout)
            }
        onProgress(
            LiveFigures(
                phase: phase,
                elapsed: Double(now - from) / 1e9,
                length: length,
                rate: rate,
                inFlight: caller.inFlight,
                p50: counts.last?.p50,
                p99: counts.last?.p99,
                answered: counts.answered,
                errors: counts.errors
            )
        )
    }

    private func finish(at now: UInt64, isCancelled: Bool) {
        let (continuation, timer, generator) = control.withLock { control in
            defer { (control.continuation, control.timer, control.generator) = (nil, nil, nil) }
            return (control.continuation, control.timer, control.generator)
        }
        guard let continuation else { return }
        timer?.cancel()
        generator?.stop()
        // It holds the timer, which holds this session.
        caller.onIdle {}
        let end = min(now, span.end)
        let inFlight = caller.inFlight
        var leftOut = 0
        if isCancelled, now < span.end {
            leftOut = recorder.leaveOut()
        } else {
            recorder.giveUp(at: now)
            for intended in generator?.takeRest() ?? [] { caller.skip(intended: intended) }
        }
        caller.cancel()
        let result = recorder.result(end: end, inFlight: inFlight)
        continuation.resume(
            returning: LoadMeasurement(
                scenario: scenario,
                started: started,
                seconds: end > span.start ? Double(end - span.start) / 1e9 : 0,
                groups: result.groups,
                outcomes: result.outcomes,
                examples: result.examples,
                series: end > span.start ? result.series : [],
                lateness: scenario.load.isOpen ? result.lateness : nil,
                endedEarly: isCancelled && now < span.end,
                leftOut: leftOut
            )
        )
    }
}
