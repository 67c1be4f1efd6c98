/// From when on a worker whose lease has run out may be taken for dead (design section 5, "Liveness"): a state machine
/// without I/O. All times are microseconds since boot.
///
/// A lease that ran out says something only if its worker could have renewed it. So after anything that may have kept
/// workers from renewing (no leader before this one, a restart of Redis, a silence of Redis), or after a step of its clock, one whole
/// lease goes by first.
struct Patience: Sendable {
    private let workerLease: Int
    private var lastHeard: Int?
    /// By how much the clock of Redis is ahead of the time since boot.
    private var lastOffset: Int?
    /// Nobody is taken for dead before.
    private(set) var earliest: Int

    init(workerLease: Int, now: Int) {
        self.workerLease = workerLease
        earliest = now + workerLease
    }

    /// Workers may have been kept from renewing until now.
    mutating func begin(now: Int) {
        earliest = max(earliest, now + workerLease)
        lastHeard = now
    }

    /// Redis answered. Workers renew every third of a lease: after half a lease of silence some may have missed theirs.
    mutating func heard(now: Int) {
        if let lastHeard, now - lastHeard > workerLease / 2 { begin(now: now) }
        lastHeard = max(lastHeard ?? now, now)
    }

    /// Redis said its time. Leases end by its clock: after a step of that, one that ran out says nothing.
    ///
    /// - Parameters:
    ///   - server: What it said.
    ///   - sent: When it was asked, and `received`: when it had answered. The truth lies between.
    mutating func told(server: Int, sent: Int, received: Int) {
        defer { lastOffset = server - received }
        guard let lastOffset else { return }
        let (least, most) = (sent + lastOffset, received + lastOffset)
        if max(least - server, server - most) > workerLease / 4 { begin(now: received) }
    }

    /// How long to wait before anybody may be taken for dead; 0 where that is allowed.
    func remaining(now: Int) -> Int { max(earliest - now, 0) }
}
