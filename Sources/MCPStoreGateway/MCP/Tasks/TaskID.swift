import Foundation
import MCPStoreQueue

/// The id of a task: the record of its durable job, which nobody can guess, and when it was made. So it needs no memory but the
/// record itself.
struct TaskID: Sendable, Equatable {
    /// 32 hexadecimal digits.
    let record: String
    /// Milliseconds since 1970.
    let created: Int

    /// A new one.
    init() {
        record = RedisTasks.makeRecord()
        created = Int(Date().timeIntervalSince1970 * 1000)
    }

    /// Of a record that is known by something else than its id: when it was made is not known.
    init(record: String) {
        self.record = record
        created = 0
    }

    /// - Returns: `nil` for what is no id of ours.
    init?(_ text: String) {
        guard text.utf8.count > 32, text.utf8.count <= 32 + 12, text.utf8.allSatisfy(Self.isDigit),
            let created = Int(text.dropFirst(32), radix: 16)
        else { return nil }
        record = String(text.prefix(32))
        self.created = created
    }

    var text: String { record + String(created, radix: 16) }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
    }
}
