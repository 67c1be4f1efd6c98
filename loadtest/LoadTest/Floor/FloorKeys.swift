/// The two streams of one measurement, and what is written into them. Each side makes its own: text is not shared between
/// threads.
struct FloorKeys {
    let jobs: String
    let replies: String

    /// Names that no other measurement uses.
    static func unique() -> FloorKeys {
        let id = String(UInt32.random(in: .min ... .max), radix: 36)
        return FloorKeys(jobs: "floor:\(id):j", replies: "floor:\(id):r")
    }

    /// Streams and group, empty.
    func prepare(_ connection: HiredisConnection) throws {
        try remove(connection)
        _ = try connection.call("XGROUP", "CREATE", jobs, "g", "0", "MKSTREAM")
        _ = try connection.call("XGROUP", "CREATE", replies, "g", "0", "MKSTREAM")
    }

    func remove(_ connection: HiredisConnection) throws {
        _ = try connection.call("DEL", jobs, replies)
    }
}
