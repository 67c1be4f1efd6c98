import NIOCore

/// The pages of one listing as they come, within bounds, without any I/O.
struct ListPages {
    /// What was listed so far: raw JSON, in memory of its own.
    private(set) var items: [ByteBuffer] = []
    /// The parameters of the request for the next page; `nil` when there is none.
    private(set) var nextParams: ByteBuffer? = ByteBuffer(staticString: "{}")

    private let method: String
    private let member: StaticString
    private let limits: SessionLimits
    private var cursors: Set<String> = []
    private var pageCount = 0
    private var byteCount = 0

    init(method: String, member: StaticString, limits: SessionLimits) {
        self.method = method
        self.member = member
        self.limits = limits
    }

    /// Whether no page has come yet.
    var isFirst: Bool { self.pageCount == 0 }

    /// Takes a page.
    ///
    /// - Throws: ``MCPError/Code/protocolViolation`` for a page that is none or a cursor that comes again,
    ///   ``MCPError/Code/tooLarge`` over a bound.
    mutating func received(_ result: ByteBuffer) throws(MCPError) {
        self.pageCount += 1
        self.byteCount += result.readableBytes
        guard self.byteCount <= self.limits.maximumListBytes else {
            throw self.error(.tooLarge, "is over \(self.limits.maximumListBytes) bytes")
        }
        var cursor: String?
        var params: ByteBuffer?
        var page: [ByteBuffer]?
        do throws(JSONError) {
            try result.withJSONMembers(maximumDepth: .max) { (key, value) throws(JSONError) in
                if key.equals("nextCursor"), let text = value.string {
                    cursor = text
                    var next = ByteBuffer(staticString: "{\"cursor\":")
                    next.writeBytes(value.bytes)
                    next.writeInteger(Byte.closeBrace)
                    params = next
                } else if key.equals(self.member), value.isArray {
                    var found: [ByteBuffer] = []
                    try value.elements { (element) throws(JSONError) in found.append(ByteBuffer(bytes: element.bytes)) }
                    page = found
                }
            }
        } catch {
            throw self.error(.protocolViolation, "is no object: \(error)")
        }
        guard let page else { throw self.error(.protocolViolation, "has no array '\(self.member)'") }
        self.items += page
        if let cursor {
            guard self.cursors.insert(cursor).inserted else {
                throw self.error(.protocolViolation, "never ends: a cursor came again")
            }
            guard self.pageCount < self.limits.maximumListPages else {
                throw self.error(.tooLarge, "has more than \(self.limits.maximumListPages) pages")
            }
        }
        self.nextParams = params
    }

    private func error(_ code: MCPError.Code, _ problem: String) -> MCPError {
        MCPError(code, "the server's answer to \(self.method) \(problem)", requestWasWritten: true)
    }
}
