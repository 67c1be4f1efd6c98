import Glibc

/// Tools that leave a trace of each execution, so that a test can count how often something really ran.
extension Tools {
    static let recordReadOnly = Self.record("record_readonly", title: "Record, read-only", .readOnly)
    static let recordIdempotent = Self.record("record_idempotent", title: "Record, idempotent", .idempotent)
    static let recordDestructive = Self.record("record_destructive", title: "Record, destructive", .destructive)

    private static func record(_ name: String, title: String, _ effect: Tool.Effect) -> Tool {
        Tool(
            name: name,
            title: title,
            description:
                "Appends a line to the file of --record when it starts, and another before it answers or when it is cancelled.",
            effect: effect,
            input: Schema(
                .init(name: "id", type: "string", description: "What to call this execution"),
                .init(name: "ms", type: "integer", description: "Milliseconds between the lines", isRequired: false),
                .init(name: "bytes", type: "integer", description: "Make the answer longer by so many bytes", isRequired: false)
            )
        ) { call in
            guard let id = call.text("id"), let milliseconds = call.integer("ms", in: 0...Self.longestWait, default: 0),
                let bytes = call.integer("bytes", in: 0...64 << 20, default: 0)
            else { return }
            guard let path = call.settings.recordPath else { return call.fail("start the server with --record FILE") }
            let record = ExecutionRecord(path: path, tool: name, id: id)
            do throws(ExecutionRecord.WriteError) {
                try record.append("start")
                if call.settings.misbehaviour.orders?.take(.halfLine) == true { Orders.crashInLine() }
                guard milliseconds > 0 else { return try Self.end(record, call, bytes) }
                call.whenCancelled = {
                    do throws(ExecutionRecord.WriteError) { try record.append("cancelled") } catch {
                        writeToStandardError(error.description)
                    }
                }
                call.after(milliseconds: milliseconds) { call in
                    do throws(ExecutionRecord.WriteError) { try Self.end(record, call, bytes) } catch {
                        call.fail(error.description)
                    }
                }
            } catch {
                call.fail(error.description)
            }
        }
    }

    private static func end(_ record: ExecutionRecord, _ call: Call, _ bytes: Int) throws(ExecutionRecord.WriteError) {
        try record.append("end")
        if call.settings.misbehaviour.orders?.take(.huge) == true { return Self.answer(call, bytes: Orders.hugeAnswer) }
        call.succeed(text: "recorded \(record.id)" + (bytes > 0 ? " " + String(repeating: "x", count: bytes) : ""))
    }
}
