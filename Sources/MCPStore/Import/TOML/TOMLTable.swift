/// A table while a document is read.
final class TOMLTable {
    /// How it came to be, which decides what may be added to it.
    enum Origin {
        /// On the way to another one: it may still get a header of its own.
        case implied
        case header
        case dottedKey
    }

    enum Node {
        case value(JSONValue)
        case table(TOMLTable)
        /// `[[name]]`, one for each header.
        case tables([TOMLTable])
    }

    var members: [String: Node] = [:]
    var origin: Origin

    init(_ origin: Origin) { self.origin = origin }

    var value: JSONValue {
        .object(
            members.mapValues { node in
                switch node {
                case .value(let value): value
                case .table(let table): table.value
                case .tables(let tables): .array(tables.map(\.value))
                }
            }
        )
    }
}
