import Logging
import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// Brakes on a service, which hold for all workers: slower where its server asks for that, and a circuit that opens where calls fail
/// on their way.
extension ServiceHost {
    /// However long a server asks to wait: a person sees it, and it ends.
    static let longestSlow = Duration.seconds(300)
    /// A brake that nobody takes off is gone after so many milliseconds.
    private static let kept = 3_600_000
    /// How long one worker may wait for a call to try, and for its answer, before another one may try: as long as a worker that died is taken
    /// for alive.
    private var probe: Int { settings.options.leaseMilliseconds }

    /// Milliseconds by Redis' clock.
    private var brakeClock: Int { queue.clock(of: .redis).now() / 1000 }

    /// Somebody has put a brake on, or taken it off; or the session has just begun.
    func readBrake() async {
        mustReadBrake = isBraking
        if !isBraking {
            do {
                let read = try await registry.brake(service.name)
                if !isBraking { take(read) } else { mustReadBrake = true }
            } catch {
                logger.debug("cannot read the brake of the service", metadata: ["error": "\(error.message)"])
            }
        }
        await openLanes()
        publish()
    }

    private func take(_ new: ServiceBrake?) {
        guard new != brake || new != nil && brakeTimer == nil else { return }
        if new == nil, brake?.kind != .slow { (failures, failedStarts) = (0, 0) }
        if new?.kind == .probing, brake?.kind != .probing { probingSince = brakeClock }
        (brake, isShownOverdue) = (new, false)
        brakeTimer?.cancel()
        brakeTimer = nil
        guard let new else { return }
        let left = min(max(new.until - brakeClock, 0), Self.kept)
        brakeTimer = eventLoop.scheduleTask(in: .milliseconds(Int64(left + 1))) { [weak self] in
            self?.assumeIsolated { $0.brakeIsOver() }
        }
    }

    /// How a brake is shown to a person.
    func shown(_ brake: ServiceBrake) -> String {
        let until = ISO8601.text(brake.until * 1000)
        switch brake.kind {
        case .slow: return "slowed down until \(until): \(brake.reason)"
        case .open:
            let next =
                isOverdue(brake) ? "one is tried as soon as a worker has a session" : "the next one is tried after \(until)"
            return "circuit open, calls are refused; \(next): \(brake.reason)"
        case .probing: return "circuit half open, worker \(brake.worker) tries the next call: \(brake.reason)"
        }
    }

    private func isOverdue(_ brake: ServiceBrake) -> Bool { brake.until <= brakeClock }

    /// Somebody wants a new session: what was seen of the old one holds no more.
    func releaseBrake() {
        (failures, failedStarts, slowTimes) = (0, 0, 0)
        guard brake != nil, !isStopping else { return }
        logger.info("the brake of the service is taken off")
        put(nil, milliseconds: 1)
    }

    // MARK: Slower

    /// The server wants fewer calls.
    private func slowDown(_ error: MCPError) {
        // A server that is tried and says so is there again.
        guard brake == nil || brake?.kind == .probing, !isBraking, !isStopping else { return }
        slowTimes += 1
        let usual = Duration.milliseconds(500 << min(slowTimes, 6))
        let time = min(max(error.retryAfter ?? usual, .milliseconds(100)), Self.longestSlow)
        let milliseconds = Int(time / .milliseconds(1))
        let new = ServiceBrake(
            .slow,
            until: brakeClock + milliseconds,
            reason: error.message,
            worker: queue.workerID,
            times: slowTimes
        )
        logger.warning(
            "the server of the service wants fewer calls",
            metadata: ["wait_ms": "\(milliseconds)", "error": "\(error.message)"]
        )
        put(new, milliseconds: milliseconds)
    }

    // MARK: The circuit

    /// Looks at how a request ended.
    ///
    /// - Parameters:
    ///   - started: When it was sent, in microseconds by Redis' clock; `nil` where it was not sent.
    ///   - isCall: Whether it is a call, with its own session or not; not the start of the session of all.
    func watchCircuit(_ response: MCPResponse, started: Int? = nil, isCall: Bool = true) {
        guard case .failed(let error) = response else { return succeeded(started) }
        if error.asksForPause { return slowDown(error) }
        guard error.isTransportFailure, let circuit = configuration.circuit else { return }
        if isCall { failures += 1 } else { failedStarts += 1 }
        if let brake, brake.kind == .probing {
            if brake.worker == queue.workerID { open(error, times: brake.times + 1) }
        } else if brake == nil, failures + failedStarts >= circuit.limit {
            open(error, times: 1)
        }
    }

