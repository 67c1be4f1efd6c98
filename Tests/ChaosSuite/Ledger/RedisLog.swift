import Foundation

/// Every job that Redis ever had, from its append-only file: what was accepted, what was answered, what is left. It is written by
/// redis-server alone, so no code of ours can embellish it, and with `appendfsync always` it holds all that anybody was told.
struct RedisLog: Sendable {
    /// By job id.
    private(set) var jobs: [String: JobHistory] = [:]
    /// How often all data was deleted.
    private(set) var epoch = 0
    /// How long it is.
    private(set) var bytes = 0
    /// Commands that were read.
    private var position = 0
    /// Inboxes that there are, and those that were deleted with all data and are not there again.
    private var inboxes: Set<String> = []
    private var deletedInboxes: Set<String> = []
    /// Job ids by lane and entry.
    private var entries: [String: String] = [:]

    init() {}

    /// Reads the append-only file of a server whose directory this is.
    ///
    /// - Throws: ``ChaosError`` where it was rewritten, so that it does not tell all any more, or cannot be read.
    init(directory: String) throws {
        let folder = directory + "/appendonlydir/"
        let manifest = try String(contentsOfFile: folder + "appendonly.aof.manifest", encoding: .utf8)
        for line in manifest.split(separator: "\n") {
            // file NAME seq N type b|i|h
            let words = line.split(separator: " ")
            guard words.count == 6 else { throw ChaosError("no line of Redis' manifest: '\(line)'") }
            guard words[3] == "1" else { throw ChaosError("Redis has rewritten its log: \(line)") }
            guard words[5] == "i" else { continue }
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + words[1]), options: .alwaysMapped)
            try data.withUnsafeBytes { try read($0) }
        }
    }

    /// Reads pieces of an append-only file.
    init(parts: [Data]) throws { for part in parts { try part.withUnsafeBytes { try read($0) } } }

    /// Adds the commands of these bytes.
    mutating func read(_ bytes: UnsafeRawBufferPointer) throws {
        self.bytes += bytes.count
        var commands = RESPCommands(bytes)
        while try commands.next() {
            position += 1
            apply(commands.words)
        }
    }

    /// What is left in the lanes.
    var queued: [JobHistory] { jobs.values.filter { $0.entries > 0 && !$0.isFlushed } }

    private mutating func apply(_ words: [UnsafeRawBufferPointer]) {
        guard let name = words.first else { return }
        if name.is("XADD"), words.count > 4 {
            let key = words[1].text
            if key.contains(":jobs:") {
                added(key, words)
            } else if let inbox = Self.inbox(key) {
                inboxes.insert(inbox)
                deletedInboxes.remove(inbox)
                told(words)
            }
        } else if name.is("XDEL"), words.count > 2 {
            let key = words[1].text
            if key.contains(":jobs:") { for entry in words[2...] { removed("\(key) \(entry.text)") } }
        } else if name.is("FLUSHDB") || name.is("FLUSHALL") {
            epoch += 1
            for id in entries.values { jobs[id]?.isFlushed = true }
            entries = [:]
            deletedInboxes.formUnion(inboxes)
            inboxes = []
        }
    }

    /// Where the fields of an XADD begin: behind its options and the entry's id.
    private static func fields(_ words: [UnsafeRawBufferPointer]) -> Int {
        var position = 2
        while position < words.count {
            if words[position].is("NOMKSTREAM") {
                position += 1
            } else if words[position].is("MAXLEN") || words[position].is("MINID") {
                position += 1
                if words[position].is("=") || words[position].is("~") { position += 1 }
                position += 1
                if words[position].is("LIMIT") { position += 2 }
            } else {
                break
            }
        }
        return position + 1
    }

    private mutating func added(_ key: String, _ words: [UnsafeRawBufferPointer]) {
        let start = Self.fields(words)
        var (id, call, tool, hasMoved) = ("", "", "", false)
        for position in stride(from: start, to: words.count - 1, by: 2) {
            let field = words[position]
            if field.is("id") { id = words[position + 1].text }
            if field.is("name") { tool = words[position + 1].text }
            if field.is("since") { hasMoved = true }
            if field.is("params") { call = Self.call(words[position + 1].text) }
        }
        guard !id.isEmpty, start > 0 else { return }
        let parts = key.split(separator: ":", omittingEmptySubsequences: false)
        let service = parts.firstIndex(of: "jobs").map { $0 + 1 < parts.count ? String(parts[$0 + 1]) : "" } ?? ""
        var job = jobs[id] ?? JobHistory(call: call, service: service, tool: tool, began: position)
        if hasMoved { job.moves += 1 } else { job.submissions += 1 }
        job.entries += 1
        job.epoch = epoch
        job.isFlushed = false
        jobs[id] = job
        entries["\(key) \(words[start - 1].text)"] = id
    }

    /// The name in `NAMESPACE:DATASPACE:inbox:NAME`.
    private static func inbox(_ key: String) -> String? {
        key.range(of: ":inbox:").map { String(key[$0.upperBound...]) }
    }

    /// The call id in `{"name":…,"arguments":{"id":"…",…}}`.
    private static func call(_ parameters: String) -> String {
        guard let start = parameters.range(of: "\"id\":\"") else { return "" }
        return String(parameters[start.upperBound...].prefix { $0 != "\"" })
    }

    private mutating func removed(_ entry: String) {
        guard let id = entries.removeValue(forKey: entry) else { return }
        jobs[id]?.entries -= 1
        jobs[id]?.done = position
        // Ids of jobs begin with the name of their caller's inbox.
        jobs[id]?.hadNoInbox = id.lastIndex(of: "-").map { deletedInboxes.contains(String(id[..<$0])) } ?? false
    }

    private mutating func told(_ words: [UnsafeRawBufferPointer]) {
        let start = Self.fields(words)
        guard start + 1 < words.count else { return }
        if words[start].is("worker") {
            for position in stride(from: start + 2, to: words.count - 1, by: 2) {
                let value = words[position + 1]
                let end = value.firstIndex(of: UInt8(ascii: " ")) ?? value.endIndex
                ended(words[position].text, UnsafeRawBufferPointer(rebasing: value[..<end]).text)
            }
            return
        }
        var (id, outcome) = ("", "")
        for position in stride(from: start, to: words.count - 1, by: 2) {
            if words[position].is("id") { id = words[position + 1].text }
            if words[position].is("outcome") { outcome = words[position + 1].text }
        }
        if !["open", "progress", "moved", "absent", "recorded", ""].contains(outcome) { ended(id, outcome) }
    }

    private mutating func ended(_ id: String, _ outcome: String) {
        jobs[id]?.outcomes.append(outcome)
        jobs[id]?.epoch = epoch
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }

    /// Whether it is this word, whatever the case of its letters.
    fileprivate func `is`(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index] & 0xDF != word.utf8Start[index] & 0xDF { return false }
        return true
    }
}
