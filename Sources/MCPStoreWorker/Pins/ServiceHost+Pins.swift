import Logging
import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// Tools that differ from what was approved are not called (`docs/architecture.md`, "Pins"). Calls ask the guard that is in memory;
/// Redis is read when the tools are, and when somebody has approved something.
extension ServiceHost {
    /// Something was approved, or what becomes of tools that differ was changed.
    func pinsChanged() async {
        pinNotices += 1
        guard hasListed else { return }
        do {
            try await guardTools()
        } catch {
            // Without knowing better, what is held stays held, and what became held must not be missed.
            logger.warning("cannot read what was approved of the tools", metadata: ["error": "\(Self.message(error))"])
            eventLoop.scheduleTask(in: .seconds(1)) { [weak self] in
                Task { await self?.pinsChanged() }
            }
        }
    }

    /// Compares what the server listed last with what was approved.
    func guardTools() async throws {
        while true {
            let (notices, tools) = (pinNotices, listed)
            let found = try await inspect(tools)
            // What was read while something else was approved, or listed, may be old.
            guard notices == pinNotices, tools == listed else { continue }
            if found != toolGuard, !found.differing.isEmpty {
                let names = found.differing.map { "\($0.key) (\($0.value.rawValue))" }.sorted().joined(separator: ", ")
                logger.warning(
                    found.mode == .enforce
                        ? "tools that are not as they were approved are held back"
                        : "tools are not as they were approved",
                    metadata: ["tools": "\(names)"]
                )
            }
            toolGuard = found
            if catalog != nil {
                status.holds(found.held, of: listed.count)
                publish()
            }
            return
        }
    }

    private func inspect(_ tools: [ListedTool]) async throws -> ToolGuard {
        let mode = try await registry.pinMode()
        guard mode != .off else { return ToolGuard() }
        let definitions = tools.map { (name: $0.name, definition: ToolDefinition($0.raw)) }
        var pins = try await registry.pins([service.name])[service.name]
        if pins == nil {
            // Who added the service has approved what it is: its first list.
            let first = definitions.map { PinnedTool(name: $0.name, hash: $0.definition.hash, document: $0.definition.document) }
            _ = try await registry.approve(first, of: service.name, by: ToolPin.firstListing, onlyFirst: true)
            pins = try await registry.pins([service.name])[service.name]
        }
        return ToolGuard(mode, definitions, pins)
    }

    /// On the event loop: the server says that its tools have changed. Until they are read, no call of one is started.
    func toolsMayHaveChanged() {
        guard toolGuard.mode == .enforce else { return }
        listNotices += 1
    }

    var isListStale: Bool { listNotices != listRead }

    /// The list was read that was asked for when there were so many notices.
    func listWasRead(_ notices: Int) {
        // Of two readings at once the older one may end last.
        listRead = max(listRead, notices)
        if !isListStale { releaseParked() }
    }

    /// Goes on with the calls that waited for the list.
    func releaseParked() {
        let entries = awaitingList
        awaitingList = []
        for entry in entries { startParked(entry) }
    }

    /// - Returns: Whether the call must not be started now, and was dealt with.
    func stops(_ delivery: Delivery) -> Bool {
        guard toolGuard.mode == .enforce, delivery.job.method == "tools/call" else { return false }
        if isListStale {
            park(delivery)
            awaitingList.append(delivery.entry)
            return true
        }
        guard let status = toolGuard.holds(delivery.job.name) else { return false }
        refuseHeld(delivery, status)
        return true
    }

    /// A call of a tool that is held back certainly did not run.
    func refuseHeld(_ delivery: Delivery, _ status: PinStatus) {
        let message = status.message(tool: delivery.job.name, of: service)
        let reason = Reason(message, phase: .waiting, worker: queue.workerID)
        let outcome = Outcome(
            kind: .unavailable,
            payload: reason.payload,
            worker: queue.workerID,
            attempt: delivery.job.attempt,
            finished: now(for: delivery.entry)
        )
        queue.settle(Settlement(delivery, .end(outcome)))
    }

    /// Whether a tool of a session of a call's own is held back: that server was started anew, and may list something else.
    func heldStatus(of tool: String, in session: MCPSession) async throws -> PinStatus? {
        guard try await registry.pinMode() == .enforce else { return nil }
        let tools = try await session.listTools().filter { $0.name == tool }
        return try await inspect(tools).holds(tool)
    }
}