    private func succeeded(_ started: Int?) {
        (failures, failedStarts, slowTimes) = (0, 0, 0)
        // Whoever has tried: another one may have begun to try meanwhile. What was sent before says nothing of now.
        if let brake, brake.kind == .probing, let started, started / 1000 >= probingSince {
            logger.info("the circuit of the service is closed again")
            put(nil, milliseconds: 1)
        }
    }

    private func open(_ error: MCPError, times: Int) {
        guard let circuit = configuration.circuit else { return }
        let time = min(circuit.time << min(times - 1, 5), CircuitSettings.longestTime)
        let new = ServiceBrake(
            .open,
            until: brakeClock + time,
            reason: "\(failuresInWords), the last one: \(error.message)",
            worker: queue.workerID,
            times: times
        )
        logger.warning("the circuit of the service opens", metadata: ["open_ms": "\(time)", "error": "\(error.message)"])
        put(new, milliseconds: time + Self.kept)
    }

    private var failuresInWords: String {
        let (calls, starts) = (failures.counted("request"), failedStarts.counted("start") + " of its session")
        if failedStarts == 0 { return "\(calls) in a row failed on the way" }
        return failures == 0 ? "\(starts) in a row failed" : "\(calls) failed on the way and \(starts) failed"
    }

    /// A call while the circuit is open: it is not run.
    func refuse(_ delivery: Delivery, by brake: ServiceBrake) {
        // Who waits for a session tries each second.
        let left = isOverdue(brake) ? 1000 : max(brake.until - brakeClock, 100)
        let reason = Reason(
            "the service '\(service.name)' is not called for now, its circuit is open: \(brake.reason)",
            phase: .waiting,
            hint: "try again in \(Double((left + 99) / 100) / 10) s",
            retryAfterMs: left
        )
        queue.settle(
            Settlement(
                delivery,
                .end(
                    Outcome(
                        kind: .unavailable,
                        payload: reason.payload,
                        worker: queue.workerID,
                        attempt: delivery.job.attempt,
                        finished: now(for: delivery.entry)
                    )
                )
            )
        )
    }

    // MARK: Time

    /// The time of the brake is over.
    private func brakeIsOver() {
        guard let brake, !isStopping else { return }
        if brake.kind == .slow || configuration.circuit == nil { return put(nil, milliseconds: 1) }
        guard session != nil else {
            // Nobody to ask yet; whoever has a session tries. What is shown until then names no time that is over.
            if !isShownOverdue { publish() }
            isShownOverdue = true
            brakeTimer = eventLoop.scheduleTask(in: .seconds(1)) { [weak self] in self?.assumeIsolated { $0.brakeIsOver() } }
            return
        }
        var new = brake
        (new.kind, new.worker, new.until) = (.probing, queue.workerID, brakeClock + probe)
        put(new, milliseconds: Self.kept)
    }

    /// Writes it, so that all workers hear of it; who comes second takes what is there.
    private func put(_ new: ServiceBrake?, milliseconds: Int) {
        guard !isBraking else {
            // What is tried may be answered before Redis has confirmed that it is tried.
            nextBrake = (new, milliseconds)
            return
        }
        isBraking = true
        let old = brake
        // At once here: what the others do follows in a moment.
        take(new)
        Task {
            await openLanes()
            publish()
            do {
                let isDone = try await registry.putBrake(service.name, replacing: old, with: new, milliseconds: milliseconds)
                isBraking = false
                let next = nextBrake
                nextBrake = nil
                if isDone, let next { return put(next.brake, milliseconds: next.milliseconds) }
                guard !isDone || mustReadBrake else { return }
                await readBrake()
                // Another worker took the probe at the same moment: the answer that came here is as good.
                if let next, next.brake == nil, brake?.kind == .probing { put(nil, milliseconds: next.milliseconds) }
            } catch {
                isBraking = false
                nextBrake = nil
                logger.warning("the brake of the service could not be written", metadata: ["error": "\(error)"])
            }
        }
    }
}
