import MCPStoreQueue
import NIOCore

/// The records of a CSV file (RFC 4180) below its header, in bounded memory.
package struct CSVReader: Sendable {
    /// One record.
    package struct Record {
        /// The line on which it begins.
        package var number: Int
        /// As many as there are columns, or what is wrong with it.
        package var fields: Result<[String], Problem>
    }

    /// What is wrong with a record.
    package struct Problem: Error {
        package var message: String
    }

    /// The names in the header.
    package private(set) var columns: [String] = []
    package private(set) var lines: LineReader
    private let longest: Int

    /// Reads the header.
    ///
    /// - Throws: ``MCPStoreError`` (`invalidArguments`) where there is none, or a column stands in it twice.
    package init(_ lines: LineReader, longest: Int) async throws {
        self.lines = lines
        self.longest = longest
        let name = lines.name
        guard let header = try await next(), case .success(let columns) = header.fields, columns.contains(where: { !$0.isEmpty })
        else {
            throw MCPStoreError(.invalidArguments, "\(name) has no header: its first line must name the columns")
        }
        if let twice = Dictionary(grouping: columns, by: { $0 }).first(where: { $0.value.count > 1 && !$0.key.isEmpty }) {
            throw MCPStoreError(.invalidArguments, "\(name) has two columns '\(twice.key.oneLine)': name them apart")
        }
        self.columns = columns
    }

    /// The next record; empty lines are none. `nil` behind the last one.
    ///
    /// - Throws: What reading the lines throws.
    package mutating func next() async throws -> Record? {
        while let line = try await lines.next() {
            if line.bytes.readableBytes == 0, !line.isTooLong { continue }
            let number = line.number
            var text = line.bytes
            var isTooLong = line.isTooLong
            var quotes = Self.quotes(text)
            // A field in quotes may hold line breaks.
            while quotes % 2 == 1 {
                guard let more = try await lines.next() else { return Record(number: number, fields: Self.open) }
                isTooLong = isTooLong || more.isTooLong || text.readableBytes + more.bytes.readableBytes > longest
                quotes += Self.quotes(more.bytes)
                if isTooLong {
                    // Where the quote ends that was opened cannot be told any more.
                    if quotes % 2 == 1 { quotes = 0 }
                    continue
                }
                text.writeStaticString("\n")
                text.writeImmutableBuffer(more.bytes)
            }
            if isTooLong {
                let problem = Problem(message: "the record is longer than \(longest >> 20) MiB")
                return Record(number: number, fields: .failure(problem))
            }
            return Record(number: number, fields: fields(of: text))
        }
        return nil
    }

    private static let open = Result<[String], Problem>.failure(
        Problem(message: "a quote is opened that is closed nowhere")
    )

    private static func quotes(_ bytes: ByteBuffer) -> Int {
        bytes.withUnsafeReadableBytes { $0.count { $0 == UInt8(ascii: "\"") } }
    }

    private func fields(of record: ByteBuffer) -> Result<[String], Problem> {
        guard let text = String(validating: record.readableBytesView, as: UTF8.self) else {
            return .failure(Problem(message: "it is not UTF-8"))
        }
        let fields = Self.split(text)
        guard columns.isEmpty || fields.count == columns.count else {
            return .failure(
                Problem(
                    message: "it has \(fields.count.counted("field")) where the header names \(columns.count.counted("column"))"
                )
            )
        }
        return .success(fields)
    }

    /// The fields of one record.
    static func split(_ record: String) -> [String] {
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var wasQuote = false
        for byte in record.utf8 {
            if isQuoted {
                if wasQuote {
                    wasQuote = false
                    if byte == UInt8(ascii: "\"") {
                        field.append(byte)
                        continue
                    }
                    isQuoted = false
                } else if byte == UInt8(ascii: "\"") {
                    wasQuote = true
                    continue
                } else {
                    field.append(byte)
                    continue
                }
            }
            switch byte {
            case UInt8(ascii: "\"") where field.isEmpty: isQuoted = true
            case UInt8(ascii: ","):
                fields.append(String(decoding: field, as: UTF8.self))
                field = []
            default: field.append(byte)
            }
        }
        fields.append(String(decoding: field, as: UTF8.self))
        return fields
    }
}
