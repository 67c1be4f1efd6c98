import NIOCore

/// The tools of a server, in a fixed order and cut into pages.
struct Catalog: Sendable {
    /// What one tools/list answers.
    struct Page: Sendable {
        fileprivate let members: String

        func write(to buffer: inout ByteBuffer) {
            buffer.writeString(self.members)
        }
    }

    private let tools: [String: Tool]
    private let pages: [Page]

    init(tools: [Tool], pageSize: Int?) {
        self.tools = Dictionary(uniqueKeysWithValues: tools.map { ($0.name, $0) })
        let size = max(1, pageSize ?? max(1, tools.count))
        let starts = tools.isEmpty ? [0] : Array(stride(from: 0, to: tools.count, by: size))
        self.pages = starts.enumerated().map { number, start in
            let page = tools[start..<min(start + size, tools.count)].map(\.json).joined(separator: ",")
            let next = number + 1 < starts.count ? ",\"nextCursor\":\"\(Self.cursor(of: number + 1))\"" : ""
            return Page(members: "\"tools\":[\(page)]\(next)")
        }
    }

    func tool(named name: String) -> Tool? { self.tools[name] }

    /// The page that `cursor` asks for; the first without one.
    func page(after cursor: JSONSlice?) throws(ProtocolError) -> Page {
        guard let cursor else { return self.pages[0] }
        guard let number = self.pages.indices.dropFirst().first(where: { cursor.string == Self.cursor(of: $0) }) else {
            throw ProtocolError(code: ProtocolError.invalidParams, message: "Invalid params: unknown cursor")
        }
        return self.pages[number]
    }

    private static func cursor(of page: Int) -> String { "page-\(page)" }
}
