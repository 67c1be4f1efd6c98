import Foundation
import MCPStore
import MCPStoreQueue
import NIOCore
import TestSupport
import Testing

@testable import Command

/// The files of `mcpstore batch`, as they are found after a crash.
struct BatchFilesTests {
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = try TemporaryDirectory("batch")
        defer { directory.remove() }
        try await body(directory.path)
    }

    private static func plan(_ path: String) -> BatchPlan {
        BatchPlan(
            id: "b1",
            input: path + "/calls",
            output: path + "/answers",
            csv: .init(tool: "t", service: nil, arguments: "{}", id: "i"),
            agent: nil,
            space: "n:d",
            isOrdered: true,
            inFlight: 10,
            running: 1,
            waiting: 2
        )
    }

    private static func lines(_ text: String, longest: Int, in path: String) async throws -> (texts: [String], digest: String) {
        let file = path + "/lines"
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        let source = try ByteSource(path: file)
        defer { source.close() }
        var reader = LineReader(source, longest: longest)
        var texts: [String] = []
        while let line = try await reader.next() {
            #expect(line.number == texts.count + 1)
            texts.append(line.isTooLong ? "…" : String(buffer: line.bytes) + (line.isWhole ? "" : "|"))
        }
        #expect(reader.offset == text.utf8.count && source.size == reader.offset)
        return (texts, reader.digest)
    }

    @Test func `Lines are read however they end and however long they are, in bounded memory`() async throws {
        try await withDirectory { path in
            let long = String(repeating: "x", count: 600_000)
            let text = "\u{FEFF}a\r\n\nb \(long)\nc\n\(long)"
            let read = try await Self.lines(text, longest: 10, in: path)
            #expect(read.texts == ["a", "", "…", "c", "…"])
            #expect(try await Self.lines("a\nb", longest: 10, in: path).texts == ["a", "b|"])
            #expect(try await Self.lines("", longest: 10, in: path).texts == [])
            // The digest is that of the bytes, wherever they were cut.
            #expect(try await Self.lines(text, longest: 700_000, in: path).digest == read.digest)
            #expect(try await Self.lines(text + "y", longest: 10, in: path).digest != read.digest)
        }
    }

    @Test func `CSV records have quotes, line breaks in them, and a problem where they do not fit the header`() async throws {
        try await withDirectory { path in
            let text = "city,note\r\nOslo,\"a \"\"b\"\", c\"\n\"Ber\ngen\",\n\nToo,many,fields\n\"open,1\n2\n"
            try text.write(toFile: path + "/c", atomically: false, encoding: .utf8)
            let source = try ByteSource(path: path + "/c")
            defer { source.close() }
            var reader = try await CSVReader(LineReader(source, longest: 1000), longest: 1000)
            #expect(reader.columns == ["city", "note"])
            var found: [(Int, [String]?)] = []
            while let record = try await reader.next() {
                var fields: [String]?
                if case .success(let all) = record.fields { fields = all }
                found.append((record.number, fields))
            }
            #expect(found.map(\.0) == [2, 3, 6, 7])
            #expect(found.map(\.1) == [["Oslo", "a \"b\", c"], ["Ber\ngen", ""], nil, nil])
        }
    }

    @Test func `A template puts fields into strings as text, and elsewhere as JSON`() throws {
        let columns = ["city", "n", "a b"]
        let template = try ArgumentTemplate(#"{"city":"in {{city}}!","n":{{ n }},"\"{{a b}}":[{"x":"}}"}]}"#, columns: columns)
        let arguments = try template.arguments(["O\"s\nlo", "1.50", "k"])
        #expect(String(buffer: arguments) == #"{"city":"in O\"s\nlo!","n":1.50,"\"k":[{"x":"}}"}]}"#)
        let wrong = #expect(throws: MCPStoreError.self) { try template.arguments(["", "one", ""]) }
        #expect(wrong?.message.contains("column 'n' holds 'one'") == true)
        #expect(throws: MCPStoreError.self) { try ArgumentTemplate("{\"x\":{{cty}}}", columns: columns) }
        for broken in [#"{"x":{{n}}"#, #"["{{n}}"]"#, #"{"x":{{n}},}"#, #""{{n}}""#, "", #"{"x":n}"#] {
            let refused = #expect(throws: MCPStoreError.self) { try ArgumentTemplate(broken, columns: columns) }
            #expect(refused?.message.hasPrefix("the template is no JSON object") == true, "\(broken): \(refused?.message ?? "")")
        }
        let good = [
            "{{n}}", #"{"a":{{n}}}"#, #"{ {{n}}:1, {{city}} : {{n}}}"#, #"{"{{n}}":1,"{{city}}":2,"field":3}"#,
            #"{"a":{{n}}{{n}}}"#,
        ]
        for whole in good { _ = try ArgumentTemplate(whole, columns: columns) }
        let all = ArgumentTemplate(all: ["id", "x", "y"])
        #expect(String(buffer: try all.arguments(["1", "a", "\""])) == #"{"id":"1","x":"a","y":"\""}"#)
    }

    /// What a journal says that nobody has open. A process that another test is just starting may still hold its lock.
    private static func past(_ file: String) async throws -> BatchJournal.Past {
        try await eventually("the journal is not locked") {
            do { return try BatchJournal.open(file)?.past } catch let error as CommandFailure
                where error.message.contains("is locked")
            { return nil }
        }
    }

    @Test func `A torn last line of the journal is taken away, and what stands before it holds`() async throws {
        try await withDirectory { path in
            let file = path + "/answers.batch"
            let plan = Self.plan(path)
            do {
                let journal = try await BatchJournal.create(file, plan)
                try await journal.append(["submits": 1000, "read": 1, "digest": "d"])
                try journal.note(["synced": 99])
                try await journal.append(["record": 5, "doubtful": 3])
                // Only one command at a time.
                #expect(throws: CommandFailure.self) { _ = try BatchJournal.open(file) }
                await #expect(throws: CommandFailure.self) { _ = try await BatchJournal.create(file, plan) }
            }
            let whole = try #require(FileManager.default.contents(atPath: file))
            try (whole + Data(#"{"submits":2000,"re"#.utf8)).write(to: URL(filePath: file))
            for _ in 1...2 {
                let past = try await Self.past(file)
                #expect(past.plan == plan)
                #expect(past.submits == 1000 && past.read == 1 && past.digest == "d" && past.synced == 99)
                #expect(past.record == 5 && past.doubtful == 3 && past.round == 1 && !past.isFinished)
                #expect(FileManager.default.contents(atPath: file) == whole)
            }
            var past = try await Self.past(file)
            past.add(["finished": true])
            #expect(past.isFinished)
            past.add(["retry": 2, "only": ["timedOut"], "safe": true, "submits": 0, "read": 1, "digest": "d"])
            #expect(past.round == 2 && past.isRetryOpen && !past.isFinished && past.retry.only == ["timedOut"])
            #expect(past.retry.isSafe && !past.hasUnsafeRounds)
            #expect(past.submits == 0 && past.doubtful == 0)
            past.add(["retried": 2, "synced": 7])
            #expect(!past.isRetryOpen && past.synced == 7)
            #expect(try BatchJournal.open(path + "/nothing") == nil)
            try "hello\n".write(toFile: file, atomically: false, encoding: .utf8)
            #expect(throws: CommandFailure.self) { _ = try BatchJournal.open(file) }
        }
    }

    private static func answer(_ line: Int, _ outcome: String = "ok") -> String {
        "{\"line\":\(line),\"outcome\":\"\(outcome)\",\"id\":null,\"result\":{}}\n"
    }

    @Test func `What a power failure has torn behind the last sync is cut off, and a change before it is refused`() async throws {
        try await withDirectory { path in
            let file = path + "/answers"
            let whole = Self.answer(3) + Self.answer(1, "timedOut") + Self.answer(2)
            let synced = Self.answer(3).utf8.count
            let torn = [
                "", "{\"line\":9,\"outc", "\0\0\0\0\n" + Self.answer(8), String(Self.answer(8).dropLast()),
                "{}\n" + Self.answer(8),
            ]
            for torn in torn {
                try (whole + torn).write(toFile: file, atomically: false, encoding: .utf8)
                let scan = try await AnswerScan(file, synced: synced)
                #expect(scan.bytes == whole.utf8.count, "\(torn)")
                #expect(scan.answered == RangeSet(1..<4) && scan.outcomes == ["ok": 2, "timedOut": 1])
            }
            await #expect(throws: CommandFailure.self) { _ = try await AnswerScan(file, synced: whole.utf8.count + 4) }
            await #expect(throws: CommandFailure.self) { _ = try await AnswerScan(file, synced: 100_000) }
            try await AnswerSieve.drop(from: file) { $0.outcome != "ok" }
            let left = try String(contentsOfFile: file, encoding: .utf8)
            #expect(left == Self.answer(3) + Self.answer(2) + Self.answer(8))
        }
    }

    @Test func `Progress and summary are one line each`() {
        let text = BatchProgress.text(answered: 25_000, failed: 3, total: 100_000, isEstimate: false, rate: 1250, note: nil)
        #expect(text == "[#####...............] 25,000/100,000 · 1,250/s · 3 failed · ends in 60 s")
        let pipe = BatchProgress.text(answered: 12, failed: 0, total: nil, isEstimate: true, rate: 1.25, note: "stopping")
        #expect(pipe == "12 answered · 1.3/s · stopping")
        let summary = BatchSummary(
            plan: Self.plan("/x"),
            status: .finished,
            outcomes: ["ok": 1990, "timedOut": 3, "toolError": 7],
            safe: 10,
            answered: 1000,
            took: .seconds(2)
        )
        #expect(summary.text == "2,000 answered, 1,990 ok, 10 failed: 7 toolError, 3 timedOut; 1,000 in 2.0 s, 500/s")
        #expect(Duration.seconds(12_000).roughText == "3 h 20 min" && (-1234).grouped == "-1,234")
    }
}
