import Crypto
import DequeModule
import Foundation
import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// Which calls of a service are the same, which of them runs, and the answers that are kept: a state machine without I/O.
struct SharedAnswers {
    /// Calls with the same key are the same.
    struct Key: Hashable {
        private let digest: SHA256.Digest

        /// - Returns: `nil` where the parameters are no JSON object: the server shall say so.
        init?(_ job: Job) {
            do throws(JSONError) {
                let text = try job.parameters.withJSONValue { (value) throws(JSONError) in
                    var members: [(name: String, value: JSONSlice)] = []
                    var meta: [(name: String, value: JSONSlice)] = []
                    try value.members { (key, value) throws(JSONError) in
                        let name = key.string ?? ""
                        if name != "_meta" { return members.append((name, value)) }
                        guard value.isObject else { return meta.append(("", value)) }
                        try value.members { (key, value) throws(JSONError) in
                            let name = key.string ?? ""
                            if !Self.differs(name) { meta.append((name, value)) }
                        }
                    }
                    var text = ByteBuffer()
                    try CanonicalJSON.write(&members, to: &text)
                    try CanonicalJSON.write(&meta, to: &text)
                    return text
                }
                var hash = SHA256()
                hash.update(data: Data(job.name.utf8))
                hash.update(data: Data([0]))
                hash.update(data: Data(text.readableBytesView))
                digest = hash.finalize()
            } catch {
                return nil
            }
        }

        /// What says of a call who makes it and how it is watched, not what it asks for.
        private static func differs(_ meta: String) -> Bool {
            meta == "progressToken" || meta == "traceparent" || meta == "tracestate" || meta == "baggage"
                || meta.hasPrefix("io.modelcontextprotocol/")
        }
    }

    private struct Kept {
        let payload: ByteBuffer
        /// ``ServerClock/boot()`` from which on it is not used.
        let end: Int
    }

    /// Calls that wait for others, and the bytes of their parameters.
    static let mostFollowers = 1000
    static let mostFollowerBytes = 16 << 20
    /// Answers that are kept, their bytes, and those of one.
    static let mostKept = 1000
    static let mostKeptBytes = 16 << 20
    static let largestKept = 1 << 20
    /// For how long calls run on their own after one of their kind failed, in microseconds.
    static let pauseAfterFailure = 5_000_000

    /// Who waits for the answer of the call that runs, by what they ask.
    private var flights: [Key: [EntryID]] = [:]
    private var leaders: [EntryID: Key] = [:]
    private var followers: [EntryID: (key: Key, bytes: Int)] = [:]
    private var followerBytes = 0
    private var failed: [Key: Int] = [:]
    private var kept: [Key: Kept] = [:]
    /// In the order in which they were kept; those that were replaced stand twice.
    private var order: Deque<(key: Key, end: Int)> = []
    private var keptBytes = 0

    /// What a call is to do.
    enum Part {
        /// It runs, and others may wait for it.
        case leads
        /// It waits for the answer of another.
        case follows
        /// It runs for itself alone.
        case alone
    }

    /// A call comes.
    mutating func came(_ entry: EntryID, _ key: Key, bytes: Int, now: Int) -> Part {
        if let end = failed[key] {
            if now < end { return .alone }
            failed[key] = nil
        }
        guard let waiting = flights[key] else {
            flights[key] = []
            leaders[entry] = key
            return .leads
        }
        guard followers.count < Self.mostFollowers, followerBytes + bytes <= Self.mostFollowerBytes else { return .alone }
        flights[key] = waiting + CollectionOfOne(entry)
        followers[entry] = (key, bytes)
        followerBytes += bytes
        return .follows
    }

    /// A call that waited for another ended, or waits no longer.
    mutating func left(_ entry: EntryID) {
        guard let follower = followers.removeValue(forKey: entry) else { return }
        followerBytes -= follower.bytes
        flights[follower.key]?.removeAll { $0 == entry }
    }

    /// A call that others may wait for ended.
    ///
    /// - Returns: What it asked, and who waits for it.
    mutating func ended(_ entry: EntryID) -> (key: Key, followers: [EntryID])? {
        guard let key = leaders.removeValue(forKey: entry) else { return nil }
        let waiting = flights.removeValue(forKey: key) ?? []
        for entry in waiting {
            if let follower = followers.removeValue(forKey: entry) { followerBytes -= follower.bytes }
        }
        return (key, waiting)
    }

    /// No call runs that others may wait for: the case of nearly all services.
    var isIdle: Bool { leaders.isEmpty }

    /// Whether others wait for a call.
    func isAwaited(_ entry: EntryID) -> Bool { leaders[entry].map { flights[$0]?.isEmpty == false } ?? false }

    /// A call was answered with a failure: those like it run on their own for a while.
    mutating func failed(_ key: Key, now: Int) {
        if failed.count >= Self.mostKept { failed = failed.filter { $0.value > now } }
        if failed.count < Self.mostKept { failed[key] = now + Self.pauseAfterFailure }
    }

    // MARK: Kept answers

    /// The answer that was kept.
    mutating func answer(_ key: Key, now: Int) -> ByteBuffer? {
        guard let answer = kept[key] else { return nil }
        if now < answer.end { return answer.payload }
        remove(key)
        return nil
    }

    mutating func keep(_ payload: ByteBuffer, _ key: Key, until end: Int, now: Int) {
        let size = payload.readableBytes
        guard size <= Self.largestKept, end > now else { return }
        remove(key)
        while let first = order.first,
            kept.count >= Self.mostKept || keptBytes + size > Self.mostKeptBytes || order.count >= Self.mostKept * 2
                || first.end <= now
        {
            order.removeFirst()
            if kept[first.key]?.end == first.end { remove(first.key) }
        }
        // A slice would keep the whole read alive in which it came.
        kept[key] = Kept(payload: ByteBuffer(bytes: payload.readableBytesView), end: end)
        order.append((key, end))
        keptBytes += size
    }

    private mutating func remove(_ key: Key) {
        guard let answer = kept.removeValue(forKey: key) else { return }
        keptBytes -= answer.payload.readableBytes
    }

    /// What the service offers, or how it is set up, has changed.
    mutating func forget() {
        (kept, order, keptBytes, failed) = ([:], [], 0, [:])
    }
}
