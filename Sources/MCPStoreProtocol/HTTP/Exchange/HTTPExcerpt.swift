import NIOCore
import NIOHTTP1

/// The beginning of a body that a person may want to read.
enum HTTPExcerpt {
    /// Bytes of a body that are looked at.
    static let maximumBytes = 300

    /// - Returns: `nil` when the body is empty or a page for a browser.
    static func text(_ body: ByteBuffer, headers: HTTPHeaders) -> String? {
        if case .other("text/html") = HTTPContentType(headers) { return nil }
        let view = body.readableBytesView
        let text = String(decoding: view.prefix(self.maximumBytes), as: UTF8.self)
        let printable = String(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
        guard printable.contains(where: { !$0.isWhitespace }) else { return nil }
        return view.count > self.maximumBytes ? printable + "…" : printable
    }
}
