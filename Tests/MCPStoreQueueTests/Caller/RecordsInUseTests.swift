import Testing

@testable import MCPStoreQueue

struct RecordsInUseTests {
    @Test func `A record counts until its end, and longer when it is used again`() {
        var records = RecordsInUse()
        records.use("a", until: 10, now: 0)
        records.use("b", until: 20, now: 0)
        records.use("a", until: 30, now: 5)
        records.use("a", until: 15, now: 6)
        #expect(records.all(now: 9).sorted() == ["a", "b"])
        #expect(records.all(now: 20) == ["a"])
        #expect(records.all(now: 30) == [])
    }

    @Test func `Of too many those that end first are forgotten`() {
        var records = RecordsInUse()
        for number in 0...RecordsInUse.most { records.use("\(number)", until: 100 + number, now: 0) }
        let kept = Set(records.all(now: 0))
        #expect(kept.count <= RecordsInUse.most)
        #expect(!kept.contains("0"))
        #expect(kept.contains("\(RecordsInUse.most)"))
    }
}
