import NIOCore

/// What one connection counts, on its event loop: a lock for many commands, none for each.
struct RoundTripCounter {
    /// Counted before it is told.
    private static let most = 64
    private static let interval = TimeAmount.milliseconds(100)

    private var counts = RoundTripCounts()
    private var told = NIODeadline.uptimeNanoseconds(0)

    mutating func add(_ command: InFlightCommand, _ result: Result<RESPReply, RedisError>, now: NIODeadline) {
        // XREAD and XREADGROUP.
        let name = UnsafeRawBufferPointer(start: command.name.utf8Start, count: command.name.utf8CodeUnitCount)
        guard name.count < 5 || !name.prefix(5).elementsEqual("XREAD".utf8) else { return }
        var isFailure = false
        if case .failure = result { isFailure = true }
        counts.add(microseconds: Int((now - command.start).nanoseconds / 1000), isFailure: isFailure)
        guard counts.count >= Self.most || now - told >= Self.interval else { return }
        told = now
        RoundTripCounts.tell(counts)
        counts.clear()
    }
}
