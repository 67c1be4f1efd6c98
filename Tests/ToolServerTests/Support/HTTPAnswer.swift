import Testing

/// An HTTP response, or a part of a streamed one, taken apart without a library.
struct HTTPAnswer {
    /// 0 in the later parts of a stream.
    let status: Int
    let headers: [String: String]
    let body: String

    init(_ text: String) throws {
        guard text.hasPrefix("HTTP/1.1 ") else {
            (self.status, self.headers, self.body) = (0, [:], text)
            return
        }
        let end = try #require(text.firstRange(of: "\r\n\r\n"))
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        self.status = try #require(Int(lines[0].split(separator: " ")[1]))
        let pairs = lines.dropFirst().map { line in
            (line.prefix { $0 != ":" }.lowercased(), String(line.drop { $0 != ":" }.dropFirst(2)))
        }
        self.headers = Dictionary(pairs) { first, _ in first }
        self.body = String(text[end.upperBound...])
    }

    var json: JSONText {
        get throws { try JSONText(self.body) }
    }

    var isStream: Bool { self.headers["content-type"] == "text/event-stream" }

    /// The messages of a stream. Each event here is one chunk, so the frames of the chunks are just other lines.
    var events: [JSONText] {
        get throws {
            try self.body.split(whereSeparator: \.isNewline)
                .filter { $0.hasPrefix("data: ") }
                .map { try JSONText($0.dropFirst(6)) }
        }
    }

    /// Whether the last chunk of a chunked body is here.
    var isComplete: Bool { self.body.hasSuffix("0\r\n\r\n") }
}
