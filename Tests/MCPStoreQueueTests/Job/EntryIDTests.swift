import Testing

@testable import MCPStoreQueue

@Suite struct EntryIDTests {
    @Test func `an id is read as Redis writes it, and written as it was read`() {
        var random = SeededGenerator(seed: 31)
        var parts = [(0, 0), (0, 1), (1, 0), (1_700_000_000_000, 0), (1_700_000_000_000, 12), (Int.max, Int.max)]
        for _ in 0..<200 { parts.append((Int.random(in: 0...1 << 50, using: &random), Int.random(in: 0...999, using: &random))) }
        for (milliseconds, sequence) in parts {
            let text = "\(milliseconds)-\(sequence)"
            let id = EntryID(text)
            #expect(id.milliseconds == milliseconds && id.sequence == sequence && id.lane == nil && id.origin == .redis)
            #expect(id.description == text)
            #expect(id == EntryID(milliseconds: milliseconds, sequence: sequence, in: nil))
            let bytes = Array(text.utf8).withUnsafeBytes { EntryID($0, in: nil) }
            #expect(bytes == id)
        }
    }

    @Test(arguments: [
        "", "nonsense", "a-1", "1-a", "1-2-3", "1 -2", "+1-2", "1.5-0", "1-2\n", "٣-1", "delayed", "9223372036854775808-0",
        "18446744073709551615-1", "1-9223372036854775808",
    ])
    func `what is malformed is the id that no entry has`(text: String) {
        #expect(EntryID(text).description == "0-0")
    }

    @Test func `entries of different lanes or queues are different, whatever their ids`() throws {
        let space = try Space(namespace: "a", dataspace: "b")
        let service = ServiceID(space: space, name: "s")
        let lane = LaneID(service: service, lane: .interactive)
        let other = LaneID(service: service, lane: .batch)
        let far = LaneID(service: ServiceID(space: space, name: "t"), lane: .interactive)
        let ids = [
            EntryID("5-1", in: lane), EntryID("5-1", in: other), EntryID("5-1", in: far), EntryID("5-1"),
            EntryID("5-1", in: lane, origin: .memory), EntryID("5-2", in: lane), EntryID("6-1", in: lane),
        ]
        #expect(Set(ids).count == ids.count)
        #expect(EntryID("5-1").placed(in: lane) == ids[0])
        #expect(EntryID("5-1", in: other).placed(in: lane) == ids[0])
        #expect(ids[4].placed(in: other) == EntryID(milliseconds: 5, sequence: 1, in: other, origin: .memory))
        #expect(EntryID("5-1", in: lane).hashValue == EntryID("5-1", in: lane).hashValue)
    }
}
