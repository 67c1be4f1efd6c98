import Synchronization

/// Makes calls and records how they end.
final class Caller: Sendable {
    private let target: any LoadTarget
    private let time: any LoadTime
    private let span: CallSpan
    private let recorder: Recorder
    private let mostInFlight: Int
    private let mix: Mutex<LoadMix>
    private let calls = Atomic(0)
    /// Tasks that go on, and a generator that does.
    private let busy = Atomic(0)
    private let tasks = Mutex(TaskBag())
    private let idle = Mutex<@Sendable () -> Void>({})

    init(scenario: Scenario, target: any LoadTarget, time: any LoadTime, span: CallSpan, recorder: Recorder) {
        self.target = target
        self.time = time
        self.span = span
        self.recorder = recorder
        mostInFlight = scenario.mostInFlight
        mix = Mutex(LoadMix(scenario.mix, seed: scenario.seed))
    }

    var inFlight: Int { calls.load(ordering: .relaxed) }
    /// Nothing is in flight and nothing will be.
    var isIdle: Bool { busy.load(ordering: .acquiring) == 0 }

    /// Called each time that ``isIdle`` becomes true.
    func onIdle(_ action: @escaping @Sendable () -> Void) {
        idle.withLock { $0 = action }
    }

    /// It is busy until ``finish()``.
    func expect() {
        busy.add(1, ordering: .acquiringAndReleasing)
    }

    func finish() {
        if busy.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { idle.withLock { $0 }() }
    }

    /// Starts so many callers, each of which calls again when it is answered, until the end of the measurement.
    func startCallers(_ count: Int) {
        for _ in 0..<count {
            expect()
            run { caller in
                // A call's task may be cancelled at the end only, when there is nothing more to call.
                while !Task.isCancelled, caller.time.now() < caller.span.end {
                    caller.calls.add(1, ordering: .relaxed)
                    await caller.make(caller.mix.withLock { $0.next() }, intended: caller.time.now())
                }
                caller.finish()
            }
        }
    }

    /// Starts one call that was due at `intended`, or counts it as not started. Does not wait.
    func start(intended: UInt64) {
        let call = mix.withLock { $0.next() }
        let now = time.now()
        recorder.late(now > intended ? now - intended : 0, intended: intended)
        guard calls.add(1, ordering: .relaxed).newValue <= mostInFlight else {
            calls.subtract(1, ordering: .relaxed)
            recorder.notStarted(call, intended: intended, at: now)
            return
        }
        expect()
        // Before the task runs: what is open at the end must be known, even if the task was never run.
        recorder.begin(call, intended: intended)
        run { caller in
            await caller.answer(call)
            caller.finish()
        }
    }

    /// Counts one that was due and that nobody will start any more.
    func skip(intended: UInt64) {
        recorder.notStarted(mix.withLock { $0.next() }, intended: intended, at: time.now())
    }

    /// Cancels what is in flight.
    func cancel() {
        tasks.withLock { $0.cancelAll() }
    }

    private func make(_ call: PlannedCall, intended: UInt64) async {
        recorder.begin(call, intended: intended)
        await answer(call)
    }

    private func answer(_ call: PlannedCall) async {
        let answer = await target.call(call)
        recorder.end(call, answer, at: time.now())
        calls.subtract(1, ordering: .relaxed)
    }

    private func run(_ body: @escaping @Sendable (Caller) async -> Void) {
        // Not children of a task group: a group would wait for a call that never ends.
        let number = tasks.withLock { $0.reserve() }
        let task = Task {
            await body(self)
            self.tasks.withLock { $0.remove(number) }
        }
        tasks.withLock { $0.keep(task, as: number) }
    }
}
