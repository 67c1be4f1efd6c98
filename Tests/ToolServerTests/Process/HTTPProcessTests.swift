import TestSupport
import Testing

@Suite("The program over HTTP", .timeLimit(.minutes(5)))
struct HTTPProcessTests {
    @Test("It says where it listens, on one line, and answers there in both eras")
    func serves() async throws {
        let server = try await PeerServer.toolServer()
        #expect(server.process.output == "listening on \(server.url)\n")
        let legacy = try await RawHTTP.post(Messages.call("add", #""a":1,"b":2"#), to: server.url)
        #expect(try legacy.json.answer == "3")
        let modern = try await RawHTTP.post(
            Messages.modernCall("echo", #""text":"x""#),
            to: server.url,
            headers: HTTPPeer.modernHeaders("tools/call", name: "echo")
        )
        #expect(try modern.json.answer == "x")
        await server.stop()
        #expect(!server.process.isRunning)
    }

    @Test("Many clients at once each get their own answer")
    func concurrent() async throws {
        let server = try await PeerServer.toolServer()
        try await withThrowingTaskGroup(of: (Int, String?).self) { group in
            for number in 0..<50 {
                group.addTask {
                    let call = Messages.call("echo", #""text":"\#(number)""#, id: String(number))
                    let answer = try await RawHTTP.post(call, to: server.url).json
                    return (answer.id ?? -1, answer.answer)
                }
            }
            for try await (id, text) in group { #expect(text == String(id)) }
        }
        await server.stop()
    }

    @Test("A client that leaves cancels its modern call: the server notices the closed connection")
    func disconnect() async throws {
        let record = try RecordFile()
        let server = try await PeerServer.toolServer("--record", record.path)
        let lines = try ChildProcess.start(["/usr/bin/tail", "-n", "+1", "-f", record.path])
        let line = #"{"tool":"record_readonly","id":"a","pid":\#(server.process.processIdentifier),"event":"#
        let body = Messages.modernCall("record_readonly", #""id":"a","ms":3600000"#)
        let headers = HTTPPeer.modernHeaders("tools/call", name: "record_readonly")
        let call = Task { try await RawHTTP.post(body, to: server.url, headers: headers) }
        _ = try await lines.line(startingWith: line + #""start""#)
        call.cancel()
        _ = try await lines.line(startingWith: line + #""cancelled""#)
        await lines.stop()
        await server.stop()
    }
}
