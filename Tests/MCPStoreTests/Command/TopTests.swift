import MCPStore
import MCPStoreQueue
import Testing

@testable import Command

/// The view of `mcpstore top`, without a terminal and without Redis.
struct TopTests {
    private static let space = "n:d"

    private func stats(ok: Int, failed: Int = 0, bucket: Int = 40) -> ToolStats {
        var stats = ToolStats()
        stats.outcomes = [.ok: ok, .toolError: failed]
        stats.runningBuckets = [bucket: ok + failed]
        return stats
    }

    private func lane(_ service: String, queued: Int, running: Int, oldest: Int?) throws -> LaneDepth {
        let id = LaneID(service: ServiceID(space: try Space(namespace: "n", dataspace: "d"), name: service), lane: .batch)
        return LaneDepth(lane: id, length: queued + running, running: running, oldestWait: oldest)
    }

    /// Two looks, two seconds apart.
    private func tables() throws -> TopTables {
        var before = SpaceSample()
        before.services = ["a": .none, "b": .none, "busy": .none]
        before.stats = ["a": stats(ok: 10), "busy": stats(ok: 100, failed: 2)]
        var now = before
        now.stats = ["a": stats(ok: 10), "busy": stats(ok: 140, failed: 6, bucket: 60)]
        now.lanes = [
            try lane("busy", queued: 7, running: 3, oldest: 1_500_000), try lane("a", queued: 0, running: 0, oldest: nil),
        ]
        var worker = WorkerRecord(id: "w-1")
        worker.slots = 16
        now.workers = [worker]
        now.isLed = true
        let start = ContinuousClock.now
        return TopTables(before: TopLook(before, time: start), now: TopLook(now, time: start + .seconds(2)))
    }

    private func names(_ view: TopView, _ tables: TopTables) -> [String] { view.rows(tables).rows.map { $0[0].text } }

    private func press(_ view: inout TopView, _ keys: String, _ tables: TopTables) -> Bool {
        TopKey.keys(in: keys).allSatisfy { view.press($0, tables) == .stays }
    }

