import NIOCore

extension ByteBuffer {
    /// Walks over the top-level members of the one JSON object that the readable bytes must be.
    ///
    /// - Parameters:
    ///   - maximumDepth: How deep values may be nested.
    ///   - each: Gets key and value of each member, in order; both are valid inside the call only.
    /// - Throws: ``JSONError`` when the readable bytes are anything else than one well-formed JSON object.
    package func withJSONMembers(
        maximumDepth: Int = 128,
        _ each: (_ key: JSONSlice, _ value: JSONSlice) throws(JSONError) -> Void
    ) throws(JSONError) {
        try self.scanJSON(maximumDepth: maximumDepth) { (scanner) throws(JSONError) in
            let bytes = scanner.bytes
            try scanner.members { (key, value) throws(JSONError) in try each(JSONSlice(bytes, key), JSONSlice(bytes, value)) }
        }
    }

    /// Walks over the elements of the one JSON array that the readable bytes must be.
    ///
    /// - Throws: ``JSONError`` when the readable bytes are anything else than one well-formed JSON array.
    package func withJSONElements(
        maximumDepth: Int = 128,
        _ each: (_ value: JSONSlice) throws(JSONError) -> Void
    ) throws(JSONError) {
        try self.scanJSON(maximumDepth: maximumDepth) { (scanner) throws(JSONError) in
            let bytes = scanner.bytes
            try scanner.elements { (value) throws(JSONError) in try each(JSONSlice(bytes, value)) }
        }
    }

    /// Hands over the one JSON value that the readable bytes must be.
    ///
    /// - Throws: ``JSONError`` when the readable bytes are anything else than one well-formed JSON value.
    package func withJSONValue<Value>(
        maximumDepth: Int = 128,
        _ body: (JSONSlice) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        try self.scanJSON(maximumDepth: maximumDepth) { (scanner) throws(JSONError) in
            let range = try scanner.value()
            return try body(JSONSlice(scanner.bytes, range))
        }
    }

    /// The bytes of a value that `withJSONMembers`, `withJSONElements` or `withJSONValue` found in this buffer; shares the memory.
    ///
    /// - Parameter range: ``JSONSlice/range`` of the value.
    package func jsonSlice(_ range: Range<Int>) -> ByteBuffer {
        // The range was found inside the readable bytes of this very buffer.
        self.getSlice(at: self.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    private func scanJSON<Value>(
        maximumDepth: Int,
        _ body: (inout JSONScanner) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        let result: Result<Value, JSONError> = self.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes, maximumDepth: maximumDepth)
            do throws(JSONError) {
                let value = try body(&scanner)
                try scanner.end()
                return .success(value)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
