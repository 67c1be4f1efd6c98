import NIOCore

@testable import MCPStoreProtocol

/// Messages of a server, and parameters of a caller.
enum MessageText {
    /// Members of an object by name, raw, without `_meta`; and how many are called `id`.
    static func members(of object: ByteBuffer) -> (others: [[String]], meta: Int, ids: Int)? {
        var others: [[String]] = []
        var (meta, ids) = (0, 0)
        do throws(JSONError) {
            try object.withJSONMembers { (key, value) throws(JSONError) in
                if key.equals("id") { ids += 1 }
                if key.equals("_meta") {
                    meta += 1
                } else {
                    others.append([key.string ?? "", self.oneLine(value)])
                }
            }
            return (others, meta, ids)
        } catch {
            return nil
        }
    }

    private static func oneLine(_ value: JSONSlice) -> String {
        String(decoding: value.bytes.map { $0 == 10 || $0 == 13 ? 32 : $0 }, as: UTF8.self)
    }

    static func checkIncoming(_ line: ByteBuffer) throws {
        let peek = AnswerPeek(line)
        let message = try? IncomingMessage.parse(line, maximumDepth: 128)
        switch message {
        case .result(let id, let result, _, _)?:
            try same(peek.id, id, "the id at a peek")
            try hold(ProtocolJSON.isTaken(Array(result.readableBytesView)), "a result is no JSON")
        case .error(let id, let error, let code)?:
            try same(peek.id, id, "the id of an error at a peek")
            if let peeked = peek.errorCode { try same(peeked, code, "the code at a peek") }
            _ = JSONRPCErrorText(error)
        case .request(let id, let method)?:
            for answer in [MessageEncoder.emptyResult(id: id), MessageEncoder.methodNotFound(id: id, method: method)] {
                let read = try IncomingMessage.parse(answer, maximumDepth: 200)
                guard case .result(let answered, _, _, _)? = read else {
                    guard case .error(let answered, _, _)? = read else { throw FuzzFinding("our answer is none") }
                    try same(answered, peek.id, "the id of our answer")
                    continue
                }
                try same(answered, peek.id, "the id of our answer")
            }
        case .notification?, nil: try hold(!peek.isResponse || peek.id == nil || message == nil, "a peek sees an answer")
        }
        _ = AnswerPeek(prefix: line)
    }

    /// Parameters come through as they are, on one line.
    static func checkSplice(_ params: ByteBuffer) throws {
        let given = self.members(of: params)
        for revision in [nil, ProtocolRevision.latestLegacy, .latest] {
            var encoder = MessageEncoder(clientInfo: ClientInfo(name: "f\n\"", version: "1"), maximumDepth: 128)
            if let revision { encoder.use(revision) }
            var request = MCPRequest(method: "tools/call", params: params)
            request.meta = .init(traceparent: "00-\u{2028}-\"", tracestate: revision == nil ? nil : "a=b\n")
            if revision != nil { request.onProgress = { _ in } }
            var buffer = ByteBuffer(string: "before\n")
            buffer.moveReaderIndex(forwardBy: 7)
            do {
                try encoder.write(request, id: 77, into: &buffer)
            } catch {
                try hold(given == nil || (given?.meta ?? 0) > 1, "parameters are refused: \(error)")
                continue
            }
            let line = Array(buffer.readableBytesView)
            try hold(!line.contains(10) && !line.contains(13), "a request of two lines")
            try hold(ProtocolJSON.isTaken(line), "a request is no JSON")
            var written: ByteBuffer?
            try buffer.withJSONMembers(maximumDepth: 200) { (key, value) throws(JSONError) in
                if key.equals("params") { written = buffer.jsonSlice(value.range) }
            }
            guard let written, let found = self.members(of: written) else { throw FuzzFinding("a request lost its parameters") }
            try same(found.others, given?.others ?? [], "parameters changed")
            try same(found.meta, 1, "members _meta")
        }
    }

    /// Everything that a session does with an answer.
    static func useAsAnswer(_ answer: ByteBuffer) {
        for response in [MCPResponse.result(answer, isError: false, resultType: .complete), .error(answer, code: -32022)] {
            var negotiation = Negotiation()
            _ = negotiation.start()
            _ = negotiation.probeAnswered(response)
            _ = negotiation.probeIsLate()
            _ = negotiation.initializeAnswered(response)
        }
        for member: StaticString in ["tools", "result"] {
            var pages = ListPages(method: "tools/list", member: member, limits: SessionLimits())
            try? pages.received(answer)
            try? pages.received(answer)
            for item in pages.items {
                guard let tool = try? ListedTool(item) else { continue }
                _ = try? tool.parameterHeaders(for: answer)
            }
        }
        guard let tool = try? ListedTool(answer) else { return }
        _ = try? tool.parameterHeaders(for: ByteBuffer(string: #"{"arguments":{"a":"x","b":{"c":1}}}"#))
    }
}
