import NIOCore

/// The part of a server's capabilities that a session acts on.
struct ServerOffers: Sendable, Equatable {
    /// The lists that the server offers.
    var lists: Set<ListKind> = []
    /// The lists of which the server tells changes.
    var tellsChanges: Set<ListKind> = []
    /// Whether the server sends log messages.
    var logs = false

    /// Reads a capabilities object.
    init(_ capabilities: ByteBuffer) throws(JSONError) {
        guard capabilities.readableBytes > 0 else { return }
        try capabilities.withJSONMembers { (key, value) throws(JSONError) in
            if key.equals("logging"), value.isObject { self.logs = true }
            guard let kind = key.string.flatMap(ListKind.init(rawValue:)), value.isObject else { return }
            self.lists.insert(kind)
            try value.members { (key, value) throws(JSONError) in
                if key.equals("listChanged"), value.bool == true { self.tellsChanges.insert(kind) }
            }
        }
    }
}
