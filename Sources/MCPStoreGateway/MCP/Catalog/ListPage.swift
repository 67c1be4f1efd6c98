import Foundation
import MCPStoreProtocol
import NIOCore

/// One page of a list.
struct ListPage: Sendable {
    let entries: ArraySlice<CatalogEntry>
    /// Where the next page begins; `nil` where this is the last one.
    let next: String?

    /// - Parameter cursor: What a page before said; `nil` for the first page.
    /// - Throws: -32602 for a cursor that is none of ours.
    init(of entries: [CatalogEntry], after cursor: String?, size: Int) throws(ProtocolError) {
        var start = 0
        if let cursor {
            guard let last = Self.read(cursor) else { throw .invalidParams("the cursor is none that this server gave") }
            // Lists change between pages: what is gone is looked for by the place that it had.
            start =
                entries.firstIndex { $0.service == last.service && $0.name == last.name }.map { $0 + 1 }
                ?? entries.firstIndex { $0.service >= last.service } ?? entries.count
        }
        let end = min(start + size, entries.count)
        self.entries = entries[start..<end]
        next = end < entries.count ? Self.write(entries[end - 1]) : nil
    }

    /// The last entry that was seen, in an alphabet that passes everywhere.
    private static func write(_ entry: CatalogEntry) -> String {
        Data("\(entry.service)\n\(entry.name)".utf8).base64EncodedString()
    }

    private static func read(_ cursor: String) -> (service: String, name: String)? {
        guard let data = Data(base64Encoded: cursor), let text = String(bytes: data, encoding: .utf8) else { return nil }
        let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
    }

    /// The members of the result: `"tools":[…],"nextCursor":"…"`.
    func members(_ list: CatalogList) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(entries.reduce(64) { $0 + $1.document.readableBytes + 1 })
        buffer.writeString("\"\(list.rawValue)\":[")
        for (index, entry) in entries.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            buffer.writeImmutableBuffer(entry.document)
        }
        buffer.writeStaticString("]")
        if let next {
            buffer.writeStaticString(",\"nextCursor\":")
            buffer.writeJSONString(next)
        }
        return buffer
    }
}
