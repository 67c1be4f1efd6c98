import NIOCore

/// A call as a line of a file: `{"id":…,"tool":…,"arguments":…,"service":…}`.
extension BatchCall {
    /// Longer lines are answered as `invalid`: a call of so many bytes would be refused.
    package static let longestLine = 9 << 20

    /// The line that it is, without a line feed.
    var line: ByteBuffer {
        var buffer = ByteBuffer(string: "{\"id\":")
        buffer.writeImmutableBuffer(rawID)
        buffer.writeStaticString(",\"tool\":")
        JSONValue.write(tool, to: &buffer)
        if let service {
            buffer.writeStaticString(",\"service\":")
            JSONValue.write(service, to: &buffer)
        }
        if arguments.readableBytes > 0 {
            buffer.writeStaticString(",\"arguments\":")
            buffer.writeImmutableBuffer(arguments)
        }
        buffer.writeStaticString("}")
        return buffer
    }

    /// Reads a line. One that is no call becomes a call with a ``problem``.
    package init(line: ByteBuffer, number: Int) {
        var call: BatchCall
        do throws(MCPStoreError) {
            call = try Self.read(line)
        } catch {
            call = BatchCall(rawID: Self.salvagedID(line), tool: "", arguments: ByteBuffer(), service: nil)
            call.problem = MCPStoreError(error.code, "line \(number): \(error.message)")
        }
        call.number = number
        self = call
    }

    /// A line that was not kept.
    package init(tooLongLine number: Int) {
        self.init(rawID: ByteBuffer(string: "null"), tool: "", arguments: ByteBuffer(), service: nil)
        self.number = number
        problem = MCPStoreError(.invalidArguments, "line \(number): it is longer than \(Self.longestLine >> 20) MiB")
    }

    private static func read(_ line: ByteBuffer) throws(MCPStoreError) -> BatchCall {
        guard line.withUnsafeReadableBytes({ JSONScanner.isUTF8($0) }) else {
            throw MCPStoreError(.invalidArguments, "it is not UTF-8")
        }
        guard let members = JSONMembers(line) else { throw syntaxProblem(line) }
        let unknown = members.names.filter { !["id", "tool", "arguments", "service"].contains($0) }.sorted()
        if let name = unknown.first {
            // A typing error would else call the tool with what its author did not mean.
            throw MCPStoreError(
                .invalidArguments,
                "'\(name.oneLine.prefix(60))' is no member of a call: they are id, tool, arguments, service"
            )
        }
        guard let tool = members.value("tool")?.stringValue, !tool.isEmpty else {
            throw MCPStoreError(.invalidArguments, "a call needs a member 'tool' with the name of the tool")
        }
        let service = members.value("service")
        if let service, service != .null, service.stringValue == nil {
            throw MCPStoreError(.invalidArguments, "'service' must be a string, not \(service.kind)")
        }
        return BatchCall(
            rawID: members["id"] ?? ByteBuffer(string: "null"),
            tool: tool,
            arguments: members["arguments"] ?? ByteBuffer(),
            service: service?.stringValue
        )
    }

    private static func syntaxProblem(_ line: ByteBuffer) -> MCPStoreError {
        do {
            let value = try JSONValue(parsing: line.readableBytesView)
            return MCPStoreError(
                .invalidArguments,
                "a call is a JSON object such as {\"id\":1,\"tool\":\"get_weather\",\"arguments\":{\"city\":\"Oslo\"}}, not \(value.kind)"
            )
        } catch {
            return MCPStoreError(.invalidArguments, "it is no JSON: \(error.problem) at column \(error.offset + 1)")
        }
    }

    /// The id of a line that is wrong in another way.
    private static func salvagedID(_ line: ByteBuffer) -> ByteBuffer {
        guard let id = JSONMembers(line)?["id"], id.withUnsafeReadableBytes({ JSONScanner.isUTF8($0) }) else {
            return ByteBuffer(string: "null")
        }
        return id
    }
}
