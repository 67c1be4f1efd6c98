import NIOCore

/// One form for all texts of one JSON value, for comparing and hashing: members in the order of their names (by their UTF-8 bytes), no
/// white space, strings with the least escapes. Numbers stay as they were written: what is read from `1.0` and `1` differs from server
/// to server. Of two members of one name both stay, in their order: nothing can be hidden behind the other.
package enum CanonicalJSON {
    /// - Throws: ``JSONError`` where the bytes are anything else than one well-formed JSON value.
    package static func canonical(_ json: ByteBuffer) throws(JSONError) -> ByteBuffer {
        try json.withJSONValue { (value) throws(JSONError) in
            var result = ByteBuffer()
            try self.write(value, to: &result)
            return result
        }
    }

    /// - Throws: ``JSONError`` where it is not well-formed.
    package static func write(_ value: JSONSlice, to buffer: inout ByteBuffer) throws(JSONError) {
        if value.isObject {
            var members: [(name: String, value: JSONSlice)] = []
            try value.members { (key, value) throws(JSONError) in members.append((key.string ?? "", value)) }
            try self.write(&members, to: &buffer)
        } else if value.isArray {
            buffer.writeStaticString("[")
            var isFirst = true
            try value.elements { (element) throws(JSONError) in
                if !isFirst { buffer.writeStaticString(",") }
                isFirst = false
                try self.write(element, to: &buffer)
            }
            buffer.writeStaticString("]")
        } else if let text = value.string {
            buffer.writeJSONString(text)
        } else {
            buffer.writeBytes(value.bytes)
        }
    }

    /// Writes an object of these members; puts them in order.
    package static func write(
        _ members: inout [(name: String, value: JSONSlice)],
        to buffer: inout ByteBuffer
    ) throws(JSONError) {
        // The sort is stable: members of one name keep their order.
        members.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        buffer.writeStaticString("{")
        for (index, member) in members.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            buffer.writeJSONString(member.name)
            buffer.writeStaticString(":")
            try self.write(member.value, to: &buffer)
        }
        buffer.writeStaticString("}")
    }
}
