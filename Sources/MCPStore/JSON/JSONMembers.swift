import NIOCore

/// The members of a JSON object as the bytes that they are.
struct JSONMembers: Sendable {
    private var members: [String: ByteBuffer] = [:]

    /// Reads one object; `nil` where the bytes are something else. Of two members with one name the first counts.
    init?(_ object: ByteBuffer) {
        var found: [(String, Range<Int>)] = []
        let isObject = object.withUnsafeReadableBytes { bytes -> Bool in
            var scanner = JSONScanner(bytes)
            do {
                try scanner.members { found.append((JSONValue.text($0, of: bytes), $1)) }
                try scanner.end()
                return true
            } catch {
                return false
            }
        }
        guard isObject else { return nil }
        for (name, range) in found where members[name] == nil {
            members[name] = object.getSlice(at: object.readerIndex + range.lowerBound, length: range.count)
        }
    }

    /// The names of all members.
    var names: some Collection<String> { members.keys }

    /// The raw value of a member.
    subscript(name: String) -> ByteBuffer? { members[name] }

    /// The value of a member, read; `nil` where there is none.
    func value(_ name: String) -> JSONValue? {
        members[name].flatMap(Self.read)
    }

    /// The value of JSON text; `nil` where it is none.
    static func read(_ bytes: ByteBuffer) -> JSONValue? {
        do { return try JSONValue(parsing: bytes.readableBytesView) } catch { return nil }
    }

    /// The elements of a member that is an array, as the bytes that they are; empty where it is none.
    func elements(_ name: String) -> [ByteBuffer] {
        guard let bytes = members[name] else { return [] }
        var ranges: [Range<Int>] = []
        let isArray = bytes.withUnsafeReadableBytes { raw -> Bool in
            var scanner = JSONScanner(raw)
            do {
                try scanner.elements { ranges.append($0) }
                return true
            } catch {
                return false
            }
        }
        guard isArray else { return [] }
        return ranges.compactMap { bytes.getSlice(at: bytes.readerIndex + $0.lowerBound, length: $0.count) }
    }
}
