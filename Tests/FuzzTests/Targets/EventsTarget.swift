import NIOCore

@testable import MCPStoreProtocol

extension FuzzTarget {
    /// Server-sent events: every way to cut the stream gives the same events, those of a plain reading of the whole stream
    /// (WHATWG HTML); data and what waits are bounded.
    static let events = FuzzTarget(
        name: "events",
        tokens: [
            "\n", "\r", "\r\n", "\n\n", "\r\r", "data:", "data: ", "data", "event: message\n", "event:", "id: 1\n", "id",
            "id:\u{0}",
            "retry: 100\n", "retry: +5\n", "retry: 99999999999\n", ": comment\n", ":", "\u{FEFF}", "data: {}\n\n", "daten: x\n",
        ],
        generate: { random in
            let lines = [
                "data: {\"a\":1}", "data:", "data: x", "event: message", "event: endpoint", "id: 7", "retry: 10", ": ping", "",
            ]
            let ends = ["\n", "\r", "\r\n"]
            let text = (0..<random.below(20)).map { _ in lines[random.below(lines.count)] + ends[random.below(3)] }.joined()
            return Array(text.utf8)
        },
        check: { input in
            let expected = EventText.read(input)
            for pieces in Chunks.ways(of: input) {
                try same(try EventText.parse(pieces, maximum: 1 << 20), expected, "events of the same bytes in other pieces")
            }
            let bounded = try Chunks.ways(of: input).map { try EventText.parse($0, maximum: 24) }
            for other in bounded.dropFirst() {
                try same(other.map(\.shape), bounded[0].map(\.shape), "events within a bound, of the same bytes in other pieces")
            }
        }
    )
}

/// Events of a stream.
enum EventText {
    struct Event: Equatable {
        var type = "message"
        var data: [UInt8]?
        var id: String?
        var retry: Int64?
        var isOversized = false

        /// What must not depend on the pieces where the event is over its bound: how much of it is told may.
        var shape: Event {
            var event = self
            if self.isOversized { event.data = nil }
            return event
        }
    }

    static func parse(_ pieces: [ByteBuffer], maximum: Int) throws -> [Event] {
        var parser = SSEParser(maximumEventBytes: maximum)
        var events: [Event] = []
        for piece in pieces {
            parser.append(piece)
            while let event = parser.next() {
                events.append(
                    Event(
                        type: event.type,
                        data: Array(event.data.readableBytesView),
                        id: event.id,
                        retry: event.retry.map { $0.nanoseconds / 1_000_000 },
                        isOversized: event.isOversized
                    )
                )
                try hold(event.data.readableBytes <= max(maximum, event.isOversized ? 512 : 0), "bound of an event")
            }
            // A line of data may be as long as its name and its value, any other as long as fields may be.
            try hold(parser.pendingBytes <= max(maximum + 8, SSEParser.maximumFieldBytes), "bound of what waits")
        }
        return events
    }

    /// The specification's algorithm on the whole stream; ours also tells events without data, and bounds ids and waits.
    static func read(_ input: [UInt8]) -> [Event] {
        var bytes = input[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        var events: [Event] = []
        var event = Event()
        var (hasType, line) = (false, [UInt8]())
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            index += 1
            guard byte == 10 || byte == 13 else {
                line.append(byte)
                continue
            }
            if byte == 13, index < bytes.endIndex, bytes[index] == 10 { index += 1 }
            if line.isEmpty {
                if event.data != nil || event.id != nil || event.retry != nil || hasType {
                    event.data = event.data ?? []
                    events.append(event)
                }
                (event, hasType) = (Event(), false)
            } else {
                self.take(line, &event, &hasType)
            }
            line = []
        }
        return events
    }

    private static func take(_ line: [UInt8], _ event: inout Event, _ hasType: inout Bool) {
        let name = String(decoding: line.prefix { $0 != 58 }, as: UTF8.self)
        var value = line.drop { $0 != 58 }.dropFirst()
        if value.first == 32 { value = value.dropFirst() }
        let text = String(decoding: value, as: UTF8.self)
        guard name == "data" || line.count <= SSEParser.maximumFieldBytes else { return }
        switch name {
        case "data": event.data = event.data.map { $0 + [10] + value } ?? Array(value)
        case "event":
            event.type = text.isEmpty ? "message" : text
            hasType = !text.isEmpty
        case "id":
            if !value.contains(0), value.count <= 1024 { event.id = text }
        case "retry":
            guard !value.isEmpty, value.count <= 10, value.allSatisfy({ 48...57 ~= $0 }), let wait = UInt32(text) else { break }
            event.retry = min(Int64(wait), 300_000)
        default: break
        }
    }
}
