import NIOCore

/// Tools that answer at once.
extension Tools {
    static let echo = Tool(
        name: "echo",
        title: "Echo",
        description: "Answers with the same text.",
        effect: .readOnlyAndIdempotent,
        input: Schema(.init(name: "text", type: "string", description: "What to answer"))
    ) { call in
        guard let text = call.argument("text"), text.kind == .string else {
            return call.fail("the argument text must be a string")
        }
        call.succeed { buffer in
            buffer.writeStaticString(#""content":[{"type":"text","text":"#)
            buffer.write(text)
            buffer.writeStaticString("}]")
        }
    }

    static let add = Tool(
        name: "add",
        title: "Add",
        description: "Adds two numbers.",
        effect: .readOnlyAndIdempotent,
        input: Schema(
            .init(name: "a", type: "number", description: "The first number"),
            .init(name: "b", type: "number", description: "The second number")
        ),
        output: Schema(.init(name: "sum", type: "number", description: "a plus b"))
    ) { call in
        guard let a = call.argument("a"), let b = call.argument("b"), let sum = Self.sum(a, b) else {
            return call.fail("the arguments a and b must be numbers with a sum")
        }
        call.succeed { buffer in
            buffer.writeContent(text: sum)
            buffer.writeString(#","structuredContent":{"sum":\#(sum)}"#)
        }
    }

    static let big = Tool(
        name: "big",
        title: "Big answer",
        description: "Answers with a text of as many bytes.",
        effect: .readOnlyAndIdempotent,
        input: Schema(.init(name: "bytes", type: "integer", description: "Length of the text, at most 64 MiB"))
    ) { call in
        guard let bytes = call.integer("bytes", in: 0...64 << 20) else { return }
        Self.answer(call, bytes: bytes)
    }

    /// Answers with a text of so many bytes.
    static func answer(_ call: Call, bytes: Int) {
        call.succeed { buffer in
            buffer.writeStaticString(#""content":[{"type":"text","text":""#)
            buffer.writeRepeatingByte(UInt8(ascii: "x"), count: bytes)
            buffer.writeStaticString(#""}]"#)
        }
    }

    /// The sum as JSON text: of integers exactly, else of doubles; nil when it cannot be written.
    private static func sum(_ a: JSONSlice, _ b: JSONSlice) -> String? {
        if let a = a.integer, let b = b.integer {
            let (sum, overflow) = a.addingReportingOverflow(b)
            if !overflow { return String(sum) }
        }
        guard let a = a.double, let b = b.double, (a + b).isFinite else { return nil }
        return String(a + b)
    }
}