    @Test func `Rates are those between the looks`() throws {
        let table = try tables().services()
        let row = try #require(table.rows.first { $0[0].text == "busy" })
        let cells = Dictionary(uniqueKeysWithValues: zip(table.header, row.map(\.text)))
        #expect(
            cells["CALLS/S"] == "22" && cells["ERRORS/S"] == "2.0" && cells["CALLS"] == "146" && cells["ERRORS"] == "6",
            "\(cells)"
        )
        #expect(cells["QUEUED"] == "7" && cells["RUNNING"] == "3" && cells["OLDEST"] == "1.5 s", "\(cells)")
        // Without a look before there is no rate, rather than a wrong one.
        let first = TopTables(before: nil, now: try tables().now).services()
        #expect(first.rows.allSatisfy { $0[6].text == "-" })
    }

    @Test func `Columns are sorted, numbers from the largest on, and rows with nothing stay last`() throws {
        let tables = try tables()
        var view = TopView()
        #expect(names(view, tables) == ["a", "b", "busy"])
        #expect(press(&view, "r", tables) && names(view, tables) == ["busy", "b", "a"])
        #expect(press(&view, "\u{1b}[D", tables) && view.column == 11 && names(view, tables).first == "busy")
        #expect(press(&view, ">>>>", tables) && view.column == 3 && view.isDescending && names(view, tables).first == "busy")
        #expect(press(&view, "r", tables) && names(view, tables).last == "busy")
    }

    @Test func `A filter is typed, kept and taken back, and q is a letter of it`() throws {
        let tables = try tables()
        var view = TopView()
        #expect(press(&view, "/BUq", tables) && view.isTyping && view.filter == "BUq" && names(view, tables).isEmpty)
        #expect(press(&view, "\u{7f}\r", tables) && !view.isTyping && names(view, tables) == ["busy"])
        #expect(press(&view, "\u{1b}", tables) && view.filter.isEmpty && names(view, tables).count == 3)
        #expect(!press(&view, "q", tables))
        #expect(!press(&view, "/x\u{3}", tables), "Ctrl-C ends it also while something is typed")
    }

    @Test func `The marked row is drilled into and left again`() throws {
        let tables = try tables()
        var view = TopView()
        #expect(press(&view, "\u{1b}[B\u{1b}[Bj\u{1b}[B", tables) && view.marked == "busy")
        #expect(press(&view, "k", tables) && view.marked == "b")
        #expect(press(&view, "\r", tables) && view.page == .tools(service: "b") && view.marked == nil)
        #expect(press(&view, "\u{1b}", tables) && view.page == .services)
        #expect(press(&view, "\t", tables) && view.page == .lanes && names(view, tables) == ["busy"])
        #expect(press(&view, "\r", tables) && view.page == .tools(service: "busy"))
        #expect(press(&view, "w", tables) && names(view, tables) == ["w-1"])
    }

    @Test func `All spaces are shown with what they have to do, and one of them is opened`() throws {
        var (quiet, busy) = (
            SpaceLoad(try Space(namespace: "a", dataspace: "d")), SpaceLoad(try Space(namespace: "b", dataspace: "d"))
        )
        quiet.services = 3
        (busy.queued, busy.running, busy.oldestWait, busy.calls, busy.failed) = (40, 8, 2_000_000, 12.5, 0)
        let look = TopLook(SpaceSample(), spaces: ([quiet, busy], 7), time: .now)
        let tables = TopTables(before: nil, now: look)
        var view = TopView()
        #expect(press(&view, "a", tables) && view.page == .spaces && names(view, tables) == ["a:d", "b:d"])
        let row = try #require(view.rows(tables).rows.last).map(\.text)
        #expect(row == ["b:d", "0", "40", "8", "2.0 s", "13", "0"], "\(row)")
        #expect(press(&view, ">>", tables) && names(view, tables) == ["b:d", "a:d"])
        let lines = TopScreen.lines(view, tables, space: Self.space, width: 120, height: 20, note: "")
        #expect(lines[0].hasPrefix("2 spaces (7 more)  40 queued  8 running  13 calls/s in the last minute"), "\(lines)")
        #expect(view.press(.down, tables) == .stays && view.press(.down, tables) == .stays)
        #expect(view.press(.enter, tables) == .opens(space: "a:d"))
        // Out of one that was entered from here one comes back.
        var entered = TopView(isEntered: true)
        #expect(press(&entered, "l\u{1b}", tables) && entered.page == .services)
        #expect(press(&entered, "\u{1b}", tables) && entered.page == .spaces)
        var own = TopView()
        #expect(press(&own, "\u{1b}", tables) && own.page == .services)
        // Nobody has looked yet.
        let none = TopTables(before: nil, now: TopLook(SpaceSample(), time: .now))
        #expect(view.press(.enter, none) == .stays)
    }

    @Test func `A screen has no line that is too long, and the marked row is on it`() throws {
        var now = SpaceSample()
        for number in 0..<100 { now.services["service-\(1000 + number)"] = ServiceState.none }
        let tables = TopTables(before: nil, now: TopLook(now, time: .now))
        var view = TopView()
        for _ in 0..<60 { _ = view.press(.down, tables) }
        let lines = TopScreen.lines(view, tables, space: Self.space, width: 40, height: 20, note: "Redis is away\nfor now")
        #expect(lines.count <= 20)
        let shown = lines.map { $0.replacing("\u{1b}[7m", with: "").replacing("\u{1b}[0m", with: "") }
        #expect(shown.allSatisfy { $0.count <= 40 && !$0.contains("\n") && !$0.contains("\u{1b}") })
        #expect(lines.contains { $0.hasPrefix("\u{1b}[7mservice-1059") }, "\(lines)")
        #expect(shown[1].contains("Redis is away"))
        let text = TopScreen.text(TopView(), tables, space: Self.space)
        #expect(!text.contains("\u{1b}") && text.split(separator: "\n").count == 102)
    }

    @Test func `Sequences that are no keys of the view are no letters either`() {
        #expect(TopKey.keys(in: "\u{1b}[3~\u{1b}[1;5Cq") == [.character("q")])
        #expect(TopKey.keys(in: "\u{1b}OA\u{8}\n\t") == [.up, .backspace, .enter, .tab])
    }
}
