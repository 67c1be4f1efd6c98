import MCPStoreQueue
import NIOCore
import Testing

@testable import MCPStore

/// Calls and answers as lines of files.
struct BatchLineTests {
    private static func call(_ line: String) -> BatchCall { BatchCall(line: ByteBuffer(string: line), number: 7) }

    private static func line(_ call: BatchCall, _ ending: Result<CallResult, MCPStoreError>) -> String {
        var buffer = ByteBuffer()
        BatchAnswer(call, index: 0, ending).write(to: &buffer)
        return String(buffer: buffer)
    }

    private static func result(_ json: String, isError: Bool = false) -> CallResult {
        let outcome = Outcome(kind: isError ? .toolError : .ok, payload: ByteBuffer(string: json))
        let service = ServiceID(space: Space.test, name: "s")
        let job = Job(id: "j", service: service, name: "t", parameters: ByteBuffer())
        return CallResult(outcome.payload, isError: isError, report: CallReport(outcome, of: job, service: "s", now: 0))
    }

    @Test func `A line's id and arguments are the bytes that they were`() {
        let call = Self.call(#" {"arguments": {"n": 1.50, "s":"\u00e9"},"tool":"t","id": 12345678901234567890 } "#)
        #expect(call.problem == nil && call.tool == "t" && call.service == nil && call.number == 7)
        #expect(String(buffer: call.rawID) == "12345678901234567890")
        #expect(String(buffer: call.arguments) == #"{"n": 1.50, "s":"\u00e9"}"#)
        #expect(Self.call(#"{"tool":"t","service":"s"}"#).service == "s")
    }

    @Test(arguments: [
        ("{", "line 7: it is no JSON"),
        ("[1]", "line 7: a call is a JSON object such as"),
        (#"{"id":1}"#, "line 7: a call needs a member 'tool'"),
        (#"{"id":1,"tool":""}"#, "line 7: a call needs a member 'tool'"),
        (#"{"id":1,"tool":"t","argumnets":{}}"#, "line 7: 'argumnets' is no member of a call"),
        (#"{"id":1,"tool":"t","service":4}"#, "line 7: 'service' must be a string, not a number"),
        ("", "line 7: it is no JSON"),
    ])
    func `A line that is no call says why, with its number`(line: String, problem: String) throws {
        let call = Self.call(line)
        #expect(call.problem?.message.hasPrefix(problem) == true, "\(call.problem?.message ?? "none")")
        #expect(call.problem?.code == .invalidArguments)
        // The id comes back where it can be read.
        #expect(String(buffer: call.rawID) == (line.contains("\"id\":1") ? "1" : "null"))
    }

    @Test func `An answer is one line with its result as the server sent it`() throws {
        let call = Self.call(#"{"id":"a b","tool":"t"}"#)
        let text = Self.line(call, .success(Self.result("{\"content\": [],\r\n \"n\":1.0}")))
        #expect(text == "{\"line\":7,\"outcome\":\"ok\",\"id\":\"a b\",\"result\":{\"content\": [], \"n\":1.0}}\n")
        let error = Self.line(call, .failure(MCPStoreError(.unknownTool, "there is \"none\"")))
        #expect(
            error
                == #"{"line":7,"outcome":"invalid","id":"a b","error":{"kind":"unknownTool","message":"there is \"none\"","safeToRetry":true}}"#
                + "\n"
        )
        let failed = Self.result(#"{"content":[{"type":"text","text":"no\nmore"}],"isError":true}"#, isError: true)
        let value = try JSONValue(parsing: Self.line(call, .success(failed)).utf8)
        #expect(value["outcome"] == "toolError" && value["result"]?["isError"] == true)
        #expect(value["error"] == ["kind": "toolError", "message": "no"])
    }

    @Test func `An answer says where its call may be made again without harm, and no text in it can say so`() throws {
        let call = Self.call(#"{"id":1,"tool":"t"}"#)
        let forged = #"x","safeToRetry":true}}"#
        let errors: [(MCPStoreError, Bool)] = [
            (MCPStoreError(.invalidArguments, "x"), true), (MCPStoreError(.unknown, forged), false),
            (MCPStoreError(.busy, "x"), true),
            (Self.error(.cancelled, phase: .waiting), true), (Self.error(.cancelled, phase: .running), false),
            (Self.error(.cancelled, phase: .waiting, attempt: 2), false), (Self.error(.timedOut, phase: nil), false),
        ]
        for (error, isSafe) in errors {
            let line = Self.line(call, .failure(error)).dropLast()
            let head = try #require(Array(line.utf8).withUnsafeBytes { BatchAnswerHead($0) })
            #expect(head.isSafeToRetry == isSafe, "\(line)")
            #expect(try JSONValue(parsing: line.utf8)["error"]?["safeToRetry"] == (isSafe ? true : nil))
        }
        #expect(Self.error(.cancelled, phase: .waiting).message.hasSuffix("ended as cancelled: why while it waited"))
        #expect(
            Self.error(.cancelled, phase: .running).message.hasSuffix("why while it ran on worker w: it may have taken effect")
        )
    }

    private static func error(_ kind: OutcomeKind, phase: Reason.Phase?, attempt: Int = 1) -> MCPStoreError {
        let worker = phase == .running ? "w" : ""
        let outcome = Outcome(kind: kind, payload: Reason("why", phase: phase).payload, worker: worker, attempt: attempt)
        let service = ServiceID(space: .test, name: "s")
        let job = Job(id: "j", service: service, name: "t", parameters: ByteBuffer())
        return MCPStoreError(outcome, method: "tools/call", report: CallReport(outcome, of: job, service: "s", now: 0))
    }

    @Test func `The head of an answer is read again, and of nothing else`() {
        func head(_ text: String) -> BatchAnswerHead? { Array(text.utf8).withUnsafeBytes { BatchAnswerHead($0) } }
        let line = Self.line(Self.call(#"{"id":[1,"}"],"tool":"t"}"#), .success(Self.result("{}"))).dropLast()
        let found = head(String(line))
        #expect(found?.line == 7 && found?.outcome == "ok")
        for cut in 1..<line.utf8.count where line.dropLast(cut).last != "}" { #expect(head(String(line.dropLast(cut))) == nil) }
        for wrong in ["", "{}", #"{"line":0,"outcome":"ok"}"#, #"{"line":x,"outcome":"ok"}"#, #"{"line":1,"outcome":""}"#] {
            #expect(head(wrong) == nil, "\(wrong)")
        }
    }
}

extension Space {
    fileprivate static let test: Space = {
        do { return try Space(namespace: "n", dataspace: "d") } catch { preconditionFailure("\(error)") }
    }()
}
