import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// Isolation `perCall`: each call has a session of its own, which is opened under the call's deadline and closed after its
/// answer. The host's warm session serves lists and health only.
extension ServiceHost {
    /// Opens a session for a call that is among the running ones, and runs it over that.
    func runAlone(_ delivery: Delivery) {
        running[delivery.entry]?.opening = Task { await self.openAndRun(delivery) }
    }

    private func openAndRun(_ delivery: Delivery) async {
        // Those that are being closed count: a worker never has more processes than calls are allowed.
        if !ownSessions.take(limit: concurrency) { await withCheckedContinuation { ownSessions.wait($0) } }
        let session: MCPSession
        do {
            session = try await gate.pass { try await self.openAlone(delivery) }
        } catch {
            ownSessions.leave()
            return notOpened(delivery, error)
        }
        guard let call = running[delivery.entry], call.cancellation == nil else {
            close(session)
            return answered(delivery.entry, .failed(MCPError(.cancelled, "cancelled before it was sent")))
        }
        if toolGuard.mode == .enforce, delivery.job.method == "tools/call" {
            do {
                if let held = try await heldStatus(of: delivery.job.name, in: session) {
                    close(session)
                    guard running.removeValue(forKey: delivery.entry) != nil else { return }
                    refuseHeld(delivery, held)
                    return running.isEmpty ? becameIdle() : ()
                }
            } catch {
                close(session)
                return notOpened(delivery, error)
            }
            guard running[delivery.entry]?.cancellation == nil else {
                close(session)
                return answered(delivery.entry, .failed(MCPError(.cancelled, "cancelled before it was sent")))
            }
        }
        running[delivery.entry]?.own = session
        // Opening took its time, in which this worker may have been taken for dead.
        guard queue.hasLease(of: delivery.entry.origin) else {
            let lost = MCPError(.closed, "the worker lost its lease while a session of the call's own was being opened")
            return answered(delivery.entry, .failed(lost))
        }
        send(delivery, over: session)
    }

    private func openAlone(_ delivery: Delivery) async throws -> MCPSession {
        let left = delivery.deadline - now(for: delivery.entry)
        guard left > 0 else { throw MCPError(.timedOut, "the call's deadline passed") }
        guard !Task.isCancelled else { throw MCPError(.cancelled, "cancelled before its session was opened") }
        var server = try resolver.resolve(configuration, in: service.space)
        server.startTimeout = min(server.startTimeout, .microseconds(left))
        let usesPipe = configuration.command != nil
        return try await MCPSession.open(
            server,
            eventLoop: eventLoop,
            clientInfo: settings.clientInfo,
            limits: settings.limits,
            logger: logger
        ) { [weak self] event in
            // The pipe is this call's alone, and so is what the server logs. Over HTTP the request itself hears of it.
            guard usesPipe, case .log(let params) = event else { return }
            self?.assumeIsolated { $0.logged(delivery.entry, ByteBuffer(string: params)) }
        }
    }

    /// The call certainly did not run.
    private func notOpened(_ delivery: Delivery, _ error: any Error) {
        let entry = delivery.entry
        guard let call = running[entry] else { return }
        if call.cancellation != nil {
            return answered(entry, .failed(MCPError(.cancelled, "cancelled before its session was open")))
        }
        running[entry] = nil
        if let error = error as? MCPError { watchCircuit(.failed(error)) }
        let now = now(for: delivery.entry)
        let isLate = now >= delivery.deadline
        var message =
            isLate
            ? "the deadline passed while a session of the call's own was being opened"
            : "no session of the call's own could be opened: \(Self.message(error))"
        let last = ((error as? MCPError)?.detail ?? "").split(separator: "\n").last
        if let last { message += " (the server last wrote: \(last.prefix(300)))" }
        let reason = Reason(message, phase: .waiting, worker: call.worker)
        queue.settle(
            Settlement(
                delivery,
                .end(
                    Outcome(
                        kind: isLate ? .timedOut : .unavailable,
                        payload: reason.payload,
                        worker: call.worker,
                        attempt: delivery.job.attempt,
                        finished: now
                    )
                )
            )
        )
        if running.isEmpty { becameIdle() }
    }

    /// Ends the session of a call that is over.
    func close(_ own: MCPSession) {
        Task {
            await own.close(reason: MCPError(.closed, "its call is over"))
            ownSessions.leave()
        }
    }

    /// Waits until every session of a single call is gone, with its process.
    func ownSessionsAreGone() async {
        guard ownSessions.count > 0 else { return }
        await withCheckedContinuation { ownSessions.waitUntilNone($0) }
    }
}
